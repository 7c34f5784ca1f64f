/* The lesson `queues`: the half-open queue and the accept queue of a listener, each filled until it overflows. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BACKLOG = 3, MANY = 64 };

static void show(struct lesson_run *r, const struct tern_listener_info *i)
{
    lesson_line(r, _("half-open %u of %u, accept queue %u of %u"), i->half_n, i->backlog, i->accept_n, i->backlog);
}

static void judge_full(struct lesson_run *r, const struct tern_listener_info *i, enum tern_state last)
{
    if (lesson_without(r, "accept-limit")) {
        lesson_check(r, "without:accept-limit", i->accept_n == i->backlog + 1 && i->accept_full_n == 0,
                     _("%u connections wait for accept() behind a backlog of %u: nothing bounds what a slow application costs."),
                     i->accept_n, i->backlog);
        return;
    }
    lesson_check(
        r, "accept-full", i->accept_n == i->backlog && i->half_n == 1 && i->accept_full_n > 0,
        _("The accept queue holds %u. The next connection's last ACK was dropped (ACCEPT_FULL, %llu in all), and it waits "
          "among the half-open."),
        i->accept_n, (unsigned long long)i->accept_full_n);
    lesson_check(r, "client-believes", last == TERN_ESTABLISHED,
                 _("Its client is in %s all the while: it has the SYN,ACK and cannot know that the server keeps it waiting."),
                 tern_state_name(last));
}

/* One client more than the accept queue holds; the application accepts none, then one. */
static int accept_queue(struct lesson_run *r, uint32_t backlog)
{
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, 80, backlog);
    struct tern_conn *c = NULL;
    for (uint32_t i = 0; l && i <= backlog; i++) {
        c = sim_connect(s, STORY_A, (uint16_t)(40001 + i), 80);
        if (!c) break;
        sim_run_for(s, 4 * lesson_options(r)->rtt);
    }
    int err = l && c ? 0 : TERN_ERR_NOMEM;
    if (!err) {
        struct tern_listener_info info;
        if (backlog <= 8) lesson_ladder(r, s, _("The accept queue fills: nobody calls accept()"));
        tern_listener_info(l, &info);
        show(r, &info);
        judge_full(r, &info, tern_conn_state(c));
        bool got = tern_listener_accept(l) != NULL;
        sim_run_for(s, 130 * TERN_SEC);
        tern_listener_info(l, &info);
        if (!lesson_without(r, "accept-limit"))
            lesson_check(r, "accept-makes-room", got && info.half_n == 0 && info.accept_n == backlog,
                         _("One accept(), and with the next SYN,ACK and its ACK the one that waited moved up."));
    }
    sim_free(s);
    return err;
}

/* SYNs of clients that never answer, one more than there is room. */
static int half_queue(struct lesson_run *r, uint32_t backlog)
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].syn_cookies = 0; /* the queue itself: the lesson syn-flood has them */
    cfg.settings[STORY_B].half_open_evict = 0;
    struct sim *s = lesson_sim(r, &cfg);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, 80, backlog);
    struct tern_addr nobody;
    tern_addr_parse(lesson_options(r)->v6 ? "2001:db8:bad::1" : "203.0.113.9", &nobody);
    for (uint32_t i = 0; l && i <= backlog; i++) {
        sim_forge(s, &(struct sim_forged){.from = STORY_A,
                                          .from_port = (uint16_t)(50001 + i),
                                          .to_port = 80,
                                          .seq = 7000 + i,
                                          .flags = TH_SYN,
                                          .wnd = 1000,
                                          .address = &nobody});
        sim_run_for(s, TERN_MS);
    }
    sim_run_for(s, 100 * TERN_MS);
    if (l) {
        struct tern_listener_info info;
        if (backlog <= 8) lesson_ladder(r, s, _("The half-open queue fills: nobody sends the third segment"));
        tern_listener_info(l, &info);
        show(r, &info);
        if (lesson_without(r, "half-open-limit"))
            lesson_check(r, "without:half-open-limit", info.half_n == backlog + 1,
                         _("%u half-open connections behind a backlog of %u: whoever sends SYNs decides on the server's memory."),
                         info.half_n, info.backlog);
        else
            lesson_check(r, "half-full", info.half_n == backlog && info.half_full_n == 1,
                         _("The half-open queue holds %u; the next SYN was dropped without a word (HALF_FULL). A real client "
                           "would send it "
                           "again."),
                         info.half_n);
    }
    sim_free(s);
    return l ? 0 : TERN_ERR_NOMEM;
}

static int run(struct lesson_run *r)
{
    uint32_t backlog = lesson_backlog(r, BACKLOG);
    if (!backlog || backlog > MANY) return TERN_ERR_INVAL;
    lesson_say(
        r,
        _("A listener has two queues. A SYN makes an entry in the half-open queue; the third segment moves it to the accept "
          "queue; accept() takes it out. The backlog bounds both, and each overflows in its own way. Here it is %u."),
        backlog);
    int err = accept_queue(r, backlog);
    if (!err) err = half_queue(r, backlog);
    if (err) return err;
    lesson_wrong(
        r, _("\"accept() does the handshake.\" The stack does it, before and without accept(), which only takes what is ready."));
    return 0;
}

static const char *const clauses[] = {"accept-limit", "half-open-limit", NULL};

const struct lesson lesson_queues_ = {
    .name = "queues",
    .title = N_("The half-open queue and the accept queue"),
    .summary = N_("What a listener keeps, and what happens when it is full."),
    .heeds = LESSON_BACKLOG | LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("What if somebody fills the half-open queue on purpose?"),
    .answer = "tern explain syn-flood",
};
