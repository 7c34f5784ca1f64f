/* What the table says, for people. */
#include <string.h>

#include "cc.h"
#include "quantity.h"
#include "schema.h"
#include "words.h"

const struct schema_row *schema_find(enum schema_table table, const char *key)
{
    for (size_t i = 0; i < schema_row_n; i++)
        if (schema_rows[i].table == table && strcmp(schema_rows[i].key, key) == 0) return &schema_rows[i];
    /* What is said of a link is said of its direction. */
    return table == SCHEMA_LINK ? schema_find(SCHEMA_LANE, key) : NULL;
}

static const char *setting_unit(const char *name)
{
    const struct tern_setting_info *s = tern_setting_find(name);
    return s ? s->unit : NULL;
}

const char *schema_unit(const char *path)
{
    enum schema_table table = SCHEMA_ROOT;
    for (;;) {
        char key[64];
        size_t len = strcspn(path, ".");
        if (len == 0 || len >= sizeof key) return NULL;
        memcpy(key, path, len);
        key[len] = '\0';
        const struct schema_row *row = schema_find(table, key);
        if (!row) return NULL;
        if (!path[len]) return row->type == SCHEMA_NUMBER ? row->unit : NULL;
        path += len + 1;
        if (row->type == SCHEMA_SET) return setting_unit(path);
        if (row->type == SCHEMA_LIST) {
            path += strcspn(path, ".");
            if (*path++ != '.') return NULL;
        } else if (row->type != SCHEMA_SUB) {
            return NULL;
        }
        table = row->child;
    }
}

static size_t add(char *out, size_t cap, size_t n, const char *text)
{
    int len = snprintf(out + n, cap - n, "%s%s", n ? ", " : "", text);
    return len < 0 || (size_t)len >= cap - n ? n : n + (size_t)len;
}

void schema_keys(enum schema_table table, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < schema_row_n; i++)
        if (schema_rows[i].table == table) n = add(out, cap, n, schema_rows[i].key);
    for (size_t i = 0; table == SCHEMA_LINK && i < schema_row_n; i++)
        if (schema_rows[i].table == SCHEMA_LANE) n = add(out, cap, n, schema_rows[i].key);
}

static void choices(const char *list, char *out, size_t cap)
{
    size_t n = 0;
    for (; *list && n + 3 < cap; list++) {
        out[n++] = *list == '|' ? ',' : *list;
        if (*list == '|') out[n++] = ' ';
    }
    out[n] = '\0';
}

static void algorithms(char *out, size_t cap)
{
    size_t n = 0;
    const struct cc_ops *ops;
    out[0] = '\0';
    for (size_t i = 0; (ops = cc_get(i)) != NULL; i++) n = add(out, cap, n, ops->name);
}

static void figures(char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < FIGURE_N; i++) n = add(out, cap, n, figure_rows[i].name);
}

void schema_allowed(const struct schema_row *row, char *out, size_t cap)
{
    char least[QUANTITY_LEN], most[QUANTITY_LEN];
    switch (row->type) {
    case SCHEMA_NUMBER:
        quantity_exact(row->min, row->unit, least);
        quantity_exact(row->max, row->unit, most);
        snprintf(out, cap, "%s .. %s", least, most);
        break;
    case SCHEMA_FLAG:
    case SCHEMA_CHOICE: choices(row->choices, out, cap); break;
    case SCHEMA_CC: algorithms(out, cap); break;
    case SCHEMA_PROFILE: snprintf(out, cap, "rfc, linux, freebsd"); break;
    case SCHEMA_FIGURE: figures(out, cap); break;
    case SCHEMA_NAME: snprintf(out, cap, _("at most %zu letters, digits, - _ ."), row->size - 1); break;
    case SCHEMA_TEXT: snprintf(out, cap, "%s", _("text")); break;
    case SCHEMA_TRACE: snprintf(out, cap, "%s", _("a file's name")); break;
    case SCHEMA_SET: snprintf(out, cap, "%s", _("keys and values")); break;
    case SCHEMA_SUB:
    case SCHEMA_LIST: snprintf(out, cap, "%s", schema_tables[row->child].header); break;
    }
}

/* ---- the whole ---- */

static const char *type_text(const struct schema_row *row, char out[2048])
{
    if (row->type == SCHEMA_FIGURE)
        snprintf(out, 2048, "%s", _("a name of the list below"));
    else
        schema_allowed(row, out, 2048);
    return out;
}

static void print_row(FILE *out, const struct schema_row *row, bool markdown)
{
    char allowed[2048];
    const char *def = row->needed ? _("must be given") : row->def ? row->def : "";
    if (markdown) {
        fprintf(out, "| `%s` | %s | %s | %s |\n", row->key, type_text(row, allowed), def, words(row->text));
        return;
    }
    fprintf(out, "  %s\n", row->key);
    fprintf(out, "      %s\n", words(row->text));
    fprintf(out, "      %s", type_text(row, allowed));
    if (*def) fprintf(out, row->needed ? "; %s" : _("; default %s"), def);
    fputc('\n', out);
}

static void print_figures(FILE *out, bool markdown)
{
    static const char *const scopes[] = {
        [FIGURE_FLOW] = N_("of a flow"), [FIGURE_LINK] = N_("of a link"), [FIGURE_RUN] = N_("of the run")};
    fprintf(out, markdown ? "\n## %s\n\n" : "\n%s\n\n", _("Figures"));
    if (markdown) fprintf(out, "| %s | %s | %s | %s |\n|---|---|---|---|\n", _("figure"), _("whose"), _("unit"), _("what it is"));
    for (size_t i = 0; i < FIGURE_N; i++) {
        const struct figure_row *row = &figure_rows[i];
        if (markdown)
            fprintf(out, "| `%s` | %s | %s | %s |\n", row->name, words(scopes[row->scope]), row->unit, words(row->text));
        else
            fprintf(out, "  %s (%s, %s)\n      %s\n", row->name, words(scopes[row->scope]), row->unit, words(row->text));
    }
}

static void print_intro(FILE *out, bool markdown)
{
    fprintf(out, markdown ? "# %s\n\n%s\n" : "%s\n\n%s\n", _("Scenarios of tern sim"),
            _("A scenario is a text in TOML. A number with a unit is a text, \"10 Mbit/s\", \"20 ms\", \"1 %\", \"64 KiB\"; a "
              "number alone is "
              "in the unit that its range shows. Keys may stand in any order; one that is not in these tables is an error, with "
              "its line "
              "and column. --set and --sweep name keys by their path: bottleneck.rate, bottleneck.queue.kind, stack.set.sack, "
              "flow.NAME.cc or flow.1.cc, flow.*.cc for all flows. 'tern sim --print NAME' shows those that are built in."));
}

void schema_print(FILE *out, bool markdown)
{
    print_intro(out, markdown);
    for (enum schema_table t = 0; t < SCHEMA_TABLE_N; t++) {
        const char *header = schema_tables[t].header, *text = words(schema_tables[t].text);
        if (markdown)
            fprintf(out, *header ? "\n## `%s`\n\n%s.\n\n" : "\n## %s%s\n\n", header, text);
        else
            fprintf(out, *header ? "\n%s  %s\n\n" : "\n%s%s\n\n", header, text);
        if (markdown)
            fprintf(out, "| %s | %s | %s | %s |\n|---|---|---|---|\n", _("key"), _("value"), _("default"), _("what it is"));
        for (size_t i = 0; i < schema_row_n; i++)
            if (schema_rows[i].table == t) print_row(out, &schema_rows[i], markdown);
    }
    print_figures(out, markdown);
}
