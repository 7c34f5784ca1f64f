/* The options of outgoing segments, and what they leave of a segment for data (RFC 9293 3.7.1). */
#include "tcp_internal.h"

/* What the peer and the path allow: min(SendMSS + 20, MMS_S) - headers, and without the options of every segment (RFC 5925 7.6).
 */
void mss_changed(struct tern_conn *c)
{
    uint32_t path = c->path_mtu - (conn_v4(c) ? 40u : 60u), mss = MUST(16) ? min_u32(c->mss, path) : path;
    if (c->max_seg) mss = min_u32(mss, c->max_seg);
    c->mss_eff = (uint16_t)(mss - fixed_options_len(c));
    /* RFC 5681 3.1: one segment at least, which may have become longer. */
    if (synchronized(c) && !has(c, F_RECOVERY)) c->cc.cwnd = max_u32(c->cc.cwnd, c->mss_eff);
}

/* RFC 2018 2: only where the peer permitted them. */
static uint8_t sack_blocks(const struct tern_conn *c, struct wire_sack out[4])
{
    uint8_t most = (uint8_t)((WIRE_TCP_OPTIONS_MAX - 4 - fixed_options_len(c)) / 8), n = 0; /* RFC 2018 3 */
    if ((!has(c, F_SACK) && RULE(RFC 2018 2)) || !most) return 0;
    if (RULE(RFC 2883 4) && !seq_eq(c->rcv.dsack_left, c->rcv.dsack_right)) /* the duplicate comes first */
        out[n++] = (struct wire_sack){c->rcv.dsack_left, c->rcv.dsack_right};
    return (uint8_t)(n + ooo_sack(c, out + n, (uint8_t)(most - n)));
}

/* What differs from segment to segment: SACK blocks, and the AccECN option, which leaves room for two of them (RFC 9768 3.2.3.3).
 * Returns the bytes that they take. */
static uint32_t varying(const struct tern_conn *c, struct wire_tcp_options *o)
{
    uint32_t room = WIRE_TCP_OPTIONS_MAX - fixed_options_len(c);
    bool of_acks = has(c, F_ACK_NOW) && c->ack_rule == TERN_RULE_ACCECN_ACK_OF_ACK; /* RFC 9768 3.2.2.5.1 */
    uint8_t n = of_acks ? 0 : sack_blocks(c, o->sack), least = !RULE(RFC 9768 3.2.3.3) ? 0 : n < 2 ? n : 2;
    uint32_t ecn = has2(c, F2_ACCECN) ? accecn_option(c, room - (n ? 4 + 8u * least : 0), o) : 0;
    while (n && 4 + 8u * n + ecn > room) n--;
    o->sack_n = n;
    if (n) o->present |= OPT_SACK;
    return (n ? 4 + 8u * n : 0) + ecn;
}

static bool varies(const struct tern_conn *c)
{
    return c->rcv.ooo || !seq_eq(c->rcv.dsack_left, c->rcv.dsack_right) || has2(c, F2_ACCECN);
}

uint32_t mss_now(const struct tern_conn *c)
{
    if (!varies(c)) return mss_plain(c);
    struct wire_tcp_options o = {0};
    return mss_plain(c) - varying(c, &o); /* MSS_LEAST leaves room for the longest options */
}

/* How long an answer may be, whose asker has proved nothing (by a cookie of Fast Open): the TCP header with all options. One that
 * comes later answers a question that had the same options, but perhaps the MSS. */
static uint32_t answer_most(const struct tern_conn *c, const struct wire_tcp_options *o)
{
    uint32_t asked = c->env->asked, plain = WIRE_TCP_HEADER_LEN + sign_option_len(c) + (uint32_t)wire_tcp_options_len(o) - 4;
    return (asked ? asked : plain) + (uint32_t)c->env->set.synack_more;
}

/* Bytes that the options of such an answer may still grow by. */
static uint32_t answer_room(const struct tern_conn *c, const struct wire_tcp_options *o)
{
    uint32_t have = sign_option_len(c) + (uint32_t)wire_tcp_options_len(o), most = answer_most(c, o) - WIRE_TCP_HEADER_LEN;
    if (most > WIRE_TCP_OPTIONS_MAX || has2(c, F2_FO_CHILD) || !RULE(TERN 4)) most = WIRE_TCP_OPTIONS_MAX;
    return most > have ? (most - have) & ~3u : 0;
}

static void syn_options(struct tern_conn *c, struct wire_tcp *h)
{
    const struct tern_settings *set = &c->env->set;
    struct wire_tcp_options *o = &h->opt;
    if (c->state == TERN_SYN_SENT && set->syn_plain && c->loss.backoff >= set->syn_plain) c->flags2 |= F2_PLAIN;
    bool answer = c->state != TERN_SYN_SENT; /* only what the peer offered, but the MSS always: SHLD-5, MAY-3 */
    if (MUST(14)) o->present |= OPT_MSS;
    o->mss = c->max_seg ? (uint16_t)min_u32(c->mss_adv, c->max_seg) : c->mss_adv;
    bool of_path = set->mss_of_path == 1 || (set->mss_of_path == 2 && !conn_v4(c));
    if (of_path) o->mss = (uint16_t)min_u32(o->mss, c->path_mtu - (conn_v4(c) ? 40u : 60u));
    if (has2(c, F2_PLAIN)) return;
    if (answer ? has(c, F_WS) : set->window_scaling) o->present |= OPT_WSCALE, o->wscale = c->rcv.wscale;
    if (answer ? has(c, F_SACK) : set->sack) o->present |= OPT_SACK_PERMITTED;
    if (answer ? has(c, F_TS) : set->timestamps) {
        o->present |= OPT_TIMESTAMPS;
        o->ts_val = ts_now(c);
        o->ts_ecr = answer ? c->ts_recent : 0;
    }
    struct wire_tcp_options plain = *o;
    if (has2(c, answer ? F2_FO_ANSWER : F2_FO)) fo_write(o, &c->more->fo);
    if (answer && wire_tcp_options_len(o) - wire_tcp_options_len(&plain) > answer_room(c, &plain)) *o = plain;
    c->flags2 &= ~(uint32_t)F2_FO_ANSWER; /* said once: a SYN,ACK that is sent again is a plain one */
    /* RFC 9768 3.2.3.2.1, and 3.2.3.2.2: once, in case the path does not let it through. */
    if (!answer || !has2(c, F2_ACCECN) || seq_lt(c->snd.una, c->snd.max)) return;
    if (accecn_option(c, answer_room(c, o), o)) accecn_option_sent(c);
}

void output_options(struct tern_conn *c, struct wire_tcp *h)
{
    struct wire_tcp_options *o = &h->opt;
    o->present = 0;
    o->sack_n = 0;
    if (h->flags & TH_SYN) {
        if (!has2(c, F2_NO_OPTIONS)) syn_options(c, h);
        return;
    }
    if (!MUST(65)) o->present |= OPT_MSS, o->mss = c->mss_adv;
    if (has(c, F_TS)) {
        o->present |= OPT_TIMESTAMPS;
        o->ts_val = ts_now(c);
        o->ts_ecr = c->ts_recent;
    }
    if (h->flags & TH_RST || !varies(c)) return;
    varying(c, o);
    if (o->present & OPT_ACCECN) accecn_option_sent(c);
    c->rcv.dsack_left = c->rcv.dsack_right = seq(0); /* reported once (RFC 2883 4) */
}
