/* Classes 5, 6, 7, 13, 14, 15, 16: somebody beside the path, who guesses. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "words.h"

enum { MANY = 40 };

void attack_blind(struct pen *p)
{
    static const uint16_t flags[] = {TH_RST, TH_SYN, TH_ACK};
    for (uint32_t i = 0; i < MANY; i++) {
        struct forged f = pen_as_peer(&p->beside, flags[i % 3]);
        f.h.seq = seq_add(f.h.seq, i < 20 ? 1 + i * 500 : i << 26);
        if (f.h.flags == TH_ACK) f.h.ack = seq_add(f.h.ack, 100000 + (i << 20)), f.len = 10;
        pen_say(p, &f);
    }
}

/* |n| RSTs in the window of |u|, not where it stands: how many are answered? */
static uint32_t challenges(struct puppet *u, uint32_t n)
{
    static struct heard h;
    uint32_t answers = 0;
    pen_forget(u->pen);
    for (uint32_t i = 0; i < n; i++) {
        struct forged f = puppet_forge(u, TH_RST);
        f.h.seq = seq_add(f.h.seq, 1 + i);
        pen_fire(u->pen, &f);
    }
    while (pen_hear(u->pen, &h, 5 * TERN_MS)) answers += puppet_take(u, &h);
    return answers;
}

void attack_challenge_oracle(struct pen *p)
{
    enum { PUPPETS = 8, ASKED = 30 };
    struct puppet *u[PUPPETS];
    uint32_t n = 0, alone = 0, after = 0;
    for (uint16_t i = 0; i < PUPPETS; i++) {
        u[i] = puppet_new(p, i, (uint16_t)(1000 + i), PEN_ECHO);
        n += u[i] && puppet_open(u[i]);
    }
    pen_check(p, "opens", n == PUPPETS, _("%u connections of the attacker's open."), (unsigned)PUPPETS);
    if (n == PUPPETS) {
        alone = challenges(u[0], ASKED);
        pen_hush(p, true);
        for (int i = 1; i < PUPPETS - 1; i++) challenges(u[i], 100);
        pen_hush(p, false);
        after = challenges(u[PUPPETS - 1], ASKED);
        pen_check(p, "own-budget", after > 0 && after + 1 >= alone,
                  _("The answers to %u guesses at one connection are as many after 600 at others: %u, then %u."), (unsigned)ASKED,
                  alone, after);
    }
    for (int i = 0; i < PUPPETS; i++) puppet_drop(u[i]);
}

void attack_challenge_leak(struct pen *p)
{
    enum { MORE = 20000 };
    for (uint32_t i = 0; i < MORE; i++) {
        struct forged f = pen_as_peer(&p->beside, TH_ACK);
        f.h.seq = i % 2 ? seq_add(f.h.seq, 20000000 + i) : seq_sub(f.h.seq, 5000 + i % 500);
        f.len = i % 4 < 2 ? 1000 : 0;
        if (i == MANY) pen_hush(p, true);
        if (i < MANY)
            pen_say(p, &f);
        else
            pen_fire(p, &f);
    }
    pen_wait(p, 20 * TERN_MS);
    pen_hush(p, false);
    size_t now = pen_memory(p), more = now > p->memory ? now - p->memory : 0;
    pen_check(p, "memory", more < 256 << 10, _("Memory is where it was, within %u KiB: the victim holds %llu bytes more."), 256u,
              (unsigned long long)more);
}

void attack_timestamps(struct pen *p)
{
    struct puppet *u = puppet_new(p, 1, 1000, PEN_ECHO);
    bool ok = u != NULL;
    if (u) {
        u->syn.opt.present |= OPT_TIMESTAMPS;
        u->clock = UINT32_C(0xffffff00); /* the real clock wraps */
        ok = puppet_open(u) && puppet_talks(u);
    }
    pen_check(p, "opens", ok, _("A connection with timestamps opens, and carries data."));
    for (uint32_t i = 0; ok && i < MANY; i++) { /* he does not know where the connection stands */
        struct forged f = puppet_forge(u, TH_ACK);
        f.h.seq = i % 2 ? seq_add(f.h.seq, 20000000 + (i << 16)) : seq_sub(f.h.seq, 100000 + (i << 16));
        f.h.opt.ts_val = u->clock + (UINT32_C(1) << 30) + i;
        f.len = 10;
        if (i % 4 == 3) f.h.seq = seq_add(u->snd, 1000 + i), f.len = 0; /* or guesses the window, not its edge */
        pen_say(p, &f);
    }
    pen_forget(p);
    if (ok) {
        u->clock += 300;
        pen_check(p, "goes-on", puppet_talks(u), _("The real peer's next segment, by its own clock, is taken."));
    }
    puppet_drop(u);
}

