/* The lesson `myths`: what common pages say, each with the run that shows otherwise. */
#include <string.h>

#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { FIRST = 50000, BYTES = 500, PORT = 80, FROM = 40001, SEQ = 100 };

static const struct story_row *by_rule(const struct story *s, enum story_side side, enum tern_rule rule)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == side && s->row[i].rule == rule) return &s->row[i];
    return NULL;
}

static uint8_t traffic_class(const struct story_row *row)
{
    const uint8_t *ip = row->head + row->ip_at;
    return ip[0] >> 4 == 6 ? (uint8_t)((ip[0] & 15u) << 4 | ip[1] >> 4) : ip[1];
}

static void about_bytes(struct lesson_run *r, struct lesson_pair *p)
{
    char got[16] = "";
    sim_send(p->s, p->conn[STORY_A], BYTES);
    sim_run_for(p->s, TERN_SEC);
    sim_read(p->s, p->conn[STORY_B]);
    const struct story *s = sim_story(p->s);
    const struct story_row *data = story_find(s, 0, STORY_A, 0), *ack = story_find(s, 0, STORY_B, TH_ACK);
    uint32_t seq = data ? data->seg.seq : 0, acked = ack ? ack->seg.ack : 0;
    lesson_wrong(r, _("\"500 bytes from 50000: next is 50000 + 500 + 1.\""));
    lesson_check(r, "no-extra-one", seq == FIRST && acked == seq + BYTES, _("%u + %u = %u is acknowledged, and comes next."), seq,
                 BYTES, acked);
    lesson_wrong(r, _("\"ack is always seq + 1.\""));
    lesson_check(r, "not-always-one", acked - seq != 1, _("Here it is seq + %u."), acked - seq);
    size_t from = s->row_n;
    sim_send_text(p->s, p->conn[STORY_A], "one ");
    sim_run_for(p->s, TERN_SEC);
    sim_send_text(p->s, p->conn[STORY_A], "two");
    sim_run_for(p->s, TERN_SEC);
    const struct story_row *pushed = story_find(sim_story(p->s), from, STORY_A, TH_PSH);
    int64_t n = tern_conn_recv(p->conn[STORY_B], sim_now(p->s), got, sizeof got - 1);
    lesson_wrong(r, _("\"PSH skips the queue.\""));
    lesson_check(r, "psh-keeps-order", pushed && n == 7 && strcmp(got, "one two") == 0,
                 _("Two pushed segments are read in the order of their numbers: %s."), got);
}

static void about_urgent(struct lesson_run *r, struct lesson_pair *p)
{
    tern_conn_send_with(p->conn[STORY_A], sim_now(p->s), "!!!", 3, TERN_SEND_URGENT);
    sim_run_for(p->s, TERN_SEC);
    const struct story *s = sim_story(p->s);
    const struct story_row *urgent = story_find(s, 0, STORY_A, TH_URG), *plain = story_find(s, 0, STORY_A, TH_PSH);
    uint32_t urp = urgent ? urgent->seg.urp : 0;
    lesson_wrong(r, _("\"The urgent pointer is the last urgent byte.\""));
    lesson_check(r, "urgent-pointer", urgent && urgent->seg.len == 3 && urp == 3,
                 _("Three urgent bytes have the offsets 0, 1, 2, and the pointer says %u: the byte after them (MUST-62)."), urp);
    lesson_wrong(r, _("\"URG makes routers hurry.\""));
    lesson_check(r, "urg-is-not-for-routers",
                 urgent && plain && urgent->arrived - urgent->at == plain->arrived - plain->at &&
                     traffic_class(urgent) == traffic_class(plain),
                 _("Its packet took as long as one without, and its IP header, all that a router reads, asks for nothing else."));
}

static int numbers(struct lesson_run *r)
{
    struct sim_config cfg;
    struct lesson_pair p;
    lesson_sim_config(&cfg);
    cfg.isn[STORY_A] = FIRST - 1;
    int err = pair_connect(r, &cfg, &p);
    if (!err) {
        about_bytes(r, &p);
        about_urgent(r, &p);
        lesson_ladder(r, p.s, _("Data"));
    }
    sim_free(p.s);
    return err;
}

