/* The lesson `layers`: one HTTP request from application bytes to the frame and back. */
#include <stdio.h>
#include <string.h>

#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { ETHERNET_HEAD = 14, ETHERNET_CHECK = 4 };

static const char request[] = "GET / HTTP/1.1\r\nHost: b\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\n\r\nhi";

/* A packet's lengths, read from its own bytes. */
struct cut {
    uint32_t ip_head, tcp_head, packet;
    uint8_t protocol;
};

static struct cut cut_packet(const struct story_row *row)
{
    const uint8_t *ip = row->head + row->ip_at;
    struct cut c;
    bool v6 = ip[0] >> 4 == 6;
    c.ip_head = v6 ? 40 : (ip[0] & 15u) * 4u;
    c.packet = v6 ? 40u + ((uint32_t)ip[4] << 8 | ip[5]) : (uint32_t)ip[2] << 8 | ip[3];
    c.protocol = v6 ? ip[6] : ip[9];
    c.tcp_head = (uint32_t)(ip[c.ip_head + 12] >> 4) * 4u;
    return c;
}

/* Bytes as a capture program shows them: 16 a line. */
static void dump(struct lesson_run *r, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n; at += 16) {
        char hex[49] = "", text[17] = "";
        for (uint32_t i = 0; i < 16 && at + i < n; i++) {
            uint8_t b = p[at + i];
            snprintf(hex + 3 * i, 4, "%02x ", b);
            text[i] = (char)(b >= 32 && b < 127 ? b : '.');
        }
        lesson_line(r, "%04x  %-48s %s", at, hex, text);
    }
}

static const struct story_row *data_of(const struct story *s, enum story_side side)
{
    for (size_t i = 0; i < s->row_n; i++)
        if (s->row[i].kind == STORY_SEGMENT && s->row[i].side == side && s->row[i].seg.len) return &s->row[i];
    return NULL;
}

static void down(struct lesson_run *r, const struct story_row *row)
{
    struct cut c = cut_packet(row);
    const uint8_t *ip = row->head + row->ip_at, *payload = ip + c.ip_head + c.tcp_head;
    uint32_t n = row->seg.len, headers = c.ip_head + c.tcp_head, shown = row->head_len - row->ip_at;
    bool whole = headers + n <= shown;
    lesson_head(r, _("Down: every layer puts its header before what it gets"));
    lesson_line(r, "%s", _("OSI               TCP/IP        here"));
    lesson_line(r, _("7 6 5             application   the request, %u bytes"), n);
    lesson_line(r, _("4 transport       transport     segment: %u bytes of TCP header + %u = %u"), c.tcp_head, n, c.tcp_head + n);
    lesson_line(r, _("3 network         internet      packet: %u bytes of IP header + %u = %u"), c.ip_head, c.tcp_head + n,
                c.packet);
    lesson_line(r, _("2 data link       link          frame, on Ethernet: %d + %u + %d = %u"), ETHERNET_HEAD, c.packet,
                ETHERNET_CHECK, ETHERNET_HEAD + c.packet + ETHERNET_CHECK);
    lesson_line(r, _("1 physical                      %u bits"), (ETHERNET_HEAD + c.packet + ETHERNET_CHECK) * 8);
    uint32_t frame = ETHERNET_HEAD + c.packet + ETHERNET_CHECK;
    lesson_line(r, _("the request's share of the frame: %u of %u bytes, %u in a hundred"), n, frame, 100 * n / frame);
    lesson_head(r, _("The packet, as a capture program shows it"));
    dump(r, ip, c.packet < shown ? c.packet : shown);
    lesson_check(r, "lengths-add-up", c.packet == headers + n,
                 _("The IP header says %u bytes: that is %u + %u of headers, and the %u of the request."), c.packet, c.ip_head,
                 c.tcp_head, n);
    lesson_check(r, "ip-names-tcp", c.protocol == 6, _("The IP header names who gets its content: protocol %u is TCP."),
                 c.protocol);
    lesson_check(r, "ports-name-the-application", (ip[c.ip_head + 2] << 8 | ip[c.ip_head + 3]) == 80,
                 _("The TCP header names who gets the bytes: port %d is the web server's."),
                 ip[c.ip_head + 2] << 8 | ip[c.ip_head + 3]);
    lesson_check(r, "request-is-inside", whole && n == sizeof request - 1 && memcmp(payload, request, n) == 0,
                 _("Behind both headers stands the request itself, byte for byte as the application wrote it."));
}

static int run(struct lesson_run *r)
{
    struct lesson_pair p;
    char got[64];
    lesson_say(r,
               _("A browser asks for a page. Below, its %zu bytes go down through the layers, over the path, and up on the other "
                 "side. The link "
                 "layer is computed: tern hands whole IP packets to the system, and the driver adds the frame."),
               sizeof request - 1);
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_send_text(p.s, p.conn[STORY_A], request);
        sim_run_for(p.s, 4 * TERN_SEC);
        int64_t up = tern_conn_recv(p.conn[STORY_B], sim_now(p.s), got, sizeof got);
        bool same = up == (int64_t)sizeof request - 1 && memcmp(got, request, sizeof request - 1) == 0;
        sim_send_text(p.s, p.conn[STORY_B], response);
        sim_run_for(p.s, 4 * TERN_SEC);
        int64_t back = tern_conn_recv(p.conn[STORY_A], sim_now(p.s), got, sizeof got);
        const struct story *s = lesson_ladder(r, p.s, _("One request, one response"));
        const struct story_row *row = data_of(s, STORY_A), *answer = data_of(s, STORY_B);
        if (row) down(r, row);
        lesson_head(r, _("Up: every layer takes its header away"));
        lesson_check(r, "same-bytes-above", row && same,
                     _("The server reads exactly the %lld bytes that were written; it sees no header of any layer."),
                     (long long)up);
        lesson_check(r, "response",
                     answer && back == (int64_t)sizeof response - 1 && memcmp(got, response, sizeof response - 1) == 0,
                     _("The response comes back the same way: %lld bytes."), (long long)back);
        lesson_check(r, "response-acknowledges", row && answer && answer->seg.ack == seen_end(row),
                     _("One header serves both directions: the segment of the response also acknowledges the request, up to %u."),
                     answer ? answer->seg.ack : 0);
        lesson_wrong(r, _("\"Layers 5 and 6 have headers of their own.\" In the Internet they have none: what they were to do is "
                          "in the application."));
    }
    sim_free(p.s);
    return err;
}

const struct lesson lesson_layers_ = {
    .name = "layers",
    .title = N_("The layers: one request, down and up"),
    .summary = N_("From the application's bytes to the frame and back, header by header."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("What share of the bytes on the wire is the request's, with IPv6?"),
    .answer = "tern explain layers --ipv6",
};