void attack_icmp(struct pen *p)
{
    enum { BULK = 2800 };
    static uint8_t bulk[BULK];
    struct puppet *u = puppet_new(p, 1, 1000, PEN_ECHO);
    bool ok = u && puppet_open(u) && puppet_talks(u);
    pen_check(p, "opens", ok, _("A connection of the attacker's opens."));
    if (ok) {
        for (uint8_t code = 0; code < 16; code++) pen_icmp(p, &u->to, &u->at, 3, code, 100, u->rcv.v + 5000);
        pen_icmp(p, &u->to, &u->at, 3, 4, 68, u->rcv.v - 100000);
        pen_icmp(p, &u->to, &u->at, 4, 0, 0, u->rcv.v - 1);
        struct forged f = pen_as_peer(&p->beside, 0);
        for (uint8_t code = 0; code < 16; code++) pen_icmp(p, &f.to, &f.from, 3, code, 100, f.h.ack.v + 5000);
        memset(bulk, 'b', sizeof bulk);
        u->longest = 0;
        uint32_t from = u->got_n;
        for (uint32_t i = 0; i < BULK; i += 1400) puppet_say(u, TH_ACK | TH_PSH, bulk + i, 1400);
        bool back = puppet_read(u, from + BULK, 500 * TERN_MS);
        pen_check(p, "goes-on", back, _("The connection goes on: %u of %u bytes came back."), u->got_n - from, (unsigned)BULK);
        pen_check(p, "segments", u->longest >= 1000, _("Its segments are as long as before: up to %u bytes."), u->longest);
    }
    puppet_drop(u);
}

void attack_land(struct pen *p)
{
    struct forged f = {.from = pen_victim(p, PEN_ECHO), .to = pen_victim(p, PEN_ECHO), .h = {.flags = TH_SYN, .wnd = 500}};
    uint64_t before = p->to_itself;
    for (int i = 0; i < 5; i++) {
        f.h.flags = i == 4 ? TH_SYN | TH_ACK : TH_SYN;
        pen_say(p, &f);
    }
    pen_wait(p, 20 * TERN_MS);
    pen_check(p, "silence", p->to_itself == before, _("Nothing is answered: %llu packets were."),
              (unsigned long long)(p->to_itself - before));
}

/* Both ends take bytes that the other one never sent; from then on each tells the other that it is wrong. */
void attack_ack_storm(struct pen *p)
{
    enum { UNTIRING = 300 };
    struct pair c;
    struct tern_status st;
    struct tern_counters before, after;
    bool ok = pair_open(&c, p) && pair_status(&c, &st);
    pen_check(p, "opens", ok, _("A second honest connection opens."));
    if (ok) {
        struct forged to_victim = pen_as_peer(&c, TH_ACK | TH_PSH), to_peer = to_victim;
        to_peer.from = to_victim.to, to_peer.to = to_victim.from;
        to_peer.h.seq = to_victim.h.ack, to_peer.h.ack = to_victim.h.seq;
        to_victim.len = to_peer.len = 10;
        pen_fire(p, &to_victim);
        tern_stack_counters(p->env.host.stack, &before);
        uint64_t answered = p->answered;
        pen_wait(p, TERN_SEC / 2);
        struct forged again = to_victim; /* what the victim has to say now is new to the other end, and so the other way round */
        again.h.seq = seq_add(again.h.seq, 5000);
        pen_fire(p, &again);
        pen_wait(p, TERN_SEC / 2);
        tern_stack_counters(p->env.host.stack, &after);
        uint64_t passed = after.packets_in - before.packets_in + after.packets_out - before.packets_out;
        answered = p->answered - answered;
        pen_check(p, "bounded", passed < 100, _("No storm follows: in a second both ends send %llu segments."),
                  (unsigned long long)passed);
        pen_check(p, "victim", answered < 50, _("The victim's part of them is small: %llu."), (unsigned long long)answered);
        answered = p->answered;
        pen_hush(p, true);
        to_victim.h.flags = TH_ACK, to_victim.len = 0;
        for (uint32_t i = 0; i < UNTIRING; i++) {
            to_victim.h.seq = seq_add(again.h.seq, 20000000 + i);
            pen_say(p, &to_victim);
        }
        pen_hush(p, false);
        answered = p->answered - answered;
        pen_check(p, "tires", answered < 50,
                  _("An end that answers each answer, %u times, does not keep the victim talking: it answers %llu."),
                  (unsigned)UNTIRING, (unsigned long long)answered);
    }
    pair_close(&c);
}