static struct sim_forged forged(uint16_t port, uint16_t flags)
{
    return (struct sim_forged){.from = STORY_A, .from_port = port, .to_port = PORT, .seq = SEQ, .flags = flags, .wnd = 1024};
}

/* A SYN with four bytes; its ACK comes before A's own stack could object. */
static void syn_with_data(struct lesson_run *r, struct sim *s, struct tern_listener *l)
{
    struct sim_forged f = forged(FROM, TH_SYN);
    size_t from = sim_story(s)->row_n;
    f.len = 4;
    sim_forge(s, &f);
    sim_run_for(s, TERN_MS / 4);
    const struct story_row *synack = story_find(sim_story(s), from, STORY_B, TH_SYN);
    f.seq = synack ? synack->seg.ack : 0, f.ack = synack ? synack->seg.seq + 1 : 0;
    f.flags = TH_ACK, f.len = 0;
    sim_forge(s, &f);
    sim_run_for(s, TERN_MS / 4);
    struct tern_conn *c = tern_listener_accept(l);
    lesson_wrong(r, _("\"A SYN cannot carry data.\""));
    lesson_check(r, "syn-carries-data", c && tern_conn_readable(c) == 4,
                 _("This one carried %zu bytes; they were held until the handshake was over, and can be read."),
                 c ? tern_conn_readable(c) : 0);
    sim_run_for(s, TERN_SEC);
}

static int opening(struct lesson_run *r)
{
    struct tern_listener_info half, after;
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, PORT, 0);
    syn_with_data(r, s, l);
    size_t from = sim_story(s)->row_n;
    struct sim_forged f = forged(FROM + 1, TH_SYN | TH_ECE | TH_CWR);
    sim_forge(s, &f);
    sim_run_for(s, TERN_MS / 4);
    tern_listener_info(l, &half);
    bool quiet = !tern_listener_accept(l);
    sim_run_for(s, TERN_SEC);
    tern_listener_info(l, &after);
    const struct story *story = lesson_ladder(r, s, _("Forged SYNs"));
    const struct story_row *syn = story_find(story, from, STORY_A, TH_SYN), *synack = story_find(story, from, STORY_B, TH_SYN);
    lesson_wrong(r, _("\"Six flags, six reserved bits.\""));
    lesson_check(r, "nine-flags", syn && syn->seg.flags == (TH_SYN | TH_ECE | TH_CWR) && synack && synack->fate == STORY_ARRIVED,
                 _("CWR and ECE (RFC 3168) stand in that byte, %#x, and it is a SYN like others. With AE (RFC 9768) there are "
                   "nine flags, and "
                   "three reserved bits."),
                 syn ? syn->seg.flags : 0u);
    lesson_wrong(r, _("\"A port that answers a SYN is insecure.\""));
    lesson_check(
        r, "answer-is-not-access", synack && synack->seg.len == 0 && quiet,
        _("The SYN,ACK carried %u bytes, and the application has not even heard of it: it says that something listens, no more."),
        synack ? synack->seg.len : 0);
    lesson_wrong(r, _("\"Three handshakes are there to save resources.\""));
    lesson_check(r, "third-is-for-the-numbers", half.half_n == 1 && after.half_n == 0 && after.accepted_n == 1,
                 _("It is one handshake with three segments, and its purpose is that nobody believes a SYN that was not meant: "
                   "the client reset "
                   "this one, and no connection came of it."));
    sim_free(s);
    return 0;
}

