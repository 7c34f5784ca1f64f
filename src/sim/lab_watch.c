/* What is told while it runs. */
#include "lab_internal.h"
#include "pacing.h"

/* Without overflow for 2^60 bytes, and exact but for the last bit. */
uint64_t lab_rate(uint64_t bytes, tern_ns span)
{
    if (span == 0) return 0;
    uint64_t bits = bytes * 8, rate = bits / span * TERN_SEC, rest = bits % span;
    /* The rest is below |span|: a decimal place after the other. */
    for (uint64_t place = TERN_SEC / 10; place > 0 && rest > 0; place /= 10) {
        rest *= 10;
        rate += rest / span * place;
        rest %= span;
    }
    return rate;
}

/* Returns the bytes acknowledged. */
static uint64_t sample_connection(struct lab_side *s, struct lab_flow_sample *out)
{
    struct tern_status st;
    tern_conn_status(s->c, &st);
    out->open = true;
    out->state = st.state;
    out->recovery = st.recovery;
    out->cwnd = st.cwnd;
    out->ssthresh = st.ssthresh;
    out->in_flight = st.flight;
    out->snd_wnd = st.snd_wnd;
    out->send_queue = st.send_queue;
    out->srtt = st.rtt;
    out->rttvar = st.rttvar;
    out->rto = st.rto;
    out->rtt_min = st.rtt_min;
    out->sent_bytes += s->written + st.retransmitted - st.unsent;
    out->retransmitted += st.retransmitted;
    out->pacing_rate = pacing_rate(s->c) * 8;
    return st.bytes_acked;
}

static void sample_flow(struct lab_flow_run *f, tern_ns span, struct lab_flow_sample *out)
{
    struct lab_side *s = app_measured(f);
    *out = (struct lab_flow_sample){.sent_bytes = f->result.sent_bytes, .retransmitted = f->result.retransmitted};
    out->got_bytes = f->result.got_bytes;
    out->goodput = lab_rate(out->got_bytes - f->got_at_sample, span);
    f->got_at_sample = out->got_bytes;
    uint64_t acked = f->acked + (s ? sample_connection(s, out) : 0);
    if (acked >= f->acked_at_sample) out->delivery_rate = lab_rate(acked - f->acked_at_sample, span);
    f->acked_at_sample = acked;
}

static void sample_way(struct lab *lab, size_t w, tern_ns span, struct lab_lane_sample *out)
{
    struct lab_way *way = &lab->way[w];
    lane_advance(&way->lane, lab->now);
    struct lane_counters n = lane_count(&way->lane);
    *out = (struct lab_lane_sample){.queue_n = way->lane.queue.n + (way->lane.sending != NULL)};
    out->queue_bytes = way->lane.queue.bytes;
    out->queue_delay = way->lane.waiting.delay;
    out->rate = lab_rate(n.passed_bytes - way->rate_from, span);
    way->rate_from = n.passed_bytes;
    out->passed = n.passed;
    out->marked = n.marked;
    out->dropped = n.lost[LANE_FULL] + n.lost[LANE_EARLY];
    for (int i = 0; i < LANE_LOSS_N; i++) out->lost += i == LANE_FULL || i == LANE_EARLY ? 0 : n.lost[i];
}

void watch_sample(struct lab *lab)
{
    const struct lab_watch *w = &lab->cfg.watch;
    tern_ns span = lab->now - lab->last_sample;
    for (size_t i = 0; i < lab->cfg.flow_n; i++) sample_flow(&lab->flow[i], span, &lab->flow_sample[i]);
    for (size_t i = 0; i < lab->way_n; i++) sample_way(lab, i, span, &lab->lane_sample[i]);
    lab->last_sample = lab->now;
    w->sample(w->ctx, lab->now, lab->flow_sample, lab->lane_sample);
}

void tell_packet(struct lab *lab, enum lab_packet_what what, size_t way, struct packet *p, enum lane_loss why)
{
    const struct lab_watch *w = &lab->cfg.watch;
    const struct tern_buf *b = packet_buf(p);
    struct lab_packet told = {.what = what, .why = why, .link = (uint16_t)(way / 2), .direction = way & 1, .flow = p->flow};
    told.bytes = b->data;
    told.len = b->len;
    told.gso_size = b->gso_size;
    told.super = b->gso_size > 0;
    w->packet(w->ctx, lab->now, &told);
}
