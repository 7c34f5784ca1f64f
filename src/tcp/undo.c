/* Was it a loss at all? By DSACK (RFC 2883, RFC 3708): all that was sent again had arrived before. By timestamps (Eifel, RFC
 * 3522): the acknowledgement answers what was sent before the repetition. Then the window is what it was (RFC 4015). */
#include "flight.h"
#include "tcp_internal.h"

void undo_begin(struct tern_conn *c)
{
    const struct sent_map *m = &flight_of(c)->map;
    uint32_t again = m->rtx; /* these may yet be reported, too, and none of them left before the oldest in flight */
    uint32_t ts = again ? (uint32_t)(sent_oldest(m)->sent_at / TERN_MS) + c->ts_offset : ts_now(c);
    c->sender->undo = (struct tcp_undo){.on = true, .any = again > 0, .una = c->snd.una, .bytes = again, .ts = ts};
}

void undo_sent(struct tern_conn *c, uint32_t len)
{
    struct tcp_undo *u = &c->sender->undo;
    if (!u->on) return;
    if (!u->any) u->ts = ts_now(c);
    u->any = true;
    u->bytes += len;
}

void undo_dsack(struct tern_conn *c, const struct ack_news *n)
{
    struct tcp_undo *u = &c->sender->undo;
    if (!u->on || seq_lt(n->dup.left, u->una)) return;
    u->bytes -= min_u32(u->bytes, seq_diff(n->dup.right, n->dup.left));
}

void undo_now(struct tern_conn *c, enum tern_rule why, bool spare)
{
    struct cc_sample s;
    struct tcp_flight *f = flight_of(c);
    c->sender->undo.on = false;
    c->flags &= ~(uint32_t)(F_RECOVERY | F_RTO_RECOVERY);
    if (f) f->frto = f->first = false;
    if (spare) {
        if (f) sent_spare(&f->map);
        c->loss.backoff = c->loss.kept = 0;
    }
    event_rule(c, why);
    if (!c->cc.ops->on_undo) return;
    loss_sample(c, &s);
    event_cwnd(c, c->cc.ops->on_undo(&c->cc, &s));
}

/* RFC 3522 3.2, RFC 3708 2: was the reduction for nothing? */
/* RFC 3708 2, RFC 3522 3.2 */
bool undo_try(struct tern_conn *c, const struct ack_news *n, bool spare)
{
    const struct tcp_undo *u = &c->sender->undo;
    if (!u->on || !u->any) return false;
    bool early = has(c, F_TS) && n->has_ts && n->ts_ecr && n->acked && seq_lt(seq(n->ts_ecr), seq(u->ts));
    if (u->bytes && !early) return false;
    undo_now(c, u->bytes ? TERN_RULE_UNDO_EIFEL : TERN_RULE_UNDO_DSACK, spare);
    return true;
}
