/* Messages about a script, with their place. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reader.h"
#include "utf8.h"
#include "words.h"

struct script_bytes script_line(const struct script *s, uint32_t line)
{
    const char *at = s->source.data, *end = at + s->source.len;
    for (uint32_t i = 1; i < line && at; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at) at++;
    }
    if (!at || line == 0) return (struct script_bytes){"", 0};
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((stop ? stop : end) - at);
    if (len > 0 && at[len - 1] == '\r') len--;
    return (struct script_bytes){at, len};
}

/* As it can be shown: whatever the script's bytes are. */
static void one_line(char *text)
{
    utf8_repair(text);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) *text = ' ';
    }
}

/* The line, from so far before the place that the place is within. */
static void take_source(const struct script *s, struct script_error *err)
{
    enum { BEFORE = 100 };
    struct script_bytes line = script_line(s, err->at.line);
    size_t from = err->at.column > BEFORE ? err->at.column - BEFORE : 0;
    if (from > line.len) from = line.len;
    while (from > 0 && from < line.len && (line.data[from] & 0xc0) == 0x80) from--;
    size_t n = line.len - from;
    if (n >= sizeof(err->source)) {
        n = sizeof(err->source) - 1;
        while (n > 0 && (line.data[from + n] & 0xc0) == 0x80) n--;
    }
    memcpy(err->source, line.data + from, n);
    err->source[n] = '\0';
    one_line(err->source);
    err->source_from = (uint32_t)from + 1;
    size_t rest = line.len >= err->at.column ? line.len - err->at.column + 1 : 1;
    if (err->width > rest) err->width = (uint32_t)rest;
    if (err->width == 0) err->width = 1;
}

__attribute__((format(printf, 5, 0))) static void fill(const struct script *s, struct script_at at, uint32_t width,
                                                       struct script_error *err, const char *format, va_list args)
{
    *err = (struct script_error){.at = at, .width = width};
    snprintf(err->path, sizeof(err->path), "%s", s->path);
    vsnprintf(err->message, sizeof(err->message), format, args);
    one_line(err->message);
    take_source(s, err);
}

void script_error_at(const struct script *s, struct script_at at, uint32_t width, struct script_error *err, const char *format,
                     ...)
{
    va_list args;
    va_start(args, format);
    fill(s, at, width, err, format, args);
    va_end(args);
}

bool reader_fail(struct reader *r, struct span at, const char *format, ...)
{
    if (r->failed) return false;
    r->failed = true;
    va_list args;
    va_start(args, format);
    fill(r->s, (struct script_at){at.line, at.column}, at.to - at.from, r->err, format, args);
    va_end(args);
    return false;
}

void script_error_mark(const struct script_error *err, char out[SCRIPT_MARK_SIZE])
{
    out[0] = '\0';
    if (err->at.line == 0) return;
    /* The mark stands below the place however wide the characters before it are. */
    size_t before = err->at.column - err->source_from, len = strlen(err->source);
    if (before > len) before = len;
    size_t width = err->width > len - before ? len - before : err->width;
    size_t blanks = utf8_columns_n(err->source, before), marks = utf8_columns_n(err->source + before, width);
    if (marks < 1) marks = 1;
    memset(out, ' ', blanks);
    memset(out + blanks, '^', marks);
    out[blanks + marks] = '\0';
}

/* ---- a token that does not fit ---- */

/* The kinds of tokens have these names in grammar.y, where they cannot be marked. */
__attribute__((unused)) static const char *const names[] = {
    N_("the end of the script"),
    N_("an option (--name=value)"),
    N_("a time"),
    N_("a number"),
    N_("a hexadecimal number"),
    N_("a word"),
    N_("a string"),
    N_("a command (`...`)"),
    N_("code (%{ ... }%)"),
};

/* "a", "b" or "c" */
static void join(char *out, size_t size, const char *const *all, int n)
{
    char before[256];
    snprintf(out, size, "%s", _(all[0]));
    for (int i = 1; i < n; i++) {
        snprintf(before, sizeof(before), "%s", out);
        if (i + 1 < n)
            snprintf(out, size, _("%s, %s"), before, _(all[i]));
        else
            snprintf(out, size, _("%s or %s"), before, _(all[i]));
    }
}

void reader_unexpected(struct reader *r, struct span at, bool end, const char *const *expected, int n)
{
    char list[256], found[64];
    uint32_t len = at.to - at.from;
    const char *text = reader_text(r, at);
    const char *newline = memchr(text, '\n', len);
    if (newline) len = (uint32_t)(newline - text);
    size_t fit = utf8_fit(reader_copy(r, (struct span){.from = at.from, .to = at.from + len}, 0, 0), 30);
    snprintf(found, sizeof(found), "%.*s%s", (int)fit, text, fit < len || newline ? "..." : "");
    if (n > 0) join(list, sizeof(list), expected, n);
    if (n == 0)
        reader_fail(r, at, _("\"%s\" does not fit here."), found);
    else if (end)
        reader_fail(r, at, _("The script ends here, expected was %s."), list);
    else
        reader_fail(r, at, _("Found \"%s\", expected was %s."), found, list);
}
