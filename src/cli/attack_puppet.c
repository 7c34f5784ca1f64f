/* A TCP that the attacker does by hand: it says what a class of attacks needs, and keeps no rule but that. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 65535, PATIENCE_MS = 1500 };

struct puppet *puppet_new(struct pen *p, unsigned host, uint16_t own, uint16_t port)
{
    struct puppet *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->pen = p;
    u->at = pen_evil(host, own);
    u->to = pen_victim(p, port);
    u->first = 1000000 + 1000u * own;
    u->wnd = WINDOW;
    u->syn = (struct wire_tcp){.opt = {.present = OPT_MSS, .mss = 1460}};
    return u;
}

struct forged puppet_forge(const struct puppet *u, uint16_t flags)
{
    struct forged f = {.from = u->at, .to = u->to, .h = {.flags = flags, .seq = u->snd, .ack = u->rcv, .wnd = u->wnd}};
    if (u->ts) f.h.opt = (struct wire_tcp_options){.present = OPT_TIMESTAMPS, .ts_val = u->clock, .ts_ecr = u->echo};
    return f;
}

void puppet_say_at(struct puppet *u, uint16_t flags, int32_t off, const void *data, size_t len)
{
    struct forged f = puppet_forge(u, flags);
    f.h.seq = seq_add(u->snd, (uint32_t)off);
    f.data = data, f.len = len;
    pen_fire(u->pen, &f);
}

void puppet_say(struct puppet *u, uint16_t flags, const void *data, size_t len)
{
    puppet_say_at(u, flags, 0, data, len);
    u->snd = seq_add(u->snd, (uint32_t)len + !!(flags & TH_SYN) + !!(flags & TH_FIN));
}

bool puppet_take(struct puppet *u, const struct heard *h)
{
    if (h->ip.proto != IPPROTO_TCP_ || !tern_addr_eq(&h->to.addr, &u->at.addr) || h->to.port != u->at.port) return false;
    u->reset |= (h->h.flags & TH_RST) != 0;
    if (h->h.opt.present & OPT_TIMESTAMPS) u->echo = h->h.opt.ts_val;
    if (h->h.len > u->longest) u->longest = h->h.len;
    uint32_t at = seq_diff(h->h.seq, seq_add(u->irs, 1)), room = at < sizeof u->got ? (uint32_t)sizeof u->got - at : 0;
    uint32_t n = h->h.len < room ? h->h.len : room;
    if (n) memcpy(u->got + at, h->h.data, n), memset(u->have + at, 1, n);
    while (u->got_n < sizeof u->got && u->have[u->got_n]) u->got_n++;
    u->rcv = seq_add(u->irs, 1 + u->got_n + u->fin);
    if (h->h.flags & TH_FIN && seq_eq(seq_add(h->h.seq, h->h.len), u->rcv)) u->fin = true, u->rcv = seq_add(u->rcv, 1);
    return true;
}

void puppet_throw(struct puppet *u, uint32_t n)
{
    memset(u->have + n, 0, sizeof u->have - n);
    u->got_n = n;
    u->rcv = seq_add(u->irs, 1 + n);
}

bool puppet_open(struct puppet *u)
{
    static struct heard h;
    struct forged f = {.from = u->at, .to = u->to, .h = u->syn};
    f.h.flags |= TH_SYN, f.h.seq = u->iss = seq(u->first), f.h.wnd = u->wnd;
    u->ts = (f.h.opt.present & OPT_TIMESTAMPS) != 0;
    if (u->ts) f.h.opt.ts_val = u->clock;
    pen_fire(u->pen, &f);
    u->snd = seq_add(u->iss, 1);
    for (tern_ns end = env_clock() + PATIENCE_MS * TERN_MS; env_clock() < end && pen_hear(u->pen, &h, 50 * TERN_MS);) {
        if (!tern_addr_eq(&h.to.addr, &u->at.addr) || h.to.port != u->at.port || (h.h.flags & TH_SYN) == 0) continue;
        u->irs = h.h.seq, u->rcv = seq_add(h.h.seq, 1);
        if (u->ts && h.h.opt.present & OPT_TIMESTAMPS) u->echo = h.h.opt.ts_val;
        puppet_say(u, TH_ACK, NULL, 0);
        return true;
    }
    return false;
}

bool puppet_read(struct puppet *u, uint32_t n, tern_ns span)
{
    static struct heard h;
    while (u->got_n < n && !u->reset) {
        if (!pen_hear(u->pen, &h, span)) return false;
        if (!puppet_take(u, &h) || h.h.len == 0) continue;
        struct forged f = puppet_forge(u, TH_ACK);
        if (u->syn.opt.present & OPT_SACK_PERMITTED && seq_gt(h.h.seq, u->rcv)) {
            f.h.opt.present |= OPT_SACK, f.h.opt.sack_n = 1;
            f.h.opt.sack[0] = (struct wire_sack){h.h.seq, seq_add(h.h.seq, h.h.len)};
        }
        pen_fire(u->pen, &f);
    }
    return u->got_n >= n;
}

bool puppet_talks(struct puppet *u)
{
    static const char said[] = "still there?";
    uint32_t from = u->got_n;
    if (from + sizeof said > sizeof u->got) return false;
    puppet_say(u, TH_ACK | TH_PSH, said, sizeof said);
    return puppet_read(u, from + sizeof said, 500 * TERN_MS) && memcmp(u->got + from, said, sizeof said) == 0;
}

void puppet_drop(struct puppet *u)
{
    if (!u) return;
    puppet_say(u, TH_RST | TH_ACK, NULL, 0);
    free(u);
}
