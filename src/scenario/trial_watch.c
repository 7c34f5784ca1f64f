#include "trial_watch.h"

#include <stdlib.h>
#include <string.h>
#include <tern/draw.h>

#include "words.h"

enum { PLOT_POINTS = 1500 };

static bool grow(void *list, size_t n, size_t *cap, size_t size)
{
    void *old, *more;
    if (n < *cap) return true;
    size_t wide = *cap ? *cap * 2 : 256;
    memcpy(&old, list, sizeof old);
    more = realloc(old, wide * size);
    if (!more) return false;
    memcpy(list, &more, sizeof more);
    *cap = wide;
    // cppcheck-suppress memleak ; it is in |list|
    return true;
}

/* ---- samples ---- */

static void sample_flow(struct trial *t, size_t i, tern_ns at, const struct lab_flow_sample *f)
{
    struct trial_flow *seen = &t->flow[i];
    if (at <= t->warm_up) seen->got_before = f->got_bytes;
    if (f->open && seen->got_at && at >= t->warm_up && at - seen->got_at > seen->gap_max) seen->gap_max = at - seen->got_at;
    if (f->got_bytes > seen->got) seen->got_at = at;
    if (!f->open) seen->got_at = 0;
    seen->got = f->got_bytes;
    if (!f->open || at < t->warm_up) return;
    bool ok = (!f->srtt || figure_add(&seen->rtt, f->srtt)) && (!f->cwnd || figure_add(&seen->cwnd, f->cwnd));
    if (f->in_flight > seen->flight_max) seen->flight_max = f->in_flight;
    if (f->send_queue > seen->held_max) seen->held_max = f->send_queue;
    if (!ok) t->failed = true;
}

static void sample_lane(struct trial *t, size_t i, tern_ns at, const struct lab_lane_sample *l)
{
    struct trial_lane *seen = &t->lane[i];
    __extension__ unsigned __int128 bits = (unsigned __int128)l->rate * (at - t->sampled_at);
    seen->bytes += (uint64_t)(bits / 8 / TERN_SEC);
    if (at <= t->warm_up) seen->bytes_before = seen->bytes;
    if (at >= t->warm_up && l->passed && !figure_add(&seen->queue, l->queue_delay)) t->failed = true;
}

/* What left the sender since the last point, as a rate. */
static uint64_t rate_since(struct trial_line *l, tern_ns at, uint64_t sent)
{
    __extension__ unsigned __int128 bits = (unsigned __int128)(sent - l->sent) * 8 * TERN_SEC;
    uint64_t rate = at > l->sent_at ? (uint64_t)(bits / (at - l->sent_at)) : 0;
    l->sent = sent;
    l->sent_at = at;
    return rate;
}

static void draw(struct trial *t, tern_ns at, const struct lab_flow_sample *flow, const struct lab_lane_sample *lane)
{
    struct trial_plot *p = t->wish->plot;
    for (size_t i = 0; i < p->n; i++) {
        struct trial_line *l = &p->line[i];
        if (!grow(&l->point, l->n, &l->cap, sizeof *l->point)) {
            t->failed = true;
            return;
        }
        struct trial_point *to = &l->point[l->n++];
        *to = (struct trial_point){.at = at};
        if (i < t->cfg.flow_n) {
            const struct lab_flow_sample *f = &flow[i];
            to->open = f->open;
            to->cwnd = f->cwnd;
            to->rate = rate_since(l, at, f->sent_bytes);
            to->rtt = f->srtt;
            to->in_flight = f->in_flight;
            to->held = f->send_queue;
            to->delivered = f->got_bytes;
            to->resent = f->retransmitted;
        } else {
            to->open = true;
            to->queue_delay = lane[i - t->cfg.flow_n].queue_delay;
            to->queue_bytes = lane[i - t->cfg.flow_n].queue_bytes;
        }
    }
}

static void on_sample(void *ctx, tern_ns at, const struct lab_flow_sample *flow, const struct lab_lane_sample *lane)
{
    struct trial *t = ctx;
    if (at > t->cfg.duration) return;
    for (size_t i = 0; i < t->cfg.flow_n; i++) sample_flow(t, i, at, &flow[i]);
    for (size_t i = 0; i < 2 * t->cfg.link_n; i++) sample_lane(t, i, at, &lane[i]);
    if (t->wish->plot && t->sample_n % t->stride == 0) draw(t, at, flow, lane);
    t->sample_n++;
    t->sampled_at = at;
}

static void on_done(void *ctx, const struct lab_done *d)
{
    struct trial *t = ctx;
    if (d->ended > t->cfg.duration || d->began < t->warm_up) return;
    if (!figure_add(&t->flow[d->flow].done, d->ended - d->began) || !figure_add(&t->units, d->ended - d->began)) t->failed = true;
}

