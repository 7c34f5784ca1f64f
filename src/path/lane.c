#include "lane.h"

#include "path_words.h"

#define HOLD_BACK TERN_MS /* of a reordered parcel where there is no delay to skip */
#define DELAY_MAX (3600 * TERN_SEC)

/* ---- is it possible ---- */

static const char *check_chances(const struct lane_config *c)
{
    const uint32_t ppm[] = {c->loss_ppm, c->reorder_ppm, c->dup_ppm, c->corrupt_ppm, c->mark_ppm, c->swap_ppm};
    for (size_t i = 0; i < sizeof ppm / sizeof ppm[0]; i++)
        if (ppm[i] > CHANCE_ALL) return N_("a probability is above 100 %");
    return NULL;
}

static const char *check_lists(const struct lane_config *c)
{
    for (size_t i = 1; i < c->mtu_step_n; i++)
        if (c->mtu_step[i].at <= c->mtu_step[i - 1].at) return N_("the changes of the MTU are not in the order of time");
    for (size_t i = 0; i < c->outage_n; i++) {
        if (c->outage[i].to <= c->outage[i].from) return N_("an outage ends before it begins");
        if (i > 0 && c->outage[i].from < c->outage[i - 1].to) return N_("the outages are not in the order of time");
    }
    for (size_t i = 1; i < c->fault_n; i++)
        if (c->fault[i].nth < c->fault[i - 1].nth) return N_("the given faults are not in the order of packets");
    return NULL;
}

const char *lane_check(const struct lane_config *cfg)
{
    const char *wrong = capacity_check(&cfg->capacity);
    if (!wrong) wrong = queue_check(&cfg->queue);
    if (!wrong) wrong = burst_check(&cfg->burst);
    if (!wrong) wrong = policer_check(&cfg->policer);
    if (!wrong) wrong = check_chances(cfg);
    if (!wrong) wrong = check_lists(cfg);
    if (wrong) return wrong;
    bool long_one = cfg->delay > DELAY_MAX || cfg->jitter > DELAY_MAX || cfg->reorder_by > DELAY_MAX || cfg->ack_hold > DELAY_MAX;
    return long_one ? N_("a delay is above an hour") : NULL;
}

static bool is_chancy(const struct lane_config *c)
{
    return c->loss_ppm || c->reorder_ppm || c->dup_ppm || c->corrupt_ppm || c->mark_ppm || c->swap_ppm || c->burst.to_bad ||
           c->burst.good_loss || c->given || c->jitter;
}

bool lane_is_plain(const struct lane *l)
{
    const struct lane_config *c = &l->cfg;
    return !l->chancy && !c->ecn && !c->ack_hold && !c->mtu && !c->mtu_step_n && !c->outage_n && !c->policer.bps &&
           capacity_is_none(&l->capacity);
}

/* ---- life ---- */

static void queue_dropped(void *ctx, struct parcel *p, bool early)
{
    struct lane *l = ctx;
    enum lane_loss why = early ? LANE_EARLY : LANE_FULL;
    l->count.lost[why]++;
    l->owner.drop(l->owner.ctx, p, why);
}

size_t lane_room(const struct lane_config *cfg) { return queue_room(&cfg->queue); }

void lane_init(struct lane *l, const struct lane_config *cfg, uint64_t *seed, void *room, struct lane_owner owner)
{
    *l = (struct lane){.cfg = *cfg, .owner = owner};
    chance_seed(&l->rng, seed);
    uint64_t more = l->rng.s[0]; /* not from |seed|: the next lane's chance does not depend on what this one has */
    capacity_init(&l->capacity, &cfg->capacity);
    queue_init(&l->queue, &cfg->queue, &more, room, (struct queue_drops){queue_dropped, l});
    burst_init(&l->burst, &cfg->burst, &more);
    policer_init(&l->policer, &cfg->policer);
    l->chancy = is_chancy(cfg);
    if (!cfg->reorder_ppm && !cfg->given && cfg->delay > cfg->jitter) l->least_delay = cfg->delay - cfg->jitter;
}

/* ---- the way out: delay ---- */

/* When a parcel is due that keeps its place. |r| is its jitter's random number. */
static tern_ns due_in_order(struct lane *l, const struct parcel *p, tern_ns left_at, uint64_t r)
{
    tern_ns at = left_at + l->cfg.delay, jitter = l->cfg.jitter;
    if (jitter > 0) {
        at += r % (2 * jitter + 1);
        at = at > left_at + jitter ? at - jitter : left_at;
    }
    if (p->ack && l->cfg.ack_hold > 0) {
        if (at > l->hold_until) l->hold_until = at + l->cfg.ack_hold;
        at = l->hold_until;
    }
    if (at < l->last_at) at = l->last_at;
    l->last_at = at;
    return at;
}