static int numbers_chosen(struct lesson_run *r)
{
    struct sim_config cfg;
    struct tern_status a, b;
    struct lesson_pair p = {0};
    lesson_sim_config(&cfg);
    cfg.isn[STORY_A] = cfg.isn[STORY_B] = -1;
    if (!(p.s = lesson_sim(r, &cfg))) return lesson_failed(r);
    sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 2});
    bool up = sim_establish(p.s, &p.conn[STORY_A], &p.conn[STORY_B]);
    if (up) {
        tern_conn_status(p.conn[STORY_A], &a);
        tern_conn_status(p.conn[STORY_B], &b);
        const struct story *s = lesson_ladder(r, p.s, _("The third ACK is lost"));
        const struct story_row *ack = story_find(s, 0, STORY_A, TH_ACK);
        lesson_wrong(r, _("\"The third ACK lost: the connection fails.\""));
        lesson_check(r, "third-ack-lost", ack && ack->fate == STORY_LOST && seen_rule(s, STORY_B, TERN_RULE_RTX_SYNACK) > 0,
                     _("The server sent its SYN,ACK again, the client answered again, and the connection stands."));
        lesson_wrong(r, _("\"The first number is usually 1.\""));
        lesson_check(
            r, "first-number", a.iss > 1 && b.iss > 1 && a.iss != b.iss,
            _("Left to themselves the two stacks began at %u and %u (RFC 6528). 1 is what programs show that count relatively."),
            a.iss, b.iss);
    }
    sim_free(p.s);
    return up ? 0 : TERN_ERR_TIMEDOUT;
}

static void half(struct lesson_run *r, struct lesson_pair *p)
{
    sim_close(p->s, p->conn[STORY_A]);
    pair_reach(p, STORY_A, TERN_FIN_WAIT_2, 60 * TERN_SEC);
    sim_send(p->s, p->conn[STORY_B], BYTES);
    sim_run_for(p->s, 2 * TERN_SEC);
    size_t n = tern_conn_readable(p->conn[STORY_A]);
    bool waiting = tern_conn_state(p->conn[STORY_A]) == TERN_FIN_WAIT_2 && tern_conn_state(p->conn[STORY_B]) == TERN_CLOSE_WAIT;
    lesson_wrong(r, _("\"Half-open is half-closed.\""));
    lesson_check(
        r, "half-closed", waiting && n == BYTES,
        _("Half-open was the forged SYN above: no data can flow. This one is half-closed: %zu bytes went the way that is open."),
        n);
    lesson_wrong(r, _("\"FIN-WAIT-2 is a half-made connection.\""));
    lesson_check(r, "fin-wait-2", waiting,
                 _("It is a half-ended one: our FIN is acknowledged, and the peer may send for as long as it likes."));
}

static int closing(struct lesson_run *r)
{
    struct lesson_pair p;
    struct tern_status st;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        tern_conn_status(p.conn[STORY_A], &st);
        tern_ns msl = tern_stack_settings(sim_stack(p.s, STORY_A))->msl;
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 1, .flags = TH_FIN});
        half(r, &p);
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 1});
        sim_close(p.s, p.conn[STORY_B]);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("The FIN is lost, and the last ACK"));
        const struct story_row *fin = story_find(s, 0, STORY_A, TH_FIN), *again = by_rule(s, STORY_A, TERN_RULE_RTX_FIN);
        tern_ns wait = fin && again ? again->at - fin->at : 0;
        lesson_wrong(r, _("\"The FIN is sent again after one MSL.\""));
        lesson_check(r, "fin-by-rto", wait == st.rto && wait != msl, _("It was after %g ms, the RTO; the MSL is %g ms."),
                     in_seconds(wait) * 1000, in_seconds(msl) * 1000);
        const struct story_row *asked = by_rule(s, STORY_B, TERN_RULE_RTX_FIN),
                               *last = by_rule(s, STORY_A, TERN_RULE_ACK_TIME_WAIT);
        lesson_wrong(r, _("\"TIME-WAIT sends its ACK again unasked.\""));
        lesson_check(r, "only-when-asked",
                     asked && last && last->at == asked->arrived && seen_rule(s, STORY_A, TERN_RULE_ACK_TIME_WAIT) == 1,
                     _("The ACK was lost, and TIME-WAIT kept silent until the peer's FIN came again; then it answered, once."));
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    lesson_say(r, _("Fifteen sentences from common pages. Each stands before the experiment that shows otherwise."));
    int err = numbers(r);
    if (!err) err = opening(r);
    if (!err) err = numbers_chosen(r);
    if (!err) err = closing(r);
    return err;
}

const struct lesson lesson_myths_ = {
    .name = "myths",
    .title = N_("Myths, and what the runs say"),
    .summary = N_("What common pages get wrong, one experiment each."),
    .heeds = LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("\"The first number is usually 1\": choose another secret for the stacks. Which numbers come now?"),
    .answer = "tern explain myths --seed 2",
};
