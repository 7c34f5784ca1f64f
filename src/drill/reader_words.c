/* What the scanner needs to know of words, numbers and strings, and the lines that leave parts out. */
#include <ctype.h>
#include <string.h>

#include "reader.h"
#include "words.h"

#include "script_grammar.h"

/* The words of packets. Elsewhere each may also be a name. */
static const struct {
    const char *text;
    int token;
} keywords[] = {
    {"ack", T_ACK},        {"win", T_WIN},   {"urg", T_URG},   {"mss", T_MSS},     {"wscale", T_WSCALE}, {"sackOK", T_SACKOK},
    {"sack", T_SACK},      {"TS", T_TS},     {"val", T_VAL},   {"ecr", T_ECR},     {"nop", T_NOP},       {"eol", T_EOL},
    {"md5", T_MD5},        {"ao", T_AO},     {"FO", T_FO},     {"FOEXP", T_FOEXP}, {"ECN", T_ACCECN},    {"e0b", T_E0B},
    {"e1b", T_E1B},        {"ceb", T_CEB},   {"icmp", T_ICMP}, {"udp", T_UDP},     {"mtu", T_MTU},       {"id", T_ID},
    {"raw", T_RAW},        {"ttl", T_TTL},   {"tos", T_TOS},   {"hlim", T_HLIM},   {"class", T_CLASS},   {"noecn", T_NOECN},
    {"flowlabel", T_FLOW}, {"ect0", T_ECT0}, {"ect1", T_ECT1}, {"ect01", T_ECT01}, {"ce", T_CE},
};

int reader_keyword(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
        if (strlen(keywords[i].text) == len && memcmp(keywords[i].text, text, len) == 0) return keywords[i].token;
    }
    return 0;
}

struct number reader_integer(const char *text, size_t len)
{
    struct number n = {.fits = true};
    bool negative = len > 0 && text[0] == '-';
    for (size_t i = negative; i < len; i++) {
        if (__builtin_mul_overflow(n.value, 10, &n.value) || __builtin_sub_overflow(n.value, text[i] - '0', &n.value))
            n.fits = false;
    }
    /* Gathered below zero, where there is one number more. */
    if (!negative && __builtin_sub_overflow(0, n.value, &n.value)) n.fits = false;
    return n;
}

struct number reader_hex(const char *text, size_t len)
{
    struct number n = {.fits = true, .hex = true};
    uint64_t value = 0;
    for (size_t i = 2; i < len; i++) {
        if (value >> 60) n.fits = false;
        int digit = tolower((unsigned char)text[i]);
        value = value << 4 | (uint64_t)(digit >= 'a' ? digit - 'a' + 10 : digit - '0');
    }
    n.value = (int64_t)value;
    return n;
}

const struct script_define *reader_define(const struct reader *r, const char *name)
{
    const struct script_define *all = r->defines.items;
    for (size_t i = r->defines.n; i > 0; i--) {
        if (strcmp(all[i - 1].name, name) == 0) return &all[i - 1];
    }
    return NULL;
}

