#include "cli_help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utf8.h"
#include "words.h"

enum { OPTION_COLUMNS = 28, WIDTH_MOST = 100, WIDTH_DEFAULT = 80, WIDTH_LEAST = 40 };

size_t help_width(void)
{
    const char *columns = getenv("COLUMNS");
    uint64_t n;
    struct winsize w;
    if (!columns || parse_number(columns, 10000, &n) < 0) {
        n = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : WIDTH_DEFAULT;
    }
    return n > WIDTH_MOST ? WIDTH_MOST : n < WIDTH_LEAST ? WIDTH_LEAST : (size_t)n;
}

void help_wrap(FILE *out, const char *text, size_t indent, size_t width)
{
    while (*text) {
        size_t n = utf8_line(text, width - indent);
        if (n > 0) fprintf(out, "%*s%.*s", (int)indent, "", (int)n, text);
        fputc('\n', out);
        text += n;
        if (*text == '\n')
            text++;
        else
            text += strspn(text, " ");
    }
}

/* "-k, --keep", "--set=KEY=VALUE" */
static void option_name(const struct poptOption *p, char *out, size_t len)
{
    char brief[8] = "";
    if (p->shortName) snprintf(brief, sizeof brief, "-%c, ", p->shortName);
    snprintf(out, len, "%s--%s%s%s", brief, p->longName, p->argDescrip ? " " : "", p->argDescrip ? p->argDescrip : "");
}

static bool is_end(const struct poptOption *p) { return !p->longName && !p->shortName && !p->arg; }
static bool is_table(const struct poptOption *p) { return (p->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE; }

static void print_row(FILE *out, const char *name, const char *text, size_t width)
{
    size_t used = 2 + utf8_columns(name);
    fprintf(out, "  %s", name);
    if (used + 1 > OPTION_COLUMNS) {
        fputc('\n', out);
        used = 0;
    }
    for (size_t n; *text; text += n, text += strspn(text, " "), used = 0) {
        n = utf8_line(text, width - OPTION_COLUMNS);
        fprintf(out, "%*s%.*s\n", (int)(OPTION_COLUMNS - used), "", (int)n, text);
    }
}

static void print_options(FILE *out, const struct poptOption *table, size_t width)
{
    for (const struct poptOption *p = table; !is_end(p); p++) {
        if (!is_table(p) && !p->descrip) continue;
        if (is_table(p)) {
            if (!*p->descrip) continue;
            fprintf(out, "\n%s\n", words(p->descrip));
            print_options(out, p->arg, width);
            continue;
        }
        char name[80];
        option_name(p, name, sizeof name);
        print_row(out, name, words(p->descrip), width);
    }
}

/* The keys of a SPEC of damage: name=example, and what it is. */
static bool damage_key(size_t i, char *out, size_t len, const char **what)
{
    const char *name, *example;
    if (!tern_impair_key(i, &name, &example, what)) return false;
    snprintf(out, len, "%s=%s", name, example);
    return true;
}

static void print_damage(FILE *out, size_t width)
{
    const char *what;
    char key[60];
    fprintf(out, "\n%s\n", _("Keys of a SPEC, with commas between:"));
    for (size_t i = 0; damage_key(i, key, sizeof key, &what); i++) print_row(out, key, words(what), width);
}

/* One on the line of its title; several below it, a line each. */
static void print_examples(FILE *out, const char *example)
{
    if (!strchr(example, '\n')) {
        fprintf(out, "\n%s %s\n", _("Example:"), example);
        return;
    }
    fprintf(out, "\n%s\n", _("Examples:"));
    for (size_t n; *example; example += n, example += *example == '\n') {
        n = strcspn(example, "\n");
        fprintf(out, "  %.*s\n", (int)n, example);
    }
}

void help_print(FILE *out, const struct usage *u, const struct poptOption *table, size_t width)
{
    fprintf(out, "%s tern %s %s\n\n", _("Usage:"), u->command, u->operands);
    help_wrap(out, words(u->text), 0, width);
    print_options(out, table, width);
    if (u->damage_keys) print_damage(out, width);
    print_examples(out, u->example);
}

/* ---- roff ---- */

void help_roff_text(FILE *out, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\'')) fputs("\\&", out);
        start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (start && text[1] == '\n')
            text++, fputs("\n.PP\n", out);
        else
            fputc(*text, out);
    }
}

static void roff_row(FILE *out, const char *name, const char *text)
{
    fputs(".TP\n.B ", out);
    help_roff_text(out, name);
    fputc('\n', out);
    help_roff_text(out, text);
    fputc('\n', out);
}

static void roff_damage(FILE *out)
{
    const char *what;
    char key[60];
    fprintf(out, ".PP\n%s\n", _("Keys of a SPEC, with commas between:"));
    for (size_t i = 0; damage_key(i, key, sizeof key, &what); i++) roff_row(out, key, words(what));
}

void help_roff_options(FILE *out, const struct poptOption *table)
{
    for (const struct poptOption *p = table; !is_end(p); p++) {
        if (is_table(p)) {
            if (!(p->argInfo & POPT_ARGFLAG_DOC_HIDDEN)) help_roff_options(out, p->arg);
            continue;
        }
        if (!p->descrip) continue;
        char name[80];
        option_name(p, name, sizeof name);
        roff_row(out, name, words(p->descrip));
    }
}

void help_roff(FILE *out, const struct usage *u, const struct poptOption *table)
{
    fprintf(out, ".SS tern %s ", u->command);
    help_roff_text(out, u->operands);
    fputc('\n', out);
    help_roff_text(out, words(u->text));
    fputc('\n', out);
    help_roff_options(out, table);
    if (u->damage_keys) roff_damage(out);
    fprintf(out, ".PP\n%s\n.nf\n", strchr(u->example, '\n') ? _("Examples:") : _("Example:"));
    for (const char *p = u->example; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        char line[160];
        snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
        fputs("\\fB", out);
        help_roff_text(out, line);
        fputs("\\fR\n", out);
    }
    fputs(".fi\n", out);
}
