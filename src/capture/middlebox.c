/* What the network, the card and the capture itself did to packets. */
#include <string.h>

#include "look.h"

enum { LARGE_MANY = 3 };

/* ---- seen twice ---- */

/* Taken up by several interfaces, or mirrored: the same identification and checksum. Without an identification only what comes in
 * the same instant, and is no mere acknowledgement, of which two may well be alike. */
static bool same_packet(const struct look *k, const struct print *p)
{
    const struct sight *s = k->s;
    if (p->seq != k->seq || p->ack != k->ack || p->flags != k->flags || p->sum != s->tcp.csum || p->id != s->id) return false;
    tern_ns apart = since(k->at, p->at);
    if (s->id != 0) return apart < (p->ttl != s->ip.ttl ? TERN_SEC : 10 * TERN_MS);
    return apart < 20 * TERN_US && (k->end != k->seq || p->ttl != s->ip.ttl);
}

bool look_twice(struct look *k)
{
    struct half *x = k->x;
    const struct sight *s = k->s;
    for (uint32_t i = 0; i < PRINTS && i < x->print_n; i++) {
        const struct print *p = &x->print[i];
        if (!same_packet(k, p)) continue;
        if (p->ttl != s->ip.ttl)
            found(k, FINDING_CAPTURE_DUP, k->side,
                  _("the same packet as %.3f ms before, at another place of its way (TTL %u, now %u)"), ms(since(k->at, p->at)),
                  p->ttl, s->ip.ttl);
        else
            found(k, FINDING_CAPTURE_DUP, k->side, _("the same packet as %.3f ms before: the capture has it twice"),
                  ms(since(k->at, p->at)));
        if (p->ttl != s->ip.ttl) look_ecn_twice(k, p->ecn, p->ttl);
        return true;
    }
    x->print[x->print_n++ % PRINTS] = (struct print){.at = k->at,
                                                     .seq = k->seq,
                                                     .ack = k->ack,
                                                     .id = s->id,
                                                     .sum = s->tcp.csum,
                                                     .flags = k->flags,
                                                     .ttl = s->ip.ttl,
                                                     .ecn = s->ip.tos & 3};
    if (x->print_n == 2 * PRINTS) x->print_n = PRINTS;
    return false;
}

/* ---- checksums ---- */

bool look_sum(struct look *k)
{
    if (k->s->sum == SUM_WRONG) {
        found(k, FINDING_CSUM_WRONG, k->side,
              _("the TCP checksum 0x%04x is wrong: a receiver throws this segment away (damage on the way, or a box that changed "
                "it)"),
              k->s->tcp.csum);
        return false;
    }
    if (k->s->sum == SUM_OFFLOADED && !k->x->sum_told) {
        k->x->sum_told = true;
        found(k, FINDING_CSUM_OFFLOADED, k->side,
              _("the checksum 0x%04x is not complete yet: captured at %s before its network card does it (told once)"),
              k->s->tcp.csum, end_name(k, k->side));
    }
    return true;
}

void look_ttl(struct look *k)
{
    k->x->ttl_known = true;
    k->x->ttl = k->s->ip.ttl;
}

/* ---- timestamps (RFC 7323) ---- */

static bool agreed(const struct look *k) { return k->x->syn && k->y->syn && k->x->timestamps && k->y->timestamps; }

static void timestamp_missing(struct look *k)
{
    struct half *x = k->x;
    if (!agreed(k) || x->ts_missing_told || k->flags & (TH_RST | TH_SYN)) return;
    x->ts_missing_told = true;
    found(k, FINDING_TS_MISSING, k->side,
          _("no timestamp, though both SYNs agreed on them: every segment but a RST must have one"));
}

static void timestamp_unasked(struct look *k)
{
    struct half *x = k->x;
    if (k->flags & TH_SYN || !x->offer_known || !k->y->offer_known || agreed(k) || x->options_told) return;
    x->options_told = true;
    found(k, FINDING_OPTIONS_CHANGED, k->side,
          _("a timestamp, though the SYNs did not agree on them: a box on the way took the option out of a SYN"));
}

static bool acknowledges_unseen(const struct look *k)
{
    const struct half *y = k->y;
    struct range hole;
    return seq_gt(seq(k->ack), seq(y->nxt)) || ranges_meet(&y->holes, y->una, k->ack, &hole);
}

static void timestamp_echo(struct look *k, uint32_t echo)
{
    const struct half *y = k->y;
    if (!(k->flags & TH_ACK) || !y->ts_seen || k->flags & TH_RST || k->f->conn.finding[FINDING_CAPTURE_LOST] > 0) return;
    bool newer = seq_gt(seq(echo), seq(y->ts_last)), older = y->syn && seq_lt(seq(echo), seq(y->ts_first));
    if (newer && acknowledges_unseen(k)) return; /* with that timestamp, perhaps */
    if (!newer && !older) return;
    found(k, FINDING_TS_ECHO, k->side, _("echoes the timestamp %u, which %s never sent (it sent %u to %u)"), echo,
          end_name(k, story_other(k->side)), y->ts_first, y->ts_last);
}

