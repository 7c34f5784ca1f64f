/* Packets as the script writes them: for messages. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "bytes.h"
#include "run_internal.h"
#include "tcp.h"
#include "utf8.h"

struct line {
    char *b;
    size_t cap, len;
};

static void add(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *l, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(l->b + l->len, l->cap - l->len, format, ap);
    va_end(ap);
    if (n > 0) l->len += (size_t)n < l->cap - l->len ? (size_t)n : l->cap - l->len - 1;
}

/* ---- columns ---- */

static void add_flags(struct line *l, uint16_t flags)
{
    static const struct {
        uint16_t bit;
        char letter;
    } letters[] = {{TH_SYN, 'S'}, {TH_FIN, 'F'}, {TH_RST, 'R'}, {TH_PSH, 'P'}, {TH_ACK, '.'},
                   {TH_URG, 'U'}, {TH_ECE, 'E'}, {TH_CWR, 'W'}, {TH_AE, 'A'}};
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (flags & letters[i].bit) add(l, "%c", letters[i].letter);
    if (!(flags & 0x1ff)) add(l, "-");
}

static void add_hex(struct line *l, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) add(l, "%02x", p[i]);
}

static void add_sack(struct line *l, const uint8_t *p, size_t len)
{
    add(l, "sack");
    for (size_t i = 2; i + 8 <= len; i += 8) add(l, " %" PRIu32 ":%" PRIu32, be32_get(p + i), be32_get(p + i + 4));
}

/* |valid|: a signature is written as "md5 valid", "ao 1 2 valid". */
static void add_option(struct line *l, const uint8_t *p, size_t len, bool valid)
{
    switch (p[0]) {
    case TCPOPT_EOL: add(l, "eol"); break;
    case TCPOPT_NOP: add(l, "nop"); break;
    case TCPOPT_MSS: add(l, "mss %u", len == 4 ? be16_get(p + 2) : 0); break;
    case TCPOPT_WSCALE: add(l, "wscale %u", len == 3 ? p[2] : 0); break;
    case TCPOPT_SACK_PERMITTED: add(l, "sackOK"); break;
    case TCPOPT_SACK: add_sack(l, p, len); break;
    case TCPOPT_TIMESTAMPS:
        if (len == 10) add(l, "TS val %" PRIu32 " ecr %" PRIu32, be32_get(p + 2), be32_get(p + 6));
        break;
    case TCPOPT_FASTOPEN:
        add(l, "FO%s", len > 2 ? " " : "");
        add_hex(l, p + 2, len - 2);
        break;
    case TCPOPT_MD5:
        add(l, valid ? "md5 valid" : "md5 ");
        if (!valid) add_hex(l, p + 2, len - 2);
        break;
    case TCPOPT_AO:
        if (len >= 4) add(l, valid ? "ao %u %u valid" : "ao %u %u ", p[2], p[3]);
        if (len >= 4 && !valid) add_hex(l, p + 4, len - 4);
        break;
    default: add(l, "raw "); add_hex(l, p, len);
    }
}

static void add_options(struct line *l, const uint8_t *p, size_t len, bool valid)
{
    if (!len) return;
    add(l, "<");
    for (size_t i = 0; i < len;) {
        /* An end of the list is followed by padding, which the language writes as further ends of the list. */
        size_t n = p[i] == TCPOPT_EOL ? 1 : option_len(p + i, len - i);
        if (!n) {
            add(l, "?");
            break;
        }
        if (i) add(l, ",");
        add_option(l, p + i, n, valid);
        i += n;
    }
    add(l, ">");
}

const uint8_t *option_find(const uint8_t *options, size_t len, uint8_t kind, size_t want)
{
    for (size_t i = 0; i < len;) {
        size_t n = option_len(options + i, len - i);
        if (options[i] == TCPOPT_EOL || !n) return NULL;
        if (options[i] == kind) return n == want ? options + i : NULL;
        i += n;
    }
    return NULL;
}

static bool says_valid(const struct script_packet *p)
{
    for (size_t i = 0; i < p->tcp.options_n; i++)
        if (p->tcp.options[i].valid) return true;
    return false;
}

static const char *ecn_text(enum script_ecn ecn)
{
    switch (ecn) {
    case SCRIPT_ECN_UNSAID: return "";
    case SCRIPT_ECN_NOT: return "[noecn]";
    case SCRIPT_ECN_ECT0: return "[ect0]";
    case SCRIPT_ECN_ECT1: return "[ect1]";
    case SCRIPT_ECN_CE: return "[ce]";
    case SCRIPT_ECN_ECT01: return "[ect01]";
    case SCRIPT_ECN_TOS: return "";
    }
    return "";
}

