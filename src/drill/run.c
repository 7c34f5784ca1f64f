/* One script from its first event to its last. */
#include "run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "run_internal.h"
#include "run_setup.h"
#include "utf8.h"
#include "words.h"

const char *const drill_ip_name[DRILL_IP_N] = {"ipv4", "ipv4-mapped-ipv6", "ipv6"};
const char *const run_profile_name[RUN_PROFILE_N] = {"rfc", "linux", "freebsd"};

/* ---- failing ---- */

static char *format_text(const char *format, va_list ap)
{
    char *text = NULL;
    return vasprintf(&text, format, ap) < 0 ? NULL : text;
}

static void set_message(struct run *r, enum run_verdict verdict, struct script_at at, char *text)
{
    if (r->out->message) {
        free(text);
        return;
    }
    if (text) utf8_repair(text); /* it may hold words of the script */
    r->failed = true;
    r->out->verdict = verdict;
    r->out->at = at;
    r->out->message = text;
}

void run_fail(struct run *r, struct script_at at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    set_message(r, RUN_FAILED, at, format_text(format, ap));
    va_end(ap);
}

void run_break(struct run *r, struct script_at at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    set_message(r, RUN_BROKEN, at, format_text(format, ap));
    va_end(ap);
}

void run_skip(struct run *r, struct script_at at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    set_message(r, RUN_SKIPPED, at, format_text(format, ap));
    va_end(ap);
}

bool run_no_memory(struct run *r)
{
    run_break(r, r->event ? r->event->at : (struct script_at){0, 0}, "%s", _("There is not enough memory."));
    return false;
}

void run_differs(struct run *r, enum run_thing what, struct script_at at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    char *text = format_text(format, ap), where[32];
    va_end(ap);
    if ((what == RUN_PACKET_SENT && r->non_fatal_packet) || (what == RUN_CALL_END && r->non_fatal_syscall)) {
        snprintf(where, sizeof where, "%" PRIu32 ":%" PRIu32, at.line, at.column);
        if (text) setup_note(r, where, text);
        free(text);
        return;
    }
    set_message(r, RUN_FAILED, at, text);
}

static char *trimmed(const char *text)
{
    size_t len = strlen(text);
    while (len && text[len - 1] == ' ') len--;
    return strndup(text, len);
}

void run_fail_pair(struct run *r, const char *expected, const char *actual, const char *marks)
{
    if (r->out->expected) return;
    r->out->expected = trimmed(expected);
    r->out->actual = trimmed(actual);
    r->out->marks = trimmed(marks);
}

void run_result_free(struct run_result *r)
{
    free(r->message);
    free(r->expected);
    free(r->actual);
    free(r->marks);
    free(r->notes);
    free(r->ladder);
    *r = (struct run_result){0};
}

/* ---- time ---- */

static double seconds(tern_ns t) { return (double)t / 1e9; }

static const char *const late[] = {
    [RUN_EVENT] = N_("Not in time: the event was due at %.6f s (tolerance %.6f s), and it is %.6f s."),
    [RUN_PACKET_SENT] = N_("Not in time: a packet was due at %.6f s (tolerance %.6f s), and was sent at %.6f s."),
    [RUN_CALL_END] = N_("Not in time: the call should return at %.6f s (tolerance %.6f s), and did at %.6f s."),
};
static const char *const late_in_range[] = {
    [RUN_EVENT] = N_("Not in time: the event was due between %.6f s and %.6f s (tolerance %.6f s), and it is %.6f s."),
    [RUN_PACKET_SENT] = N_("Not in time: a packet was due between %.6f s and %.6f s (tolerance %.6f s), and was sent at %.6f s."),
    [RUN_CALL_END] = N_("Not in time: the call should return between %.6f s and %.6f s (tolerance %.6f s), and did at %.6f s."),
};

