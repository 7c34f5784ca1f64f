#include "draw_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcp.h"

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
        text_add(t, "%" PRIu64 " byte%s", n, n == 1 ? "" : "s");
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
    if (!*comma) text_add(t, "no flags");
}

size_t text_columns(const char *s)
{
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
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
    if (info->doc[0]) text_add(t, "%s %s: %s", info->doc, info->section, info->text);
}

void text_span(struct text *t, tern_ns ns)
{
    text_ms(t, ns >= TERN_SEC ? ns / 1000 : ns);
    text_add(t, ns >= TERN_SEC ? " s" : " ms");
}

static void text_timer_set(struct text *t, const struct tern_event *ev)
{
    text_add(t, "%s timer set: ", tern_timer_name(ev->u.timer.which));
    text_span(t, ev->u.timer.at > ev->at ? ev->u.timer.at - ev->at : 0);
}

static void text_rtt(struct text *t, const struct tern_event *ev)
{
    text_add(t, "round trip ");
    text_span(t, ev->u.rtt.rtt);
    text_add(t, ", SRTT ");
    text_span(t, ev->u.rtt.srtt);
    text_add(t, ", RTTVAR ");
    text_span(t, ev->u.rtt.rttvar);
    text_add(t, ", RTO ");
    text_span(t, ev->u.rtt.rto);
}

static void text_call(struct text *t, const struct tern_event *ev)
{
    text_add(t, "%s called", call_name(ev->u.call.which));
    if (ev->u.call.result < 0) text_add(t, ": %s", tern_strerror((int)ev->u.call.result));
    if (ev->u.call.result > 0) {
        text_add(t, ": ");
        text_bytes(t, (uint64_t)ev->u.call.result);
    }
}

void text_event(struct text *t, const struct tern_event *ev, const char *arrow)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: text_add(t, "%s", ev->type == TERN_EV_SEG_IN ? "received" : "sent"); break;
    case TERN_EV_STATE: text_add(t, "%s %s %s", tern_state_name(ev->u.state.from), arrow, tern_state_name(ev->u.state.to)); break;
    case TERN_EV_TIMER_SET: text_timer_set(t, ev); break;
    case TERN_EV_TIMER_FIRED: text_add(t, "%s timer fired", tern_timer_name(ev->u.timer.which)); break;
    case TERN_EV_TIMER_STOPPED: text_add(t, "%s timer stopped", tern_timer_name(ev->u.timer.which)); break;
    case TERN_EV_DROP: text_add(t, "dropped"); break;
    case TERN_EV_WINDOW: text_add(t, "SND.WND = %" PRIu32, ev->u.window.wnd); break;
    case TERN_EV_CWND:
        text_add(t, "cwnd %" PRIu32 ", ssthresh ", ev->u.cwnd.cwnd);
        if (ev->u.cwnd.ssthresh == UINT32_MAX)
            text_add(t, "unlimited");
        else
            text_add(t, "%" PRIu32, ev->u.cwnd.ssthresh);
        text_add(t, ", in flight %" PRIu32, ev->u.cwnd.flight);
        break;
    case TERN_EV_RTT: text_rtt(t, ev); break;
    case TERN_EV_CALL: text_call(t, ev); break;
    case TERN_EV_NOTE:
    case TERN_EV_N: break;
    }
}

uint32_t segment_n(const struct tern_ev_seg *seg)
{
    if (seg->gso_size == 0 || seg->len <= seg->gso_size) return 1;
    return (seg->len + seg->gso_size - 1) / seg->gso_size;
}
