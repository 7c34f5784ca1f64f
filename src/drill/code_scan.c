/* Python's tokens, as far as they are used. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code_tree.h"
#include "words.h"

static void forward(struct code_scan *s, size_t n)
{
    for (; n > 0; n--, s->next++) {
        s->place.column++;
        s->place.from++;
        if (*s->next != '\n') continue;
        s->place.line++;
        s->place.column = 1;
    }
}

/* How much of |s->next| says nothing: a blank, a comment, the end of a line that goes on in the next one. */
static size_t idle(const struct code_scan *s)
{
    const char *c = s->next;
    if (*c == '#') return strcspn(c, "\n");
    if (*c == '\\') return c[1 + strspn(c + 1, " \t\r")] == '\n' ? 1 + strcspn(c, "\n") : 0;
    return *c == ' ' || *c == '\t' || *c == '\r' || (*c == '\n' && s->brackets > 0);
}

static void skip(struct code_scan *s)
{
    for (size_t n = idle(s); n > 0; n = idle(s)) forward(s, n);
}

static size_t sign_len(const char *text)
{
    static const char *const signs[] = {"**=", "//=", "<<=", ">>=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=",
                                        "-=",  "*=",  "/=",  "%=",  "&=", "|=", "^=", "+",  "-",  "*",  "/",  "%",  "<",
                                        ">",   "=",   "(",   ")",   "[",  "]",  ",",  "|",  "&",  "^",  "~"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (strncmp(text, signs[i], strlen(signs[i])) == 0) return strlen(signs[i]);
    }
    return 0;
}

static void fail(struct code_scan *s, size_t len, const char *message)
{
    s->token.kind = TOKEN_END;
    s->token.at.to = s->token.at.from + (uint32_t)len;
    reader_fail(s->r, s->token.at, "%s", message);
}

/* 12, 1_000, 0x1f, 0b1, 0o7, 1.5, 1e3 */
static size_t number(struct code_scan *s)
{
    char digits[80] = "", before = '\0';
    size_t len = 0, n = 0;
    bool plain = !(s->next[0] == '0' && isalpha((unsigned char)s->next[1])), real = false;
    for (;; len++) {
        char c = s->next[len];
        bool exponent = plain && (before | 32) == 'e' && (c == '-' || c == '+');
        if (!isalnum((unsigned char)c) && c != '_' && c != '.' && !exponent) break;
        if (c == '.' || (plain && (c | 32) == 'e')) real = true;
        if (c != '_' && n < sizeof(digits) - 1) digits[n++] = c;
        before = c;
    }
    digits[n] = '\0';
    char *end;
    errno = 0;
    s->token.kind = real ? TOKEN_REAL : TOKEN_NUMBER;
    char letter = plain ? '\0' : (char)(digits[1] | 32);
    int base = letter == 'x' ? 16 : letter == 'b' ? 2 : letter == 'o' ? 8 : 10;
    const char *from = base == 10 ? digits : digits + 2;
    if (real)
        s->token.real = strtod(digits, &end);
    else
        s->token.number = strtoll(from, &end, base);
    if (errno == ERANGE) return fail(s, len, _("The number is too large.")), len;
    if (*end != '\0' || end == from || n == sizeof(digits) - 1 || *from == '-' || *from == '+')
        fail(s, len, _("This is no number."));
    return len;
}

static size_t quoted(struct code_scan *s)
{
    char quote = *s->next, *to = arena_alloc(s->r->a, strcspn(s->next, "\n") + 1);
    s->token.kind = TOKEN_TEXT;
    s->token.text.data = to;
    const char *c = s->next + 1;
    for (; *c != quote; c++) {
        if (*c == '\0' || *c == '\n') return fail(s, 1, _("This text has no end.")), 1;
        if (*c == '\\') {
            static const char names[] = "nrt\\'\"", means[] = "\n\r\t\\'\"";
            const char *name = c[1] ? strchr(names, c[1]) : NULL;
            if (!name) return fail(s, 1, _("In a text there are the escapes \\n \\r \\t \\\\ \\' \\\".")), 1;
            *to++ = means[name - names];
            c++;
        } else
            *to++ = *c;
    }
    s->token.text.len = (size_t)(to - s->token.text.data);
    return (size_t)(c + 1 - s->next);
}

void code_scan_next(struct code_scan *s)
{
    if (s->r->failed) return;
    skip(s);
    unsigned char c = (unsigned char)*s->next;
    size_t len = 1;
    s->token = (struct code_token){.kind = TOKEN_END, .at = s->place};
    if (c == '\0')
        len = 0;
    else if (c == '\n' || c == ';')
        s->token.kind = TOKEN_LINE;
    else if (isdigit(c) || (c == '.' && isdigit((unsigned char)s->next[1])))
        len = number(s);
    else if (c == '\'' || c == '"')
        len = quoted(s);
    else if (isalpha(c) || c == '_') {
        while (isalnum((unsigned char)s->next[len]) || s->next[len] == '_') len++;
        s->token.kind = TOKEN_NAME;
    } else if ((len = sign_len(s->next)) > 0) {
        s->token.kind = TOKEN_SIGN;
        s->brackets += strchr("([", c) != NULL;
        s->brackets -= strchr(")]", c) != NULL;
    } else {
        fail(s, 1, _("This character is not understood in code."));
    }
    s->token.at.to = s->token.at.from + (uint32_t)len;
    if (s->token.kind != TOKEN_TEXT) s->token.text = (struct script_bytes){s->next, len};
    forward(s, len);
}
