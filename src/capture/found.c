#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

void found(struct look *k, enum finding_id id, enum story_side side, const char *format, ...)
{
    k->f->conn.finding[id]++;
    k->totals->finding[id]++;
    struct story_note *note = k->row ? story_add_note(k->row, side) : NULL;
    if (!note) return;
    note->of = STORY_NOTE_FINDING;
    note->finding = (uint16_t)id;
    const struct finding_info *info = finding_info(id);
    note->severity = info->severity;
    note->name = info->name;
    note->doc = info->doc;
    note->section = info->section;
    va_list args;
    va_start(args, format);
    if (vasprintf(&note->text, format, args) < 0) note->text = NULL;
    va_end(args);
}

const char *end_name(const struct look *k, enum story_side side)
{
    static _Thread_local char text[4][TERN_ENDPOINT_STRLEN];
    static _Thread_local unsigned turn;
    if (!k->row) return "";
    return tern_endpoint_format(&k->f->conn.end[side], text[turn++ % 4]);
}

/* RFC 7323 2.2: only when both SYNs have the option; a SYN,ACK has it only when the SYN had. With one direction captured, the
 * offer is taken for the agreement. */
static bool scaled(const struct half *h, const struct half *other)
{
    if (!h->offer_known || h->wscale == NO_SCALE) return false;
    return other->offer_known ? other->wscale != NO_SCALE : true;
}

bool window_known(const struct half *h, const struct half *other)
{
    return h->offer_known || (other->offer_known && other->wscale == NO_SCALE);
}

uint32_t window_bytes(const struct half *h, const struct half *other, uint16_t raw, bool syn)
{
    if (syn || !scaled(h, other)) return raw;
    return (uint32_t)raw << (h->wscale > 14 ? 14 : h->wscale);
}