static bool behind_no_gap(const struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    struct range hole;
    if (!x->nxt_known || (y->ack_known && seq_le(seq(k->seq), seq(y->ack)))) return true;
    return seq_le(seq(k->seq), seq(x->nxt)) && x->sacked.n == 0 && !ranges_meet(&x->holes, x->una, k->seq, &hole);
}

void look_timestamps(struct look *k)
{
    struct half *x = k->x;
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    if (!(o->present & OPT_TIMESTAMPS)) {
        if (!options_cut(k)) timestamp_missing(k);
        return;
    }
    timestamp_unasked(k);
    timestamp_echo(k, o->ts_ecr);
    /* A mere acknowledgement may have been overtaken by one like it. */
    bool newer = !x->ack_known || (k->flags & TH_ACK && seq_gt(seq(k->ack), seq(x->ack)));
    bool in_order = k->seq == x->nxt && (k->end != k->seq || newer);
    if (x->ts_seen && seq_lt(seq(o->ts_val), seq(x->ts_recent)) && in_order && !(k->flags & TH_RST))
        found(k, FINDING_TS_BACK, k->side, _("its timestamp goes back from %u to %u: %s must drop it (PAWS)"), x->ts_recent,
              o->ts_val, end_name(k, story_other(k->side)));
    if (!x->ts_seen) x->ts_first = x->ts_last = x->ts_recent = o->ts_val;
    if (seq_gt(seq(o->ts_val), seq(x->ts_last))) x->ts_last = o->ts_val;
    if (seq_gt(seq(o->ts_val), seq(x->ts_recent)) && behind_no_gap(k)) x->ts_recent = o->ts_val;
    if (k->end != k->seq && (!x->ts_probe_runs || !x->ts_seen)) {
        x->ts_probe_runs = !x->ts_seen || o->ts_val != x->ts_probe;
        x->ts_probe = o->ts_val;
        x->ts_probe_at = k->at;
    }
    x->ts_seen = true;
}

/* ---- options of SYNs ---- */

static void unasked(struct look *k, const char *option)
{
    k->x->options_told = true;
    found(k, FINDING_OPTIONS_CHANGED, k->side,
          _("the SYN,ACK has the option %s, which the SYN of %s did not have here: a box on the way took it out, or put it in"),
          option, end_name(k, story_other(k->side)));
}

static void compare_again(struct look *k)
{
    struct half *x = k->x;
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    uint16_t mss = o->present & OPT_MSS ? o->mss : 0;
    if (mss != x->mss) {
        x->options_told = true;
        found(k, FINDING_OPTIONS_CHANGED, k->side,
              _("the same SYN with another MSS, %u before and %u now: a box on the way clamps it"), x->mss, mss);
    }
}

void look_options(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    uint16_t present = k->s->tcp.opt.present;
    if (x->options_told || options_cut(k)) return;
    if (x->syn_n > 1) compare_again(k);
    if (!(k->flags & TH_ACK) || !y->offer_known || x->options_told) return;
    if (present & OPT_WSCALE && y->wscale == NO_SCALE) unasked(k, "WSopt");
    if (present & OPT_TIMESTAMPS && !y->timestamps) unasked(k, "TSopt");
    if (present & OPT_SACK_PERMITTED && !y->sack_permitted) unasked(k, "SACK-Permitted");
}

/* ---- MSS ---- */

/* A packet captured before the card cuts it, or after it was put together, is larger as well: such ones come as multiples of a
 * segment, and end with PSH when they are not. */
void look_mss(struct look *k)
{
    struct half *x = k->x;
    const struct half *y = k->y;
    uint32_t option_len = k->s->tcp.head_len - (uint32_t)WIRE_TCP_HEADER_LEN;
    if (k->len > x->largest) x->largest = k->len;
    if (x->mss_told || !y->mss_known || k->len + option_len <= y->mss || y->mss <= option_len) return;
    if (k->flags & (TH_PSH | TH_SYN | TH_FIN) || k->len % (y->mss - option_len) == 0 || k->len != x->largest) return;
    if (x->large_len != k->len) x->large_n = 0;
    x->large_len = k->len;
    if (++x->large_n < LARGE_MANY) return;
    x->mss_told = true;
    found(k, FINDING_MSS, k->side,
          _("segments of %u bytes, but %s takes at most %u (its MSS option): the option was changed on the way, or is not "
            "heeded"),
          k->len + option_len, end_name(k, story_other(k->side)), y->mss);
}
