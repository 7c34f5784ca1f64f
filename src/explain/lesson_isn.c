/* The lesson `isn`: the first number fixed, by the clock alone, and keyed. A blind forger guesses it; an old acknowledgement
 * meets the next connection of the same pair; and how long the clock takes around. */
#include <string.h>

#include "found.h"
#include "tcp.h"
#include "words.h"

#define TICK (4 * TERN_US)

/* How the numbers are chosen. What is left of the rule is what the reader has not switched off. */
struct rule {
    enum lesson_isn_how how;
    bool keyed, clocked;
};

static struct sim *begin(struct lesson_run *r, const struct rule *rule)
{
    struct sim_config cfg;
    tern_ns rtt = lesson_options(r)->rtt;
    lesson_sim_config(&cfg);
    for (int i = 0; i < STORY_SIDE_N; i++) {
        cfg.isn[i] = -1;
        cfg.settings[i].timestamps = 0; /* they are another defence */
        cfg.settings[i].delack = 0;
        if (2 * rtt > TERN_SEC)
            cfg.settings[i].rto_initial = 2 * rtt < 60 * TERN_SEC ? 2 * rtt : 60 * TERN_SEC; /* no SYN twice */
    }
    struct sim *s = lesson_sim(r, &cfg);
    if (s && !rule->keyed && !lesson_without(r, "keyed-isn")) sim_without(s, STORY_SIDE_N, "keyed-isn");
    if (s && !rule->clocked && !lesson_without(r, "isn-clock")) sim_without(s, STORY_SIDE_N, "isn-clock");
    return s;
}

/* ---- the forger ---- */

enum { UNCERTAIN = 32, GUESSES_MAX = 10, TRUSTED_PORT = 1023 }; /* us; ticks in that, and one for each end */

static const char order[] = "pay Mallory 100";

struct forger {
    struct sim *s;
    struct tern_listener *l;
    struct tern_addr trusted; /* whom the server believes, and who is switched off */
    char name[TERN_ADDR_STRLEN];
    uint32_t isn[2]; /* what his own connections were told */
    tern_ns at[2];   /* when the server chose it, as he reckons */
    tern_ns way;     /* half his round trip */
    uint32_t first, guess_n;
    uint32_t row; /* of the forged SYN */
};

/* An honest connection from his own address, only for the number in the SYN,ACK. */
static int probe(struct forger *f, int which)
{
    struct tern_conn *c = sim_connect(f->s, STORY_A, (uint16_t)(50001 + which), 80);
    if (!c) return TERN_ERR_NOMEM;
    size_t from = sim_story(f->s)->row_n - 1;
    struct lesson_pair p = {.s = f->s, .conn = {c, NULL}};
    if (!pair_reach(&p, STORY_A, TERN_ESTABLISHED, 600 * TERN_SEC)) return TERN_ERR_TIMEDOUT;
    const struct story *s = sim_story(f->s);
    const struct story_row *syn = story_find(s, from, STORY_A, TH_SYN), *synack = story_find(s, from, STORY_B, TH_SYN);
    f->way = (synack->arrived - syn->at) / 2;
    f->isn[which] = synack->seg.seq;
    f->at[which] = synack->arrived - f->way;
    sim_abort(f->s, c);
    sim_run_for(f->s, 2 * f->way + 100 * TERN_MS);
    return 0;
}

static uint32_t ticks_between(const struct forger *f) { return (uint32_t)((f->at[1] - f->at[0]) / TICK); }

/* Two numbers that are equal are fixed. Else it must be a clock, as RFC 793 has it: for anything more he has no plan. */
static void guess(struct forger *f, tern_ns arrival)
{
    bool fixed = f->isn[0] == f->isn[1];
    f->guess_n = fixed ? 1 : GUESSES_MAX;
    f->first = f->isn[1] + (fixed ? 0 : (uint32_t)((arrival - f->at[1]) / TICK));
}

