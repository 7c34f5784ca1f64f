/* ICMP errors about a connection: RFC 9293 3.9.2.2, RFC 5927, RFC 8201. The layer above has found the connection by the quoted
 * packet. */
#include "tcp_internal.h"

/* RFC 5927 4.1: only what is in flight can have caused an error. */
static bool in_flight(const struct tern_conn *c, seq32 at)
{
    return !GUARD(14) || (seq_le(c->snd.una, at) && seq_lt(at, c->snd.max));
}

bool tcp_icmp_aborts(const struct tern_settings *set, enum wire_icmp_why why, bool hard)
{
    bool prohibited = why == ICMP_WHY_PROHIBITED || why == ICMP_WHY_NET_PROHIBITED;
    switch (set->icmp_abort) {
    case 0: return false;
    case 1: return hard; /* SHLD-26, as RFC 5927 5.2 limits it */
    case 2: return hard || why == ICMP_WHY_PROTOCOL || why == ICMP_WHY_TIME || prohibited;
    default: return true;
    }
}

/* What the application is told: where all errors end an opening, exactly what each says, as POSIX systems do. */
static int error_of(const struct tern_conn *c, enum wire_icmp_why why, bool aborts)
{
    if (c->env->set.icmp_abort != 3) return aborts && why != ICMP_WHY_TIME ? TERN_ERR_REFUSED : TERN_ERR_UNREACH;
    switch (why) {
    case ICMP_WHY_PORT: return TERN_ERR_REFUSED;
    case ICMP_WHY_PROTOCOL: return TERN_ERR_PROTO;
    case ICMP_WHY_NET:
    case ICMP_WHY_NET_PROHIBITED: return TERN_ERR_NETUNREACH;
    default: return TERN_ERR_UNREACH;
    }
}

enum tern_drop tcp_icmp_error(struct tern_conn *c, seq32 at, enum wire_icmp_why why, bool hard, bool taken)
{
    if (!in_flight(c, at)) return TERN_DROP_ICMP_UNKNOWN;
    if ((tcp_icmp_aborts(&c->env->set, why, hard) || !MUST(56)) && !synchronized(c) && !taken) {
        event_rule(c, TERN_RULE_ICMP_HARD);
        c->env->counters->attempt_fails++;
        fo_unanswered(c);
        tcp_die(c, FSM_ICMP_HARD, TERN_RULE_ICMP_HARD, error_of(c, why, true));
        return TERN_DROP_NONE;
    }
    event_rule(c, TERN_RULE_ICMP_SOFT); /* never aborts: the application is told (SHLD-25) */
    if (!MUST(47)) return TERN_DROP_NONE;
    c->soft_error = (int16_t)error_of(c, why, false);
    c->events |= TERN_SOFT_ERROR;
    return TERN_DROP_NONE;
}

/* RFC 1191 5, and its table 7-1: an old router that names no MTU: the next common one below. */
static uint32_t next_plateau(uint32_t mtu)
{
    static const uint16_t plateau[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
    for (size_t i = 0; i < sizeof plateau / sizeof plateau[0]; i++)
        if (plateau[i] < mtu) return plateau[i];
    return mtu;
}

/* Option MTU_DISCOVER. Nobody but the sender can cut up an IPv6 packet. */
static bool believes_too_big(const struct tern_conn *c)
{
    uint8_t mode = tcp_more(c)->mtu_discover;
    return mode == TERN_MTU_WANT || mode == TERN_MTU_DO || (mode == TERN_MTU_DONT && !conn_v4(c));
}

/* What was too long goes again. */
static void send_shorter(struct tern_conn *c)
{
    if (flight_sack(c)) {
        flight_too_big(c);
        return;
    }
    flight_end(c);
    c->snd.nxt = c->snd.una;
    c->snd.at = NULL;
    c->rtt.timed_at = 0;
}

/* RFC 1191 3: a path that takes less than the least MTU. Segments do not become shorter for it, or a forged message would make
 * very many of one; the host may as well "cease setting the Don't Fragment bit", and routers cut them. Option MTU_DISCOVER says
 * when it may not. False: that is known already. */
static bool may_be_cut(struct tern_conn *c)
{
    if (tcp_more(c)->mtu_discover != TERN_MTU_WANT || has(c, F_MAY_CUT) || !RULE(RFC 1191 3)) return false;
    c->flags |= F_MAY_CUT;
    if (searching(c)) c->more->mtu = (struct tcp_mtu){0}; /* by what may be cut no MTU is found */
    return true;
}

/* RFC 1191 3, RFC 8201 4 */
enum tern_drop tcp_icmp_too_big(struct tern_conn *c, seq32 at, uint32_t mtu)
{
    if (!in_flight(c, at)) return TERN_DROP_ICMP_UNKNOWN;
    if (!believes_too_big(c)) return TERN_DROP_ICMP_MTU;
    if (searching(c) && mtu_too_big(c, at, mtu)) {
        send_shorter(c);
        return TERN_DROP_NONE;
    }
    if (!mtu && conn_v4(c) && RULE(RFC 1191 5)) mtu = next_plateau(c->path_mtu);
    if (mtu >= c->path_mtu || mtu < 68 || !RULE(RFC 1191 3))
        return TERN_DROP_ICMP_MTU; /* above what was sent, or what cannot be */
    if (!conn_v4(c) && mtu < PATH_MTU_LEAST_V6 && RULE(RFC 8201 4)) return TERN_DROP_ICMP_MTU;
    bool cut = conn_v4(c) && mtu < PATH_MTU_LEAST_V4 && may_be_cut(c);
    if (conn_v4(c)) mtu = max_u32(mtu, PATH_MTU_LEAST_V4);
    if (mtu >= c->path_mtu && !cut) return TERN_DROP_ICMP_MTU;
    c->pmtu_s = (uint32_t)(c->env->now / TERN_SEC);
    event_rule(c, TERN_RULE_ICMP_TOO_BIG);
    if (mtu >= c->path_mtu) return TERN_DROP_NONE; /* what was too big goes again by the timer, and may be cut */
    c->path_mtu = (uint16_t)mtu;
    mss_changed(c);
    if (searching(c)) mtu_lowered(c);
    if (c->state == TERN_SYN_SENT && has2(c, F2_SYN_DATA)) { /* RFC 7413 4.2.2: a plain SYN passes; not lost, only too big */
        c->flags |= F_SYN_OUT;
        c->rtx_rule = TERN_RULE_PMTU_LOWER;
        c->snd.nxt = c->snd.una;
        c->snd.at = NULL;
        rtt_forget(c);
    }
    if (!synchronized(c) || has(c, F_SYN_UNACKED)) return TERN_DROP_NONE; /* there is no data out */
    /* RFC 1191 6.4, RFC 8201 5.4: what was too big is sent again in smaller segments; no sign of congestion. */
    event_rule(c, TERN_RULE_PMTU_LOWER);
    if (RULE(RFC 1191 6.4)) send_shorter(c);
    return TERN_DROP_NONE;
}
