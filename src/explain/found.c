/* Plays a counterexample of spin's with two terns: each of its steps has its moment, and what leaves is kept by the network until
 * the step in which it arrives. */
#include "found.h"

#include "tcp.h"
#include "words.h"

enum { PORT = 40000, PROBE_PORT = 50001, SERVICE = 80, LONGEST = 40, MOVES_MAX = 32 };

struct play {
    struct sim *s;
    const struct found *f;
    tern_ns step; /* from one to the next; a segment is on its way for half of it at least */
    struct tern_listener *l;
    struct tern_conn *conn[STORY_SIDE_N];
    struct tern_addr trusted; /* in whose name the forger sends */
    uint32_t told;            /* the number that he was told */
    size_t from;              /* the first row that counts: what was before is the forger's own connection */
    tern_ns begin;
};

static bool takes_time(const struct found_step *x) { return x->kind != FOUND_LEAVES && x->kind != FOUND_MOVE; }

/* How many steps after |i| its segment arrives for the |nth| time; 0: it does not. */
static tern_ns steps_until(const struct found *f, size_t i, int nth)
{
    tern_ns n = 0;
    for (size_t k = i + 1; k < f->n; k++) {
        n += takes_time(&f->step[k]);
        if (f->step[k].kind == FOUND_ARRIVES && f->step[k].what == f->step[i].what && nth-- == 0) return n;
    }
    return 0;
}

/* What arrives in a step does so a quarter of its time after it began, so that it cannot be too early. */
static tern_ns arrival(const struct play *p) { return p->step / 4; }

/* What the network will do with the segment that leaves in step |i|, if one does. */
static void prepare(struct play *p, size_t i)
{
    const struct found *f = p->f;
    tern_ns leaves = f->step[i].kind == FOUND_ARRIVES ? arrival(p) : 0;
    for (size_t k = i + 1; k < f->n && !takes_time(&f->step[k]); k++) {
        if (f->step[k].kind != FOUND_LEAVES) continue;
        tern_ns first = steps_until(f, k, 0), second = steps_until(f, k, 1);
        struct sim_fault fault = {.kind = first ? SIM_DELAY : SIM_LOSE, .from = f->step[k].side, .nth = 1};
        if (first) fault.extra = first * p->step + arrival(p) - leaves - p->step / 2;
        sim_fault(p->s, &fault);
        fault.kind = SIM_DUPLICATE, fault.extra = (second - first) * p->step;
        if (second) sim_fault(p->s, &fault);
    }
}

static struct tern_conn *handle(struct play *p, enum story_side side)
{
    struct tern_conn *next = side == STORY_B ? tern_listener_accept(p->l) : NULL;
    if (!next) return p->conn[side];
    if (p->conn[side]) sim_release(p->s, p->conn[side]);
    return p->conn[side] = next;
}

static int open_again(struct play *p)
{
    if (p->conn[STORY_A]) sim_release(p->s, p->conn[STORY_A]);
    p->conn[STORY_A] = sim_connect(p->s, STORY_A, PORT, SERVICE);
    return p->conn[STORY_A] ? 0 : TERN_ERR_ADDRINUSE;
}

static int probe(struct play *p)
{
    struct lesson_pair pair = {.s = p->s, .conn = {sim_connect(p->s, STORY_A, PROBE_PORT, SERVICE), NULL}};
    if (!pair.conn[STORY_A]) return TERN_ERR_NOMEM;
    if (!pair_reach(&pair, STORY_A, TERN_ESTABLISHED, 600 * TERN_SEC)) return TERN_ERR_TIMEDOUT;
    const struct story_row *answer = story_find(sim_story(p->s), 0, STORY_B, TH_SYN);
    p->told = answer ? answer->seg.seq : 0;
    sim_abort(p->s, pair.conn[STORY_A]);
    sim_run_for(p->s, 4 * p->step);
    p->from = sim_story(p->s)->row_n;
    p->begin = sim_now(p->s);
    return 0;
}

static void forge(struct play *p, size_t i)
{
    const struct found_step *x = &p->f->step[i];
    bool syn = (x->flags & TH_SYN) != 0;
    struct sim_forged forged = {.from = STORY_A,
                                .from_port = PORT,
                                .to_port = SERVICE,
                                .seq = syn ? 7000 : 7001,
                                .ack = x->flags & TH_ACK ? p->told + 1 : 0,
                                .flags = x->flags,
                                .wnd = 8192,
                                .len = x->flags & TH_PSH ? 1 : 0,
                                .address = &p->trusted,
                                .delay = steps_until(p->f, i, 0) * p->step + arrival(p)};
    sim_forge(p->s, &forged);
}

static bool sent(void *ctx)
{
    const struct play *p = ctx;
    const struct story_row *last = story_last(sim_story(p->s));
    return last && last->at >= p->begin && last->kind == STORY_SEGMENT;
}

/* The retransmission timer: whenever it fires. */
static int timer(struct play *p)
{
    tern_ns begin = p->begin;
    p->begin = sim_now(p->s) + 1;
    bool fired = sim_run_until(p->s, sim_now(p->s) + 600 * TERN_SEC, sent, p);
    p->begin = begin;
    return fired ? 0 : TERN_ERR_TIMEDOUT;
}