/* The SYN in somebody else's name, and an ACK for each guess; he sees none of the answers. The SYN takes a little longer than he
 * knows. */
static void forge(struct lesson_run *r, struct forger *f)
{
    tern_ns more = lesson_options(r)->seed * UINT64_C(2654435761) % (UNCERTAIN * TERN_US);
    struct sim_forged x = {.from = STORY_A,
                           .from_port = TRUSTED_PORT,
                           .to_port = 80,
                           .seq = 7000,
                           .flags = TH_SYN,
                           .wnd = 8192,
                           .address = &f->trusted,
                           .delay = f->way + more};
    guess(f, sim_now(f->s) + f->way);
    f->row = (uint32_t)sim_story(f->s)->row_n;
    sim_forge(f->s, &x);
    sim_run_for(f->s, x.delay + TERN_MS);
    x.seq++, x.flags = TH_ACK | TH_PSH, x.payload = order, x.len = sizeof order - 1, x.delay = f->way;
    for (uint32_t i = 0; i < f->guess_n; i++) {
        x.ack = f->first + i + 1;
        sim_forge(f->s, &x);
        sim_run_for(f->s, f->way + TERN_MS);
    }
    sim_run_for(f->s, 100 * TERN_MS);
}

/* What the application read in the name of the trusted one; its length, 0 when there is no such connection. */
static size_t heard(struct forger *f, char *out, size_t size)
{
    size_t n = 0;
    for (struct tern_conn *c; (c = tern_listener_accept(f->l)) != NULL;) {
        struct tern_status st;
        tern_conn_status(c, &st);
        int64_t got = tern_addr_eq(&st.remote.addr, &f->trusted) ? tern_conn_recv(c, sim_now(f->s), out, size - 1) : 0;
        if (got > 0) n = (size_t)got;
    }
    out[n] = '\0';
    return n;
}

static void reckon(struct lesson_run *r, const struct forger *f, uint32_t truth)
{
    lesson_line(r, _("his first probe   %10u   at %g ms"), f->isn[0], in_seconds(f->at[0]) * 1000);
    lesson_line(r, _("his second        %10u   at %g ms: %u ticks of 4 us later, and %u more"), f->isn[1],
                in_seconds(f->at[1]) * 1000, ticks_between(f), f->isn[1] - f->isn[0]);
    lesson_line(r, words_n("he guesses        %10u   %u number", "he guesses        %10u   and on, %u numbers", f->guess_n),
                f->first, f->guess_n);
    lesson_line(r, _("the server's      %10u"), truth);
}

static void judge_forger(struct lesson_run *r, const struct rule *rule, struct forger *f, const struct story *s)
{
    char text[64];
    const struct story_row *synack = story_find(s, f->row, STORY_B, TH_SYN);
    uint32_t truth = synack ? synack->seg.seq : 0;
    tern_ns up = seen_state(s, STORY_B, TERN_SYN_RECEIVED, TERN_ESTABLISHED); /* the last time */
    bool in = heard(f, text, sizeof text) && strcmp(text, order) == 0 && up != TERN_NEVER && up > s->row[f->row].at;
    bool hit = truth - f->first < f->guess_n;
    reckon(r, f, truth);
    if (lesson_without(r, "ack-check")) {
        lesson_check(r, "without:ack-check", in && !(rule->keyed && hit),
                     _("The server did not look at what the ACK acknowledged, and took his first guess, %u, for its own number, "
                       "%u: it is ESTABLISHED with %s, which sent nothing, and read \"%s\". No number is secret enough, then."),
                     f->first, truth, f->name, text);
        return;
    }
    if (rule->keyed) {
        lesson_check(r, "forger-refused", synack && !in && !hit && f->isn[1] - f->isn[0] != ticks_between(f),
                     _("For each pair of addresses and ports the clock is shifted by a keyed hash. His own numbers tell nothing "
                       "about another pair: each guess was answered by a RST, and the server stayed in SYN-RECEIVED."));
        lesson_line(r, _("his chance: %u / 2^32 = 1 in %u"), f->guess_n, (uint32_t)((UINT64_C(1) << 32) / f->guess_n));
        return;
    }
    const char *without = lesson_without(r, "keyed-isn") ? "without:keyed-isn" : NULL;
    if (rule->clocked)
        lesson_check(
            r, without ? without : "forger-in-by-the-clock", in && hit && f->isn[1] - f->isn[0] - ticks_between(f) <= 1,
            _("The clock told him: he knows the moment to %u us, which is %u ticks, and of %u guesses one was right. The "
              "server is ESTABLISHED with %s, which sent nothing, and read \"%s\"."),
            UNCERTAIN, (unsigned)(UNCERTAIN * TERN_US / TICK), f->guess_n, f->name, text);
    else
        lesson_check(r, without ? without : "forger-in-at-once", in && f->guess_n == 1 && f->first == truth,
                     _("Both probes were told %u, and so is everybody. One guess, and the server is ESTABLISHED with %s, which "
                       "sent nothing, and read \"%s\"."),
                     f->isn[0], f->name, text);
}

