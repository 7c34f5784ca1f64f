/* Classes 8 to 12: peers that cost more than they send, and that vanish. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

static uint32_t lot(uint32_t *state, uint32_t below)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)(*state >> 4) * below >> 28);
}

/* ---- 8 ---- */

void attack_sack(struct pen *p)
{
    enum { MSS = 48, ASKED = 8, WARM = 24000, ACKS = 500 };
    static struct heard h;
    struct puppet *u = puppet_new(p, 1, 1000, PEN_CHARGEN);
    if (u) {
        u->syn.opt = (struct wire_tcp_options){.present = OPT_MSS | OPT_SACK_PERMITTED, .mss = ASKED};
    }
    bool ok = u && puppet_open(u);
    if (ok) puppet_read(u, 400, TERN_SEC);
    pen_hush(p, true);
    ok = ok && puppet_read(u, WARM, TERN_SEC);
    pen_check(p, "downloads", ok, _("A download of the attacker's begins: %u bytes came."), ok ? u->got_n : 0);
    if (!ok) {
        pen_hush(p, false);
        puppet_drop(u);
        return;
    }
    seq32 una = u->rcv, top = una;
    while (pen_hear(p, &h, 30 * TERN_MS))
        if (seq_gt(seq_add(h.h.seq, h.h.len), top)) top = seq_add(h.h.seq, h.h.len);
    uint32_t chance = 3, segments = seq_diff(top, una) / MSS, heard = 0;
    pen_hush(p, false);
    for (int i = 0; i < ACKS; i++) {
        struct forged f = puppet_forge(u, TH_ACK);
        f.h.opt = (struct wire_tcp_options){.present = OPT_SACK, .sack_n = 4};
        for (int k = 0; k < 4; k++) {
            seq32 left = seq_add(una, MSS * (1 + lot(&chance, segments > 2 ? segments - 2 : 1)) + lot(&chance, 3) - 1);
            f.h.opt.sack[k] = (struct wire_sack){left, seq_add(left, MSS + lot(&chance, 3))};
        }
        if (i == 10) pen_hush(p, true);
        f.h.ack = una;
        pen_fire(p, &f);
        while (pen_hear(p, &h, 0)) heard += puppet_take(u, &h);
    }
    while (pen_hear(p, &h, 30 * TERN_MS)) heard += puppet_take(u, &h);
    pen_check(p, "shortest", u->longest > MSS - 20 && u->longest <= MSS,
              _("Asked for segments of %u bytes it sends some of a tolerable length all the same: %u."), (unsigned)ASKED,
              u->longest);
    pen_check(p, "answers", heard <= ACKS + 2 * segments,
              _("%u acknowledgements with hostile blocks let go hardly more than one segment each, with %u in flight: %u."),
              (unsigned)ACKS, segments, heard);
    uint32_t from = u->got_n;
    puppet_say(u, TH_ACK, NULL, 0);
    ok = puppet_read(u, from + 4 * MSS, 2 * TERN_SEC);
    pen_hush(p, false);
    pen_check(p, "goes-on", ok && memcmp(u->got, p->block, u->got_n) == 0, _("The download goes on, each byte in its place."));
    puppet_drop(u);
}

/* ---- 9 ---- */

enum { PIECES = 6000, PIECE_COSTS = 1024 };

/* What SACK reports of the bytes from |base| on. */
static void report(const struct heard *h, seq32 base, uint8_t *said, seq32 *top)
{
    if (seq_gt(h->h.ack, *top)) *top = h->h.ack;
    for (int i = 0; h->h.opt.present & OPT_SACK && i < h->h.opt.sack_n; i++)
        for (uint32_t at = seq_diff(h->h.opt.sack[i].left, base), end = seq_diff(h->h.opt.sack[i].right, base);
             at < end && end <= 2 * PIECES; at++)
            said[at] = 1;
}

static void listen_reports(struct puppet *u, seq32 base, uint8_t *said, seq32 *top, tern_ns span)
{
    static struct heard h;
    while (pen_hear(u->pen, &h, span))
        if (puppet_take(u, &h)) report(&h, base, said, top);
}