bool reader_add_define(struct reader *r, struct span at, const char *name, const char *value)
{
    if (reader_keyword(name, strlen(name)))
        return reader_fail(r, at, _("\"%s\" is a word of packets: it cannot stand for something else."), name);
    arena_append(r->a, &r->defines, &(struct script_define){name, value});
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The escape after the backslash at |text|; how many characters it has, 0: it is none. */
static size_t unescape(const char *text, size_t len, char *out)
{
    static const char names[] = "abfnrtv\\\"'?", means[] = "\a\b\f\n\r\t\v\\\"'?";
    const char *name = strchr(names, text[0]);
    if (name && *name) {
        *out = means[name - names];
        return 1;
    }
    if (text[0] == 'x' && len > 2 && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
        *out = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
        return 3;
    }
    size_t n = 0;
    int value = 0;
    for (; n < 3 && n < len && text[n] >= '0' && text[n] <= '7'; n++) value = value << 3 | (text[n] - '0');
    *out = (char)value;
    return value > 255 ? 0 : n;
}

bool reader_string(struct reader *r, struct span at, const char *text, size_t len, struct script_bytes *out)
{
    char *to = arena_alloc(r->a, len);
    out->data = to;
    for (size_t i = 1; i + 1 < len; i++) {
        if (text[i] != '\\') {
            *to++ = text[i];
            continue;
        }
        size_t n = unescape(text + i + 1, len - i - 2, to++);
        if (n == 0)
            return reader_fail(r, at, _("The string has an escape \\%c that is none (there are \\n \\t \\\\ \\\" \\xHH \\ooo)."),
                               text[i + 1]);
        i += n;
    }
    out->len = (size_t)(to - out->data);
    return true;
}

bool reader_stray(struct reader *r, struct span at)
{
    const char *text = reader_text(r, at);
    unsigned char c = (unsigned char)text[0];
    if (c == '/') return reader_fail(r, at, _("This comment never ends: */ is missing."));
    if (c == '"') return reader_fail(r, at, _("This string never ends: \" is missing."));
    if (c == '`') return reader_fail(r, at, _("This command never ends: ` is missing."));
    if (c == '%' && text[1] == '{') return reader_fail(r, at, _("This code never ends: }%% is missing."));
    if (c > ' ' && c < 0x7f) return reader_fail(r, at, _("The character %c has no meaning here."), c);
    return reader_fail(r, at, _("The byte 0x%02x has no meaning here."), c);
}

bool reader_bracket(struct reader *r, struct span at, char c)
{
    if (strchr("([{", c)) r->depth++;
    if (strchr(")]}", c)) r->depth--;
    if (r->depth <= SCRIPT_DEPTH_MAX) return true;
    return reader_fail(r, at, _("There are more than %d brackets within each other."), SCRIPT_DEPTH_MAX);
}

/* ---- #ifdef ---- */

static struct condition *innermost(struct reader *r)
{
    return r->conditions.n > 0 ? (struct condition *)r->conditions.items + r->conditions.n - 1 : NULL;
}

/* What follows the open conditions counts. */
static bool counts_now(struct reader *r)
{
    const struct condition *c = innermost(r);
    return !c || (c->holds && c->outer_held);
}

/* The next word of a line. */
static const char *next_word(struct reader *r, const char **text)
{
    *text += strspn(*text, " \t\r");
    size_t len = strcspn(*text, " \t\r");
    const char *w = arena_text(r->a, *text, len);
    *text += len;
    return w;
}

static bool open_condition(struct reader *r, struct span at, const char *word, const char *name)
{
    if (*name == '\0') return reader_fail(r, at, _("%s asks for a name."), word);
    bool wanted = strcmp(word, "#ifdef") == 0;
    struct condition c = {.at = at, .outer_held = counts_now(r), .holds = (reader_define(r, name) != NULL) == wanted};
    if (r->conditions.n >= SCRIPT_DEPTH_MAX) {
        return reader_fail(r, at, _("There are more than %d conditions within each other."), SCRIPT_DEPTH_MAX);
    }
    arena_append(r->a, &r->conditions, &c);
    return true;
}

bool reader_directive(struct reader *r, struct span at, bool *counts)
{
    const char *text = reader_copy(r, at, 0, 0), *hash = strchr(text, '#');
    uint32_t blank = (uint32_t)(hash - text);
    at.column += blank;
    at.from += blank;
    const char *word = next_word(r, &hash), *name = next_word(r, &hash), *rest = next_word(r, &hash);
    struct condition *c = innermost(r);
    bool opens = strcmp(word, "#ifdef") == 0 || strcmp(word, "#ifndef") == 0;
    bool turns = strcmp(word, "#else") == 0, closes = strcmp(word, "#endif") == 0;
    if (!opens && !turns && !closes) {
        /* What is left out may say what it likes. */
        if (!counts_now(r)) return *counts = false, true;
        return reader_fail(r, at, _("Lines with # are #ifdef NAME, #ifndef NAME, #else and #endif; comments begin with //."));
    }
    if (opens && !open_condition(r, at, word, name)) return false;
    if (!opens) rest = name;
    if (*rest != '\0' && strncmp(rest, "//", 2) != 0 && strncmp(rest, "/*", 2) != 0) {
        return reader_fail(r, at, _("After %s nothing more may stand in its line."), word);
    }
    if (!opens && !c) return reader_fail(r, at, _("%s stands here without its #ifdef."), word);
    if (turns && c->had_else) return reader_fail(r, at, _("There is a second #else for one #ifdef."));
    if (turns) {
        c->had_else = true;
        c->holds = !c->holds;
    }
    if (closes) r->conditions.n--;
    *counts = counts_now(r);
    return true;
}

bool reader_directives_end(struct reader *r)
{
    const struct condition *c = innermost(r);
    return !c || reader_fail(r, c->at, _("This condition never ends: #endif is missing."));
}