static int take(struct play *p, size_t i)
{
    const struct found_step *x = &p->f->step[i];
    struct tern_conn *c = x->kind == FOUND_WRITE || x->kind == FOUND_CLOSE ? handle(p, x->side) : NULL;
    switch (x->kind) {
    case FOUND_OPEN: return open_again(p);
    case FOUND_PROBE: return probe(p);
    case FOUND_FORGE: forge(p, i); return 0;
    case FOUND_TIMER: return timer(p);
    case FOUND_WRITE: return c && sim_send_text(p->s, c, "a") == 1 ? 0 : TERN_ERR_NOTCONN;
    case FOUND_CLOSE:
        if (!c) return TERN_ERR_NOTCONN;
        sim_read(p->s, c);
        return sim_close(p->s, c);
    default: return 0; /* what arrives, arrives by itself, and the server has listened from the beginning */
    }
}

static int play(struct play *p)
{
    int err = 0;
    p->l = sim_listen(p->s, STORY_B, SERVICE, 0);
    if (!p->l) return TERN_ERR_NOMEM;
    for (size_t i = 0; i < p->f->n && !err; i++) {
        if (!takes_time(&p->f->step[i])) continue;
        prepare(p, i);
        err = take(p, i);
        if (!err) sim_run_for(p->s, p->step);
    }
    return err;
}

/* ---- did they do what spin's did? ---- */

static uint16_t meant(const struct story_row *row)
{
    return (uint16_t)((row->seg.flags & (TH_SYN | TH_ACK | TH_FIN | TH_RST)) | (row->seg.len ? TH_PSH : 0));
}

/* To the next step of |kind|. A listener's state is no connection's: it is not compared. */
static bool next_step(const struct found *f, size_t *i, enum found_kind kind, enum story_side side)
{
    for (; *i < f->n; ++*i) {
        const struct found_step *x = &f->step[*i];
        if (x->kind == kind && x->side == side && !(kind == FOUND_MOVE && x->what == TERN_LISTEN)) return true;
    }
    return false;
}

static bool sent_the_same(const struct play *p, const struct story *s, enum story_side side)
{
    size_t at = 0;
    for (size_t i = p->from; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT || row->side != side || row->forged || row->duplicate) continue;
        if (!next_step(p->f, &at, FOUND_LEAVES, side)) return true; /* what follows the last step, spin did not look at */
        if (meant(row) != p->f->step[at++].flags) return false;
    }
    return !next_step(p->f, &at, FOUND_LEAVES, side);
}

struct move {
    tern_ns at;
    uint8_t to;
};

/* Kept in the order of time: a row tells what its segment did when it arrived, perhaps long after it left. */
static size_t add_move(struct move *move, size_t n, const struct tern_event *ev)
{
    size_t i = n;
    for (; i > 0 && move[i - 1].at > ev->at; i--) move[i] = move[i - 1];
    move[i] = (struct move){ev->at, (uint8_t)ev->u.state.to};
    return n + 1;
}

static bool moved_the_same(const struct play *p, const struct story *s, enum story_side side)
{
    struct move move[MOVES_MAX];
    size_t n = 0, at = 0;
    for (size_t i = p->from; i < s->row_n; i++)
        for (uint32_t k = 0; k < s->row[i].note_n && n < MOVES_MAX; k++) {
            const struct story_note *note = &s->row[i].note[k];
            if (note->of != STORY_NOTE_EVENT || note->side != side || note->ev.type != TERN_EV_STATE) continue;
            if (note->ev.u.state.to != TERN_LISTEN) n = add_move(move, n, &note->ev);
        }
    for (size_t i = 0; i < n && next_step(p->f, &at, FOUND_MOVE, side); i++)
        if (move[i].to != p->f->step[at++].what) return false;
    return !next_step(p->f, &at, FOUND_MOVE, side);
}

static void configure(struct sim_config *cfg, tern_ns step)
{
    lesson_sim_config(cfg);
    cfg->delay = step / 2;
    tern_ns patience =
        LONGEST * step < 60 * TERN_SEC ? LONGEST * step : 60 * TERN_SEC; /* nothing comes twice but in FOUND_TIMER */
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg->settings[i].timestamps = 0; /* they are another defence */
        cfg->settings[i].delack = 0;
        cfg->settings[i].rto_initial = cfg->settings[i].rto_min = patience;
    }
}

/* Does somebody learn from a number? Then it is chosen by the stack; else it is always the same one. */
static bool seen_by_forger(const struct found *f)
{
    size_t i = 0;
    return next_step(f, &i, FOUND_PROBE, STORY_A);
}

int found_play(struct lesson_run *r, const struct found *f, const char *const *clauses, const char *id, const char *title,
               void (*judge)(struct lesson_run *r, const struct story *s, const struct found_end *end))
{
    struct sim_config cfg;
    struct play p = {.f = f, .step = lesson_options(r)->rtt};
    configure(&cfg, p.step);
    if (seen_by_forger(f)) cfg.isn[STORY_A] = cfg.isn[STORY_B] = -1; /* as the stack chooses */
    if (!(p.s = lesson_sim(r, &cfg))) return lesson_failed(r);
    while (*clauses) sim_without(p.s, STORY_SIDE_N, *clauses++);
    tern_addr_parse(lesson_options(r)->v6 ? "2001:db8:bad::7" : "203.0.113.7", &p.trusted);
    int err = play(&p);
    if (!err) {
        struct found_end end = {.conn = {p.conn[STORY_A], handle(&p, STORY_B)}};
        if (end.conn[STORY_B]) end.read = tern_conn_recv(end.conn[STORY_B], sim_now(p.s), end.text, sizeof end.text - 1);
        const struct story *s = lesson_ladder(r, p.s, title);
        bool same = true;
        for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++)
            same = same && sent_the_same(&p, s, side) && moved_the_same(&p, s, side);
        lesson_check(r, id, same, _("Both ends sent what spin's ends had sent, and went from state to state as they had."));
        judge(r, s, &end);
    }
    sim_free(p.s);
    return err;
}