void attack_segments(struct pen *p)
{
    static uint8_t said[2 * PIECES + 1];
    struct puppet *u = puppet_new(p, 1, 1000, PEN_ECHO);
    if (u) u->syn.opt.present |= OPT_SACK_PERMITTED;
    bool ok = u && puppet_open(u);
    pen_check(p, "opens", ok, _("A connection of the attacker's opens."));
    if (!ok) {
        puppet_drop(u);
        return;
    }
    seq32 base = u->snd, top = base;
    size_t before = pen_memory(p), most = before;
    for (uint32_t i = 0; i < PIECES; i++) {
        if (i == 10) pen_hush(p, true);
        puppet_say_at(u, TH_ACK, (int32_t)(1 + 2 * (uint32_t)((uint64_t)i * 5147 % PIECES)), "x", 1);
        if (i % 50 == 0) listen_reports(u, base, said, &top, 0);
        if (i % 50 == 0 && pen_memory(p) > most) most = pen_memory(p);
    }
    listen_reports(u, base, said, &top, 20 * TERN_MS);
    uint32_t reported = 0, forgotten = 0;
    for (uint32_t i = 0; i < 2 * PIECES; i++) reported += said[i];
    for (uint32_t i = 0; i < 2 * PIECES; i++) { /* only what was not reported */
        if (seq_gt(top, seq_add(base, i)) || said[i]) continue;
        puppet_say_at(u, TH_ACK, (int32_t)i, "x", 1);
        if (i % 50 == 0) listen_reports(u, base, said, &top, 0);
    }
    listen_reports(u, base, said, &top, 50 * TERN_MS);
    for (uint32_t i = seq_diff(top, base); i < 2 * PIECES; i++) forgotten += said[i];
    pen_hush(p, false);
    pen_check(p, "memory", (most - before) / PIECES <= PIECE_COSTS,
              _("A piece of one byte costs at most %u bytes of memory: %llu."), (unsigned)PIECE_COSTS,
              (unsigned long long)((most - before) / PIECES));
    if (!p->kernel)
        pen_check(p, "limit", reported <= 4000, _("It keeps no more pieces than its setting says, %u: %u."), 4000u, reported);
    pen_check(p, "reported", reported > 0 && forgotten == 0,
              _("It forgets none of the %u pieces that it reported as received: %u."), reported, forgotten);
    pen_check(p, "whole", seq_diff(top, base) >= 2 * PIECES - 1, _("With the holes filled all bytes are acknowledged: %u of %u."),
              seq_diff(top, base), 2u * PIECES);
    puppet_drop(u);
}

/* ---- 10 ---- */

void attack_syn_flood(struct pen *p)
{
    enum { SYNS = 6000, FORGED = 500 };
    struct pair during = {.fd = -1}, after = {.fd = -1};
    static struct heard h;
    bool first = false;
    uint32_t resets = 0;
    size_t before = pen_memory(p);
    for (uint32_t i = 0; i < SYNS; i++) {
        struct forged f = {.from = pen_evil(i % 250, (uint16_t)(1024 + i)), .to = pen_victim(p, PEN_ECHO)};
        f.h = (struct wire_tcp){.flags = TH_SYN, .seq = seq(i * 77), .wnd = 500, .opt = {.present = OPT_MSS, .mss = 1460}};
        if (i == 6) pen_hush(p, true);
        pen_fire(p, &f);
        pen_forget(p);
        if (i == SYNS / 2) first = pair_open(&during, p);
    }
    pen_hush(p, false);
    pen_check(p, "during", first, _("An honest connection opens in the midst of %u SYNs, and carries data."), (unsigned)SYNS);
    pen_check(p, "after", pair_open(&after, p), _("And so does one after them."));
    size_t now = pen_memory(p), more = now > before ? now - before : 0;
    pen_check(p, "memory", more < 512 << 10, _("Memory is where it was, within %u KiB: the victim holds %llu bytes more."), 512u,
              (unsigned long long)more);
    pen_hush(p, true);
    while (pen_hear(p, &h, 5 * TERN_MS)) continue;
    uint64_t accepted = pen_accepted(p);
    for (uint32_t i = 0; i < FORGED; i++) { /* cookies that nobody gave out */
        struct forged f = {.from = pen_evil(i % 250, (uint16_t)(10000 + i)), .to = pen_victim(p, PEN_ECHO)};
        f.h = (struct wire_tcp){.flags = TH_ACK, .seq = seq(i * 77 + 1), .ack = seq(i * UINT32_C(2654435761)), .wnd = 500};
        pen_fire(p, &f);
        while (pen_hear(p, &h, 0)) resets += (h.h.flags & TH_RST) != 0;
    }
    while (pen_hear(p, &h, 5 * TERN_MS)) resets += (h.h.flags & TH_RST) != 0;
    pen_hush(p, false);
    accepted = pen_accepted(p) - accepted;
    pen_check(p, "forged", resets > 0 && accepted == 0,
              _("None of %u forged cookies is taken: %u are refused by RST, %llu are taken."), (unsigned)FORGED, resets,
              (unsigned long long)accepted);
    pair_close(&during);
    pair_close(&after);
}

/* ---- 11 ---- */

