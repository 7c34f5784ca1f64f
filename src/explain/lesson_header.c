/* The lesson `header`: a real SYN byte by byte, and its checksum summed word by word. */
#include <string.h>

#include "bytes.h"
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

/* A segment without payload, found in its packet. */
struct seen_header {
    const uint8_t *ip, *tcp;
    uint32_t ip_len, tcp_len, addr_at, addr_len;
};

static uint32_t word(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t number(const uint8_t *p) { return word(p) << 16 | word(p + 2); }

static bool locate(const struct story_row *row, struct seen_header *h)
{
    if (!row || row->head_len < 40) return false;
    h->ip = row->head + row->ip_at;
    bool v6 = h->ip[0] >> 4 == 6;
    h->ip_len = v6 ? 40 : (h->ip[0] & 15u) * 4u;
    h->addr_at = v6 ? 8 : 12, h->addr_len = v6 ? 16 : 4;
    h->tcp = h->ip + h->ip_len;
    h->tcp_len = v6 ? word(h->ip + 4) : word(h->ip + 2) - h->ip_len;
    return row->ip_at + h->ip_len + h->tcp_len <= row->head_len;
}

static void options(struct lesson_run *r, const uint8_t *tcp, uint32_t len)
{
    for (uint32_t at = 20; at < len;) {
        uint32_t n = tcp[at] <= 1 ? 1 : tcp[at + 1], most = len - at;
        if (n == 0 || n > most) return;
        switch (tcp[at]) {
        case 0: lesson_line(r, _("%2u  00                    end of the options"), at); break;
        case 1: lesson_line(r, _("%2u  01                    NOP, a filler"), at); break;
        case 2:
            lesson_line(r, _("%2u  02 04 %02x %02x           MSS %u"), at, tcp[at + 2], tcp[at + 3], word(tcp + at + 2));
            break;
        case 3: lesson_line(r, _("%2u  03 03 %02x              window scale 2^%u"), at, tcp[at + 2], tcp[at + 2]); break;
        case 4: lesson_line(r, _("%2u  04 02                 SACK permitted"), at); break;
        case 8:
            lesson_line(r, _("%2u  08 0a, 8 bytes        timestamps: value %u, echo %u"), at, number(tcp + at + 2),
                        number(tcp + at + 6));
            break;
        default: lesson_line(r, _("%2u  %02x %02x ...             another option"), at, tcp[at], tcp[at + 1]); break;
        }
        at += n;
    }
}

static void fields(struct lesson_run *r, const uint8_t *t, uint32_t len)
{
    lesson_head(r, _("The header, byte by byte"));
    lesson_line(r, _(" 0  %02x %02x                 source port %u"), t[0], t[1], word(t));
    lesson_line(r, _(" 2  %02x %02x                 destination port %u"), t[2], t[3], word(t + 2));
    lesson_line(r, _(" 4  %02x %02x %02x %02x           sequence number %u"), t[4], t[5], t[6], t[7], number(t + 4));
    lesson_line(r, _(" 8  %02x %02x %02x %02x           acknowledgment number %u (no meaning without ACK)"), t[8], t[9], t[10],
                t[11], number(t + 8));
    lesson_line(r, _("12  %02x                    data offset %u: %u bytes of header; 3 reserved bits: %u; AE %u"), t[12],
                t[12] >> 4, (t[12] >> 4) * 4u, t[12] >> 1 & 7u, t[12] & 1u);
    lesson_line(r, _("13  %02x                    CWR %u ECE %u URG %u ACK %u PSH %u RST %u SYN %u FIN %u"), t[13],
                t[13] >> 7 & 1u, t[13] >> 6 & 1u, t[13] >> 5 & 1u, t[13] >> 4 & 1u, t[13] >> 3 & 1u, t[13] >> 2 & 1u,
                t[13] >> 1 & 1u, t[13] & 1u);
    lesson_line(r, _("14  %02x %02x                 window %u"), t[14], t[15], word(t + 14));
    lesson_line(r, _("16  %02x %02x                 checksum"), t[16], t[17]);
    lesson_line(r, _("18  %02x %02x                 urgent pointer %u (no meaning without URG)"), t[18], t[19], word(t + 18));
    options(r, t, len);
}

/* One more word, its carry brought round. */
static uint32_t add(struct lesson_run *r, uint32_t sum, uint32_t w, const char *what)
{
    uint32_t raw = sum + w, next = (raw & 0xffff) + (raw >> 16);
    if (raw >> 16)
        lesson_line(r, "  %04x + %04x = %05x -> %04x   %s", sum, w, raw, next, what);
    else
        lesson_line(r, "  %04x + %04x =  %04x           %s", sum, w, next, what);
    return next;
}

static uint32_t pseudo(struct lesson_run *r, const struct seen_header *h)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < h->addr_len; i += 2) sum = add(r, sum, word(h->ip + h->addr_at + i), _("source address"));
    for (uint32_t i = 0; i < h->addr_len; i += 2)
        sum = add(r, sum, word(h->ip + h->addr_at + h->addr_len + i), _("destination address"));
    sum = add(r, sum, 6, _("protocol 6: TCP"));
    return add(r, sum, h->tcp_len, _("length of the segment"));
}

