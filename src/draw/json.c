/* One JSON object a line for each event. doc/events.md lists every member. */
#include <tern/draw.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw_json.h"
#include "draw_text.h"
#include "segment_words.h"
#include "tcp.h"

void json_put(json_t *o, const char *name, json_t *value) { json_object_set_new(o, name, value); }

void json_put_n(json_t *o, const char *name, uint64_t n) { json_put(o, name, json_integer((json_int_t)n)); }

void json_put_endpoint(json_t *o, const char *name, const struct tern_endpoint *e)
{
    char text[TERN_ENDPOINT_STRLEN];
    json_put(o, name, json_string(tern_endpoint_format(e, text)));
}

void json_put_time(json_t *o, const char *name, tern_ns at)
{
    json_put(o, name, at == TERN_NEVER ? json_null() : json_integer((json_int_t)at));
}

int json_line(const struct tern_out *out, json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    int err = text ? out_text(out, text, strlen(text)) : TERN_ERR_NOMEM;
    if (!err) err = out_text(out, "\n", 1);
    free(text);
    json_decref(o);
    return err;
}

static json_t *flags_of(uint16_t flags)
{
    char buf[64];
    struct text t = text_in(buf, sizeof(buf));
    json_t *list = json_array();
    for (unsigned bit = 0; bit < 9; bit++) {
        if (!(flags & 1u << bit)) continue;
        t = text_in(buf, sizeof(buf));
        text_flags(&t, (uint16_t)(1u << bit));
        json_array_append_new(list, json_string(buf));
    }
    return list;
}

static json_t *options_of(const struct tern_ev_seg *s)
{
    json_t *o = json_object();
    if (s->mss) json_put_n(o, "mss", s->mss);
    if (s->wscale != 255) json_put_n(o, "wscale", s->wscale);
    if (s->sack_permitted) json_put(o, "sack_permitted", json_true());
    if (s->timestamps) {
        json_put_n(o, "ts_val", s->ts_val);
        json_put_n(o, "ts_ecr", s->ts_ecr);
    }
    if (s->accecn_kind) {
        json_t *counters = json_object();
        for (unsigned i = 0; i < s->accecn_n && i < 3; i++) json_put_n(counters, accecn_name(s, i), s->accecn[i]);
        json_put(o, "accecn", counters);
    }
    if (s->ao) {
        char mac[2 * sizeof s->ao_mac + 1] = "";
        for (size_t i = 0; i < s->ao_mac_len && i < sizeof s->ao_mac; i++) snprintf(mac + 2 * i, 3, "%02x", s->ao_mac[i]);
        json_put(o, "ao", json_pack("{s:i,s:i,s:s}", "keyid", (int)s->ao_key_id, "rnext", (int)s->ao_next_key_id, "mac", mac));
    }
    if (s->sack_n) {
        json_t *blocks = json_array();
        for (unsigned i = 0; i < s->sack_n && i < 4; i++)
            json_array_append_new(blocks, json_pack("[I,I]", (json_int_t)s->sack[i][0], (json_int_t)s->sack[i][1]));
        json_put(o, "sack", blocks);
    }
    return o;
}

void json_put_segment(json_t *o, const struct tern_ev_seg *s, const uint32_t *base, const uint32_t *ack_base)
{
    json_t *seg = json_object();
    json_put(o, "segment", seg);
    json_put(seg, "flags", flags_of(s->flags));
    json_put_n(seg, "seq", s->seq);
    json_put_n(seg, "ack", s->ack);
    json_put_n(seg, "len", s->len);
    json_put_n(seg, "window", s->wnd);
    json_put_n(seg, "window_raw", s->wnd_raw);
    if (s->flags & TH_URG) json_put_n(seg, "urgent", s->urp);
    json_put_n(seg, "segments", segment_n(s));
    if (s->gso_size) json_put_n(seg, "gso_size", s->gso_size);
    if (base) json_put_n(seg, "rel_seq", s->seq - *base);
    if ((s->flags & TH_ACK) && ack_base) json_put_n(seg, "rel_ack", s->ack - *ack_base);
    json_put(seg, "options", options_of(s));
}