static int forgery(struct lesson_run *r, const struct rule *rule, const char *title)
{
    struct forger f = {.s = begin(r, rule)};
    if (!f.s) return lesson_failed(r);
    tern_addr_parse(lesson_options(r)->v6 ? "2001:db8:bad::7" : "203.0.113.7", &f.trusted);
    tern_addr_format(&f.trusted, f.name);
    f.l = sim_listen(f.s, STORY_B, 80, 8);
    sim_run(f.s, 50 * TERN_MS); /* the clock does not begin at 0 */
    int err = f.l ? probe(&f, 0) : TERN_ERR_NOMEM;
    if (!err) err = probe(&f, 1);
    if (!err) {
        forge(r, &f);
        judge_forger(r, rule, &f, lesson_ladder(r, f.s, title));
    }
    sim_free(f.s);
    return err;
}

/* What spin finds where the forger can compute the number. */
static void judge_found(struct lesson_run *r, const struct story *s, const struct found_end *end)
{
    (void)end;
    lesson_check(r, "found-forger-in", seen_state(s, STORY_B, TERN_SYN_RECEIVED, TERN_ESTABLISHED) != TERN_NEVER,
                 _("The forger saw no answer, and yet the server is ESTABLISHED with somebody who sent nothing."));
}

static int found(struct lesson_run *r)
{
    static const char *const fixed[] = {"keyed-isn", "isn-clock", NULL};
    lesson_say(r,
               _("The model checker spin tries everything that such a forger may send (doc/model.md). While he has to guess, it "
                 "finds no way in; with a number that he can compute it finds this one, and here a real server lets him in."));
    return found_play(r, &found_predictable_isn, fixed, "as-spin-found", _("Found by spin: the number of his own connection"),
                      judge_found);
}

/* ---- the same pair again ---- */

enum { BEFORE = 20, SIZE = 100, NEW = 3000 }; /* segments and their bytes of the first life, bytes of the second */

struct lives {
    struct lesson_pair p;
    struct tern_listener *l;
    tern_ns way;
    tern_ns late;  /* when the old ACK arrives */
    uint32_t acks; /* what it acknowledges */
};

static int live(struct lives *v)
{
    v->p.conn[STORY_A] = sim_connect(v->p.s, STORY_A, 40000, 80);
    if (!v->p.conn[STORY_A]) return TERN_ERR_ADDRINUSE;
    tern_conn_set(v->p.conn[STORY_A], sim_now(v->p.s), TERN_OPT_NODELAY, 1);
    if (!pair_reach(&v->p, STORY_A, TERN_ESTABLISHED, 600 * TERN_SEC)) return TERN_ERR_TIMEDOUT;
    sim_run_for(v->p.s, v->way + TERN_MS);
    v->p.conn[STORY_B] = tern_listener_accept(v->l);
    return v->p.conn[STORY_B] ? 0 : TERN_ERR_TIMEDOUT;
}

