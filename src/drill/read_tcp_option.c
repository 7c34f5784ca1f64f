/* TCP options: their values, and their bytes on the wire. */
#include <string.h>

#include "reader.h"
#include "words.h"

#include "script_grammar.h"

enum { WIRE_MAX = 40, BLOCKS_MAX = 4, MD5_LEN = 16, AO_MAC_LEN = 12 };

/* Kinds, and the lengths of those that have one. */
static const struct {
    uint8_t kind, len;
} wire[] = {
    [TCP_OPTION_NOP] = {1, 1},     [TCP_OPTION_EOL] = {0, 1},     [TCP_OPTION_MSS] = {2, 4}, [TCP_OPTION_WSCALE] = {3, 3},
    [TCP_OPTION_SACK_OK] = {4, 2}, [TCP_OPTION_SACK] = {5, 2},    [TCP_OPTION_TS] = {8, 10}, [TCP_OPTION_MD5] = {19, 2},
    [TCP_OPTION_FO] = {34, 2},     [TCP_OPTION_FOEXP] = {254, 4}, [TCP_OPTION_AO] = {29, 4},
};

static uint8_t *put(uint8_t *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    return to + bytes;
}

/* Makes room for the bytes and writes the first two; returns where the rest goes. */
static uint8_t *begin(struct reader *r, struct script_tcp_option *o, struct span at, enum script_tcp_option_kind kind,
                      size_t more)
{
    size_t len = wire[kind].len + more;
    uint8_t *to = arena_alloc(r->a, len);
    *o = (struct script_tcp_option){.kind = kind, .at = {at.line, at.column}, .wire = to, .wire_len = (uint8_t)len};
    to[0] = wire[kind].kind;
    if (len > 1) to[1] = (uint8_t)len;
    return to + 2;
}

struct script_tcp_option read_option_plain(struct reader *r, struct span at, enum script_tcp_option_kind kind, uint32_t value)
{
    struct script_tcp_option o;
    uint8_t *to = begin(r, &o, at, kind, 0);
    o.value = value;
    if (wire[kind].len > 2) put(to, value, wire[kind].len - 2);
    return o;
}

struct script_tcp_option read_option_ts(struct reader *r, struct span at, uint32_t val, uint32_t ecr)
{
    struct script_tcp_option o;
    put(put(begin(r, &o, at, TCP_OPTION_TS, 0), val, 4), ecr, 4);
    o.value = val;
    o.echo = ecr;
    return o;
}

bool read_option_sack(struct reader *r, struct span at, const struct arena_list *blocks, struct script_tcp_option *o)
{
    const struct pair *all = blocks->items;
    if (blocks->n > BLOCKS_MAX) return reader_fail(r, at, _("The option has room for %d blocks."), BLOCKS_MAX);
    uint8_t *to = begin(r, o, at, TCP_OPTION_SACK, 8 * blocks->n);
    for (size_t i = 0; i < blocks->n; i++) {
        o->block[i][0] = all[i].a;
        o->block[i][1] = all[i].b;
        to = put(put(to, all[i].a, 4), all[i].b, 4);
    }
    o->blocks_n = (uint8_t)blocks->n;
    return true;
}

/* RFC 9768 3.2.3: two orders, each with its kind, and cut off where nothing more is said. */
bool read_option_accecn(struct reader *r, struct span at, const struct arena_list *counts, struct script_tcp_option *o)
{
    static const uint32_t orders[2][3] = {{T_E0B, T_CEB, T_E1B}, {T_E1B, T_CEB, T_E0B}};
    const struct pair *all = counts->items;
    bool second = all[0].a == T_E1B;
    for (size_t i = 0; i < counts->n; i++) {
        if (i >= 3 || all[i].a != orders[second][i]) {
            return reader_fail(r, at,
                               _("The counters stand as e0b, ceb, e1b or as e1b, ceb, e0b; the last ones may be left out."));
        }
        if (all[i].b > 0xffffff) return reader_fail(r, at, _("A counter has 24 bits: 0 to 16777215."));
    }
    uint8_t *to = arena_alloc(r->a, 2 + 3 * counts->n);
    *o = (struct script_tcp_option){
        .kind = TCP_OPTION_ACCECN, .at = {at.line, at.column}, .wire = to, .wire_len = (uint8_t)(2 + 3 * counts->n)};
    to = put(put(to, second ? 174 : 172, 1), o->wire_len, 1);
    for (size_t i = 0; i < counts->n; i++) to = put(to, all[i].b, 3);
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A cookie, a digest: |n| bytes. */
static bool from_hex(struct reader *r, struct blob b, uint8_t *out, size_t max, size_t *n)
{
    const char *text = strncmp(b.text, "0x", 2) == 0 ? b.text + 2 : b.text;
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (digit(text[i]) < 0) return reader_fail(r, b.at, _("\"%s\" is not hexadecimal."), b.text);
    }
    if (len % 2) return reader_fail(r, b.at, _("Bytes have two hexadecimal digits each; here is an odd number of digits."));
    if (len / 2 > max) return reader_fail(r, b.at, _("There is room for %zu bytes; here are %zu."), max, len / 2);
    for (size_t i = 0; i < len / 2; i++) out[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    *n = len / 2;
    return true;
}

bool read_option_blob(struct reader *r, struct span at, enum script_tcp_option_kind kind, struct blob b,
                      struct script_tcp_option *o)
{
    uint8_t bytes[WIRE_MAX] = {0};
    size_t n = MD5_LEN, max = kind == TCP_OPTION_RAW ? WIRE_MAX : kind == TCP_OPTION_MD5 ? MD5_LEN : WIRE_MAX - wire[kind].len;
    bool valid = kind == TCP_OPTION_MD5 && strcmp(b.text, "valid") == 0;
    if (!valid && !from_hex(r, b, bytes, max, &n)) return false;
    if (kind == TCP_OPTION_RAW) {
        if (n == 0) return reader_fail(r, at, _("An option has at least one byte."));
        uint8_t *raw = arena_alloc(r->a, n);
        memcpy(raw, bytes, n);
        *o = (struct script_tcp_option){.kind = kind, .at = {at.line, at.column}, .wire = raw, .wire_len = (uint8_t)n};
        return true;
    }
    uint8_t *to = begin(r, o, at, kind, n);
    if (kind == TCP_OPTION_FOEXP) to = put(to, 0xf989, 2);
    memcpy(to, bytes, n);
    o->valid = valid;
    return true;
}

bool read_option_ao(struct reader *r, struct span at, uint32_t key_id, uint32_t next_id, struct blob mac,
                    struct script_tcp_option *o)
{
    uint8_t bytes[WIRE_MAX] = {0};
    size_t n = AO_MAC_LEN;
    bool valid = strcmp(mac.text, "valid") == 0;
    if (!valid && !from_hex(r, mac, bytes, WIRE_MAX - wire[TCP_OPTION_AO].len, &n)) return false;
    uint8_t *to = begin(r, o, at, TCP_OPTION_AO, n);
    memcpy(put(put(to, key_id, 1), next_id, 1), bytes, n);
    o->valid = valid;
    return true;
}
