#include "draw_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcp.h"
#include "utf8.h"

int tern_put_file(void *file, const char *text, size_t len) { return fwrite(text, 1, len, file) == len ? 0 : -1; }

int out_text(const struct tern_out *out, const char *text, size_t len)
{
    return out->put(out->ctx, text, len) == 0 ? 0 : TERN_ERR_IO;
}

void text_add(struct text *t, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(t->b + t->len, t->cap - t->len, format, ap);
    va_end(ap);
    if (n > 0) t->len += (size_t)n < t->cap - t->len ? (size_t)n : t->cap - t->len - 1;
}

const char *tr(const struct text *t, const char *msgid) { return t->translate ? t->translate(msgid) : msgid; }

const char *tr_n(const struct text *t, const char *one, const char *many, uint64_t n)
{
    const char *text = tr(t, one);
    return text != one || n == 1 ? text : many;
}

void text_right(struct text *t, const char *s, size_t columns)
{
    size_t n = utf8_columns(s);
    text_add(t, "%*s%s", n < columns ? (int)(columns - n) : 0, "", s);
}

void text_left(struct text *t, const char *s, size_t columns)
{
    size_t n = utf8_columns(s);
    text_add(t, "%s%*s", s, n < columns ? (int)(columns - n) : 0, "");
}

void text_count(struct text *t, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
    for (int i = 0; i < len; i++) text_add(t, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "", digits[i]);
}

void text_bytes(struct text *t, uint64_t n)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (n < 1000) {
        text_add(t, tr_n(t, "%u byte", "%u bytes", n), (unsigned)n);
        return;
    }
    unsigned unit = 0;
    for (; n >= 1000000; n /= 1000) unit++;
    text_add(t, "%" PRIu64 ".%" PRIu64 " %s", n / 1000, n % 1000 / 100, units[unit]);
}

void text_ms(struct text *t, tern_ns ns) { text_add(t, "%" PRIu64 ".%03" PRIu64, ns / TERN_MS, ns % TERN_MS / TERN_US); }

void text_flags(struct text *t, uint16_t flags)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } names[] = {{TH_SYN, "SYN"}, {TH_FIN, "FIN"}, {TH_RST, "RST"}, {TH_PSH, "PSH"}, {TH_ACK, "ACK"},
                 {TH_URG, "URG"}, {TH_ECE, "ECE"}, {TH_CWR, "CWR"}, {TH_AE, "AE"}};
    const char *comma = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!(flags & names[i].bit)) continue;
        text_add(t, "%s%s", comma, names[i].name);
        comma = ",";
    }
    if (!*comma) text_add(t, "%s", tr(t, "no flags"));
}

const char *call_name(unsigned call)
{
    static const char *const names[] = {
        [TERN_CALL_OPEN] = "OPEN",   [TERN_CALL_SEND] = "SEND",   [TERN_CALL_RECEIVE] = "RECEIVE",
        [TERN_CALL_CLOSE] = "CLOSE", [TERN_CALL_ABORT] = "ABORT", [TERN_CALL_RELEASE] = "RELEASE"};
    return call < sizeof(names) / sizeof(names[0]) ? names[call] : "?";
}

const struct tern_rule_info *event_info(const struct tern_event *ev)
{
    return ev->type == TERN_EV_DROP ? tern_drop_info(ev->drop) : tern_rule_info(ev->rule);
}

void text_rule(struct text *t, const struct tern_rule_info *info)
{
    if (info->doc[0]) text_add(t, tr(t, "%s %s: %s"), info->doc, info->section, tr(t, info->text));
}

void text_span(struct text *t, tern_ns ns)
{
    text_ms(t, ns >= TERN_SEC ? ns / 1000 : ns);
    text_add(t, ns >= TERN_SEC ? " s" : " ms");
}

static const char *span_of(tern_ns ns, char out[32])
{
    struct text t = text_in(out, 32);
    text_span(&t, ns);
    return out;
}

