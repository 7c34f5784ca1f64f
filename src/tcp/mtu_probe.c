/* Packetization layer path MTU discovery (RFC 4821): the path's MTU is found by what arrives, without a word from a router. A
 * segment that is longer than the others is the probe; when it is acknowledged the path takes so much. And when nothing of what
 * is long arrives any more (a black hole: the path takes less, and no router says so), segments become shorter, and the search
 * begins from there. */
#include "tcp_internal.h"

enum { WINDOW_LEAST = 11 /* segments of cwnd with which probing is worth its risk; as Linux */ };

static uint32_t head(const struct tern_conn *c) { return conn_v4(c) ? 40 : 60; }

/* The longest packet that the interface and the peer take. */
static uint32_t ceiling(const struct tern_conn *c)
{
    uint32_t mss = c->max_seg ? min_u32(c->mss, c->max_seg) : c->mss;
    return min_u32(c->if_mtu, mss + head(c));
}

/* Of IPv4 only what may not be cut on its way can be a probe. */
static bool wanted(const struct tern_conn *c)
{
    uint8_t mode = tcp_more(c)->mtu_discover;
    return c->env->set.mtu_probing && (mode == TERN_MTU_WANT || mode == TERN_MTU_DO) && !has(c, F_MAY_CUT);
}

static void use(struct tern_conn *c, uint32_t mtu)
{
    c->path_mtu = (uint16_t)mtu;
    c->pmtu_s = (uint32_t)(c->env->now / TERN_SEC);
    mss_changed(c);
}

/* RFC 4821 7.2. NULL: no memory, and no search. */
static struct tcp_mtu *begin(struct tern_conn *c)
{
    struct tcp_more *m = tcp_more_own(c);
    if (!m) return NULL;
    uint32_t high = ceiling(c), low = min_u32(high, (uint32_t)c->env->set.mtu_base_mss + head(c));
    if (!RULE(RFC 4821 7.2)) low = high;
    m->mtu = (struct tcp_mtu){.on = true, .low = (uint16_t)low, .high = (uint16_t)high};
    return &m->mtu;
}

void mtu_established(struct tern_conn *c)
{
    if (c->env->set.mtu_probing != 2 || !wanted(c)) return;
    const struct tcp_mtu *t = begin(c);
    if (t && !has(c, F_PASSIVE) && t->low < c->path_mtu)
        use(c, t->low); /* Linux begins so where it opens, not where it accepts */
}

/* RFC 4821 7.3: the middle of what is not known, in bytes of an IP packet; 0: all is, for now. */
static uint32_t next_size(const struct tern_conn *c, struct tcp_mtu *t)
{
    const struct tern_settings *set = &c->env->set;
    if (t->high < t->low + set->mtu_probe_threshold) {
        if (!t->done) t->done = c->env->now;
        if (c->env->now - t->done < set->mtu_probe_interval) return 0;
        t->high = (uint16_t)ceiling(c); /* the path may be another by now */
        t->done = 0;
    }
    uint32_t size = RULE(RFC 4821 7.3) ? (t->low + t->high) / 2u : t->high;
    if (size <= c->path_mtu) { /* in use already */
        t->low = c->path_mtu;
        size = (t->low + t->high) / 2u;
    }
    return size > c->path_mtu ? size : 0;
}

uint32_t mtu_probe_len(struct tern_conn *c, uint32_t usable, bool *wait)
{
    struct tcp_mtu *t = &c->more->mtu;
    const struct tcp_flight *f = flight_sack(c);
    uint32_t mss = mss_plain(c), flight = seq_diff(c->snd.nxt, c->snd.una);
    *wait = false;
    /* RFC 4821 7.4: nothing must disturb it, or be disturbed. */
    if (t->probe || !wanted(c) || has(c, F_RECOVERY | F_RTO_RECOVERY | F_SND_URGENT) || c->loss.dupacks) return 0;
    if (seq_lt(c->snd.nxt, c->snd.max) || (f && (f->map.sacked || f->map.lost)) || mss_now(c) != mss) return 0;
    if (c->cc.cwnd < WINDOW_LEAST * mss) return 0;
    uint32_t size = next_size(c, t), options = fixed_options_len(c);
    if (!size) return 0;
    /* So much behind it that its loss alone is seen. */
    uint32_t behind = RULE(RFC 4821 7.4) ? ((uint32_t)c->env->set.dup_threshold + 1) * mss : 0;
    uint32_t len = size - head(c) - options, all = len + behind;
    if (len <= mss || len > c->cc.cwnd / 2 || snd_left(c, c->snd.nxt) < all || flight + all > c->snd.wnd) return 0;
    if (snd_record(c, c->snd.nxt, len) < len) return 0;
    *wait = usable < len && flight; /* until the window has room for it */
    return usable < len ? 0 : len;
}

