/* Classes 4, 20, 24: numbers that tell an outsider something, and keys. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "peek.h"
#include "words.h"

enum { ISNS = 2048, BUCKETS = 64 };

/* Are |n| numbers spread over the buckets as chance would? */
static bool spread(const uint32_t *bucket, uint32_t n)
{
    double even = (double)n / BUCKETS, chi = 0;
    for (int i = 0; i < BUCKETS; i++) chi += ((double)bucket[i] - even) * ((double)bucket[i] - even) / even;
    return chi < 2.2 * BUCKETS; /* more than six standard deviations above what is usual */
}

/* The number by which the victim answers a SYN from |from|; the half-open connection is taken back. */
static bool ask_isn(struct pen *p, const struct tern_endpoint *from, uint32_t *isn)
{
    static struct heard h;
    struct forged f = {.from = *from, .to = pen_victim(p, PEN_ECHO), .h = {.flags = TH_SYN, .seq = seq(1), .wnd = 500}};
    pen_fire(p, &f);
    for (int i = 0; i < 5 && pen_hear(p, &h, 200 * TERN_MS); i++) {
        if (h.to.port != from->port || !(h.h.flags & TH_SYN)) continue;
        *isn = h.h.seq.v;
        f.h.flags = TH_RST, f.h.seq = seq(2);
        pen_fire(p, &f);
        return true;
    }
    return false;
}

void attack_isn(struct pen *p)
{
    static uint32_t isn[ISNS];
    uint32_t bucket[BUCKETS] = {0}, step[BUCKETS] = {0}, n = 0, near = 0, forward = 0;
    for (uint16_t i = 0; i < ISNS; i++) {
        const struct tern_endpoint from = pen_evil(i % 200, (uint16_t)(1000 + i));
        if (i == 5) pen_hush(p, true);
        n += ask_isn(p, &from, &isn[i]);
    }
    for (int i = 0; i < ISNS; i++) {
        uint32_t apart = i ? isn[i] - isn[i - 1] : 0;
        bucket[isn[i] >> 26]++, step[apart >> 26]++;
        near += i && (apart < 1u << 22 || -apart < 1u << 22);
    }
    pen_check(p, "answered", n == ISNS, _("Each SYN is answered: %u of %u."), n, (unsigned)ISNS);
    pen_check(p, "spread", n == ISNS && spread(bucket, ISNS),
              _("To different pairs of addresses and ports the numbers look like chance."));
    pen_check(p, "steps", n == ISNS && spread(step, ISNS) && near < ISNS / 100,
              _("So do the steps from one to the next: %u of %u are small."), near, (unsigned)ISNS - 1);
    pen_hush(p, false);
    for (uint16_t i = 0; i < 20; i++) { /* the same pair again: RFC 6528's clock */
        const struct tern_endpoint from = pen_evil(7, 900);
        uint32_t first = 0, then = 0;
        bool both = ask_isn(p, &from, &first);
        pen_wait(p, 2 * TERN_MS);
        both = ask_isn(p, &from, &then) && both;
        forward += both && then - first - 1 < 1u << 30;
        pen_hush(p, i > 1 && i < 19);
    }
    pen_check(p, "clock", forward == 20, _("To one pair they go forward with the clock: %u of 20 times."), forward);
}

/* ---- 20 ---- */

/* The port by which the victim calls |to|, who refuses. 0: it did not. */
static uint16_t calls_from(struct pen *p, const struct tern_endpoint *to)
{
    static struct heard h;
    pen_forget(p);
    if (!pen_dial(p, to)) return 0;
    while (pen_hear(p, &h, 200 * TERN_MS)) {
        if (h.to.port != to->port || !(h.h.flags & TH_SYN)) continue;
        struct forged f = {.from = *to, .to = h.from, .h = {.flags = TH_RST | TH_ACK, .ack = seq_add(h.h.seq, 1)}};
        pen_fire(p, &f);
        return h.from.port;
    }
    return 0;
}

/* The identification of the victim's answer to a segment for a closed port. */
static bool identification(struct pen *p, const struct tern_endpoint *from, uint16_t *id)
{
    static struct heard h;
    struct forged f = {.from = *from, .to = pen_victim(p, 81), .h = {.flags = TH_ACK, .seq = seq(1), .ack = seq(1), .wnd = 1}};
    pen_forget(p);
    pen_fire(p, &f);
    bool heard = pen_hear(p, &h, 100 * TERN_MS);
    if (heard) *id = h.id;
    return heard;
}