static void text_timer_set(struct text *t, const struct tern_event *ev)
{
    char span[32];
    text_add(t, tr(t, "%s timer set: %s"), tr(t, tern_timer_name(ev->u.timer.which)),
             span_of(ev->u.timer.at > ev->at ? ev->u.timer.at - ev->at : 0, span));
}

static void text_cwnd(struct text *t, const struct tern_event *ev)
{
    if (ev->u.cwnd.ssthresh == UINT32_MAX)
        text_add(t, tr(t, "cwnd %u, ssthresh unlimited, in flight %u"), ev->u.cwnd.cwnd, ev->u.cwnd.flight);
    else
        text_add(t, tr(t, "cwnd %u, ssthresh %u, in flight %u"), ev->u.cwnd.cwnd, ev->u.cwnd.ssthresh, ev->u.cwnd.flight);
}

static void text_rtt(struct text *t, const struct tern_event *ev)
{
    char rtt[32], srtt[32], rttvar[32], rto[32];
    text_add(t, tr(t, "round trip %s, SRTT %s, RTTVAR %s, RTO %s"), span_of(ev->u.rtt.rtt, rtt), span_of(ev->u.rtt.srtt, srtt),
             span_of(ev->u.rtt.rttvar, rttvar), span_of(ev->u.rtt.rto, rto));
}

static void text_call(struct text *t, const struct tern_event *ev)
{
    const char *name = call_name(ev->u.call.which);
    char bytes[48];
    struct text n = text_for(t->translate, bytes, sizeof bytes);
    if (ev->u.call.result > 0) text_bytes(&n, (uint64_t)ev->u.call.result);
    if (ev->u.call.result == 0)
        text_add(t, tr(t, "%s called"), name);
    else
        text_add(t, tr(t, "%s called: %s"), name, ev->u.call.result > 0 ? bytes : tr(t, tern_strerror((int)ev->u.call.result)));
}

void text_event(struct text *t, const struct tern_event *ev, const char *arrow)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: text_add(t, "%s", ev->type == TERN_EV_SEG_IN ? tr(t, "received") : tr(t, "sent")); break;
    case TERN_EV_STATE: text_add(t, "%s %s %s", tern_state_name(ev->u.state.from), arrow, tern_state_name(ev->u.state.to)); break;
    case TERN_EV_TIMER_SET: text_timer_set(t, ev); break;
    case TERN_EV_TIMER_FIRED: text_add(t, tr(t, "%s timer fired"), tr(t, tern_timer_name(ev->u.timer.which))); break;
    case TERN_EV_TIMER_STOPPED: text_add(t, tr(t, "%s timer stopped"), tr(t, tern_timer_name(ev->u.timer.which))); break;
    case TERN_EV_DROP: text_add(t, "%s", tr(t, "dropped")); break;
    case TERN_EV_WINDOW: text_add(t, "SND.WND = %" PRIu32, ev->u.window.wnd); break;
    case TERN_EV_CWND: text_cwnd(t, ev); break;
    case TERN_EV_RTT: text_rtt(t, ev); break;
    case TERN_EV_CALL: text_call(t, ev); break;
    case TERN_EV_NOTE:
    case TERN_EV_N: break;
    }
}

void text_happening(struct text *t, const struct tern_event *ev, const struct tern_rule_info *above, const char *arrow)
{
    size_t before = t->len;
    const struct tern_rule_info *info = event_info(ev);
    text_event(t, ev, arrow);
    if (info == above || !info->doc[0]) return;
    if (t->len > before) text_add(t, "%s", tr(t, ". "));
    text_rule(t, info);
}

uint32_t segment_n(const struct tern_ev_seg *seg)
{
    if (seg->gso_size == 0 || seg->len <= seg->gso_size) return 1;
    return (seg->len + seg->gso_size - 1) / seg->gso_size;
}
