/* bench/capture KIND BYTES CONNS FILE: writes a pcap file (raw IP, nanoseconds) of about BYTES bytes with CONNS connections side
 * by side. For measuring `tern trace`. The kinds:
 *
 *     bulk   segments of 1448 bytes with an acknowledgement for every second one; a hundredth is lost and sent again
 *     short  a request, an answer, the close; another connection takes its turn
 *     lossy  every other segment is missing, each acknowledgement reports three blocks; some are sent again, most never arrive
 *     flood  nothing but SYNs, each from somewhere else
 *
 *     bench/capture bulk 1000000000 1000 big.pcap; /usr/bin/time -v tern trace --summary big.pcap */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 20 + 32, SACK_LEN = 4 + 3 * 8, LEN = 1448, LOST_EACH = 100, FIN = 1, SYN = 2, ACK = 16, LINKTYPE_RAW = 101 };

struct conn {
    uint32_t who; /* which address and port is the client */
    uint32_t n;   /* segments */
    uint16_t id;
    uint32_t stamp[2]; /* the last timestamp of each side */
    uint32_t sack;     /* up to there the next acknowledgement reports blocks; 0: none */
};

static uint8_t packet[HEAD + SACK_LEN + LEN];
static FILE *out;
static uint64_t written, now_ns;
static uint32_t clients;

static void put32(void *to, uint32_t v) { memcpy(to, &v, 4); }
static void big16(uint8_t *p, unsigned v) { p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v; }
static void big32(uint8_t *p, uint32_t v) { big16(p, v >> 16), big16(p + 2, v & 0xffff); }

static void checksum(uint8_t *seg, uint32_t len)
{
    uint32_t sum = 6 + len;
    big16(seg + 16, 0);
    for (uint32_t i = 12; i < 20; i += 2) sum += (uint32_t)(packet[i] << 8 | packet[i + 1]);
    for (uint32_t i = 0; i < len; i += 2) sum += (uint32_t)(seg[i] << 8 | seg[i + 1]);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    big16(seg + 16, ~sum & 0xffff);
}

static void put_record(uint32_t len)
{
    uint8_t head[16];
    put32(head, (uint32_t)(now_ns / 1000000000));
    put32(head + 4, (uint32_t)(now_ns % 1000000000));
    put32(head + 8, len);
    put32(head + 12, len);
    if (fwrite(head, 1, 16, out) != 16 || fwrite(packet, 1, len, out) != len) {
        perror("bench/capture");
        exit(1);
    }
    written += 16 + len;
    now_ns += 700;
}

/* Three blocks, in place of data. */
static uint32_t put_sack(uint8_t *p, struct conn *c)
{
    p[0] = p[1] = 1, p[2] = 5, p[3] = SACK_LEN - 2;
    for (uint32_t i = 0; i < 3; i++) {
        big32(p + 4 + 8 * i, c->sack - 200 * i - 100);
        big32(p + 8 + 8 * i, c->sack - 200 * i);
    }
    packet[3] = HEAD + SACK_LEN;
    p[-32 + 12] = 0xf0;
    c->sack = 0;
    return SACK_LEN;
}

/* |back|: from the server. */
static void put_segment(struct conn *c, int back, int flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    static const uint8_t server[4] = {198, 51, 100, 1};
    const uint8_t client[4] = {198, 18, (uint8_t)(c->who >> 8), (uint8_t)c->who};
    uint8_t *ip = packet, *tcp = packet + 20;
    memset(packet, 0, HEAD);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 6;
    big16(ip + 2, HEAD + len);
    big16(ip + 4, c->id++);
    memcpy(ip + 12, back ? server : client, 4);
    memcpy(ip + 16, back ? client : server, 4);
    big16(tcp, back ? 80 : 1024 + (c->who >> 16));
    big16(tcp + 2, back ? 1024 + (c->who >> 16) : 80);
    big32(tcp + 4, seq);
    big32(tcp + 8, ack);
    tcp[12] = 0x80, tcp[13] = (uint8_t)flags;
    big16(tcp + 14, 65535);
    tcp[20] = tcp[21] = 1, tcp[22] = 8, tcp[23] = 10;
    c->stamp[back] = (uint32_t)(now_ns / 1000000);
    big32(tcp + 24, c->stamp[back]);
    big32(tcp + 28, flags & ACK ? c->stamp[!back] : 0);
    if (c->sack) len += put_sack(tcp + 32, c);
    checksum(tcp, 32 + len);
    put_record(HEAD + len);
}

