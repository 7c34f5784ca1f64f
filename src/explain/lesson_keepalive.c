/* The lesson `keepalive`: idle, interval, count; the peer alive, silent, restarted. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { IDLE = 10, INTERVAL = 2, COUNT = 3 };

static void config(struct sim_config *cfg)
{
    lesson_sim_config(cfg);
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg->settings[i].keepalive_idle = IDLE * TERN_SEC;
        cfg->settings[i].keepalive_interval = INTERVAL * TERN_SEC;
        cfg->settings[i].keepalive_count = COUNT;
    }
}

/* Connected, and A asks for keepalives. */
static int begin(struct lesson_run *r, struct lesson_pair *p)
{
    struct sim_config cfg;
    config(&cfg);
    int err = pair_connect(r, &cfg, p);
    return err ? err : tern_conn_set(p->conn[STORY_A], sim_now(p->s), TERN_OPT_KEEPALIVE, 1);
}

static const struct story_row *first_probe(const struct story *s)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].rule == TERN_RULE_KEEPALIVE_PROBE) return &s->row[i];
    return NULL;
}

/* When A last heard of B, and when it will ask again: not sooner than an interval after it asked. */
struct quiet {
    tern_ns heard, due;
};

static struct quiet alive(struct lesson_run *r, struct lesson_pair *p, const struct tern_settings *set)
{
    sim_run_for(p->s, set->keepalive_idle + lesson_options(r)->rtt + 100 * TERN_MS);
    const struct story *s = lesson_ladder(r, p->s, _("The peer is alive"));
    const struct story_row *probe = first_probe(s),
                           *answer = probe ? story_find(s, (size_t)(probe - s->row), STORY_B, TH_ACK) : NULL;
    lesson_check(
        r, "probe-is-behind", probe && probe->seg.seq == probe->tcb[STORY_A].snd_nxt - 1 && probe->seg.len <= 1,
        _("After %g s of silence a probe: its number, %u, is one that was acknowledged long ago, so the peer must answer."),
        in_seconds(set->keepalive_idle), probe ? probe->seg.seq : 0);
    lesson_check(r, "alive", answer && answer->fate == STORY_ARRIVED && tern_conn_state(p->conn[STORY_A]) == TERN_ESTABLISHED,
                 _("The peer's stack answered by itself; its application noticed nothing. The connection stays."));
    tern_ns heard = answer ? answer->arrived : 0, due = heard + set->keepalive_idle;
    tern_ns again = probe ? probe->at + set->keepalive_interval : 0;
    return (struct quiet){heard, due > again ? due : again};
}

/* All probes are over before the first answer can be there. */
static void hasty(struct lesson_run *r, struct lesson_pair *p, const struct tern_settings *set)
{
    sim_run_for(p->s, set->keepalive_idle + 2 * TERN_SEC);
    const struct story *s = lesson_ladder(r, p->s, _("The peer is alive"));
    const struct story_row *answer = story_find(s, 0, STORY_B, TH_ACK);
    lesson_check(
        r, "too-hasty",
        tern_conn_error(p->conn[STORY_A]) == TERN_ERR_TIMEDOUT && answer &&
            answer->arrived > seen_state(s, STORY_A, TERN_ESTABLISHED, TERN_CLOSED),
        _("%llu probes every %g s are over sooner than the round trip of %g s: a living peer was given up, and its answer "
          "came too late."),
        (unsigned long long)set->keepalive_count, in_seconds(set->keepalive_interval), in_seconds(lesson_options(r)->rtt));
}

static void silent(struct lesson_run *r, struct lesson_pair *p, const struct tern_settings *set, const struct quiet *q)
{
    sim_cut(p->s, true);
    sim_run(p->s, q->due + (set->keepalive_count + 1) * set->keepalive_interval);
    const struct story *s = lesson_ladder(r, p->s, _("The peer is silent: the cable is cut"));
    uint64_t n = 0;
    bool in_time = true;
    tern_ns last = 0;
    for (size_t i = 0; i < s->row_n; i++) {
        if (s->row[i].kind != STORY_SEGMENT || s->row[i].rule != TERN_RULE_KEEPALIVE_PROBE) continue;
        tern_ns due = q->due + n * set->keepalive_interval, at = s->row[i].at;
        in_time &= at < due + TERN_MS && due < at + TERN_MS; /* the stack remembers milliseconds */
        last = at;
        n++;
    }
    lesson_check(r, "probes-in-time", n && in_time,
                 _("The first probe came %g s after the peer was last heard, the others every %g s."),
                 in_seconds(q->due - q->heard), in_seconds(set->keepalive_interval));
    const struct story_row *rst = story_find(s, 0, STORY_A, TH_RST);
    lesson_check(r, "gives-up", n == set->keepalive_count && tern_conn_error(p->conn[STORY_A]) == TERN_ERR_TIMEDOUT,
                 _("After %llu unanswered ones the connection was given up, %g s after the peer was last heard: %s."),
                 (unsigned long long)n, rst ? in_seconds(rst->at - q->heard) : 0,
                 words(tern_strerror(tern_conn_error(p->conn[STORY_A]))));
    lesson_check(r, "rst-in-parting", rst && rst->at == last + set->keepalive_interval,
                 _("A last interval later it sent a RST, in case the peer is there and only could not be heard."));
}