/* ---- what else was wished for ---- */

static void on_packet(void *ctx, tern_ns at, const struct lab_packet *p)
{
    struct trial *t = ctx;
    if (p->what != LAB_PACKET_SENT || !t->pcap[p->link]) return;
    if (tern_pcapng_packet(t->pcap[p->link], at, p->direction == 0, p->bytes, p->len, p->len, NULL) < 0) {
        snprintf(t->error, sizeof t->error, _("--pcap: cannot write the capture of %s"), t->cfg.link[p->link].name);
        t->failed = true;
    }
}

/* Events come with the end of their line, which is not yet that of this one. */
static int put_inner(void *ctx, const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '\n') len--;
    return tern_put_file(ctx, text, len);
}

static void on_event(void *ctx, uint16_t node, const struct tern_event *event)
{
    struct trial *t = ctx;
    struct tern_out out = {put_inner, t->wish->events};
    fprintf(t->wish->events, "{\"host\":\"%s\",\"event\":", t->cfg.node[node].name);
    tern_json_event(&out, event, t->event_n++);
    fputs("}\n", t->wish->events);
}

static void on_fault(void *ctx, uint16_t link, uint8_t direction, const struct lane_fault *fault)
{
    struct trial *t = ctx;
    struct trial_faults *f = t->wish->seen;
    if (!grow(&f->list, f->n, &f->cap, sizeof *f->list))
        t->failed = true;
    else
        f->list[f->n++] = (struct trial_fault){link, direction, *fault};
}

static bool open_captures(struct trial *t)
{
    for (size_t i = 0; i < t->cfg.link_n; i++) {
        char path[4096], err[200];
        snprintf(path, sizeof path, "%s-%s.pcapng", t->wish->pcap, t->cfg.link[i].name);
        t->pcap[i] = tern_pcapng_open(path, 0, err, sizeof err);
        if (t->pcap[i]) continue;
        snprintf(t->error, sizeof t->error, "--pcap: %s", err);
        t->failed = true;
    }
    return true;
}

static bool lines(struct trial *t)
{
    struct trial_plot *p = t->wish->plot;
    p->duration = t->cfg.duration;
    p->n = t->cfg.flow_n + 2 * t->cfg.link_n;
    p->line = calloc(p->n, sizeof *p->line);
    if (!p->line) return false;
    for (size_t i = 0; i < p->n; i++) {
        struct trial_line *l = &p->line[i];
        size_t lane = i - t->cfg.flow_n;
        l->lane = i >= t->cfg.flow_n;
        if (l->lane)
            snprintf(l->name, sizeof l->name, "%s%s", t->cfg.link[lane / 2].name, lane % 2 ? ".back" : "");
        else
            snprintf(l->name, sizeof l->name, "%s", t->cfg.flow[i].name);
    }
    return true;
}

bool trial_watch(struct trial *t)
{
    const struct trial_wish *w = t->wish;
    struct lab_watch *watch = &t->cfg.watch;
    t->flow = calloc(t->cfg.flow_n, sizeof *t->flow);
    t->lane = calloc(2 * t->cfg.link_n, sizeof *t->lane);
    t->pcap = calloc(t->cfg.link_n, sizeof(struct tern_pcapng *));
    if (!t->flow || !t->lane || !t->pcap) return false;
    t->stride = t->cfg.duration / t->cfg.sample / PLOT_POINTS + 1;
    *watch = (struct lab_watch){.ctx = t, .sample = on_sample, .done = on_done};
    if (w->pcap) watch->packet = on_packet;
    if (w->events) watch->event = on_event;
    if (w->seen) watch->fault = on_fault;
    return (!w->pcap || open_captures(t)) && (!w->plot || lines(t));
}

void trial_unwatch(struct trial *t)
{
    for (size_t i = 0; t->flow && i < t->cfg.flow_n; i++) {
        figure_spread_free(&t->flow[i].rtt);
        figure_spread_free(&t->flow[i].cwnd);
        figure_spread_free(&t->flow[i].done);
    }
    for (size_t i = 0; t->lane && i < 2 * t->cfg.link_n; i++) figure_spread_free(&t->lane[i].queue);
    for (size_t i = 0; t->pcap && i < t->cfg.link_n; i++)
        if (t->pcap[i]) tern_pcapng_close(t->pcap[i]);
    figure_spread_free(&t->units);
    free(t->flow);
    free(t->lane);
    free(t->pcap);
    free(t->given_link);
    free(t->given_fault);
}