static tern_ns due_aside(const struct lane *l, tern_ns left_at)
{
    if (l->cfg.reorder_by > 0) return left_at + l->cfg.delay + l->cfg.reorder_by;
    return l->cfg.delay > 0 ? left_at : left_at + HOLD_BACK;
}

static void count_damage(struct lane *l, const struct parcel *p)
{
    l->count.reordered += (p->fate & PARCEL_REORDERED) != 0;
    l->count.duplicated += (p->fate & PARCEL_TWICE) != 0;
    l->count.corrupted += (p->fate & PARCEL_CORRUPT) != 0;
    l->count.swapped += (p->fate & PARCEL_SWAPPED) != 0;
}

/* |p| has passed the capacity. */
static void depart(struct lane *l, struct parcel *p, tern_ns left_at)
{
    uint64_t r = p->seq;
    bool aside = p->fate & PARCEL_REORDERED;
    p->seq = l->next_seq++;
    p->at = aside ? due_aside(l, left_at) : due_in_order(l, p, left_at, r);
    parcel_append(aside ? &l->aside : &l->line, p);
    l->count.passed++;
    l->count.passed_bytes += p->len;
    count_damage(l, p);
}

/* ---- queue and capacity ---- */

static void send_next(struct lane *l, tern_ns now)
{
    struct lane_waiting *w = &l->waiting;
    l->sending = queue_pop(&l->queue, now);
    if (!l->sending) return;
    w->delay = now - l->sending->at;
    w->delay_sum += w->delay;
    w->delay_n++;
    if (w->delay > w->delay_max) w->delay_max = w->delay;
    l->left_at = capacity_pass(&l->capacity, now, l->sending->len);
}

void lane_advance(struct lane *l, tern_ns now)
{
    while (l->sending && l->left_at <= now) {
        depart(l, l->sending, l->left_at);
        send_next(l, l->left_at);
    }
}

static void wait_for_capacity(struct lane *l, tern_ns now, struct parcel *p)
{
    struct lane_waiting *w = &l->waiting;
    queue_push(&l->queue, now, p);
    if (!l->sending) send_next(l, now);
    if (l->queue.n > w->n_max) w->n_max = l->queue.n;
    if (l->queue.bytes > w->bytes_max) w->bytes_max = l->queue.bytes;
}

/* ---- the way in: judgement ---- */

/* What chance has to say of one parcel: always the same number of draws. */
struct judgement {
    bool lost, burst, marked;
    uint8_t fate;
    uint64_t jitter, where;
};

static uint8_t fate_of(struct lane *l, uint32_t ppm, uint8_t fate) { return chance_happens(&l->rng, ppm) ? fate : 0; }

static struct judgement draw(struct lane *l)
{
    struct judgement j = {0};
    const struct lane_config *c = &l->cfg;
    j.lost = chance_happens(&l->rng, c->loss_ppm);
    j.fate |= fate_of(l, c->reorder_ppm, PARCEL_REORDERED);
    j.fate |= fate_of(l, c->dup_ppm, PARCEL_TWICE);
    j.fate |= fate_of(l, c->corrupt_ppm, PARCEL_CORRUPT);
    j.fate |= fate_of(l, c->swap_ppm, PARCEL_SWAPPED);
    j.jitter = chance_draw(&l->rng);
    j.where = chance_draw(&l->rng);
    uint64_t more = j.where; /* of it, not of the lane's: what was seeded before there were marks stays as it was */
    j.marked = chance_scale(chance_split(&more), CHANCE_ALL) < c->mark_ppm;
    j.burst = burst_next(&l->burst);
    return j;
}

static const uint8_t fate_of_fault[] = {
    [LANE_FAULT_REORDER] = PARCEL_REORDERED, [LANE_FAULT_DUPLICATE] = PARCEL_TWICE, [LANE_FAULT_CORRUPT] = PARCEL_CORRUPT};

/* The list in place of chance. */
static void take_given(struct lane *l, struct judgement *j)
{
    j->lost = j->burst = j->marked = false;
    j->fate = 0;
    const struct lane_fault *f = l->cfg.fault;
    for (; l->fault_at < l->cfg.fault_n && f[l->fault_at].nth <= l->count.entered; l->fault_at++) {
        if (f[l->fault_at].nth < l->count.entered) continue;
        switch (f[l->fault_at].kind) {
        case LANE_FAULT_LOSE: j->lost = true; break;
        case LANE_FAULT_MARK: j->marked = true; break;
        default: j->fate |= fate_of_fault[f[l->fault_at].kind];
        }
    }
}

