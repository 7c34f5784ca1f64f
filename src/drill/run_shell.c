#include "run_shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    char b[4096];
    size_t len;
    bool any; /* "" is a word, too */
    bool too_long;
};

static void put(struct word *w, char c)
{
    if (w->len + 1 < sizeof w->b)
        w->b[w->len++] = c;
    else
        w->too_long = true;
    w->any = true;
}

/* ---- $((...)): whole numbers with + - * and brackets ---- */

enum { DEPTH_MAX = 32 };

static long long sum(const char **p, int depth, bool *ok);

static void blanks(const char **p)
{
    while (**p == ' ' || **p == '\t') ++*p;
}

static long long factor(const char **p, int depth, bool *ok)
{
    blanks(p);
    if (**p == '(' && depth < DEPTH_MAX) {
        ++*p;
        long long n = sum(p, depth + 1, ok);
        blanks(p);
        *ok &= **p == ')';
        if (**p) ++*p;
        return n;
    }
    char *end;
    errno = 0;
    long long n = strtoll(*p, &end, 0);
    *ok &= end != *p && errno == 0;
    *p = end;
    return n;
}

static long long product(const char **p, int depth, bool *ok)
{
    long long n = factor(p, depth, ok);
    for (blanks(p); *ok && **p == '*'; blanks(p)) {
        ++*p;
        *ok &= !__builtin_mul_overflow(n, factor(p, depth, ok), &n);
    }
    return n;
}

static long long sum(const char **p, int depth, bool *ok)
{
    long long n = product(p, depth, ok);
    for (blanks(p); *ok && (**p == '+' || **p == '-'); blanks(p)) {
        bool minus = *(*p)++ == '-';
        long long m = product(p, depth, ok);
        *ok &= minus ? !__builtin_sub_overflow(n, m, &n) : !__builtin_add_overflow(n, m, &n);
    }
    return n;
}

/* Behind "$": arithmetic becomes its value; a variable stays as it stands, no command asks for one. */
static bool dollar(const char **p, struct word *w)
{
    if (strncmp(*p, "((", 2) != 0) {
        put(w, '$');
        return true;
    }
    char text[32];
    bool ok = true;
    *p += 2;
    long long n = sum(p, 0, &ok);
    blanks(p);
    if (!ok || strncmp(*p, "))", 2) != 0) return false;
    *p += 2;
    snprintf(text, sizeof text, "%lld", n);
    for (const char *c = text; *c; c++) put(w, *c);
    return true;
}

/* ---- words ---- */

static bool quoted(const char **p, struct word *w)
{
    char quote = *(*p)++;
    w->any = true;
    while (**p && **p != quote) {
        if (quote == '"' && **p == '\\' && (*p)[1]) ++*p;
        char c = *(*p)++;
        if (quote == '"' && c == '$') {
            if (!dollar(p, w)) return false;
        } else {
            put(w, c);
        }
    }
    if (!**p) return false;
    ++*p;
    return true;
}

static bool ends_word(char c) { return !c || strchr(" \t\n;|&<>", c); }

static bool read_word(const char **p, struct word *w)
{
    w->len = 0;
    w->any = w->too_long = false;
    while (!ends_word(**p)) {
        if (**p == '\'' || **p == '"') {
            if (!quoted(p, w)) return false;
        } else if (**p == '\\') {
            if (*++*p == '\n')
                ++*p;
            else if (**p)
                put(w, *(*p)++);
        } else if (**p == '$') {
            ++*p;
            if (!dollar(p, w)) return false;
        } else {
            put(w, *(*p)++);
        }
    }
    w->b[w->len] = 0;
    return !w->too_long;
}

/* > file, 2>&1, &> file, < file. */
static bool redirection(const char **p, struct shell_command *c)
{
    const char *q = *p;
    struct word w;
    if (*q == '&' && q[1] == '>') q++;
    while (isdigit((unsigned char)*q)) q++;
    if (*q != '>' && *q != '<') return false;
    while (*q == '>' || *q == '<') q++;
    if (*q == '&') q++;
    while (*q == ' ' || *q == '\t') q++;
    if (!read_word(&q, &w) || !w.any) return false;
    if (**p == '>') {
        free(c->to);
        c->to = strndup(w.b, w.len);
    }
    *p = q;
    return true;
}

static void skip_blanks(const char **p)
{
    for (;;) {
        if (**p == ' ' || **p == '\t')
            ++*p;
        else if (**p == '\\' && (*p)[1] == '\n')
            *p += 2;
        else
            return;
    }
}

static void skip_line(const char **p)
{
    while (**p && **p != '\n') ++*p;
}

/* ---- commands ---- */

static bool add_word(struct shell_command *c, const struct word *w)
{
    if (c->word_n + 1 >= SHELL_WORDS_MAX) return false;
    c->word[c->word_n] = strndup(w->b, w->len);
    return c->word[c->word_n++] != NULL;
}

static bool read_command(const char **p, struct shell_command *c)
{
    struct word w;
    for (;;) {
        skip_blanks(p);
        if (**p == '#') skip_line(p);
        if (redirection(p, c)) continue;
        if (ends_word(**p)) return **p != '<' && **p != '>';
        if (!read_word(p, &w)) return false;
        if (w.any && !add_word(c, &w)) return false;
    }
}

/* What stands behind a pipeline says how the next one hangs on it. */
static enum shell_join read_join(const char **p)
{
    if (strncmp(*p, "&&", 2) == 0 || strncmp(*p, "||", 2) == 0) {
        enum shell_join join = **p == '&' ? SHELL_AND : SHELL_OR;
        *p += 2;
        while (isspace((unsigned char)**p) || (**p == '\\' && (*p)[1] == '\n')) ++*p;
        return join;
    }
    if (**p) ++*p;
    return SHELL_ALWAYS;
}

int shell_next(struct shell_reader *s, struct shell_pipeline *out, const char **wrong)
{
    const char **p = &s->at;
    *out = (struct shell_pipeline){.join = s->join};
    while (isspace((unsigned char)**p) || **p == ';' || **p == '#') **p == '#' ? skip_line(p) : (void)++*p;
    *wrong = *p;
    if (!**p) return s->join == SHELL_ALWAYS ? 0 : -1;
    for (;;) {
        if (out->stage_n == SHELL_STAGES_MAX || !read_command(p, &out->stage[out->stage_n++])) break;
        if (!out->stage[out->stage_n - 1].word_n && (out->stage_n > 1 || **p == '|' || **p == '&')) break; /* nothing beside | */
        if (**p != '|' || (*p)[1] == '|') {
            s->join = read_join(p);
            return 1;
        }
        ++*p;
    }
    shell_free(out);
    return -1;
}

void shell_free(struct shell_pipeline *p)
{
    for (size_t i = 0; i < p->stage_n; i++) {
        for (size_t k = 0; k < p->stage[i].word_n; k++) free(p->stage[i].word[k]);
        free(p->stage[i].to);
    }
    p->stage_n = 0;
}
