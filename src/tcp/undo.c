/* Was it a loss at all? By DSACK (RFC 2883, RFC 3708): all that was sent again had arrived before. By timestamps (Eifel, RFC
 * 3522): the acknowledgement answers what was sent before the repetition. Then the window is what it was (RFC 4015). */
#include "flight.h"
#include "tcp_internal.h"

void undo_begin(struct tern_conn *c, bool reduced)
{
    const struct sent_map *m = &flight_of(c)->map;
    uint32_t again = m->rtx; /* these may yet be reported, too, and none of them left before the oldest in flight */
    uint32_t ts = again ? (uint32_t)(sent_oldest(m)->sent_at / TERN_MS) + c->ts_offset : ts_now(c);
    struct tcp_undo *u = &c->sender->undo;
    *u = (struct tcp_undo){.on = true,
                           .any = again > 0,
                           .reduced = reduced,
                           .bytes = again,
                           .from = c->snd.una,
                           .to = c->snd.max,
                           .ts = ts,
                           .spared = u->spared,
                           .spared_to = u->spared_to};
}

void undo_passed(struct tern_conn *c)
{
    struct tcp_undo *u = &c->sender->undo;
    if (u->spared && seq_ge(c->snd.una, u->spared_to)) u->spared = false;
}

void undo_sent(struct tern_conn *c, seq32 at, uint32_t len)
{
    struct tcp_undo *u = &c->sender->undo;
    if (!u->on) return;
    seq32 end = seq_add(at, len);
    if (!u->any) u->ts = ts_now(c), u->from = at, u->to = end;
    u->from = seq_min(u->from, at), u->to = seq_max(u->to, end);
    u->any = true;
    u->bytes += len;
}

bool undo_counts(const struct tern_conn *c, const struct ack_news *n)
{
    const struct tcp_undo *u = &c->sender->undo;
    return u->any && seq_ge(n->dup.left, u->from) && seq_le(n->dup.right, u->to);
}

void undo_dsack(struct tern_conn *c, const struct ack_news *n)
{
    struct tcp_undo *u = &c->sender->undo;
    if (!u->on || !undo_counts(c, n)) return; /* what was sent once and came twice is the network's doing */
    u->bytes -= min_u32(u->bytes, seq_diff(n->dup.right, n->dup.left));
}

void undo_now(struct tern_conn *c, enum tern_rule why, bool spare)
{
    struct cc_sample s;
    struct tcp_flight *f = flight_of(c);
    bool fast = has(c, F_RECOVERY);
    c->sender->undo.on = false;
    c->flags &= ~(uint32_t)(F_RECOVERY | F_RTO_RECOVERY);
    if (f) f->frto = f->first = false;
    if (spare && RULE(RFC 4015 3.3)) { /* what is in flight need not go again */
        if (f) sent_spare(&f->map);
        c->sender->undo.spared = true, c->sender->undo.spared_to = c->snd.max;
        c->loss.backoff = c->loss.kept = 0;
    }
    event_rule(c, why);
    if (!c->cc.ops->on_undo || !RULE(RFC 4015 3.4)) return;
    /* Step 9: congestion there was, by what this ACK says, or one before. */
    if ((has2(c, F2_ECE_IN) || !c->sender->undo.reduced) && RULE(RFC 4015 3.2)) {
        if (fast) prr_over(c); /* the repair is over, too */
        return;
    }
    loss_sample(c, &s);
    event_cwnd(c, c->cc.ops->on_undo(&c->cc, &s));
}

/* RFC 3522 3.2, RFC 3708 3: was the reduction for nothing? To spare what is in flight is a walk over all of it, for which a peer
 * that lies could ask with every acknowledgement. */
bool undo_try(struct tern_conn *c, const struct ack_news *n, bool spare)
{
    const struct tcp_undo *u = &c->sender->undo;
    if (!u->on || !u->any || (spare && u->spared)) return false;
    bool early = RULE(RFC 3522 3.2) && has(c, F_TS) && n->has_ts && n->ts_ecr && n->acked && seq_lt(seq(n->ts_ecr), seq(u->ts));
    if ((u->bytes || !RULE(RFC 3708 3)) && !early) return false;
    if (has(c, F_RECOVERY) || !u->bytes) rack_was_late(c);
    undo_now(c, u->bytes ? TERN_RULE_UNDO_EIFEL : TERN_RULE_UNDO_DSACK, spare);
    return true;
}
