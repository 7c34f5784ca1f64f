/* The lesson `syn-flood`: forged SYNs fill the half-open queue, and a client waits outside; with SYN cookies it does not. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BACKLOG = 4, MANY = 1024 };

struct flood {
    struct sim *s;
    struct tern_listener *l;
    struct tern_conn *client;
    uint32_t n;
    tern_ns life; /* of a half-open entry */
};

/* Runs |f->n| SYNs, and as many again with |twice|. */
static void pour(struct flood *f, bool v6, bool twice)
{
    struct tern_addr nobody;
    tern_addr_parse(v6 ? "2001:db8:bad::1" : "203.0.113.9", &nobody);
    for (uint32_t i = 0; i < f->n * (twice ? 2 : 1); i++)
        sim_forge(f->s, &(struct sim_forged){.from = STORY_A,
                                             .from_port = (uint16_t)(10001 + i),
                                             .to_port = 80,
                                             .seq = 7000 + i,
                                             .flags = TH_SYN,
                                             .wnd = 1000,
                                             .address = &nobody});
    sim_run_for(f->s, 100 * TERN_MS);
}

static bool is_in(void *ctx)
{
    const struct flood *f = ctx;
    return tern_conn_state(f->client) == TERN_ESTABLISHED;
}

static void judge(struct lesson_run *r, const struct flood *f, const struct tern_listener_info *full, tern_ns took)
{
    struct tern_listener_info now;
    tern_listener_info(f->l, &now);
    uint64_t dropped = now.half_full_n - full->half_full_n;
    uint64_t room = tern_stack_settings(sim_stack(f->s, STORY_B))->half_open_max;
    uint32_t held = f->n < room ? f->n : (uint32_t)room;
    lesson_check(
        r, "queue-is-full", full->half_n == held && full->accept_n == 0,
        _("%u SYNs, %u bytes in all, filled the half-open queue. Their sender needs no answer: the addresses are forged."), f->n,
        f->n * (lesson_options(r)->v6 ? 60u : 40u));
    if (lesson_without(r, "half-open-limit")) {
        lesson_check(r, "without:half-open-limit", took <= lesson_options(r)->rtt,
                     _("Without a limit the client got in at once, and every SYN of the flood costs memory: now that runs out."));
        return;
    }
    if (tern_conn_error(f->client)) {
        lesson_check(r, "client-gave-up", tern_conn_error(f->client) == TERN_ERR_TIMEDOUT && dropped > 0,
                     _("A real client came after them. Its SYN was dropped %u times (HALF_FULL), and it gave up: %s."),
                     (unsigned)dropped, words(tern_strerror(tern_conn_error(f->client))));
        return;
    }
    lesson_check(
        r, "client-outside", took >= f->life - TERN_SEC && dropped > 0,
        _("A real client came after them. Its SYN was dropped %u times (HALF_FULL); it got in after %g s, when the entries had "
          "died."),
        (unsigned)dropped, in_seconds(took));
}

/* A server with that setting syn_cookies, unless the reader has another. */
static struct flood server(struct lesson_run *r, uint64_t cookies)
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].syn_cookies = cookies;
    cfg.settings[STORY_B].half_open_evict = 0; /* the queue of old, which the flood shuts */
    struct flood f = {.s = lesson_sim(r, &cfg), .n = lesson_backlog(r, BACKLOG)};
    if (f.s) f.l = sim_listen(f.s, STORY_B, 80, f.n);
    return f;
}

/* The client that comes after the flood: how long it took, or tried. False: no memory. */
static bool try_in(struct flood *f, tern_ns *took)
{
    f->client = f->l ? sim_connect(f->s, STORY_A, 40000, 80) : NULL;
    if (!f->client) return false;
    tern_ns asked = sim_now(f->s);
    sim_run_until(f->s, asked + 600 * TERN_SEC, is_in, f);
    *took = sim_now(f->s) - asked;
    return true;
}

