#include "tcb.h"

#include "look.h"

static void fill_one(const struct flow *f, enum story_side side, struct story_tcb *t)
{
    const struct half *own = &f->half[side], *other = &f->half[story_other(side)];
    *t = (struct story_tcb){.state = (uint8_t)peer_state(&f->peer[side]), .inferred = true};
    for (unsigned i = 0; i < TERN_TIMER_N; i++) t->timer[i] = TERN_NEVER;
    if (own->syn) {
        t->known |= STORY_ISS;
        t->iss = own->iss;
    }
    if (other->syn) {
        t->known |= STORY_IRS;
        t->irs = other->iss;
    }
    if (own->nxt_known && own->una_known) {
        t->known |= STORY_SND;
        t->snd_nxt = own->nxt;
        t->snd_una = own->una;
        t->flight = own->nxt - own->una;
    }
    if (own->ack_known) {
        t->known |= STORY_RCV;
        t->rcv_nxt = own->ack;
    }
    if (own->wnd_known && window_known(own, other)) {
        t->known |= STORY_RCV_WND;
        t->rcv_wnd = own->wnd;
    }
    if (other->wnd_known && window_known(other, own)) {
        t->known |= STORY_SND_WND;
        t->snd_wnd = other->wnd;
    }
    if (own->rtt.n > 0) {
        t->known |= STORY_RTT;
        t->srtt = own->rtt.srtt;
        t->rto = rtt_sample_rto(&own->rtt);
    }
}

void tcb_fill(const struct flow *f, struct story_tcb out[STORY_SIDE_N])
{
    fill_one(f, STORY_A, &out[STORY_A]);
    fill_one(f, STORY_B, &out[STORY_B]);
}

void tcb_bases(const struct flow *f, struct story_conn *c)
{
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        const struct half *h = &f->half[i];
        c->base_known[i] = h->syn || h->nxt_known;
        c->base[i] = h->syn ? h->iss : h->first;
    }
}

void tcb_sum_up(struct flow *f)
{
    struct watch_conn *c = &f->conn;
    for (unsigned i = 0; i < STORY_SIDE_N; i++) {
        const struct rtt_sample *measured =
            &f->half[story_other((enum story_side)i)].rtt; /* what the other sent, answered here */
        c->state[i] = (uint8_t)peer_state(&f->peer[i]);
        c->rtt_min[i] = measured->least;
        c->rtt_median[i] = rtt_sample_median(measured);
    }
    bool heard[STORY_SIDE_N] = {c->packets[STORY_A] > 0, c->packets[STORY_B] > 0};
    const struct half *first = &f->half[heard[STORY_A] ? STORY_A : STORY_B];
    c->one_sided = heard[STORY_A] != heard[STORY_B] && (first->ack_known || !first->syn);
}
