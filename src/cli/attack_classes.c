/* What the attacker says in each class that can be shown over a TUN device, and what a stack with the published flaw does. */
#include <string.h>

#include "attacks.h"
#include "cli_attack.h"
#include "words.h"

enum { MANY = 40 };

static struct tern_endpoint somebody(uint16_t port)
{
    struct tern_endpoint e = {.port = port};
    tern_addr_parse("198.51.100.9", &e.addr);
    return e;
}

static void options_that_lie(struct pen *p)
{
    static const uint8_t lies[][4] = {{2, 0, 1, 1}, {2, 4, 1, 1}, {3, 255, 1, 1}, {5, 40, 0, 0}, {254, 1, 1, 1}, {8, 10, 0, 0}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct forged f = pen_as_client(p, TH_SYN);
        f.from = somebody((uint16_t)(1000 + i));
        f.options = lies[i], f.options_len = 4;
        pen_say(p, &f);
    }
}

static void offsets_that_lie(struct pen *p)
{
    for (uint8_t offset = 1; offset < 16; offset++) {
        struct forged f = pen_as_client(p, TH_ACK);
        f.offset = offset;
        if (offset != 5) pen_say(p, &f);
    }
}

static void urgent_pointers(struct pen *p)
{
    static const uint16_t pointer[] = {0, 1, 65535};
    for (int i = 0; i < 3; i++)
        for (uint32_t back = 0; back < 3; back++) {
            struct forged f = pen_as_client(p, TH_ACK | TH_URG);
            f.h.seq = seq_sub(f.h.seq, 5 * back);
            f.h.urp = pointer[i];
            pen_say(p, &f);
        }
}

static void guesses(struct pen *p)
{
    static const uint16_t flags[] = {TH_RST, TH_SYN, TH_ACK};
    for (uint32_t i = 0; i < MANY; i++) {
        struct forged f = pen_as_client(p, flags[i % 3]);
        f.h.seq = seq_add(f.h.seq, i < 20 ? 1 + i * 500 : i << 26);
        if (f.h.flags == TH_ACK) f.h.ack = seq_add(f.h.ack, 100000 + (i << 20)), f.len = 10;
        pen_say(p, &f);
    }
}

static void beside_the_window(struct pen *p)
{
    for (uint32_t i = 0; i < MANY; i++) {
        struct forged f = pen_as_client(p, TH_ACK);
        f.h.seq = i % 2 ? seq_add(f.h.seq, 20000000 + i) : seq_sub(f.h.seq, 5000 + i);
        f.len = i % 4 < 2 ? 1000 : 0;
        pen_say(p, &f);
    }
}

static void icmp_errors(struct pen *p)
{
    struct tern_status st = pen_status(p);
    for (uint8_t code = 0; code < 16; code++) pen_icmp(p, 3, code, 100, st.snd_nxt + 5000);
    pen_icmp(p, 3, 4, 68, st.snd_una - 1000);
    pen_icmp(p, 4, 0, 0, st.snd_una);
}

static void land(struct pen *p)
{
    struct forged f = pen_as_client(p, TH_SYN);
    f.from = f.to;
    for (int i = 0; i < 3; i++) pen_say(p, &f);
}

static void bad_acks(struct pen *p)
{
    for (uint32_t i = 0; i < MANY; i++) {
        struct forged f = pen_as_client(p, TH_ACK);
        f.h.ack = seq_add(f.h.ack, 1 + (i << (i % 20)));
        pen_say(p, &f);
    }
}

static void questions(struct pen *p)
{
    static const uint16_t flags[] = {TH_SYN, TH_ACK, TH_FIN, TH_SYN | TH_ACK};
    for (uint16_t i = 0; i < 12; i++) {
        struct forged f = pen_as_client(p, flags[i % 4]);
        f.from = somebody((uint16_t)(2000 + i));
        if (i % 2) f.to.port = 81;
        pen_say(p, &f);
    }
}

const struct assault *assault_of(unsigned n)
{
    static const struct assault assaults[ATTACK_N + 1] = {
        [1] = {options_that_lie, N_("SYNs with options of length 0, 1, 40 and 255 in four bytes of room"),
               N_("It reads beyond the header, or never comes to an end of the options.")},
        [2] = {offsets_that_lie, N_("segments of a living connection whose data offset is anything but the true one"),
               N_("It takes bytes behind the packet for header and data.")},
        [3] = {urgent_pointers, N_("urgent pointers to before, at and far behind the data of a living connection"),
               N_("A length becomes negative, and what is read is the memory beside the buffer.")},
        [5] = {guesses, N_("RST, SYN and data with numbers in the window and all around, as from the connection's peer"),
               N_("The first RST or SYN in the window ends the connection, and the data is given to the application.")},
        [7] = {beside_the_window, N_("segments before and behind the window of a living connection"),
               N_("Each leaves a buffer behind, until there is no memory.")},
        [14] = {icmp_errors, N_("ICMP errors that quote numbers which are not in flight"),
                N_("The connection ends, or its packets shrink to 68 bytes.")},
        [15] = {land, N_("SYNs from tern's own address and port"), N_("It answers itself without end.")},
        [18] = {bad_acks, N_("acknowledgements of bytes that were never sent"),
                N_("The window grows as if they had arrived, and the send queue is thrown away.")},
        [25] = {questions, N_("segments from an address that belongs to nobody here, to an open and a closed port"),
                N_("It sends more than it was sent, to somebody who never asked.")},
    };
    return n <= ATTACK_N && assaults[n].run ? &assaults[n] : NULL;
}