/* The network keeps the server's twentieth ACK, and the link is cut. Both ends give up. */
static int first_life(struct lives *v)
{
    struct sim *s = v->p.s;
    int err = live(v);
    if (err) return err;
    for (int i = 1; i < BEFORE; i++) sim_send(s, v->p.conn[STORY_A], SIZE);
    sim_run_for(s, 3 * v->way + TERN_SEC);
    pair_forget(s);
    tern_ns extra = 10 * TERN_SEC + 40 * v->way;
    sim_fault(s, &(struct sim_fault){.kind = SIM_DELAY, .from = STORY_B, .nth = 1, .extra = extra});
    sim_send(s, v->p.conn[STORY_A], SIZE);
    v->late = sim_now(s) + 2 * v->way + extra;
    sim_run_for(s, v->way);
    sim_cut(s, true);
    struct tern_status st;
    tern_conn_status(v->p.conn[STORY_A], &st);
    v->acks = st.snd_nxt;
    for (enum story_side side = STORY_A; side < STORY_SIDE_N; side++) {
        sim_abort(s, v->p.conn[side]);
        sim_release(s, v->p.conn[side]);
    }
    sim_run_for(s, TERN_SEC);
    sim_cut(s, false);
    return 0;
}

/* Three segments are on their way when it comes, and the first two will not arrive. */
static int second_life(struct lives *v)
{
    struct sim *s = v->p.s;
    int err = live(v);
    if (err) return err;
    for (uint32_t nth = 1; nth <= 2; nth++)
        sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = nth, .with_data = true});
    if (sim_now(s) > v->late - v->way / 2) return TERN_ERR_TIMEDOUT;
    sim_run(s, v->late - v->way / 2);
    sim_send(s, v->p.conn[STORY_A], NEW);
    sim_run_for(s, 2 * TERN_SEC + 40 * v->way);
    return 0;
}

static const struct story_row *old_ack(const struct story *s, tern_ns late)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == STORY_B && s->row[i].arrived == late) return &s->row[i];
    return NULL;
}

static void judge_lives(struct lesson_run *r, const struct rule *rule, struct lives *v, const struct story *s)
{
    const struct story_row *old = old_ack(s, v->late);
    bool came = old && old->seg.ack == v->acks;
    bool taken = came && old->tcb[STORY_A].snd_una == v->acks;
    struct tern_status a, b;
    tern_conn_status(v->p.conn[STORY_A], &a);
    tern_conn_status(v->p.conn[STORY_B], &b);
    int64_t read = sim_read(v->p.s, v->p.conn[STORY_B]);
    if (rule->clocked)
        lesson_check(r, rule->keyed ? "old-ack-refused" : "old-ack-refused-by-the-clock",
                     came && !taken && old->seg.ack - a.iss > NEW + 1 && read == NEW,
                     _("The ACK of the first connection, %u, came into the second one, whose numbers begin at %u: the clock had "
                       "moved on, and it was an old one. What was lost was sent again, and all %u bytes were read."),
                     v->acks, a.iss, NEW);
    else
        lesson_check(r, lesson_without(r, "isn-clock") ? "without:isn-clock" : "old-ack-taken",
                     taken && a.snd_una == v->acks && b.rcv_nxt == b.irs + 1 && read == TERN_ERR_AGAIN,
                     _("The second connection began at %u, as the first one had, and the old ACK, %u, was taken: the client "
                       "struck out %u bytes that never arrived. The server waits for %u, and nobody has it any more."),
                     a.iss, v->acks, v->acks - a.iss - 1, b.rcv_nxt);
}

