/* Classes 17, 18, 19, 25: peers that break the rules of the conversation. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

/* The victim calls the attacker, who answers its SYN with a bare SYN. */
void attack_split_handshake(struct pen *p)
{
    static struct heard h;
    static const char said[] = "who is the server?";
    const struct tern_endpoint at = pen_evil(1, 4000);
    pen_forget(p);
    bool called = pen_dial(p, &at) && pen_hear(p, &h, TERN_SEC) && (h.h.flags & (TH_SYN | TH_ACK)) == TH_SYN;
    pen_check(p, "calls", called, _("The victim opens a connection to the attacker."));
    if (!called) return;
    seq32 isn = h.h.seq;
    struct forged f = {.from = at, .to = h.from, .h = {.flags = TH_SYN, .seq = seq(500), .wnd = 60000}};
    pen_fire(p, &f);
    bool crossed = false, silent = true;
    while (pen_hear(p, &h, 100 * TERN_MS)) {
        silent = false;
        crossed |= (h.h.flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && seq_eq(h.h.seq, isn) && h.h.ack.v == 501;
        if (crossed) break;
    }
    pen_check(p, "same-number", crossed || silent,
              _("It answers by SYN,ACK with its own number, or not at all: the roles stay."));
    f.h.flags = TH_SYN | TH_ACK, f.h.ack = seq_add(isn, 1);
    pen_fire(p, &f);
    f.h.flags = TH_ACK | TH_PSH, f.h.seq = seq(501);
    f.data = (const uint8_t *)said, f.len = sizeof said;
    pen_fire(p, &f);
    uint32_t back = 0;
    bool server = false;
    while (pen_hear(p, &h, 100 * TERN_MS)) {
        uint32_t end = seq_diff(seq_add(h.h.seq, h.h.len), seq_add(isn, 1)); /* what is repeated counts once */
        if (h.h.len && end > back) back = end;
        server |= (h.h.flags & TH_SYN) != 0 && !seq_eq(h.h.seq, isn);
    }
    pen_check(p, "one-connection", !server && (back == 0 || back == sizeof said),
              _("It becomes one connection, begun by the victim, or none: %u of %u bytes came back."), back,
              (unsigned)sizeof said);
    if (!p->kernel) pen_check(p, "role", pen_called(p, &at), _("The connection itself says that the victim opened it."));
    f.h.flags = TH_RST, f.h.seq = seq(501 + sizeof said), f.len = 0;
    pen_fire(p, &f);
}

/* A puppet that downloads, and has acknowledged |bytes|; NULL: it could not. */
static struct puppet *download(struct pen *p, unsigned host, uint16_t own, uint32_t bytes, bool sack)
{
    struct puppet *u = puppet_new(p, host, own, PEN_CHARGEN);
    if (u && sack) u->syn.opt.present |= OPT_SACK_PERMITTED;
    bool ok = u && puppet_open(u) && puppet_read(u, bytes, TERN_SEC);
    static struct heard h;
    while (ok && pen_hear(p, &h, 30 * TERN_MS)) puppet_take(u, &h); /* what is in flight: not acknowledged */
    pen_check(p, "downloads", ok, _("A download of the attacker's begins: %u bytes came."), ok ? u->got_n : 0);
    if (ok) return u;
    puppet_drop(u);
    return NULL;
}

/* New bytes that came within |span|: what is known is not counted. */
static uint32_t more(struct puppet *u, tern_ns span)
{
    static struct heard h;
    uint32_t before = u->got_n;
    while (pen_hear(u->pen, &h, span)) puppet_take(u, &h);
    return u->got_n - before;
}

void attack_optimistic_ack(struct pen *p)
{
    struct puppet *u = download(p, 1, 1000, 3000, false);
    if (!u) return;
    seq32 sent = u->rcv;
    uint32_t gained = 0;
    for (uint32_t i = 0; i < 40; i++) { /* nothing that came since the last true acknowledgement is acknowledged */
        struct forged f = puppet_forge(u, TH_ACK);
        f.h.ack = seq_add(sent, 100000 + (i << (i % 20)));
        pen_fire(p, &f);
    }
    gained = more(u, 20 * TERN_MS);
    pen_check(p, "nothing-sent", gained < 1460 * 2,
              _("Acknowledgements of bytes that were never sent let none go: %u bytes came for 40 of them."), gained);
    puppet_say(u, TH_ACK, NULL, 0);
    pen_check(p, "goes-on", puppet_read(u, u->got_n + 3000, TERN_SEC), _("A true acknowledgement lets the download go on."));
    puppet_drop(u);
}

/* What comes for the acknowledgement of all that is in flight, in |parts| parts. */
static uint32_t gain(struct pen *p, uint16_t own, uint32_t parts, uint32_t *flight)
{
    struct puppet *u = puppet_new(p, own, own, PEN_CHARGEN);
    uint32_t gained = 0;
    if (u && puppet_open(u)) {
        *flight = more(u, 100 * TERN_MS);
        seq32 from = seq_sub(u->rcv, *flight);
        for (uint32_t i = 1; i <= parts; i++) {
            struct forged f = puppet_forge(u, TH_ACK);
            f.h.ack = seq_add(from, (uint32_t)((uint64_t)*flight * i / parts));
            pen_fire(p, &f);
        }
        gained = more(u, 100 * TERN_MS);
    }
    puppet_drop(u);
    return gained;
}

void attack_ack_division(struct pen *p)
{
    enum { PARTS = 500, DUPLICATES = 1000 };
    uint32_t plain_flight = 0, flight = 0, plain = gain(p, 1000, 10, &plain_flight);
    pen_hush(p, true);
    uint32_t divided = gain(p, 1001, PARTS, &flight);
    pen_hush(p, false);
    pen_check(p, "flight", plain_flight > 0 && plain_flight == flight,
              _("Two downloads begin alike: %u and %u bytes are in flight."), plain_flight, flight);
    pen_check(p, "by-bytes", plain > 0 && divided <= plain + plain / 4,
              _("Acknowledged in %u parts it brings hardly more than in 10: %u bytes, and %u."), (unsigned)PARTS, divided, plain);
    struct puppet *u = puppet_new(p, 3, 1002, PEN_CHARGEN);
    if (u && puppet_open(u)) {
        seq32 una = u->rcv;
        uint32_t known = more(u, 100 * TERN_MS), gained;
        pen_hush(p, true);
        for (int i = 0; i < DUPLICATES; i++) {
            struct forged f = puppet_forge(u, TH_ACK);
            f.h.ack = una;
            pen_fire(p, &f);
        }
        gained = more(u, 100 * TERN_MS);
        pen_hush(p, false);
        pen_check(p, "duplicates", gained <= 2 * known,
                  _("%u duplicates of an acknowledgement let go at most twice what is in flight, %u bytes: %u."),
                  (unsigned)DUPLICATES, known, gained);
    }
    puppet_drop(u);
}

/* Each question by its own port: how many answers, and how long? */
void attack_amplification(struct pen *p)
{
    enum { N = 24 };
    static const uint16_t flags[] = {TH_SYN, TH_ACK, TH_FIN, TH_SYN | TH_ACK, TH_SYN | TH_FIN, TH_ACK | TH_PSH};
    static struct heard h;
    uint32_t asked[N] = {0}, longest[N] = {0}, answers[N] = {0}, longer = 0, many = 0;
    pen_forget(p);
    for (uint16_t i = 0; i < N; i++) {
        struct forged f = {.from = pen_evil(i, (uint16_t)(2000 + i)), .to = pen_victim(p, i % 2 ? 81 : PEN_ECHO)};
        f.h = (struct wire_tcp){.flags = flags[i / 2 % 6], .seq = seq(9), .ack = seq(5), .wnd = 500};
        f.len = i >= N / 2 && f.h.flags != TH_SYN ? 100 : 0;
        uint64_t before = p->said_bytes;
        pen_say(p, &f);
        asked[i] = (uint32_t)(p->said_bytes - before);
    }
    while (pen_hear(p, &h, 3500 * TERN_MS)) { /* repetitions come after a second */
        unsigned i = h.to.port - 2000u;
        if (i >= N) continue;
        answers[i]++;
        if (h.ip.len > longest[i]) longest[i] = h.ip.len;
    }
    for (int i = 0; i < N; i++) {
        longer += longest[i] > asked[i] + 4;
        many += answers[i] > (flags[i / 2 % 6] == TH_SYN && i % 2 == 0 ? 2u : 1u);
    }
    pen_check(p, "length", longer == 0,
              _("No answer is longer than its question and 4 bytes: of %u questions %u got a longer one."), (unsigned)N, longer);
    pen_check(p, "number", many == 0,
              _("A SYN gets one answer and one repetition, as set here, anything else one at most: %u got more."), many);
}
