/* A simulation's life, and the passing of time: from one thing that happens to the next. */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

void sim_config_default(struct sim_config *cfg)
{
    *cfg = (struct sim_config){.mtu = 1500, .delay = 20 * TERN_MS, .seed = 1, .isn = {-1, -1}};
    for (int i = 0; i < STORY_SIDE_N; i++) tern_settings_default(&cfg->settings[i]);
}

/* ---- life ---- */

/* Another one for each end and each life of it, all decided by the seed. */
static void make_secret(const struct sim *s, enum story_side side, uint8_t secret[16])
{
    uint64_t x = s->cfg.seed * UINT64_C(0x9e3779b97f4a7c15) + side + 2 * (uint64_t)s->end[side].boots;
    for (int i = 0; i < 16; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        secret[i] = (uint8_t)(x >> 32);
    }
}

bool end_start(struct sim *s, enum story_side side)
{
    struct sim_end *e = &s->end[side];
    struct tern_settings set = s->cfg.settings[side];
    struct tern_stack_config sc = {.alloc = &tern_alloc_libc, .now = s->now, .settings = &set};
    struct tern_if_config ic = {.mtu = s->cfg.mtu, .addr_n = 1};
    ic.addr[0] = e->addr;
    ic.prefix_len[0] = s->cfg.v6 ? 64 : 24;
    if (s->cfg.isn[side] >= 0) set.fixed_isn = (uint64_t)s->cfg.isn[side] + 1;
    make_secret(s, side, sc.secret);
    e->boots++;
    e->cause = SIM_NO_ROW;
    e->seen = 0;
    if (tern_trace_init(&e->trace, e->ring, SIM_RING) < 0) return false;
    e->s = tern_stack_new(&sc);
    if (!e->s || tern_stack_add_if(e->s, &ic) < 0) return false;
    tern_stack_trace(e->s, &e->trace);
#ifdef TERN_EXPERIMENTS
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++)
        if (e->off[i]) experiment_switch_off(e->s, experiment_info(i)->name);
#endif
    return true;
}

static void complete(struct sim_config *cfg)
{
    if (!cfg->mtu) cfg->mtu = 1500;
    if (!cfg->delay) cfg->delay = 20 * TERN_MS;
    if (!cfg->seed) cfg->seed = 1;
}

struct sim *sim_new(const struct sim_config *cfg)
{
    static const char *const text[2][STORY_SIDE_N] = {{"192.0.2.1", "198.51.100.1"}, {"2001:db8::1", "2001:db8:1::1"}};
    struct sim *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->cfg = *cfg;
    complete(&s->cfg);
    s->random = s->cfg.seed * UINT64_C(0x2545f4914f6cdd1d) | 1;
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) {
        struct sim_end *e = &s->end[side];
        tern_addr_parse(text[s->cfg.v6][side], &e->addr);
        e->ring = calloc(SIM_RING, sizeof *e->ring);
        if (!e->ring || !end_start(s, side)) {
            sim_free(s);
            return NULL;
        }
    }
    return s;
}

void sim_free(struct sim *s)
{
    if (!s) return;
    for (const struct fault *f = s->faults; f && s->cfg.faults_left; f = f->next) ++*s->cfg.faults_left;
    path_free(s);
    tell_free(s);
    for (int i = 0; i < STORY_SIDE_N; i++) {
        tern_stack_free(s->end[i].s);
        free(s->end[i].ring);
    }
    story_free(&s->story);
    free(s);
}

struct tern_stack *sim_stack(struct sim *s, enum story_side side) { return s->end[side].s; }
struct tern_addr sim_addr(const struct sim *s, enum story_side side) { return s->end[side].addr; }
tern_ns sim_now(const struct sim *s) { return s->now; }

struct story *sim_story(struct sim *s)
{
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) tell_events(s, side, TELL_CALLS, SIM_NO_ROW);
    return &s->story;
}

struct story sim_take_story(struct sim *s)
{
    struct story told = *sim_story(s);
    s->story = (struct story){0};
    tell_forget_rows(s);
    return told;
}

/* ---- time ---- */

/* One packet at a time, so that each row shows the control block right after it. */
static void output(struct sim *s, enum story_side side)
{
    struct sim_end *e = &s->end[side];
    struct tern_pkt pkt;
    uint8_t *packet = malloc(TERN_PACKET_MAX);
    while (packet && tern_stack_output(e->s, 0, s->now, &pkt, 1) == 1) {
        int len = path_packet(&pkt, packet, TERN_PACKET_MAX);
        if (len < 0) continue;
        size_t row = tell_sent(s, side, &pkt, packet, (uint32_t)len);
        path_send(s, side, row, packet, (uint32_t)len);
        s->sent_n++;
    }
    free(packet);
    tell_events(s, side, TELL_CALLS, SIM_NO_ROW);
}

/* Whatever the stacks have to say now. What leaves arrives later, so one round is enough. */
static void speak(struct sim *s)
{
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) {
        tell_events(s, side, TELL_CALLS, SIM_NO_ROW);
        output(s, side);
    }
}

static tern_ns next_thing(const struct sim *s)
{
    tern_ns at = s->flights ? s->flights->at : TERN_NEVER;
    for (int i = 0; i < STORY_SIDE_N; i++) {
        tern_ns timer = tern_stack_next_expiry(s->end[i].s);
        if (timer < at) at = timer;
    }
    return at > s->now ? at : s->now;
}

static void expire(struct sim *s, enum story_side side)
{
    tern_stack_expire(s->end[side].s, s->now);
    tell_events(s, side, TELL_TIMERS, SIM_NO_ROW);
}

/* A packet arrives, or else the timers that are due run out. */
static void happen(struct sim *s)
{
    if (s->flights && s->flights->at <= s->now)
        path_deliver(s);
    else
        for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++)
            if (tern_stack_next_expiry(s->end[side].s) <= s->now) expire(s, side);
}

static bool nothing_due(const struct sim *s)
{
    if (s->flights) return false;
    for (int i = 0; i < STORY_SIDE_N; i++)
        if (tern_stack_next_expiry(s->end[i].s) != TERN_NEVER) return false;
    return true;
}

/* |at_once|: |done| is asked before the stacks answer. */
static bool run(struct sim *s, tern_ns limit, bool at_once, bool (*done)(void *ctx), void *ctx)
{
    speak(s);
    for (uint32_t things = 0; things < SIM_THINGS_MAX; things++) {
        if (done && done(ctx)) return true;
        if (nothing_due(s) || next_thing(s) > limit) return false;
        s->now = next_thing(s);
        happen(s);
        if (at_once && done(ctx)) return true;
        speak(s);
    }
    return false;
}

bool sim_run_until(struct sim *s, tern_ns limit, bool (*done)(void *ctx), void *ctx) { return run(s, limit, false, done, ctx); }

bool sim_run_until_arrival(struct sim *s, tern_ns limit, bool (*done)(void *ctx), void *ctx)
{
    return run(s, limit, true, done, ctx);
}

uint64_t sim_run(struct sim *s, tern_ns until)
{
    uint64_t before = s->sent_n;
    sim_run_until(s, until, NULL, NULL);
    if (until != TERN_NEVER && until > s->now) s->now = until;
    /* The stacks learn what time it is: tern_stack_connect() has no other way to know. */
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) expire(s, side);
    return s->sent_n - before;
}

uint64_t sim_run_for(struct sim *s, tern_ns span) { return sim_run(s, s->now + span); }

void sim_run_quiet(struct sim *s, tern_ns limit)
{
    sim_run_until(s, limit, NULL, NULL);
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) expire(s, side);
}
