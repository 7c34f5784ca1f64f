/* Short ways for what simulations do all the time. */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

static void tell_calls(struct sim *s, enum story_side side) { tell_events(s, side, TELL_CALLS, SIM_NO_ROW); }

static enum story_side side_of(const struct sim *s, const struct tern_conn *c)
{
    return tern_conn_stack(c) == s->end[STORY_A].s ? STORY_A : STORY_B;
}

struct tern_listener *sim_listen(struct sim *s, enum story_side side, uint16_t port, uint32_t backlog)
{
    struct tern_listen_config cfg = {.local = {.port = port}, .backlog = backlog};
    struct tern_listener *l = NULL;
    if (tern_stack_listen(s->end[side].s, &cfg, &l) < 0) return NULL;
    tell_calls(s, side);
    return l;
}

struct tern_conn *sim_connect(struct sim *s, enum story_side side, uint16_t local_port, uint16_t port)
{
    struct tern_endpoint local = {s->end[side].addr, local_port}, remote = {s->end[story_other(side)].addr, port};
    struct tern_conn *c = NULL;
    if (tern_stack_connect(s->end[side].s, &local, &remote, &c) < 0) return NULL;
    tell_calls(s, side);
    return c;
}

int64_t sim_send(struct sim *s, struct tern_conn *c, size_t n)
{
    char *data = malloc(n ? n : 1);
    if (!data) return TERN_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) data[i] = (char)('a' + i % 26);
    int64_t taken = tern_conn_send(c, s->now, data, n);
    free(data);
    tell_calls(s, side_of(s, c));
    return taken;
}

int64_t sim_send_text(struct sim *s, struct tern_conn *c, const char *text)
{
    int64_t taken = tern_conn_send(c, s->now, text, strlen(text));
    tell_calls(s, side_of(s, c));
    return taken;
}

int64_t sim_read(struct sim *s, struct tern_conn *c)
{
    char buf[4096];
    int64_t all = 0, n;
    while ((n = tern_conn_recv(c, s->now, buf, sizeof buf)) > 0) all += n;
    tell_calls(s, side_of(s, c));
    return all ? all : n;
}

int sim_close(struct sim *s, struct tern_conn *c)
{
    int r = tern_conn_close(c, s->now);
    tell_calls(s, side_of(s, c));
    return r;
}

int sim_abort(struct sim *s, struct tern_conn *c)
{
    int r = tern_conn_abort(c, s->now);
    tell_calls(s, side_of(s, c));
    return r;
}

void sim_release(struct sim *s, struct tern_conn *c)
{
    enum story_side side = side_of(s, c);
    tern_conn_release(c, s->now);
    tell_calls(s, side);
}

struct opening {
    struct tern_listener *l;
    struct tern_conn *a, *b;
};

static bool opened(void *ctx)
{
    struct opening *o = ctx;
    if (!o->b) o->b = tern_listener_accept(o->l);
    return o->b && tern_conn_state(o->a) == TERN_ESTABLISHED && tern_conn_state(o->b) == TERN_ESTABLISHED;
}

bool sim_establish(struct sim *s, struct tern_conn **a, struct tern_conn **b)
{
    struct opening o = {.l = sim_listen(s, STORY_B, 80, 0)};
    *a = *b = NULL;
    if (!o.l || !(o.a = sim_connect(s, STORY_A, 40000, 80))) return false;
    bool up = sim_run_until(s, s->now + 600 * TERN_SEC, opened, &o);
    *a = o.a, *b = o.b;
    sim_run(s, s->now);
    return up;
}

void sim_reboot(struct sim *s, enum story_side side)
{
    struct sim_end *e = &s->end[side];
    tell_calls(s, side);
    struct tern_stack *old = e->s;
    if (!end_start(s, side)) { /* nothing of it has happened, then */
        tern_stack_free(e->s);
        e->s = old;
        s->story.out_of_memory = true;
        return;
    }
    tern_stack_free(old);
    tell_restart(s, side);
}

bool sim_without(struct sim *s, enum story_side side, const char *clause)
{
#ifdef TERN_EXPERIMENTS
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++) {
        if (strcmp(experiment_info(i)->name, clause) != 0) continue;
        for (enum story_side e = STORY_A; e < STORY_SIDE_N; e++) {
            if (side != STORY_SIDE_N && side != e) continue;
            s->end[e].off[i] = true;
            experiment_switch_off(s->end[e].s, clause);
        }
        return true;
    }
#else
    (void)s, (void)side, (void)clause;
#endif
    return false;
}