bool run_in_time(struct run *r, const struct script_event *ev, tern_ns from, tern_ns to, tern_ns actual, tern_ns since,
                 enum run_thing what)
{
    tern_ns slack = r->tolerance;
    if (ev->time_kind == TIME_ANY) return true;
    double wide = from > since ? r->tolerance_percent / 100 * (double)(from - since) : 0;
    if (wide > (double)slack) slack = (tern_ns)wide;
    if (to < from) to = from;
    if (actual + slack >= from && actual <= to + slack) return true;
    if (to > from)
        run_differs(r, what, ev->at, words(late_in_range[what]), seconds(from), seconds(to), seconds(slack), seconds(actual));
    else
        run_differs(r, what, ev->at, words(late[what]), seconds(from), seconds(slack), seconds(actual));
    return !r->failed;
}

bool run_wait(struct run *r)
{
    net_run_until(r, r->event_at + RUN_EPOCH);
    return !r->failed && run_in_time(r, r->event, r->event_at, r->event_end, run_now(r), r->last_at, RUN_EVENT);
}

static bool is_inbound(const struct script_event *e) { return e && e->kind == EVENT_PACKET && !e->packet->outbound; }

/* The event's time in the script's absolute time. Relative ones count from when the event before was done; packets of the script
 * that follow each other, from each other. */
static void set_times(struct run *r)
{
    const struct script_event *e = r->event;
    tern_ns base = is_inbound(e) && is_inbound(r->last) ? r->last_at : run_now(r);
    bool relative = e->time_kind == TIME_RELATIVE || e->time_kind == TIME_RELATIVE_RANGE || e->time_kind == TIME_ANY;
    r->event_base = relative ? base : 0;
    r->event_at = r->event_base + (e->time_kind == TIME_ANY ? 0 : e->time);
    r->event_end = e->time_kind == TIME_ABSOLUTE_RANGE || e->time_kind == TIME_RELATIVE_RANGE ? r->event_base + e->time_end : 0;
}

/* ---- events ---- */

static bool info_value(void *ctx, const char *name, int64_t *number) { return info_member(ctx, name, number); }

/* What a fragment prints is noted. */
static void code_print(void *ctx, const char *text)
{
    struct run *r = ctx;
    char where[32];
    snprintf(where, sizeof where, "%" PRIu32 ":%" PRIu32, r->event->at.line, r->event->at.column);
    setup_note(r, where, text);
}

static void code_event(struct run *r)
{
    struct script_error err;
    struct code_environment env = {
        .dialect = run_dialect(r), .variables = r->variables, .ctx = r, .value = info_value, .print = code_print};
    if (!run_wait(r)) return;
    info_take(r);
    if (r->failed) return;
    switch (code_run(r->script, r->event->code, &env, &err)) {
    case CODE_DONE: break;
    case CODE_FAILED: run_fail(r, err.at, "%s", err.message); break;
    case CODE_ERROR: run_break(r, err.at, "%s", err.message); break;
    }
}

static void command_event(struct run *r)
{
    if (r->stack && !run_wait(r)) return;
    command_run(r, r->event->command);
    if (r->stack) run_settle(r);
}

bool run_need_stack(struct run *r, struct script_at at)
{
    if (r->stack) return true;
    if (!net_start(r)) run_break(r, at, "%s", _("The stack cannot be made: its MTU is out of range."));
    if (!r->failed) setup_push(r);
    return !r->failed;
}

static void do_event(struct run *r)
{
    bool sets = r->event->kind == EVENT_COMMAND && !command_asks(r->event->command);
    if (!sets && !run_need_stack(r, r->event->at)) return;
    switch (r->event->kind) {
    case EVENT_PACKET: packet_event(r); break;
    case EVENT_CALL: call_event(r); break;
    case EVENT_COMMAND: command_event(r); break;
    case EVENT_CODE: code_event(r); break;
    }
}

static bool backwards(const struct run *r)
{
    const struct script_event *a = r->last, *b = r->event;
    if (!a || a->time_kind > TIME_ABSOLUTE || b->time_kind > TIME_ABSOLUTE) return false;
    return b->time < a->time;
}