void attack_counters(struct pen *p)
{
    enum { LEAST = 10, ROUNDS = 16 }; /* a port's own step is smaller */
    const struct tern_endpoint mine = pen_evil(1, 4000), other = pen_evil(2, 4001);
    uint32_t told = 0, asked = 0, id_told = 0, answered = 0;
    for (uint32_t others = LEAST; others < LEAST + ROUNDS && LEAST + asked == others; others++) {
        uint16_t first = calls_from(p, &mine);
        for (uint32_t i = 0; i < others; i++) {
            calls_from(p, &other);
            if (i == 1) pen_hush(p, true);
        }
        uint16_t then = calls_from(p, &mine), apart = (uint16_t)(then - first);
        asked += first && then;
        told += apart == others + 1 || apart == 2 * (others + 1);
    }
    for (uint32_t others = LEAST; others < LEAST + ROUNDS; others++) {
        uint16_t first = 0, then = 0, any;
        bool heard = identification(p, &mine, &first);
        for (uint32_t i = 0; i < others; i++) identification(p, &other, &any);
        heard = identification(p, &mine, &then) && heard;
        answered += heard;
        id_told += heard && (uint16_t)(then - first) == others + 1;
    }
    pen_hush(p, false);
    pen_check(p, "calls", asked == ROUNDS, _("The victim calls the attacker, and somebody else meanwhile: %u of %u times."),
              asked, (unsigned)ROUNDS);
    pen_check(p, "ports", told <= 2,
              _("The step of its port does not tell how often it called somebody else: it did %u of %u times."), told,
              (unsigned)ROUNDS);
    pen_check(p, "ids", answered == ROUNDS && id_told <= 2,
              _("The step of the IP identification does not tell how much it sent to somebody else: it did %u of %u times."),
              id_told, answered);
}

/* ---- 24 ---- */

/* Half a key is too much. */
static bool holds(const void *where, size_t len, const uint8_t key[16])
{
    return memmem(where, len, key, 8) || memmem(where, len, key + 8, 8);
}

/* What cannot be read may hold it. */
static bool file_holds(const struct pen *p, const char *name, const uint8_t key[16])
{
    static uint8_t text[1 << 16];
    FILE *f = kernel_figures(p, name);
    if (!f) return true;
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    return holds(text, n, key);
}

static int keep(void *ctx, const char *text, size_t len) { return fwrite(text, 1, len, ctx) == len ? 0 : -1; }

/* All that tern tells of itself: connections, counters, events. */
static bool tern_tells(struct pen *p, const uint8_t key[16])
{
    char *text = NULL;
    size_t len = 0;
    struct tern_counters n;
    FILE *f = open_memstream(&text, &len);
    if (!f) return true;
    const struct tern_out out = {keep, f};
    for (uint64_t i = p->env.show.trace.end > 2000 ? p->env.show.trace.end - 2000 : 0; i < p->env.show.trace.end; i++) {
        const struct tern_event *ev = tern_trace_get(&p->env.show.trace, i);
        if (!ev) continue;
        fwrite(ev, sizeof *ev, 1, f);
        tern_json_event(&out, ev, i);
    }
    tern_stack_counters(p->env.host.stack, &n);
    fwrite(&n, sizeof n, 1, f);
    fclose(f);
    bool told = holds(text, len, key) || peek_key(p->env.host.stack, text, len);
    free(text);
    return told;
}

/* The victim has a key of Fast Open, which it has to use for each cookie that it gives out; the kernel by attack_classes.c. */
void attack_secrets(struct pen *p)
{
    enum { N = 60 };
    static const uint8_t key[16] = {0xa7, 0xc3, 0x51, 0x9e, 0x20, 0xf4, 0xb8, 0x6d,
                                    0x7b, 0xe8, 0x1c, 0x05, 0xd4, 0x9a, 0x63, 0xf2};
    static const uint8_t ask[4] = {TCPOPT_FASTOPEN, 2, TCPOPT_NOP, TCPOPT_NOP};
    static struct heard h;
    uint8_t swapped[16]; /* Linux has it as four numbers */
    uint32_t cookies = 0, packets = 0, told = 0;
    for (int i = 0; i < 16; i++) swapped[i] = key[i ^ 3];
    if (!p->kernel) tern_stack_fastopen_keys(p->env.host.stack, key, NULL);
    pen_forget(p);
    for (uint16_t i = 0; i < N; i++) {
        struct forged f = {.from = pen_evil(i, (uint16_t)(1000 + i)), .to = pen_victim(p, PEN_ECHO)};
        f.h = (struct wire_tcp){.flags = TH_SYN, .seq = seq(9), .wnd = 500};
        f.options = ask, f.options_len = sizeof ask;
        if (i == 5) pen_hush(p, true);
        pen_fire(p, &f);
        while (pen_hear(p, &h, 10 * TERN_MS)) {
            packets++;
            cookies += (h.h.opt.present & OPT_FASTOPEN) != 0 && h.h.opt.fastopen_len > 0;
            told += holds(h.bytes, h.ip.len, key) || holds(h.bytes, h.ip.len, swapped);
            told += !p->kernel && peek_key(p->env.host.stack, h.bytes, h.ip.len);
            if (h.h.flags & TH_SYN) {
                f.h.flags = TH_RST, f.h.seq = seq(10), f.options = NULL;
                pen_fire(p, &f);
                break;
            }
        }
    }
    pen_hush(p, false);
    pen_check(p, "used", cookies == N, _("The key is in use: %u of %u SYNs got a cookie that was made with it."), cookies,
              (unsigned)N);
    pen_check(p, "packets", told == 0 && packets > 0, _("Not half of the key is in a packet: %u were looked at."), packets);
    static const char *const files[] = {"tcp", "netstat", "snmp", "sockstat"};
    bool tells = !p->kernel && (tern_tells(p, key) || tern_tells(p, swapped));
    for (int i = 0; p->kernel && i < 4; i++) tells |= file_holds(p, files[i], key) || file_holds(p, files[i], swapped);
    pen_check(p, "told", !tells, _("Nor is it in what the victim tells of its connections, counters and events."));
}