static void expected_ip(struct line *l, const struct script_ip *ip)
{
    add(l, "%s", ecn_text(ip->ecn));
    if (ip->ecn == SCRIPT_ECN_TOS) add(l, "[tos 0x%02x]", ip->tos);
    if (ip->has_ttl) add(l, "[ttl %u]", ip->ttl);
    if (ip->has_flow) add(l, "[flowlabel 0x%" PRIx32 "]", ip->flow);
}

/* As much as the script asked for. */
static void actual_ip(struct line *l, const struct script_ip *ip, const struct view *v)
{
    static const char *const ecn[] = {"[noecn]", "[ect1]", "[ect0]", "[ce]"};
    if (ip->ecn == SCRIPT_ECN_TOS)
        add(l, "[tos 0x%02x]", v->tos);
    else if (ip->ecn != SCRIPT_ECN_UNSAID)
        add(l, "%s", ecn[v->tos & 3]);
    if (ip->has_ttl) add(l, "[ttl %u]", v->ttl);
    if (ip->has_flow) add(l, "[flowlabel 0x%" PRIx32 "]", v->flow_label);
}

static void expected_column(struct line *l, enum view_column c, const struct script_packet *p)
{
    const struct script_tcp *t = &p->tcp;
    switch (c) {
    case VIEW_IP: expected_ip(l, &p->ip); break;
    case VIEW_FLAGS: add_flags(l, t->flags); break;
    case VIEW_SEQ:
        if (t->seq_kind == SEQ_ANY)
            add(l, "...(%" PRIu32 ")", t->len);
        else
            add(l, "%" PRIu32 ":%" PRIu32 "(%" PRIu32 ")%s", t->seq, t->end, t->len, t->seq_kind == SEQ_ABSOLUTE ? "!" : "");
        break;
    case VIEW_ACK:
        if (t->has_ack) add(l, "ack %" PRIu32, t->ack);
        break;
    case VIEW_WIN:
        if (t->has_win) add(l, "win %u", t->win);
        break;
    case VIEW_URG:
        if (t->has_urg) add(l, "urg %u", t->urg);
        break;
    case VIEW_OPTIONS:
        if (t->options_kind == OPTIONS_ANY) {
            add(l, "<...>");
        } else {
            uint8_t all[RUN_OPTIONS_MAX];
            size_t len = 0;
            for (size_t i = 0; i < t->options_n && len + t->options[i].wire_len <= sizeof all; len += t->options[i++].wire_len)
                memcpy(all + len, t->options[i].wire, t->options[i].wire_len);
            add_options(l, all, len, says_valid(p));
        }
        break;
    case VIEW_COLUMN_N: break;
    }
}

static void actual_column(struct line *l, enum view_column c, const struct view *v, const struct script_packet *p)
{
    switch (c) {
    case VIEW_IP: actual_ip(l, &p->ip, v); break;
    case VIEW_FLAGS: add_flags(l, v->flags); break;
    case VIEW_SEQ:
        add(l, "%" PRIu32 ":%" PRIu32 "(%" PRIu32 ")%s", v->seq, v->seq + v->len, v->len, v->raw_seq ? "!" : "");
        break;
    case VIEW_ACK:
        if (v->flags & TH_ACK) add(l, "ack %" PRIu32, v->ack);
        break;
    case VIEW_WIN: add(l, "win %u", v->wnd); break;
    case VIEW_URG:
        if (v->flags & TH_URG || v->urp) add(l, "urg %u", v->urp);
        break;
    case VIEW_OPTIONS: add_options(l, v->options, v->options_len, v->sign_right && says_valid(p)); break;
    case VIEW_COLUMN_N: break;
    }
}

/* ---- lines ---- */

static void pad(struct line *l, size_t to)
{
    while (l->len < to && l->len + 1 < l->cap) add(l, " ");
}

static void mark(struct line *l, size_t from, size_t to)
{
    pad(l, from);
    while (l->len < to && l->len + 1 < l->cap) add(l, "^");
}

void view_pair(struct run *r, const struct script_packet *expected, const struct view *actual, const bool differ[VIEW_COLUMN_N])
{
    char text[3][RUN_TEXT_MAX] = {{0}};
    struct line want = {text[0], RUN_TEXT_MAX, 0}, got = {text[1], RUN_TEXT_MAX, 0}, marks = {text[2], RUN_TEXT_MAX, 0};
    for (enum view_column c = VIEW_IP; c < VIEW_COLUMN_N; c++) {
        size_t at = want.len;
        expected_column(&want, c, expected);
        actual_column(&got, c, actual, expected);
        size_t end = want.len > got.len ? want.len : got.len;
        if (end == at) continue;
        if (differ[c]) mark(&marks, at, end);
        pad(&want, end + 1);
        pad(&got, end + 1);
    }
    run_fail_pair(r, want.b, got.b, marks.b);
}