/* Nobody asks whether the peer is there. */
static void unasked(struct lesson_run *r, struct lesson_pair *p)
{
    enum { HOURS = 24 };
    sim_send(p->s, p->conn[STORY_B], 10);
    sim_run_for(p->s, TERN_SEC + 2 * lesson_options(r)->rtt);
    sim_cut(p->s, true);
    tern_ns cut = sim_now(p->s);
    sim_run_for(p->s, HOURS * 3600 * TERN_SEC);
    const struct story *s = lesson_ladder(r, p->s, _("The peer is silent: the cable is cut"));
    uint32_t later = 0;
    for (size_t i = 0; i < s->row_n; i++) later += s->row[i].kind == STORY_SEGMENT && s->row[i].at > cut;
    lesson_check(r, "without:keepalive",
                 tern_conn_state(p->conn[STORY_A]) == TERN_ESTABLISHED && tern_conn_error(p->conn[STORY_A]) == 0 && later == 0,
                 _("%d hours later nothing was sent, and the connection is still ESTABLISHED, with a peer that is not there."),
                 HOURS);
}

static int restarted(struct lesson_run *r)
{
    struct lesson_pair p;
    int err = begin(r, &p);
    if (!err) {
        tern_ns idle = tern_stack_settings(sim_stack(p.s, STORY_A))->keepalive_idle;
        sim_reboot(p.s, STORY_B);
        sim_run_for(p.s, idle + 2 * TERN_SEC);
        const struct story *s = lesson_ladder(r, p.s, _("The peer has restarted"));
        const struct story_row *rst = story_find(s, 0, STORY_B, TH_RST);
        lesson_check(r, "restarted",
                     rst && rst->rule == TERN_RULE_RST_CLOSED && tern_conn_error(p.conn[STORY_A]) == TERN_ERR_RESET,
                     _("It knows nothing of the connection, so the first probe is answered with a RST: %s."),
                     words(tern_strerror(tern_conn_error(p.conn[STORY_A]))));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    struct lesson_pair p;
    bool dead = false; /* before an answer can come */
    lesson_say(
        r, _("An idle connection sends nothing at all, for days if need be; so an end cannot tell a quiet peer from a dead one. "
             "Keepalive asks. It is off unless the application wants it, and its usual idle time is two hours."));
    int err = begin(r, &p);
    if (!err) {
        const struct tern_settings *set = tern_stack_settings(sim_stack(p.s, STORY_A));
        if (lesson_without(r, "keepalive")) {
            unasked(r, &p);
        } else if (set->keepalive_count * set->keepalive_interval < lesson_options(r)->rtt) {
            dead = true;
            hasty(r, &p, set);
        } else {
            struct quiet q = alive(r, &p, set);
            silent(r, &p, set, &q);
        }
    }
    sim_free(p.s);
    if (!err && lesson_shows(r, NULL) && !dead) err = restarted(r);
    if (err) return err;
    lesson_wrong(r, _("\"TCP notices when the peer's machine dies.\" Not while nothing is sent: without keepalive the connection "
                      "stays for ever."));
    return 0;
}

static const char *const clauses[] = {"keepalive", NULL};

const struct lesson lesson_keepalive_ = {
    .name = "keepalive",
    .title = N_("Keepalive: is anybody there?"),
    .summary = N_("Idle time, interval and count, with a peer that is alive, silent, restarted."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6 | LESSON_SET,
    .without = clauses,
    .run = run,
    .question = N_("How long does it take to notice a dead peer with five probes?"),
    .answer = "tern explain keepalive --set keepalive_count=5",
};
