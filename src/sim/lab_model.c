/* What the applications do: each model moves its sender's goal, and sees from what the receiver got which units are through. */
#include "lab_internal.h"

static bool enough(const struct lab_flow_run *f) { return f->cfg.count > 0 && f->units >= f->cfg.count; }

static struct lab_side *sender(struct lab_flow_run *f) { return f->talk ? &f->talk->side[f->sender] : NULL; }

/* Bytes of a unit that follows others on one connection. */
static uint64_t unit_len(const struct lab_flow_run *f)
{
    if (f->cfg.app != LAB_VIDEO) return f->cfg.bytes;
    uint64_t us = f->cfg.interval / TERN_US, len = f->cfg.rate / 1000 * us / 8000;
    return len > 0 ? len : 1;
}

static void close_behind(struct lab_side *s)
{
    if (!s) return;
    s->last = true;
    app_pump(s);
}

/* The flow has done all that it was for. */
static void finish(struct lab_flow_run *f)
{
    f->stopped = true;
    f->next_unit = TERN_NEVER;
}

static void through(struct lab_flow_run *f, uint64_t nth, tern_ns began, uint64_t bytes)
{
    const struct lab_watch *w = &f->lab->cfg.watch;
    struct lab_done done = {.flow = f->index, .nth = nth, .began = began, .ended = f->lab->now, .bytes = bytes};
    if (f->lab->now <= f->lab->cfg.duration) f->result.done_n++;
    if (w->done) w->done(w->ctx, &done);
}

/* ---- one after the other: VIDEO, THIN ---- */

static void next_unit(struct lab_flow_run *f)
{
    struct lab_side *s = sender(f);
    if (!s) return;
    s->goal += unit_len(f);
    f->units++;
    f->next_unit += f->cfg.interval;
    if (enough(f)) {
        s->last = true;
        finish(f);
    }
    app_pump(s);
}

static void got_units(struct lab_flow_run *f, const struct lab_side *s)
{
    uint64_t len = unit_len(f);
    for (; f->unit_got + len <= s->got; f->unit_got += len) {
        uint64_t nth = f->unit_got / len;
        through(f, nth, f->cfg.start + nth * f->cfg.interval, len);
    }
}

/* ---- BULK ---- */

static void begin_bulk(struct lab_flow_run *f)
{
    struct lab_side *s = sender(f);
    if (!s) return;
    s->goal = f->cfg.bytes ? f->cfg.bytes : UINT64_MAX;
    s->last = f->cfg.bytes > 0;
    app_pump(s);
}

static void got_bulk(struct lab_flow_run *f, const struct lab_side *s)
{
    if (f->cfg.bytes == 0 || s->got < f->cfg.bytes) return;
    through(f, 0, f->cfg.start, s->got);
    finish(f);
}

/* ---- REQUEST ---- */

static void ask(struct lab_flow_run *f)
{
    if (f->cfg.each_anew || !f->talk) {
        f->unit_got = 0;
        if (!app_open(f)) {
            finish(f);
            return;
        }
    }
    struct lab_side *s = &f->talk->side[LAB_OPENER];
    f->unit_began = f->lab->now;
    f->next_unit = TERN_NEVER;
    f->units++;
    s->goal += f->cfg.request;
    s->last = f->cfg.each_anew || enough(f);
    app_pump(s);
}

static void got_request(struct lab_side *s, uint64_t before)
{
    struct lab_flow_run *f = s->talk->flow;
    uint64_t more = s->got / f->cfg.request - before / f->cfg.request;
    if (more == 0) return;
    s->goal += more * f->cfg.bytes;
    app_pump(s);
}

static void got_answer(struct lab_flow_run *f, const struct lab_side *s)
{
    /* An older connection, closing, has nothing more to say. */
    if (s->talk != f->talk || s->got - f->unit_got < f->cfg.bytes) return;
    f->unit_got += f->cfg.bytes;
    through(f, f->units - 1, f->unit_began, f->cfg.bytes);
    if (enough(f))
        finish(f);
    else if (!f->stopped)
        f->next_unit = f->lab->now + f->cfg.think;
    clock_set(f->lab->clock, lab_source_flow(f->lab, f->index), f->lab->now); /* it looks what is next */
}

/* ---- DATAGRAM ---- */

static void next_datagram(struct lab_flow_run *f)
{
    struct lab *lab = f->lab;
    struct packet *p = forge_datagram(lab, f);
    tern_ns gap = f->cfg.bytes * 8 * TERN_SEC / f->cfg.rate, round = f->cfg.on + f->cfg.off;
    if (!p) return;
    f->result.datagrams_sent++;
    f->result.sent_bytes += f->cfg.bytes;
    lab->totals.packets++;
    net_send_packet(lab, f->cfg.from, p);
    f->next_unit += gap > 0 ? gap : 1;
    if (f->cfg.on == 0 || f->cfg.off == 0) return;
    tern_ns in_round = (f->next_unit - f->cfg.start) % round;
    if (in_round >= f->cfg.on) f->next_unit += round - in_round;
}

/* ---- all ---- */

void model_open(struct lab_flow_run *f)
{
    f->next_unit = f->cfg.app == LAB_BULK || f->cfg.app == LAB_REQUEST ? TERN_NEVER : f->lab->now;
    if (f->cfg.app == LAB_REQUEST)
        ask(f);
    else if (f->cfg.app != LAB_DATAGRAM && !app_open(f))
        finish(f);
    else if (f->cfg.app == LAB_BULK)
        begin_bulk(f);
}

void model_due(struct lab_flow_run *f)
{
    switch (f->cfg.app) {
    case LAB_VIDEO:
    case LAB_THIN: next_unit(f); break;
    case LAB_REQUEST: ask(f); break;
    case LAB_DATAGRAM: next_datagram(f); break;
    default: break;
    }
}

void model_stop(struct lab_flow_run *f)
{
    struct lab_side *s = sender(f);
    f->next_unit = TERN_NEVER;
    if (!f->talk) return;
    if (f->cfg.app == LAB_REQUEST) {
        close_behind(&f->talk->side[LAB_OPENER]);
        return;
    }
    if (s->goal == UINT64_MAX) s->goal = s->written;
    close_behind(s);
}

void model_connected(struct lab_side *s) { app_pump(s); }

void model_got(struct lab_side *s, uint64_t before)
{
    struct lab_flow_run *f = s->talk->flow;
    bool receiver = s != &s->talk->side[f->sender];
    if (f->cfg.app == LAB_REQUEST && !receiver)
        got_request(s, before);
    else if (f->cfg.app == LAB_REQUEST)
        got_answer(f, s);
    else if (receiver && f->cfg.app == LAB_BULK)
        got_bulk(f, s);
    else if (receiver)
        got_units(f, s);
}
