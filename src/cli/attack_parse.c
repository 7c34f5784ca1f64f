/* Classes 1, 2, 3: headers and options that lie. */
#include "cli_attack.h"

#include <string.h>

#include "words.h"

/* A puppet that has opened to |port|; NULL: it could not, which is said. */
static struct puppet *opened(struct pen *p, unsigned host, uint16_t own, uint16_t port)
{
    struct puppet *u = puppet_new(p, host, own, port);
    bool ok = u && puppet_open(u);
    if (!ok) pen_check(p, "opens", false, _("A connection of the attacker's opens."));
    if (ok) return u;
    puppet_drop(u);
    return NULL;
}

void attack_options(struct pen *p)
{
    static const uint8_t lies[][4] = {{2, 0, 1, 1}, {2, 4, 1, 1}, {3, 255, 1, 1}, {5, 40, 0, 0}, {254, 1, 1, 1}, {8, 10, 0, 0}};
    static const uint8_t cut_off[] = {1, 1, 1, 4}, behind[] = {2, 1, 1, 1}; /* SACK permitted, but for its length */
    static struct heard h;
    const unsigned n = sizeof lies / sizeof lies[0];
    unsigned answered = 0;
    for (uint16_t i = 0; i < n; i++) {
        struct forged f = {.from = pen_evil(i, (uint16_t)(1000 + i)), .to = pen_victim(p, PEN_ECHO)};
        f.h = (struct wire_tcp){.flags = TH_SYN, .seq = seq(77), .wnd = 500};
        f.options = lies[i], f.options_len = 4;
        pen_say(p, &f);
    }
    while (pen_hear(p, &h, 0)) answered += (h.h.flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && h.h.ack.v == 78;
    pen_check(p, "answered", answered == n, _("Each SYN is answered as if the option were not there: %u of %u."), answered, n);
    struct forged cut = {.from = pen_evil(98, 1098), .to = pen_victim(p, PEN_ECHO)};
    cut.h = (struct wire_tcp){.flags = TH_SYN, .seq = seq(77), .wnd = 500};
    cut.options = cut_off, cut.options_len = sizeof cut_off, cut.data = behind, cut.len = sizeof behind;
    pen_say(p, &cut);
    bool believed = false;
    while (pen_hear(p, &h, 0)) believed |= (h.h.opt.present & OPT_SACK_PERMITTED) != 0;
    pen_check(p, "inside", !believed,
              _("An option whose length would be the first byte of the data is none: the answer does not agree to it."));
    struct puppet *u = opened(p, 99, 1099, PEN_ECHO);
    if (!u) return;
    for (unsigned i = 0; i < n; i++) {
        struct forged f = puppet_forge(u, TH_ACK);
        f.options = lies[i], f.options_len = 4;
        pen_say(p, &f);
    }
    pen_forget(p);
    pen_check(p, "lives", puppet_talks(u), _("A connection on which such options came is alive."));
    puppet_drop(u);
}

void attack_header(struct pen *p)
{
    static const int lie[] = {-21, -1, 1, 40, 1400};
    static struct heard h;
    unsigned believed = 0;
    for (uint8_t offset = 6; offset < 16; offset++) {
        struct forged f = {.from = pen_evil(offset, 1100u + offset), .to = pen_victim(p, PEN_ECHO), .offset = offset};
        f.h = (struct wire_tcp){.flags = TH_SYN, .seq = seq(77), .wnd = 500};
        pen_say(p, &f);
    }
    while (pen_hear(p, &h, 0)) believed += (h.h.flags & TH_SYN) != 0;
    pen_check(p, "refused", believed == 0, _("No SYN is answered whose header would be longer than its packet: %u of 10 were."),
              believed);
    struct puppet *u = opened(p, 1, 1000, PEN_ECHO);
    if (!u) return;
    for (uint8_t offset = 0; offset < 16; offset++) {
        struct forged f = puppet_forge(u, TH_ACK | TH_PSH);
        f.offset = offset, f.len = 8;
        if (offset != 5 && offset != 0 && offset != 6 && offset != 7) pen_say(p, &f); /* 6 and 7 make options of the data */
    }
    for (int i = 0; i < 5; i++) {
        struct forged f = puppet_forge(u, TH_ACK);
        f.lie = lie[i];
        pen_say(p, &f);
    }
    uint32_t before = u->got_n;
    puppet_read(u, 1, 20 * TERN_MS);
    pen_check(p, "nothing-taken", u->got_n == before, _("No byte of a packet that lies is given to the application: %u were."),
              u->got_n - before);
    pen_check(p, "lives", puppet_talks(u), _("The connection goes on with the next byte."));
    puppet_drop(u);
}

/* Is |got| what |said| is, but for at most |out| bytes that are left out? */
static bool is_said(const uint8_t *got, uint32_t got_n, const uint8_t *said, uint32_t said_n, uint32_t out)
{
    uint32_t i = 0;
    for (uint32_t k = 0; k < said_n; k++) {
        if (i < got_n && got[i] == said[k])
            i++;
        else if (out-- == 0)
            return false;
    }
    return i == got_n;
}

void attack_urgent(struct pen *p)
{
    enum { PIECE = 8, N = 12 };
    static const uint16_t pointer[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, 65535};
    uint8_t said[N * PIECE];
    struct puppet *u = opened(p, 1, 1000, PEN_ECHO);
    if (!u) return;
    for (uint32_t i = 0; i < sizeof said; i++) said[i] = (uint8_t)(1 + i);
    for (int32_t i = 0; i < N; i += 2) /* each pair the wrong way round, and the second once more */
        for (int k = 0; k < 3; k++) {
            int32_t at = (i + (k ? k - 1 : 1)) * PIECE;
            struct forged f = puppet_forge(u, TH_ACK | TH_URG);
            f.h.seq = seq_add(u->snd, (uint32_t)at);
            f.h.urp = pointer[(i / 2 + k) % 6];
            f.data = said + at, f.len = PIECE;
            pen_say(p, &f);
        }
    u->snd = seq_add(u->snd, sizeof said);
    puppet_read(u, sizeof said, 300 * TERN_MS);
    pen_check(p, "bytes", is_said(u->got, u->got_n, said, sizeof said, N * 3 / 2),
              _("What comes out is what was said, but for at most one urgent byte for each pointer: %u of %u bytes."), u->got_n,
              (unsigned)sizeof said);
    puppet_say(u, TH_ACK, NULL, 0);
    pen_check(p, "lives", puppet_talks(u), _("The connection goes on with the next byte."));
    puppet_drop(u);
}
