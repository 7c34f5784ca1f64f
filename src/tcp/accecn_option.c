/* The AccECN option (RFC 9768 3.2.3): 24 bits each of the bytes that came with ECT(0), CE and ECT(1), in two orders so that what
 * has not changed can be left out at the end. */
#include "tcp_internal.h"

enum {
    MINIMAL = 1, /* setting ecn_option */
    PERSIST = 3,
    FIELD = 0xffffff,
    SELDOM = UINT32_C(1) << 22 /* 3.2.3.3: bytes after which a counter is told at the latest */
};

static uint32_t len_of(unsigned counters) { return (2 + 3 * counters + 3) & ~3u; }

static bool off(const struct tern_conn *c)
{
    uint64_t mode = c->env->set.ecn_option;
    return !mode || (c->more->acc.option_off && mode != PERSIST);
}

/* ---- which counters ---- */

/* 1 << each counter that has moved since the last option, and (ever) since the beginning. */
static unsigned moved(const struct tcp_accecn *a, bool ever)
{
    static const uint32_t first[ACCECN_N] = {1, 0, 1};
    const uint32_t *from = ever ? first : a->told;
    unsigned which = 0;
    for (unsigned i = 0; i < ACCECN_N; i++) which |= (a->bytes[i] != from[i] ? 1u : 0u) << i;
    return which;
}

/* How many fields an option has that leaves none of |which| out. */
static unsigned fields(unsigned which, bool order1)
{
    unsigned first = order1 ? ACCECN_E1 : ACCECN_E0, last = ACCECN_N - 1 - first;
    if (which & 1u << last) return 3;
    if (which & 1u << ACCECN_CE) return 2;
    return which & 1u << first ? 1u : 0u;
}

/* RFC 9768 3.2.3.3: all that ever moved, or at least all that has moved since the last one, or nothing. */
static bool choose(const struct tcp_accecn *a, uint32_t room, struct wire_tcp_options *o)
{
    const unsigned now = moved(a, false), wish[] = {moved(a, true), now};
    for (int i = 0; i < 2; i++) {
        unsigned which = wish[i] ? wish[i] : 1u << ACCECN_E0;
        bool order1 = fields(which, true) < fields(which, false);
        unsigned n = fields(which, order1);
        if (len_of(n) > room) continue;
        o->accecn_kind = order1 ? TCPOPT_ACCECN1 : TCPOPT_ACCECN0;
        o->accecn_n = (uint8_t)n;
        return true;
    }
    return false;
}

/* ---- when ---- */

/* RFC 9768 3.2.3.2.1: the client's first data has one, since its ACK before may be lost. */
static bool first_data(const struct tern_conn *c)
{
    bool first = !has(c, F_PASSIVE) && seq_eq(c->snd.max, seq_add(c->snd.iss, 1)) && snd_left(c, c->snd.nxt);
    return first && RULE(RFC 9768 3.2.3.2.1);
}

static bool due(const struct tern_conn *c, const struct tcp_accecn *a)
{
    unsigned which = moved(a, false);
    if (a->answer || (a->again && !a->told_since) || first_data(c)) return true;
    if (c->env->set.ecn_option == MINIMAL) {
        bool long_ago = false;
        for (unsigned i = 0; i < ACCECN_N; i++) long_ago = long_ago || a->bytes[i] - a->told[i] >= SELDOM;
        return a->owed || (which & 1u << ACCECN_CE) || long_ago;
    }
    uint64_t times = c->env->set.ecn_option_beacon;
    return which || (times && moved(a, true) && c->rtt.srtt && c->env->now - a->told_at > c->rtt.srtt / times);
}

/* RFC 9768 3.2.3.1, RFC 9768 3.2.3.3 */
uint32_t accecn_option(const struct tern_conn *c, uint32_t room, struct wire_tcp_options *o)
{
    const struct tcp_accecn *a = &c->more->acc;
    if (off(c) || (c->state >= TERN_ESTABLISHED && !due(c, a)) || !choose(a, room, o)) return 0;
    bool order1 = o->accecn_kind == TCPOPT_ACCECN1;
    o->present |= OPT_ACCECN;
    for (unsigned i = 0; i < o->accecn_n; i++) o->accecn[i] = a->bytes[order1 ? ACCECN_N - 1 - i : i] & FIELD;
    return len_of(o->accecn_n);
}

void accecn_option_sent(struct tern_conn *c)
{
    struct tcp_accecn *a = &c->more->acc;
    for (unsigned i = 0; i < ACCECN_N; i++) a->told[i] = a->bytes[i]; /* what it leaves out was told before */
    a->told_at = c->env->now;
    a->told_since = true;
    if (a->owed) a->owed--;
}

/* ---- does it arrive? ---- */

static void give_up(struct tern_conn *c)
{
    if (off(c) || c->env->set.ecn_option == PERSIST) return;
    c->more->acc.option_off = true;
    event_rule(c, TERN_RULE_ACCECN_OPTION_OFF);
}

/* RFC 9768 3.2.3.2.2: |at|, sent before, is sent again. */
void accecn_sent_again(struct tern_conn *c, seq32 at)
{
    if (!has(c, F_PASSIVE) && seq_eq(at, seq_add(c->snd.iss, 1)) && RULE(RFC 9768 3.2.3.2.2)) give_up(c);
}

/* RFC 9768 3.2.3.2.2: what was acknowledged comes again; its answer has an option. If it comes once more, the answer was lost. */
void accecn_came_again(struct tern_conn *c, seq32 at)
{
    struct tcp_accecn *a = &c->more->acc;
    if (a->again && a->told_since && seq_eq(at, a->again_at)) give_up(c);
    a->again = true, a->told_since = false;
    a->again_at = at;
}

/* ---- what the peer's say ---- */

/* RFC 9768 3.2.3.2.3, RFC 9768 3.2.3.2.4: of the segment that ends the handshake. */
void accecn_first_option(struct tern_conn *c, const struct wire_tcp *h)
{
    struct tcp_accecn *a = &c->more->acc;
    const struct wire_tcp_options *o = &h->opt;
    a->option_missing = !(o->present & OPT_ACCECN);
    if (a->option_missing) {
        event_rule(c, TERN_RULE_ACCECN_OPTION_NONE);
        return;
    }
    for (unsigned i = 0; i < o->accecn_n; i++) a->option_zeroed = a->option_zeroed || (i != ACCECN_CE && !o->accecn[i]);
    a->option_zeroed = a->option_zeroed && RULE(RFC 9768 3.2.3.2.4);
    if (a->option_zeroed) event_rule(c, TERN_RULE_ACCECN_OPTION_ZERO);
}

/* RFC 9768 3.2.3.1 */
bool accecn_option_in(struct tern_conn *c, const struct wire_tcp *h, uint32_t grown[3])
{
    struct tcp_accecn *a = &c->more->acc;
    const struct wire_tcp_options *o = &h->opt;
    for (unsigned i = 0; i < ACCECN_N; i++) grown[i] = 0;
    if (a->option_zeroed || !(o->present & OPT_ACCECN) || !o->accecn_n) return false;
    a->option_missing = false;
    for (unsigned i = 0; i < o->accecn_n; i++) {
        unsigned which = o->accecn_kind == TCPOPT_ACCECN1 ? ACCECN_N - 1 - i : i;
        grown[which] = (o->accecn[i] - a->peer_bytes[which]) & FIELD;
        if (RULE(RFC 9768 3.2.3.1)) a->peer_bytes[which] += grown[which];
    }
    return true;
}