static void checksum(struct lesson_run *r, const struct seen_header *h)
{
    uint32_t field = word(h->tcp + 16);
    lesson_head(r, _("The checksum, word by word"));
    lesson_say(
        r,
        _("16-bit words are added; a carry out of the top is added at the bottom. First the pseudo-header, which is not sent: it "
          "ties the segment to the two addresses. Then the segment, its checksum field taken as 0. The field holds the "
          "complement of the sum."));
    uint32_t sum = pseudo(r, h);
    for (uint32_t i = 0; i < h->tcp_len; i += 2)
        sum = add(r, sum, i == 16 ? 0 : word(h->tcp + i),
                  i == 16  ? _("the checksum field itself, as 0")
                  : i < 20 ? _("header")
                           : _("options"));
    lesson_check(r, "checksum", (~sum & 0xffff) == field, _("The complement of %04x is %04x, and the field holds %04x."), sum,
                 ~sum & 0xffff, field);
    uint32_t seen = sum + field;
    lesson_check(r, "receiver-sees-ffff", ((seen & 0xffff) + (seen >> 16)) == 0xffff,
                 _("The receiver sums all with the field in it: %04x + %04x = ffff, so nothing was changed on the way."), sum,
                 field);
}

/* A bit is turned on the way. */
static int damaged(struct lesson_run *r)
{
    static const char text[] = "pay Bob 100";
    char got[sizeof text] = "";
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        sim_fault(p.s, &(struct sim_fault){.kind = SIM_CORRUPT, .from = STORY_A, .nth = 1, .with_data = true});
        sim_send_text(p.s, p.conn[STORY_A], text);
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("A bit is turned on the way"));
        uint32_t refused = 0;
        for (size_t i = 0; i < s->row_n; i++) refused += s->row[i].fate == STORY_REFUSED && s->row[i].drop == TERN_DROP_CHECKSUM;
        int64_t n = tern_conn_recv(p.conn[STORY_B], sim_now(p.s), got, sizeof got - 1);
        bool same = n == (int64_t)sizeof text - 1 && strcmp(got, text) == 0;
        if (lesson_without(r, "checksum"))
            lesson_check(r, "without:checksum", n == (int64_t)sizeof text - 1 && !same && refused == 0,
                         _("\"%s\" was written, and \"%s\" was read: nobody had summed, and the damage was acknowledged."), text,
                         got);
        else
            lesson_check(
                r, "damage-refused", same && refused == 1,
                _("The sum was wrong, and the segment was dropped without a word, as if it had been lost. It came again, "
                  "and \"%s\" was read."),
                got);
    }
    sim_free(p.s);
    return err;
}

static int dissect(struct lesson_run *r)
{
    struct seen_header h;
    struct tern_conn *a, *b;
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    bool up = sim_establish(s, &a, &b);
    lesson_say(r,
               _("This is the first segment of the connection below, as it stood in its packet behind the IP header. Numbers are "
                 "in network order: the most significant byte first."));
    const struct story *story = lesson_ladder(r, s, _("The connection"));
    const struct story_row *syn = story_find(story, 0, STORY_A, TH_SYN);
    if (up && locate(syn, &h)) {
        const struct story_conn *c = &story->conn[syn->conn];
        fields(r, h.tcp, h.tcp_len);
        lesson_check(r, "ports", word(h.tcp) == c->end[STORY_A].port && word(h.tcp + 2) == c->end[STORY_B].port,
                     _("The first four bytes are the two ports, %u and %u; the addresses are IP's."), word(h.tcp),
                     word(h.tcp + 2));
        lesson_check(r, "sequence-number", number(h.tcp + 4) == syn->tcb[STORY_A].iss,
                     _("The sequence number of a SYN is the initial one, here %u."), number(h.tcp + 4));
        lesson_check(r, "data-offset", (h.tcp[12] >> 4) * 4u == h.tcp_len,
                     _("The data offset counts words of 4 bytes: %u * 4 = %u bytes, 20 and %u of options; the SYN has no data."),
                     h.tcp[12] >> 4, h.tcp_len, h.tcp_len - 20);
        lesson_check(r, "flags", h.tcp[13] == TH_SYN && !(h.tcp[12] & 1), _("Of the nine flags only SYN, %#x, is on."),
                     h.tcp[13]);
        lesson_wrong(
            r, _("\"Six reserved bits, six flags.\" So it was in 1981; since then CWR and ECE (RFC 3168) and AE (RFC 9768) have "
                 "become flags, and 3 bits are left."));
        checksum(r, &h);
    } else {
        up = false;
    }
    sim_free(s);
    return up ? 0 : TERN_ERR_TIMEDOUT;
}

static int run(struct lesson_run *r)
{
    int err = lesson_shows(r, NULL) ? dissect(r) : 0;
    return err ? err : damaged(r);
}

static const char *const clauses[] = {"checksum", NULL};

const struct lesson lesson_header_ = {
    .name = "header",
    .title = N_("The header, byte by byte"),
    .summary = N_("A real SYN taken apart, and its checksum summed before your eyes."),
    .heeds = LESSON_ISN | LESSON_MSS | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("With IPv6 the addresses are four times as long. Where does the sum change, and where does it not?"),
    .answer = "tern explain header --ipv6",
};