static void put_open(struct conn *c)
{
    put_segment(c, 0, SYN, 0, 0, 0);
    put_segment(c, 1, SYN | ACK, 0, 1, 0);
    put_segment(c, 0, ACK, 1, 1, 0);
}

/* Two segments and their acknowledgement; sometimes the first one once more in front, as if the second had been lost. */
static void go_on_bulk(struct conn *c)
{
    uint32_t at = 1 + c->n * LEN;
    if (c->n == 0) put_open(c);
    put_segment(c, 0, ACK, at, 1, LEN);
    put_segment(c, 0, ACK, at + LEN, 1, LEN);
    if (c->n % LOST_EACH == 0) put_segment(c, 0, ACK, at, 1, LEN);
    put_segment(c, 1, ACK, 1, at + 2 * LEN, 0);
    c->n += 2;
}

/* Each turn a step, so that many are open at once. */
static void go_on_short(struct conn *c)
{
    switch (c->n++) {
    case 0: put_open(c); return;
    case 1: put_segment(c, 0, ACK, 1, 1, 300); return;
    case 2: put_segment(c, 1, ACK, 1, 301, 900); return;
    case 3: put_segment(c, 1, ACK | FIN, 901, 301, 0); return;
    case 4: put_segment(c, 0, ACK | FIN, 301, 902, 0); return;
    default: put_segment(c, 1, ACK, 902, 302, 0); *c = (struct conn){.who = clients++};
    }
}

static void go_on_lossy(struct conn *c)
{
    uint32_t at = 1 + c->n * 200;
    if (c->n == 0) put_open(c);
    put_segment(c, 0, ACK, at + 100, 1, 100);
    if (c->n % 3 == 0 && at > 3000) put_segment(c, 0, ACK, at - 3000, 1, 50);
    c->sack = at > 1000 ? at + 200 : 0;
    put_segment(c, 1, ACK, 1, at > 60000 ? at - 60000 : 1, 0);
    c->n++;
}

static void go_on_flood(struct conn *c)
{
    *c = (struct conn){.who = clients++};
    put_segment(c, 0, SYN, c->who, 0, 0);
}

static const struct {
    const char *name;
    void (*go_on)(struct conn *c);
} kinds[] = {{"bulk", go_on_bulk}, {"short", go_on_short}, {"lossy", go_on_lossy}, {"flood", go_on_flood}};

int main(int argc, char **argv)
{
    unsigned kind = 0;
    while (argc == 5 && kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, argv[1]) != 0) kind++;
    bool known = argc == 5 && kind < sizeof kinds / sizeof kinds[0];
    uint64_t bytes = known ? strtoull(argv[2], NULL, 10) : 0;
    uint32_t n = known ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    struct conn *c = n ? calloc(n, sizeof *c) : NULL;
    out = c ? fopen(argv[4], "wb") : NULL;
    if (!out) {
        fputs("usage: bench/capture bulk|short|lossy|flood BYTES CONNS FILE\n", stderr);
        return 2;
    }
    const uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, LINKTYPE_RAW};
    fwrite(head, 1, sizeof head, out);
    now_ns = UINT64_C(1700000000) * 1000000000;
    memset(packet + HEAD, 'x', LEN);
    while (clients < n) c[clients].who = clients, clients++;
    for (uint32_t i = 0; written < bytes; i = (i + 1) % n) kinds[kind].go_on(&c[i]);
    free(c);
    return fclose(out) == 0 ? 0 : 1;
}