static void tell(const struct lane *l, enum lane_fault_kind kind)
{
    struct lane_fault f = {l->count.entered, kind};
    l->owner.fault(l->owner.ctx, &f);
}

static void tell_faults(const struct lane *l, const struct judgement *j)
{
    if (j->lost || j->burst) {
        tell(l, LANE_FAULT_LOSE);
        return;
    }
    if (j->marked) tell(l, LANE_FAULT_MARK);
    for (unsigned k = LANE_FAULT_REORDER; k <= LANE_FAULT_CORRUPT; k++)
        if (j->fate & fate_of_fault[k]) tell(l, (enum lane_fault_kind)k);
}

static bool is_down(struct lane *l, tern_ns now)
{
    const struct lane_config *c = &l->cfg;
    while (l->outage_at < c->outage_n && c->outage[l->outage_at].to <= now) l->outage_at++;
    return l->outage_at < c->outage_n && c->outage[l->outage_at].from <= now;
}

uint32_t lane_mtu(struct lane *l, tern_ns now)
{
    const struct lane_config *c = &l->cfg;
    while (l->mtu_at < c->mtu_step_n && c->mtu_step[l->mtu_at].at <= now) l->mtu_at++;
    return l->mtu_at > 0 ? c->mtu_step[l->mtu_at - 1].mtu : c->mtu;
}

/* LANE_LOSS_N: it is not lost. */
static enum lane_loss judge(struct lane *l, tern_ns now, const struct parcel *p, const struct judgement *j)
{
    uint32_t mtu = lane_mtu(l, now);
    if (is_down(l, now)) return LANE_OUTAGE;
    if (mtu > 0 && p->len > mtu) return LANE_TOO_BIG;
    if (!policer_pass(&l->policer, now, p->len)) return LANE_POLICED;
    if (j->lost) return LANE_LOST;
    return j->burst ? LANE_BURST : LANE_LOSS_N;
}

static void rewrite_ecn(enum lane_ecn how, struct parcel *p)
{
    static const uint8_t becomes[][4] = {
        [LANE_ECN_KEPT] = {0, 1, 2, 3},
        [LANE_ECN_BLEACHED] = {0, 0, 0, 0},
        [LANE_ECN_REMARKED] = {0, 1, 1, 3},
        [LANE_ECN_MARKED] = {3, 3, 3, 3},
    };
    if (becomes[how][p->ecn] == p->ecn) return;
    p->ecn = becomes[how][p->ecn];
    p->fate |= PARCEL_ECN;
}

void lane_enter(struct lane *l, tern_ns now, struct parcel *p)
{
    lane_advance(l, now);
    l->count.entered++;
    l->count.entered_bytes += p->len;
    struct judgement j = {0};
    if (l->chancy) j = draw(l); /* else nobody would ever see the numbers */
    if (l->cfg.given)
        take_given(l, &j);
    else if (l->owner.fault)
        tell_faults(l, &j);
    enum lane_loss why = judge(l, now, p, &j);
    if (why != LANE_LOSS_N) {
        l->count.lost[why]++;
        l->owner.drop(l->owner.ctx, p, why);
        return;
    }
    p->fate = j.fate;
    p->where = j.where;
    p->seq = j.jitter;
    if (l->cfg.ecn) rewrite_ecn(l->cfg.ecn, p);
    if (j.marked) queue_mark(&l->queue, p);
    if (capacity_is_none(&l->capacity))
        depart(l, p, now);
    else
        wait_for_capacity(l, now, p);
}

/* ---- what is due ---- */

/* Is what left its place due before what did not? */
static bool aside_first(const struct lane *l)
{
    const struct parcel *a = l->line.first, *b = l->aside.first;
    return b && (!a || (b->at != a->at ? b->at < a->at : b->seq < a->seq));
}

tern_ns lane_next(const struct lane *l)
{
    const struct parcel *first = aside_first(l) ? l->aside.first : l->line.first;
    tern_ns at = first ? first->at : TERN_NEVER, sent = l->sending ? l->left_at + l->least_delay : TERN_NEVER;
    return sent < at ? sent : at;
}

struct parcel *lane_take(struct lane *l, tern_ns now)
{
    lane_advance(l, now);
    struct parcel_list *first = aside_first(l) ? &l->aside : &l->line;
    return first->first && first->first->at <= now ? parcel_pop(first) : NULL;
}

struct lane_counters lane_count(const struct lane *l)
{
    struct lane_counters n = l->count;
    n.marked = l->queue.marked;
    return n;
}

struct parcel *lane_empty(struct lane *l)
{
    struct parcel *p = l->sending;
    l->sending = NULL;
    if (!p) p = parcel_pop(&l->line);
    if (!p) p = parcel_pop(&l->aside);
    return p ? p : queue_empty(&l->queue);
}