static int lives(struct lesson_run *r, const struct rule *rule, const char *title)
{
    struct lives v = {.p.s = begin(r, rule), .way = lesson_options(r)->rtt / 2};
    if (!v.p.s) return lesson_failed(r);
    v.l = sim_listen(v.p.s, STORY_B, 80, 8);
    int err = v.l ? first_life(&v) : TERN_ERR_NOMEM;
    if (!err) err = second_life(&v);
    if (!err) judge_lives(r, rule, &v, lesson_ladder(r, v.p.s, title));
    sim_free(v.p.s);
    return err;
}

/* ---- the clock ---- */

#define WRAP     (TICK << 32)
#define RFC_WRAP (TERN_SEC << 14)

/* The number of a SYN that leaves at |at|, always of the same pair; nobody listens there. */
static int syn_at(struct sim *s, tern_ns at, uint32_t *isn)
{
    sim_run(s, at);
    size_t from = sim_story(s)->row_n;
    struct tern_conn *c = sim_connect(s, STORY_A, 40000, 80);
    if (!c) return TERN_ERR_ADDRINUSE;
    sim_run_quiet(s, at + 200 * TERN_SEC);
    const struct story_row *syn = story_find(sim_story(s), from, STORY_A, TH_SYN);
    *isn = syn ? syn->seg.seq : 0;
    sim_release(s, c);
    return 0;
}

static void judge_clock(struct lesson_run *r, const struct rule *rule, const uint32_t isn[4], tern_ns later)
{
    if (!rule->clocked) {
        lesson_check(r, "no-clock", isn[0] == isn[1] && isn[0] == isn[2] && isn[0] == isn[3],
                     _("Each time the same pair began at %u: there is no clock."), isn[0]);
        return;
    }
    lesson_line(r, "2^32 * 4 us     = %.2f s = 4 h 46 min %.2f s", in_seconds(WRAP), in_seconds(WRAP) - 4 * 3600 - 46 * 60);
    lesson_line(r, "2^32 / 2^18 Hz  = %.2f s = 4 h 33 min %.2f s = %.2f h", in_seconds(RFC_WRAP),
                in_seconds(RFC_WRAP) - 4 * 3600 - 33 * 60, in_seconds(RFC_WRAP) / 3600);
    lesson_check(r, "clock-ticks", isn[1] - isn[0] == later / TICK,
                 _("%g s later the same pair began %u numbers further: one each 4 microseconds."), in_seconds(later),
                 isn[1] - isn[0]);
    lesson_check(
        r, "not-yet-around", isn[2] != isn[0],
        _("After the 4.55 hours that the RFCs name it began %u further, and was not around yet: 4.55 hours is 2^32 ticks "
          "of 1/2^18 s, which is 3.8 microseconds and not 4. (RFC 793 says \"roughly every 4\" and \"approximately 4.55 "
          "hours\"; RFC 9293 keeps both.)"),
        isn[2] - isn[0]);
    lesson_check(r, "wraps", isn[3] == isn[0],
                 _("After 4 h 46 min 19.87 s it began at %u again. No segment may live that long: the MSL sees to it."), isn[3]);
}

static int clock(struct lesson_run *r, const struct rule *rule)
{
    struct sim *s = begin(r, rule);
    if (!s) return lesson_failed(r);
    tern_ns later = (TERN_SEC + 4 * lesson_options(r)->rtt) / TICK * TICK; /* the one before must be refused by then */
    const tern_ns at[4] = {TERN_SEC, TERN_SEC + later, TERN_SEC + RFC_WRAP, TERN_SEC + WRAP};
    uint32_t isn[4];
    int err = 0;
    for (int i = 0; i < 4 && !err; i++) err = syn_at(s, at[i], &isn[i]);
    if (!err) {
        lesson_ladder(r, s, _("The same pair, four times"));
        judge_clock(r, rule, isn, later);
    }
    sim_free(s);
    return err;
}

/* ---- the whole ---- */