static int with_cookies(struct lesson_run *r)
{
    struct flood f = server(r, 1);
    struct tern_counters n;
    tern_ns took;
    if (!f.s) return lesson_failed(r);
    uint64_t mode = tern_stack_settings(sim_stack(f.s, STORY_B))->syn_cookies;
    if (!mode) { /* the reader's */
        sim_free(f.s);
        return 0;
    }
    pour(&f, lesson_options(r)->v6, true);
    if (!try_in(&f, &took)) {
        sim_free(f.s);
        return TERN_ERR_NOMEM;
    }
    sim_run_for(f.s, lesson_options(r)->rtt);
    lesson_ladder(r, f.s, _("The same with SYN cookies, and twice as many SYNs"));
    tern_stack_counters(sim_stack(f.s, STORY_B), &n);
    lesson_check(r, "cookies-sent", n.syn_cookies_sent >= f.n && n.half_n <= f.n,
                 _("From where the queue was full, %llu SYNs were answered without an entry: the server's number is a hash, by a "
                   "secret key, of all that it must know, and the timestamp has the options."),
                 (unsigned long long)n.syn_cookies_sent);
    lesson_check(
        r, "cookie-back", is_in(&f) && n.syn_cookies_received == 1 && took <= 2 * lesson_options(r)->rtt,
        _("The client got in after %g s. Its third segment acknowledged that number, which nobody could who has not seen "
          "the SYN,ACK: the connection was made of it."),
        in_seconds(took));
    if (mode == 1) lesson_check(r, "warned", n.syn_pressures == 1, _("The server warned once (SYN_PRESSURE)."));
    sim_free(f.s);
    return 0;
}

static int flooded(struct lesson_run *r)
{
    struct flood f = server(r, 0);
    struct tern_listener_info full;
    tern_ns took;
    if (!f.s) return lesson_failed(r);
    const struct tern_settings *set = tern_stack_settings(sim_stack(f.s, STORY_B));
    if (set->syn_cookies) { /* the reader's */
        sim_free(f.s);
        return 0;
    }
    f.life = set->rto_initial * ((UINT64_C(1) << (set->synack_retries + 1)) - 1);
    pour(&f, lesson_options(r)->v6, false);
    if (f.l) tern_listener_info(f.l, &full);
    if (!try_in(&f, &took)) {
        sim_free(f.s);
        return TERN_ERR_NOMEM;
    }
    const struct story *s = lesson_ladder(r, f.s, _("The flood, and a client"));
    lesson_line(r, _("an entry lives %g s: the SYN,ACK is sent again %llu times, after %g s first and twice as long each time"),
                in_seconds(f.life), (unsigned long long)set->synack_retries, in_seconds(set->rto_initial));
    judge(r, &f, &full, took);
    if (is_in(&f))
        lesson_check(r, "no-third-segment", seen_sent(s, STORY_A, TH_ACK, TH_SYN) == 1,
                     _("The only third segment that ever came was that client's: none of the flood's SYNs became a connection."));
    sim_free(f.s);
    return 0;
}

static int run(struct lesson_run *r)
{
    uint32_t n = lesson_backlog(r, BACKLOG);
    if (!n || n > MANY) return TERN_ERR_INVAL;
    lesson_say(
        r,
        _("A SYN costs its sender one packet, and the server an entry that it keeps until the third segment comes or its "
          "patience "
          "ends. Who sends SYNs with forged addresses and never answers fills the half-open queue with entries that have to die "
          "of age."));
    int err = flooded(r);
    if (err) return err;
    lesson_say(
        r,
        _("What helps: a longer queue of small entries, a shorter patience (`synack_retries`), and SYN cookies (`syn_cookies`), "
          "which keep no entry at all. tern has all three; the server above was told to do without cookies."));
    bool limit = !lesson_without(r, "half-open-limit"); /* else it is never full */
    if (limit && (err = with_cookies(r)) != 0) return err;
    lesson_wrong(
        r, _("\"A SYN flood attacks with the third handshake.\" It attacks by never sending it, and takes the half-open queue; "
             "connections that are established are not touched."));
    return 0;
}

static const char *const clauses[] = {"half-open-limit", NULL};

const struct lesson lesson_syn_flood_ = {
    .name = "syn-flood",
    .title = N_("A SYN flood"),
    .summary = N_("Forged SYNs fill the half-open queue; what they cost, and how long they stay."),
    .heeds = LESSON_BACKLOG | LESSON_RTT | LESSON_ISN | LESSON_SEED | LESSON_V6 | LESSON_SET,
    .without = clauses,
    .run = run,
    .question = N_("How long does the client wait when the server sends its SYN,ACK again only once?"),
    .answer = "tern explain syn-flood --set synack_retries=1",
};
