#include "utf8.h"

uint32_t utf8_next(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    if (*p == 0) return 0;
    unsigned more = *p < 0x80 ? 0 : *p >= 0xc2 && *p < 0xe0 ? 1 : *p >= 0xe0 && *p < 0xf0 ? 2 : *p >= 0xf0 && *p < 0xf5 ? 3 : 4;
    uint32_t c = more == 0 ? *p : *p & (0x3fu >> more);
    for (unsigned i = 1; i <= more && more < 4; i++) {
        if ((p[i] & 0xc0) != 0x80) more = 4;
        c = c << 6 | (p[i] & 0x3fu);
    }
    /* Longer than it need be, a half of UTF-16's pairs, beyond the last: no character. */
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (more < 4 && (c < least[more] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)) more = 4;
    *s += more < 4 ? more + 1 : 1;
    return more < 4 ? c : 0xfffd;
}

void utf8_repair(char *s)
{
    for (char *at = s; *at;) {
        const char *next = at;
        if (utf8_next(&next) == 0xfffd && next == at + 1) *at = '?';
        at += next - at;
    }
}

struct span {
    uint32_t first, last;
};

static int within(const struct span *spans, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= spans[i].first && c <= spans[i].last) return 1;
    return 0;
}

unsigned utf8_width(uint32_t c)
{
    static const struct span none[] = {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
    static const struct span wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
                                       {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (c < 0x300) return 1;
    if (within(none, sizeof none / sizeof *none, c)) return 0;
    return within(wide, sizeof wide / sizeof *wide, c) ? 2 : 1;
}

size_t utf8_columns(const char *s)
{
    size_t n = 0;
    for (uint32_t c; (c = utf8_next(&s));) n += utf8_width(c);
    return n;
}

size_t utf8_columns_n(const char *s, size_t len)
{
    size_t n = 0;
    const char *end = s + len;
    for (uint32_t c; s < end && (c = utf8_next(&s));) n += utf8_width(c);
    return n;
}

size_t utf8_fit(const char *s, size_t columns)
{
    const char *p = s, *end = s;
    size_t n = 0;
    for (uint32_t c; (c = utf8_next(&p)); end = p) {
        n += utf8_width(c);
        if (n > columns) break;
    }
    return (size_t)(end - s);
}

/* No line begins with one of these: ),.:; … 、。〉》」』】〕！），．：；？ and the closing quotation marks. */
static int closes(uint32_t c)
{
    static const struct span marks[] = {{')', ')'},       {',', ','},       {'.', '.'},       {':', ';'},       {0x2019, 0x2019},
                                        {0x201d, 0x201d}, {0x2026, 0x2026}, {0x3001, 0x3002}, {0x3009, 0x3009}, {0x300b, 0x300b},
                                        {0x300d, 0x300d}, {0x300f, 0x300f}, {0x3011, 0x3011}, {0x3015, 0x3015}, {0xff01, 0xff01},
                                        {0xff09, 0xff09}, {0xff0c, 0xff0c}, {0xff0e, 0xff0e}, {0xff1a, 0xff1b}, {0xff1f, 0xff1f}};
    return within(marks, sizeof marks / sizeof *marks, c);
}

/* None ends with one of these: ( （《「『【〔 and the opening quotation marks. */
static int opens(uint32_t c)
{
    static const struct span marks[] = {{'(', '('},       {0x2018, 0x2018}, {0x201c, 0x201c}, {0x3008, 0x3008}, {0x300a, 0x300a},
                                        {0x300c, 0x300c}, {0x300e, 0x300e}, {0x3010, 0x3010}, {0x3014, 0x3014}, {0xff08, 0xff08}};
    return within(marks, sizeof marks / sizeof *marks, c);
}

/* Chinese has no spaces: a line may end before and behind each of its characters. */
static int may_break(uint32_t before, uint32_t c)
{
    if (c == ' ') return before != ' ';
    if (before == 0 || before == ' ' || before == '\t' || c == '\t') return 0;
    return (utf8_width(before) == 2 || utf8_width(c) == 2) && !closes(c) && !opens(before);
}

size_t utf8_line(const char *s, size_t columns)
{
    size_t best = 0, used = 0;
    const char *p = s;
    for (uint32_t before = 0;;) {
        const char *at = p;
        uint32_t c = utf8_next(&p);
        if (c == 0 || c == '\n') return (size_t)(at - s);
        if (may_break(before, c)) best = (size_t)(at - s);
        used += utf8_width(c);
        if (used > columns && c != ' ') return best > 0 ? best : at > s ? (size_t)(at - s) : (size_t)(p - s);
        before = c;
    }
}