static const struct {
    struct rule rule;
    const char *text, *forger, *lives;
} rules[] = {
    {{LESSON_ISN_FIXED, false, false},
     N_("Fixed: each connection begins with the same number. The forger opens two connections of his own to see what he is told, "
        "then one in the name of an address that the server trusts, whose owner is switched off. He never sees the answers; he "
        "must guess what they say."),
     N_("Fixed: the forger guesses"),
     N_("Fixed: the old twentieth ACK")},
    {{LESSON_ISN_CLOCK, false, true},
     N_("The clock alone, as in RFC 793: a number more each 4 microseconds, for all connections alike."),
     N_("The clock: the forger guesses"),
     N_("The clock: the old twentieth ACK")},
    {{LESSON_ISN_RANDOM, true, true},
     N_("Keyed, as in RFC 6528 and RFC 9293, and as tern has it: the clock, plus a hash of both addresses, both ports and a "
        "secret. "
        "Each pair has a clock of its own, and who does not know the secret knows only his."),
     N_("Keyed: the forger guesses"),
     N_("Keyed: the old twentieth ACK")},
};

enum { RULES = sizeof rules / sizeof rules[0] };

static struct rule as_asked(const struct lesson_run *r, struct rule rule)
{
    if (lesson_without(r, "keyed-isn")) rule.keyed = false;
    if (lesson_without(r, "isn-clock")) rule.clocked = false;
    return rule;
}

/* Which are told: the one that was asked for; all; only the last when a piece of it is switched off. */
static bool wanted(const struct lesson_options *o, enum lesson_isn_how how)
{
    if (o->given & LESSON_ISN_HOW) return o->isn_how == how;
    return o->without_n == 0 || how == LESSON_ISN_RANDOM;
}

static int run(struct lesson_run *r)
{
    const struct lesson_options *o = lesson_options(r);
    struct rule last = {0};
    int err = 0;
    lesson_say(r, _("A connection could begin with any number. Two things decide which: nobody outside should be able to guess "
                    "it, and what an earlier connection of the same pair left on the road should not fit into the next one."));
    for (size_t i = 0; i < RULES && !err; i++) {
        if (!wanted(o, rules[i].rule.how)) continue;
        last = as_asked(r, rules[i].rule);
        lesson_say(r, "%s", _(rules[i].text));
        err = forgery(r, &last, _(rules[i].forger));
    }
    if (err || !lesson_shows(r, "keyed-isn", "isn-clock", NULL)) return err;
    lesson_say(
        r,
        _("The other danger: the client has sent 20 segments, the network keeps the 20th ACK, and the link is cut. Both ends "
          "give up, the link is mended, and the client takes the same port again. It sends %u bytes, whose first two "
          "segments are lost, and then the old ACK comes."),
        NEW);
    for (size_t i = 0; i < RULES && !err; i++) {
        if (!wanted(o, rules[i].rule.how)) continue;
        struct rule rule = as_asked(r, rules[i].rule);
        err = lives(r, &rule, _(rules[i].lives));
    }
    if (err) return err;
    lesson_say(r,
               _("How long is the clock's round? The same pair opens four times: at first, a little later, after 4.55 hours, and "
                 "after 2^32 ticks of 4 microseconds."));
    err = clock(r, &last);
    if (!err && lesson_shows(r, NULL) && wanted(o, LESSON_ISN_FIXED)) err = found(r);
    if (err) return err;
    if (last.clocked)
        lesson_wrong(r,
                     _("\"The initial sequence number is a random number.\" For each pair it is a clock: what is random is where "
                       "the clock of a pair stands."));
    return 0;
}

static const char *const clauses[] = {"keyed-isn", "isn-clock", "ack-check", NULL};

const struct lesson lesson_isn_ = {
    .name = "isn",
    .title = N_("The initial sequence number"),
    .summary = N_("Fixed, by the clock, keyed: a blind forger tries each, and an old ACK comes into the next connection."),
    .heeds = LESSON_ISN_HOW | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("The server numbers by the clock alone. How many guesses does the forger need?"),
    .answer = "tern explain isn --isn clock",
};
