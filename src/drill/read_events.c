/* Options, times, events. */
#include <string.h>

#include "code_tree.h"
#include "reader.h"
#include "words.h"

static bool add_definition(struct reader *r, struct span at, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == text || *text == '\0') return reader_fail(r, at, _("--define asks for NAME=VALUE."));
    const char *name = arena_text(r->a, text, equals ? (size_t)(equals - text) : strlen(text));
    return reader_add_define(r, at, name, equals ? arena_text(r->a, equals + 1, strlen(equals + 1)) : NULL);
}

/* The options that scripts may have. What a value may be is the runner's to judge. */
static const struct {
    const char *name;
    bool value;
} known[] = {
    {"bind_port", true},
    {"connect_port", true},
    {"define", true},
    {"ip_version", true},
    {"local_ip", true},
    {"mss", true},
    {"mtu", true},
    {"non_fatal", true},
    {"remote_ip", true},
    {"strict_segments", false},
    {"tcp_md5_secret", true},
    {"tcp_ts_ecr_scaled", false},
    {"tcp_ts_tick_usecs", true},
    {"tolerance_percent", true},
    {"tolerance_usecs", true},
    {"udp_encapsulation", true},
};

static bool check_option(struct reader *r, struct span at, const char *name, bool value)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        if (known[i].value && !value) return reader_fail(r, at, _("--%s asks for a value."), name);
        return known[i].value || !value || reader_fail(r, at, _("--%s takes no value."), name);
    }
    return reader_fail(r, at, _("Scripts have no option --%s."), name);
}

bool read_option(struct reader *r, struct span at)
{
    struct script_option o = {.at = {at.line, at.column}};
    char *text = reader_copy(r, at, 2, 0), *equals = strchr(text, '=');
    if (equals) {
        *equals = '\0';
        char *value = equals + 1;
        size_t len = strlen(value);
        if (len > 1 && strchr("\"`", value[0]) && value[len - 1] == value[0]) {
            value[len - 1] = '\0';
            value++;
        }
        o.value = value;
    }
    o.name = text;
    arena_append(r->a, &r->options, &o);
    if (!check_option(r, at, o.name, o.value != NULL)) return false;
    return strcmp(o.name, "define") != 0 || add_definition(r, at, o.value ? o.value : "");
}

/* Decimals of seconds, exactly; what is smaller than a nanosecond does not count. */
bool read_time(struct reader *r, struct span at, tern_ns *ns)
{
    enum { SECONDS_MAX = 1000000000 };
    const char *text = reader_copy(r, at, 0, 0);
    if (*text == '-') return reader_fail(r, at, _("A time cannot be negative."));
    uint64_t seconds = 0, part = 0, unit = TERN_SEC;
    for (; *text >= '0' && *text <= '9'; text++) {
        seconds = seconds * 10 + (uint64_t)(*text - '0');
        if (seconds > SECONDS_MAX) return reader_fail(r, at, _("A script lasts at most %d seconds."), SECONDS_MAX);
    }
    if (*text == '.') {
        for (text++; *text; text++) {
            unit /= 10;
            part += unit * (uint64_t)(*text - '0');
        }
    }
    *ns = seconds * TERN_SEC + part;
    return true;
}

bool read_event(struct reader *r, const struct time_spec *t, const struct script_event *what)
{
    struct script_event e = *what;
    e.at = (struct script_at){t->at.line, t->at.column};
    e.time_kind = t->kind;
    e.time = t->time;
    e.time_end = t->time_end;
    bool range = t->kind == TIME_ABSOLUTE_RANGE || t->kind == TIME_RELATIVE_RANGE;
    bool exact = t->kind == TIME_ABSOLUTE || t->kind == TIME_RELATIVE;
    bool sent = e.kind == EVENT_PACKET && e.packet->outbound;
    if (!exact && !sent)
        return reader_fail(r, t->at, _("Only packets that the stack sends (>) can have a range or * as their time."));
    if (range && t->time_end < t->time) return reader_fail(r, t->at, _("The range of times ends before it begins."));
    if (e.kind == EVENT_CALL && e.call->blocks && e.call->until < t->time) {
        return reader_fail(r, t->at, _("The call returns before it begins."));
    }
    arena_append(r->a, &r->events, &e);
    return true;
}

const struct script_command *read_command(struct reader *r, struct span at, const char *text)
{
    struct script_command *c = arena_alloc(r->a, sizeof(*c));
    *c = (struct script_command){{at.line, at.column}, text};
    return c;
}

/* The code between %{ and }%. */
const struct script_code *read_code(struct reader *r, struct span at)
{
    struct script_code *c = arena_alloc(r->a, sizeof(*c));
    at.from += 2;
    at.to -= 2;
    at.column += 2;
    c->at = (struct script_at){at.line, at.column};
    c->text = reader_copy(r, at, 0, 0);
    c->body = code_parse(r, at, c->text);
    return r->failed ? NULL : c;
}
