/* Classes 21, 22, 23: what the stream is when segments contradict each other. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>

#include "cli_services.h"
#include "words.h"

/* The second half first, as 'b's, with a hole before it; then all of it as 'a's. */
void attack_overlap(struct pen *p)
{
    enum { HALF = 8, ROUNDS = 4 };
    static const int32_t from[ROUNDS] = {HALF, HALF, HALF / 2, 0};
    uint8_t a[2 * HALF], b[2 * HALF];
    struct puppet *u = puppet_new(p, 1, 1000, PEN_ECHO);
    bool ok = u && puppet_open(u);
    pen_check(p, "opens", ok, _("A connection of the attacker's opens."));
    memset(a, 'a', sizeof a), memset(b, 'b', sizeof b);
    uint32_t first = 0, whole = 0;
    for (int round = 0; ok && round < ROUNDS; round++) {
        uint32_t begin = u->got_n, mine = 0;
        int32_t at = from[round];
        if (round == 3) { /* in order, and then once more with other bytes */
            puppet_say_at(u, TH_ACK, 0, b, 2 * HALF);
        } else {
            puppet_say_at(u, TH_ACK, at, b, HALF);
            puppet_say_at(u, TH_ACK, 0, a, 2 * HALF);
        }
        if (round == 3) puppet_say_at(u, TH_ACK, 0, a, 2 * HALF);
        u->snd = seq_add(u->snd, 2 * HALF);
        whole += puppet_read(u, begin + 2 * HALF, 300 * TERN_MS);
        for (uint32_t i = begin; i < u->got_n; i++) mine += u->got[i] == 'b';
        first += mine == (round == 3 ? 2 * HALF : HALF);
    }
    if (ok) {
        pen_check(p, "whole", whole == ROUNDS, _("All bytes come out: in %u of %u cases."), whole, (unsigned)ROUNDS);
        pen_check(p, "first-wins", first == ROUNDS, _("Where segments overlap the bytes that came first win: in %u of %u cases."),
                  first, (unsigned)ROUNDS);
    }
    puppet_drop(u);
}

/* Peers whose numbers begin shortly before a border, and whose pieces come the wrong way round. */
void attack_arithmetic(struct pen *p)
{
    enum { PIECE = 500, N = 8 };
    static const uint32_t border[] = {0, UINT32_C(0x7fffffff), UINT32_C(0x80000000), UINT32_MAX};
    uint8_t said[N * PIECE];
    uint32_t good = 0;
    for (uint32_t i = 0; i < sizeof said; i++) said[i] = (uint8_t)(i * 31 >> 3);
    for (uint16_t k = 0; k < 4; k++) {
        struct puppet *u = puppet_new(p, k, (uint16_t)(1000 + k), PEN_ECHO);
        if (u) u->first = border[k] - 2 * PIECE, u->syn.opt.present |= OPT_SACK_PERMITTED;
        if (u && puppet_open(u)) {
            for (int32_t i = 0; i < N; i++) puppet_say_at(u, TH_ACK, (i ^ 1) * PIECE, said + (i ^ 1) * PIECE, PIECE);
            u->snd = seq_add(u->snd, sizeof said);
            good += puppet_read(u, sizeof said, 500 * TERN_MS) && memcmp(u->got, said, sizeof said) == 0;
        }
        puppet_drop(u);
    }
    pen_check(p, "borders", good == 4, _("Streams across 0, 2^31 - 1, 2^31 and 2^32 - 1 come back whole: %u of 4."), good);
}

/* Is what came the beginning of chargen's stream? */
static bool is_chargen(const struct pen *p, const struct puppet *u) { return memcmp(u->got, p->block, u->got_n) == 0; }

void attack_take_back(struct pen *p)
{
    enum { FIRST = 4000, ALL = 30000 };
    static struct heard h;
    struct puppet *u = puppet_new(p, 1, 1000, PEN_CHARGEN);
    if (u) u->syn.opt.present |= OPT_SACK_PERMITTED;
    bool ok = u && puppet_open(u) && puppet_read(u, FIRST, TERN_SEC);
    pen_check(p, "downloads", ok, _("A download of the attacker's begins: %u bytes came."), ok ? u->got_n : 0);
    if (ok) {
        seq32 una = u->rcv, top = u->rcv;
        /* All but one is thrown away, and reported all the same. The victim is quiet when his tail loss probe has gone, too: two
         * round trips, and before a timeout. */
        while (pen_hear(p, &h, 100 * TERN_MS)) {
            if (seq_gt(seq_add(h.h.seq, h.h.len), top)) top = seq_add(h.h.seq, h.h.len);
            if (seq_eq(h.h.seq, una)) puppet_take(u, &h);
        }
        uint32_t have = u->got_n, beyond = 0;
        struct forged f = puppet_forge(u, TH_ACK);
        f.h.opt.present = OPT_SACK, f.h.opt.sack_n = 1;
        f.h.opt.sack[0] = (struct wire_sack){seq_add(u->rcv, 1460), top};
        f.h.wnd = 3000; /* and the window that was given is taken back */
        for (int i = 0; i < 4; i++) pen_fire(p, &f);
        while (pen_hear(p, &h, 100 * TERN_MS)) {
            if (seq_gt(seq_add(h.h.seq, h.h.len), top)) beyond++;
            puppet_take(u, &h);
        }
        pen_check(p, "window", beyond == 0, _("Behind the edge that was taken back nothing new is sent: %u segments were."),
                  beyond);
        puppet_throw(u, have);
        u->wnd = 65535;
        puppet_say(u, TH_ACK, NULL, 0);
        ok = puppet_read(u, ALL, 3 * TERN_SEC);
        pen_check(p, "every-byte", ok && is_chargen(p, u),
                  _("What was reported and thrown away is sent again: %u bytes came, each in its place."), u->got_n);
    }
    puppet_drop(u);
}
