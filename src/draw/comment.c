#include <tern/draw.h>

#include <string.h>

#include "draw_text.h"

/* "SEND_DATA: RFC 9293 3.10.2: data within ..." */
static void add_named_rule(struct text *t, const struct tern_rule_info *info)
{
    if (!info->doc[0]) return;
    text_add(t, "%s: ", info->name);
    text_rule(t, info);
}

static void add_segment(struct text *t, const struct tern_event *ev)
{
    text_add(t, "%s: ", tern_state_name(ev->state));
    add_named_rule(t, event_info(ev));
    if (!event_info(ev)->doc[0]) text_event(t, ev, "->");
    if (segment_n(&ev->u.seg) > 1)
        text_add(t, "\na super-segment: %u segments of at most %u bytes", segment_n(&ev->u.seg), ev->u.seg.gso_size);
}

static void add_other(struct text *t, const struct tern_event *ev)
{
    size_t before = t->len;
    text_event(t, ev, "->");
    if (t->len > before && event_info(ev)->doc[0]) text_add(t, ": ");
    add_named_rule(t, event_info(ev));
}

/* Adds |line| unless the whole of it does not fit. */
static bool add_line(struct text *t, const char *line)
{
    if (t->len + strlen(line) + 2 > t->cap) return false;
    text_add(t, "%s%s", t->len > 0 ? "\n" : "", line);
    return true;
}

static bool add_event(struct text *t, const struct tern_event *ev)
{
    char buf[512];
    struct text line = text_in(buf, sizeof(buf));
    if (event_is_segment(ev))
        add_segment(&line, ev);
    else
        add_other(&line, ev);
    return line.len == 0 || add_line(t, buf);
}

size_t tern_comment(const struct tern_trace *t, uint64_t from, uint64_t to, char *out, size_t cap)
{
    struct text text = text_in(out, cap);
    if (t->end > t->size && from < t->end - t->size) from = t->end - t->size;
    for (int segments = 1; segments >= 0; segments--) /* the segment's own line is the first */
        for (uint64_t n = from; n < to; n++) {
            const struct tern_event *ev = tern_trace_get(t, n);
            if (ev && event_is_segment(ev) == segments && !add_event(&text, ev)) return text.len;
        }
    return text.len;
}