void mtu_probe_sent(struct tern_conn *c, seq32 at, uint32_t len)
{
    struct tcp_mtu *t = &c->more->mtu;
    t->probe = (uint16_t)(c->path_mtu + len - mss_plain(c));
    t->at = at;
    t->end = seq_add(at, len);
}

/* RFC 4821 7.6.1 */
void mtu_acked(struct tern_conn *c)
{
    struct tcp_mtu *t = &c->more->mtu;
    if (!t->probe || seq_lt(c->snd.una, t->end) || !RULE(RFC 4821 7.6.1)) return;
    t->low = t->probe;
    t->probe = 0;
    use(c, t->low);
    event_rule(c, TERN_RULE_MTU_PASSED);
}

static void failed(struct tern_conn *c, struct tcp_mtu *t)
{
    t->high = (uint16_t)(t->probe - 1);
    t->probe = 0;
    event_rule(c, TERN_RULE_MTU_FAILED);
}

/* RFC 4821 7.6.2, 7.6.4: lost alone it was too long, and tells of no congestion; lost with others it tells nothing. */
bool mtu_lost(struct tern_conn *c, uint32_t lost)
{
    struct tcp_mtu *t = &c->more->mtu;
    if (!t->probe) return false;
    bool alone = lost == seq_diff(t->end, t->at) || !RULE(RFC 4821 7.6.4);
    if (seq_eq(c->snd.una, t->at) && alone && RULE(RFC 4821 7.6.2)) {
        failed(c, t);
        return true;
    }
    t->probe = 0;
    event_rule(c, TERN_RULE_MTU_UNCLEAR);
    return false;
}

/* Its bytes leave once more, perhaps in shorter segments, before it was found lost: by a tail loss probe. */
void mtu_again(struct tern_conn *c, seq32 at, seq32 end)
{
    struct tcp_mtu *t = &c->more->mtu;
    if (!t->probe || seq_ge(at, t->end) || seq_le(end, t->at)) return;
    t->probe = 0;
    event_rule(c, TERN_RULE_MTU_UNCLEAR);
}

/* RFC 4821 7.6.3 */
void mtu_timeout(struct tern_conn *c)
{
    struct tcp_mtu *t = &c->more->mtu;
    if (t->probe && seq_eq(c->snd.una, t->at) && RULE(RFC 4821 7.6.3))
        failed(c, t);
    else
        t->probe = 0;
}

bool mtu_too_big(struct tern_conn *c, seq32 at, uint32_t mtu)
{
    struct tcp_mtu *t = &c->more->mtu;
    bool it = t->probe && seq_ge(at, t->at) && seq_lt(at, t->end) && mtu >= c->path_mtu && mtu < t->probe;
    if (!it) return false;
    t->high = (uint16_t)mtu;
    t->probe = 0;
    event_rule(c, TERN_RULE_MTU_FAILED);
    return true;
}

void mtu_lowered(struct tern_conn *c)
{
    struct tcp_mtu *t = &c->more->mtu;
    t->high = c->path_mtu;
    if (t->low > t->high) t->low = t->high;
    t->probe = 0;
}

/* What a full stop makes of the packets' size: the size to begin with, half of it, the least. */
static uint32_t shorter(const struct tern_conn *c)
{
    uint32_t least = max_u32((uint32_t)c->env->set.mtu_least_mss + head(c), conn_v4(c) ? 68 : PATH_MTU_LEAST_V6);
    uint32_t base = (uint32_t)c->env->set.mtu_base_mss + head(c), half = (c->path_mtu - head(c)) / 2 + head(c);
    return min_u32(max_u32(base < c->path_mtu ? base : half, least), c->path_mtu);
}

/* RFC 4821 7.7: full stop. What is not acknowledged is longer than what then would be tried. Where the shortest do not arrive
 * either it is not their length, but an outage, or a path that loses much: then it is what it was. */
void mtu_black_hole(struct tern_conn *c)
{
    if (!wanted(c) || !synchronized(c) || has(c, F_SYN_UNACKED) || !RULE(RFC 4821 7.7)) return;
    struct tcp_mtu *t = searching(c) ? &c->more->mtu : NULL;
    uint32_t was = c->path_mtu, to = shorter(c);
    if (to == was && t) to = max_u32(t->high, was);
    if (to == was || snd_left(c, c->snd.una) <= min_u32(to, was) - head(c)) return;
    if (!t) {
        if ((t = begin(c)) == NULL) return;
        t->high = (uint16_t)was;
    }
    t->probe = 0;
    t->done = 0;
    t->low = (uint16_t)to;
    use(c, to);
    event_rule(c, to < was ? TERN_RULE_MTU_BLACK_HOLE : TERN_RULE_MTU_NO_HOLE);
}