/* Answers what the victim asks of the |n| puppets, none of whom ever has room, for |span|, or until they are let go. */
static void answer_probes(struct puppet **u, uint32_t n, tern_ns span)
{
    static struct heard h;
    struct pen *p = u[0]->pen;
    for (tern_ns end = env_clock() + span; env_clock() < end && !p->env.stop;) {
        if (!pen_hear(p, &h, 100 * TERN_MS)) {
            if (pen_connections(p) == 0) return;
        } else if (!(h.h.flags & TH_RST) && h.to.port - 1000u < n) {
            puppet_say(u[h.to.port - 1000u], TH_ACK, NULL, 0);
        }
    }
}

void attack_sockstress(struct pen *p)
{
    enum { HOLDERS = 60 };
    struct puppet *u[HOLDERS] = {0};
    struct pair other = {.fd = -1};
    uint32_t n = 0;
    for (uint16_t i = 0; i < HOLDERS; i++) {
        u[i] = puppet_new(p, i, (uint16_t)(1000 + i), PEN_CHARGEN);
        if (!u[i]) break;
        u[i]->wnd = 0;
        if (i == 3) pen_hush(p, true);
        n += puppet_open(u[i]);
    }
    pen_check(p, "opens", n == HOLDERS, _("%u connections of the attacker's open."), (unsigned)HOLDERS);
    if (n < HOLDERS) {
        for (int i = 0; i < HOLDERS; i++) puppet_drop(u[i]); /* one that did not open is there, too */
        pen_hush(p, false);
        return;
    }
    answer_probes(u, HOLDERS, TERN_SEC / 2);
    pen_hush(p, false);
    pen_check(p, "others", pair_open(&other, p),
              _("Beside %u that hold their windows shut an honest connection opens, and carries data."), (unsigned)HOLDERS);
    pen_hush(p, true);
    pen_abandon(p);
    answer_probes(u, HOLDERS, 5 * TERN_SEC);
    pen_hush(p, false);
    uint32_t left = pen_connections(p);
    pen_check(p, "let-go", left == 0,
              _("5 s after the application gave them up, each probe of a window being answered, none is left: %u of %u are."),
              left, (unsigned)HOLDERS);
    for (int i = 0; i < HOLDERS; i++) puppet_drop(u[i]);
    pair_close(&other);
}

/* ---- 12 ---- */

void attack_stuck(struct pen *p)
{
    enum { EACH = 3, WAYS = 5 };
    static struct heard h;
    struct puppet *u[EACH * WAYS] = {0};
    uint32_t n = 0;
    for (uint16_t i = 0; i < EACH * WAYS; i++) {
        u[i] = puppet_new(p, i, (uint16_t)(1000 + i), i % WAYS == 1 ? PEN_CHARGEN : PEN_ECHO);
        n += u[i] && puppet_open(u[i]);
        if (u[i] && i % WAYS == 2) puppet_say(u[i], TH_FIN | TH_ACK, NULL, 0); /* the service closes, too: LAST-ACK */
    }
    for (uint16_t i = 0; i < EACH; i++) { /* and half-open ones */
        struct forged f = {
            .from = pen_evil(i, (uint16_t)(3000 + i)), .to = pen_victim(p, PEN_ECHO), .h = {.flags = TH_SYN, .wnd = 500}};
        pen_fire(p, &f);
    }
    pen_wait(p, 20 * TERN_MS);
    uint32_t had = pen_connections(p);
    pen_check(p, "opens", n == EACH * WAYS && had >= EACH * WAYS, _("%u connections of the attacker's open."), had);
    pen_hush(p, true);
    pen_abandon(p);
    pen_wait(p, 20 * TERN_MS);
    while (pen_hear(p, &h, 0))
        for (uint16_t i = 0; i < EACH * WAYS; i++) {
            if (!u[i] || !puppet_take(u[i], &h) || !(h.h.flags & TH_FIN)) continue;
            if (i % WAYS == 3) puppet_say(u[i], TH_ACK, NULL, 0);                /* FIN-WAIT-2 */
            if (i % WAYS == 4) puppet_say_at(u[i], TH_FIN | TH_ACK, 0, NULL, 0); /* TIME-WAIT */
        }
    for (tern_ns end = env_clock() + 10 * TERN_SEC; env_clock() < end && pen_connections(p) > 0 && !p->env.stop;)
        pen_wait(p, 100 * TERN_MS);
    pen_hush(p, false);
    uint32_t left = pen_connections(p);
    pen_check(p, "let-go", left == 0,
              _("10 s after peers and application vanished, in SYN-RECEIVED, FIN-WAIT-1 and 2, LAST-ACK and TIME-WAIT, none is "
                "left: %u of %u are."),
              left, had);
    for (int i = 0; i < EACH * WAYS; i++) free(u[i]);
}