static void put_event_segment(json_t *o, const struct tern_event *ev)
{
    const uint32_t *iss = ev->iss_known ? &ev->iss : NULL, *irs = ev->irs_known ? &ev->irs : NULL;
    bool out = ev->type == TERN_EV_SEG_OUT;
    json_put_segment(o, &ev->u.seg, out ? iss : irs, out ? irs : iss);
}

static void put_drop(json_t *o, const struct tern_event *ev)
{
    const struct tern_rule_info *info = tern_drop_info(ev->drop);
    json_put(
        o, "drop",
        json_pack("{s:s,s:s,s:s,s:s}", "reason", info->name, "doc", info->doc, "section", info->section, "text", info->text));
    if (ev->drop_has_seg) put_event_segment(o, ev);
}

static void put_call(json_t *o, const struct tern_event *ev)
{
    json_put(o, "call", json_string(call_name(ev->u.call.which)));
    json_put(o, "result", json_integer(ev->u.call.result));
    if (ev->u.call.result < 0) json_put(o, "error", json_string(tern_strerror((int)ev->u.call.result)));
}

static void put_cwnd(json_t *o, const struct tern_event *ev)
{
    json_put_n(o, "cwnd", ev->u.cwnd.cwnd);
    json_put_n(o, "ssthresh", ev->u.cwnd.ssthresh);
    json_put_n(o, "flight", ev->u.cwnd.flight);
}

static void put_rtt(json_t *o, const struct tern_event *ev)
{
    json_put_n(o, "rtt", ev->u.rtt.rtt);
    json_put_n(o, "srtt", ev->u.rtt.srtt);
    json_put_n(o, "rttvar", ev->u.rtt.rttvar);
    json_put_n(o, "rto", ev->u.rtt.rto);
}

void json_put_details(json_t *o, const struct tern_event *ev)
{
    switch ((enum tern_event_type)ev->type) {
    case TERN_EV_SEG_IN:
    case TERN_EV_SEG_OUT: put_event_segment(o, ev); break;
    case TERN_EV_STATE:
        json_put(o, "from", json_string(tern_state_name(ev->u.state.from)));
        json_put(o, "to", json_string(tern_state_name(ev->u.state.to)));
        break;
    case TERN_EV_TIMER_SET:
    case TERN_EV_TIMER_FIRED:
    case TERN_EV_TIMER_STOPPED:
        json_put(o, "timer", json_string(tern_timer_name(ev->u.timer.which)));
        if (ev->type == TERN_EV_TIMER_SET) json_put_time(o, "deadline", ev->u.timer.at);
        break;
    case TERN_EV_DROP: put_drop(o, ev); break;
    case TERN_EV_WINDOW: json_put_n(o, "window", ev->u.window.wnd); break;
    case TERN_EV_CWND: put_cwnd(o, ev); break;
    case TERN_EV_RTT: put_rtt(o, ev); break;
    case TERN_EV_CALL: put_call(o, ev); break;
    case TERN_EV_NOTE:
    case TERN_EV_N: break;
    }
}

int tern_json_event(const struct tern_out *out, const struct tern_event *ev, uint64_t n)
{
    const struct tern_rule_info *rule = tern_rule_info(ev->rule);
    json_t *o = json_object();
    json_put_n(o, "n", n);
    json_put_n(o, "at", ev->at);
    json_put(o, "event", json_string(tern_event_name(ev->type)));
    json_put_n(o, "conn", ev->conn);
    json_put(o, "state", json_string(tern_state_name(ev->state)));
    json_put_endpoint(o, "local", &ev->local);
    json_put_endpoint(o, "remote", &ev->remote);
    json_put(o, "iss", ev->iss_known ? json_integer(ev->iss) : json_null());
    json_put(o, "irs", ev->irs_known ? json_integer(ev->irs) : json_null());
    json_put(o, "rule", json_string(rule->name));
    json_put(o, "doc", json_string(rule->doc));
    json_put(o, "section", json_string(rule->section));
    json_put(o, "text", json_string(rule->text));
    json_put_details(o, ev);
    return json_line(out, o);
}
