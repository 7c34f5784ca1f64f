#include <tern/types.h>

#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct tern_addr tern_addr_v4(const uint8_t b[4])
{
    struct tern_addr a;
    memcpy(a.b, v4_prefix, 12);
    memcpy(a.b + 12, b, 4);
    return a;
}

bool tern_addr_is_v4(const struct tern_addr *a) { return memcmp(a->b, v4_prefix, 12) == 0; }

bool tern_addr_is_any(const struct tern_addr *a)
{
    static const uint8_t zero[16];
    return tern_addr_is_v4(a) ? memcmp(a->b + 12, zero, 4) == 0 : memcmp(a->b, zero, 16) == 0;
}

bool tern_addr_eq(const struct tern_addr *a, const struct tern_addr *b) { return memcmp(a->b, b->b, 16) == 0; }

/* "192.0.2.1" up to the end of the text. A leading zero is refused: some read it as octal. */
static bool parse_v4(const char *s, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned v = 0, digits_n = 0;
        if (i > 0 && *s++ != '.') return false;
        for (; *s >= '0' && *s <= '9'; s++) {
            if (digits_n > 0 && v == 0) return false;
            v = 10 * v + (unsigned)(*s - '0');
            digits_n++;
            if (v > 255) return false;
        }
        if (digits_n == 0) return false;
        out[i] = (uint8_t)v;
    }
    return *s == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* One to four hexadecimal digits, as two bytes; returns what follows them, or NULL. */
static const char *parse_group(const char *s, uint8_t out[2])
{
    unsigned v = 0, digits_n = 0;
    for (int d; (d = hex_digit(*s)) >= 0; s++) {
        if (++digits_n > 4) return NULL;
        v = v << 4 | (unsigned)d;
    }
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return digits_n > 0 ? s : NULL;
}

/* Makes the groups after "::", which stands at |gap|, end at byte 16. */
static bool fill_gap(uint8_t out[16], unsigned len, unsigned gap)
{
    if (len > 14) return false; /* "::" stands for one group at least */
    memmove(out + 16 - (len - gap), out + gap, len - gap);
    memset(out + gap, 0, 16 - len);
    return true;
}

#define NO_GAP 17

/* RFC 4291 2.2, in its three forms. */
static bool parse_v6(const char *s, uint8_t out[16])
{
    unsigned len = 0, gap = NO_GAP; /* where "::" stands */
    if (s[0] == ':' && s[1] != ':') return false;
    if (s[0] == ':') s++;
    while (*s) {
        if (*s == ':') { /* the second of "::"; what may follow is a group or nothing */
            if (gap != NO_GAP) return false;
            gap = len;
            if (*++s == '\0') break;
        }
        if (len <= 12 && parse_v4(s, out + len)) {
            len += 4;
            break;
        }
        if (len == 16 || !(s = parse_group(s, out + len))) return false;
        len += 2;
        if (*s == '\0') break;
        if (*s++ != ':' || *s == '\0') return false;
    }
    return gap != NO_GAP ? fill_gap(out, len, gap) : len == 16;
}

int tern_addr_parse(const char *text, struct tern_addr *out)
{
    struct tern_addr a = {{0}};
    uint8_t v4[4];
    if (parse_v4(text, v4))
        a = tern_addr_v4(v4);
    else if (!parse_v6(text, a.b))
        return TERN_ERR_INVAL;
    *out = a;
    return 0;
}

static char *put_decimal(char *p, unsigned v)
{
    if (v >= 10) p = put_decimal(p, v / 10);
    *p = (char)('0' + v % 10);
    return p + 1;
}

static char *put_group(char *p, unsigned v)
{
    if (v >= 16) p = put_group(p, v >> 4);
    *p = "0123456789abcdef"[v & 15];
    return p + 1;
}

static char *put_v4(char *p, const uint8_t b[4])
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0) *p++ = '.';
        p = put_decimal(p, b[i]);
    }
    return p;
}

static unsigned group_at(const struct tern_addr *a, unsigned i) { return (unsigned)a->b[2 * i] << 8 | a->b[2 * i + 1]; }

/* RFC 5952 4.2.3: the longest run of zero groups, the first of equals. Returns its length; one group is not shortened (4.2.2). */
static unsigned longest_zero_run(const struct tern_addr *a, unsigned *start)
{
    unsigned best = 1;
    for (unsigned i = 0, run = 0; i < 8; i++) {
        run = group_at(a, i) == 0 ? run + 1 : 0;
        if (run <= best) continue;
        best = run;
        *start = i + 1 - run;
    }
    return best > 1 ? best : 0;
}

static char *put_v6(char *p, const struct tern_addr *a)
{
    unsigned start = 8, run = longest_zero_run(a, &start);
    for (unsigned i = 0; i < 8; i++) {
        if (i == start) {
            *p++ = ':';
            i += run - 1;
            if (i == 7) *p++ = ':';
            continue;
        }
        if (i > 0) *p++ = ':';
        p = put_group(p, group_at(a, i));
    }
    return p;
}

static char *put_addr(char *p, const struct tern_addr *a) { return tern_addr_is_v4(a) ? put_v4(p, a->b + 12) : put_v6(p, a); }

char *tern_addr_format(const struct tern_addr *a, char out[TERN_ADDR_STRLEN])
{
    *put_addr(out, a) = '\0';
    return out;
}

char *tern_endpoint_format(const struct tern_endpoint *e, char out[TERN_ENDPOINT_STRLEN])
{
    bool brackets = !tern_addr_is_v4(&e->addr);
    char *p = out;
    if (brackets) *p++ = '[';
    p = put_addr(p, &e->addr);
    if (brackets) *p++ = ']';
    *p++ = ':';
    *put_decimal(p, e->port) = '\0';
    return out;
}
