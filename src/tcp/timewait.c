#include "timewait.h"

#include "tcp_internal.h"

#include <string.h>

void tcp_tw_from(struct tcp_tw *tw, const struct tern_conn *c)
{
    tw->id = c->id;
    tw->iss = c->snd.iss, tw->irs = c->rcv.irs;
    tw->snd_nxt = c->snd.max;
    tw->rcv_nxt = c->rcv.nxt;
    tw->rcv_wnd = rcv_window(c);
    tw->ts_recent = c->ts_recent, tw->ts_offset = c->ts_offset;
    tw->flags = (uint8_t)((has(c, F_TS) ? TW_TS : 0) | (has(c, F_WS) ? TW_WS : 0));
    if (has2(c, F2_ACCECN)) tw->flags |= (uint8_t)((c->more->acc.cep & 7) << TW_ACE_SHIFT);
    tw->rcv_wscale = c->rcv.wscale;
    tw->ttl = c->ttl, tw->tos = c->tos;
    tw->answer_n = tw->answer_period = 0;
}

/* RFC 6191 2 (SHLD-4), and RFC 9293 3.6.1 (MAY-2) for peers without timestamps: may the SYN open the next incarnation? */
static bool newer_syn(const struct tcp_tw *tw, const struct tern_settings *set, const struct wire_tcp *h)
{
    bool ts = (h->opt.present & OPT_TIMESTAMPS) && set->timestamps, had = (tw->flags & TW_TS) != 0;
    bool seq_newer = seq_gt(h->seq, tw->rcv_nxt);
    if (ts && had && seq_gt(seq(h->opt.ts_val), seq(tw->ts_recent))) return true;
    if (ts && had) return h->opt.ts_val == tw->ts_recent && seq_newer;
    if (ts) return true; /* the old one had none: the new one is protected by PAWS */
    return seq_newer;
}

/* RFC 9293 3.10.7.4 second, when the setting does not ignore RSTs: as in every other state. */
static enum tcp_tw_verdict reset(const struct tcp_tw *tw, const struct wire_tcp *h, enum tern_rule *rule, enum tern_drop *why)
{
    if (seq_eq(h->seq, tw->rcv_nxt)) {
        *rule = TERN_RULE_RST_IN, *why = TERN_DROP_NONE;
        return TW_DELETE;
    }
    *why = TERN_DROP_RST_WINDOW;
    if (!seq_in(h->seq, tw->rcv_nxt, tw->rcv_wnd)) return TW_SILENT;
    *rule = TERN_RULE_CHALLENGE_RST;
    return TW_ACK;
}

enum tcp_tw_verdict tcp_tw_input(const struct tcp_tw *tw, const struct tern_settings *set, const struct wire_tcp *h,
                                 enum tern_rule *rule, enum tern_drop *why)
{
    uint32_t len = wire_seg_len(h);
    *rule = TERN_RULE_NONE;
    *why = TERN_DROP_TW_OTHER;
    if ((h->flags & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN) {
        if (newer_syn(tw, set, h)) {
            *rule = TERN_RULE_TW_SYN, *why = TERN_DROP_NONE;
            return TW_NEW;
        }
        *rule = TERN_RULE_ACK_DUPLICATE, *why = TERN_DROP_TW_SYN_OLD;
        return set->time_wait_quiet ? TW_SILENT : TW_ACK;
    }
    if (h->flags & TH_RST) {
        if (!set->rfc1337) return reset(tw, h, rule, why);
        *rule = TERN_RULE_TW_RST_IGNORED, *why = TERN_DROP_TW_RST;
        return TW_SILENT;
    }
    bool old_ts = (tw->flags & TW_TS) && (h->opt.present & OPT_TIMESTAMPS) && seq_lt(seq(h->opt.ts_val), seq(tw->ts_recent));
    if (old_ts) { /* RFC 7323 5.3 R1 */
        *rule = TERN_RULE_PAWS_ACK, *why = TERN_DROP_PAWS;
        return TW_ACK;
    }
    if (!(h->flags & TH_ACK) && (set->time_wait_quiet || seq_in(h->seq, tw->rcv_nxt, tw->rcv_wnd))) { /* fifth */
        *why = TERN_DROP_NO_ACK;
        return TW_SILENT;
    }
    /* The only thing that can arrive is the FIN again: its number is RCV.NXT-1. */
    if ((h->flags & TH_FIN) && seq_eq(seq_add(h->seq, len), tw->rcv_nxt)) {
        *rule = TERN_RULE_ACK_TIME_WAIT, *why = TERN_DROP_NONE;
        return TW_RESTART;
    }
    if (!len && seq_eq(h->seq, tw->rcv_nxt)) { /* an acknowledgement that was under way */
        *rule = TERN_RULE_ACK_OLD;
        return TW_SILENT;
    }
    *rule = TERN_RULE_ACK_DUPLICATE;
    return TW_ACK;
}

bool tcp_tw_may_answer(struct tcp_tw *tw, const struct tern_settings *set, tern_ns now)
{
    uint16_t period = tcp_challenge_period(set, now);
    if (period != tw->answer_period) tw->answer_period = period, tw->answer_n = 0;
    if (tw->answer_n >= set->challenge_n || tw->answer_n == UINT16_MAX) return false;
    tw->answer_n++;
    return true;
}

void tcp_tw_ack(const struct tcp_tw *tw, tern_ns now, struct wire_tcp *h)
{
    memset(h, 0, sizeof *h);
    h->src_port = tw->node.t.lport, h->dst_port = tw->node.t.rport;
    h->seq = tw->snd_nxt, h->ack = tw->rcv_nxt;
    h->flags = (uint16_t)(TH_ACK | accecn_ace(tw->flags >> TW_ACE_SHIFT));
    uint32_t wnd = tw->flags & TW_WS ? tw->rcv_wnd >> tw->rcv_wscale : tw->rcv_wnd;
    h->wnd = (uint16_t)min_u32(wnd, UINT16_MAX);
    if (!(tw->flags & TW_TS)) return;
    h->opt.present = OPT_TIMESTAMPS;
    h->opt.ts_val = (uint32_t)(now / TERN_MS) + tw->ts_offset;
    h->opt.ts_ecr = tw->ts_recent;
}