static void run_events(struct run *r)
{
    for (size_t i = 0; i < r->script->events_n && !r->failed; i++) {
        r->event = &r->script->events[i];
        if (backwards(r)) {
            run_break(r, r->event->at, _("Time goes backwards: the event before was at %.6f s."), seconds(r->last->time));
            return;
        }
        set_times(r);
        do_event(r);
        r->last = r->event;
        r->last_at = r->event_at;
    }
    if (!r->failed && r->blocked) {
        const struct script_event *waits = r->blocked->ev;
        tern_ns limit = r->now + RUN_PATIENCE, end = RUN_EPOCH + r->blocked->end + r->tolerance;
        if (!call_await(r, limit > end ? limit : end)) run_fail(r, waits->at, _("The script ends, but the call still waits."));
    }
    if (!r->failed && r->script->cleanup) command_run(r, r->script->cleanup);
}

/* ---- the ladder ---- */

static void write_ladder(struct run *r)
{
    size_t len;
    FILE *out = open_memstream(&r->out->ladder, &len);
    if (!out) return;
    struct tern_ladder_config c = {.out = {tern_put_file, out}, .fold = UINT32_MAX, .translate = words};
    struct tern_ladder *l = tern_ladder_new(&c);
    for (uint64_t n = r->trace.end > r->trace.size ? r->trace.end - r->trace.size : 0; l && n < r->trace.end; n++) {
        struct tern_event ev = *tern_trace_get(&r->trace, n);
        ev.at = ev.at > RUN_EPOCH ? ev.at - RUN_EPOCH : 0;
        if (ev.type == TERN_EV_TIMER_SET && ev.u.timer.at != TERN_NEVER) ev.u.timer.at -= RUN_EPOCH;
        tern_ladder_event(l, &ev);
    }
    if (l) tern_ladder_flush(l);
    tern_ladder_free(l);
    fclose(out);
}

/* ---- a run ---- */

static void finish(struct run *r)
{
    if (r->stack && (r->out->verdict == RUN_FAILED || (r->cfg->explain && r->out->verdict == RUN_PASSED))) write_ladder(r);
    r->out->took = r->now - RUN_EPOCH;
    if (r->blocked) call_free(r->blocked);
    r->blocked = NULL;
    fds_free(r);
    run_flows_free(r);
    net_stop(r);
    while (r->kept) {
        struct run_kept *k = r->kept;
        r->kept = k->next;
        free(k->memory);
        free(k);
    }
    code_variables_free(r->variables);
    setup_free(r);
}

void run_script(const struct script *s, const struct run_config *cfg, struct run_result *out)
{
    struct run r = {.script = s, .cfg = cfg, .out = out, .now = RUN_EPOCH, .ip = cfg->ip};
    *out = (struct run_result){.verdict = RUN_PASSED};
    r.variables = code_variables_new();
    if (!r.variables) run_no_memory(&r);
    if (!r.failed) setup_read(&r);
    if (!r.failed) run_events(&r);
    finish(&r);
}

void run_file(const char *path, const struct run_config *cfg, struct run_result *out)
{
    struct script *s;
    struct script_error err;
    size_t n;
    struct script_define *defines = setup_defines(cfg, &n);
    *out = (struct run_result){.verdict = RUN_BROKEN};
    if (!defines) {
        out->message = strdup(_("There is not enough memory."));
    } else if (script_load(path, defines, n, &s, &err) < 0) {
        out->at = err.at;
        out->message = strdup(err.message);
        char mark[SCRIPT_MARK_SIZE];
        script_error_mark(&err, mark);
        out->expected = err.at.line ? strdup(err.source) : NULL;
        out->marks = err.at.line ? strdup(mark) : NULL;
    } else {
        run_script(s, cfg, out);
        script_free(s);
    }
    free(defines);
}
