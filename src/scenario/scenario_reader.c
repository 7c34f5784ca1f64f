#include "scenario_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "setting_text.h"
#include "words.h"

enum { TRACE_FILE_MAX = 16 << 20, LIST_MAX = 1 << 20 };

static void place(char *out, size_t cap, const char *file, const struct toml_node *at, bool at_key)
{
    if (at && at->from)
        snprintf(out, cap, "%s: ", at->from);
    else if (at && at->line)
        snprintf(out, cap, "%s:%u:%u: ", file, at->line, at_key && at->key_column ? at->key_column : at->column);
    else
        snprintf(out, cap, "%s: ", file);
}

bool scenario_complain(struct scenario_error *error, const char *file, const struct toml_node *at, bool at_key,
                       const char *format, ...)
{
    va_list list;
    place(error->text, sizeof error->text, file, at, at_key);
    size_t n = strlen(error->text);
    va_start(list, format);
    vsnprintf(error->text + n, sizeof error->text - n, format, list);
    va_end(list);
    return false;
}

#define COMPLAIN(r, at, ...)     scenario_complain((r)->error, (r)->file, at, false, __VA_ARGS__)
#define COMPLAIN_KEY(r, at, ...) scenario_complain((r)->error, (r)->file, at, true, __VA_ARGS__)

static bool no_memory(const struct reader *r) { return COMPLAIN(r, NULL, "%s", _("no memory")); }

static bool not_allowed(const struct reader *r, const struct toml_node *n, const struct schema_row *row)
{
    char allowed[400];
    schema_allowed(row, allowed, sizeof allowed);
    if (n->text) return COMPLAIN(r, n, _("%s cannot be \"%s\"; allowed: %s"), row->key, n->text, allowed);
    if (n->kind == TOML_INTEGER)
        return COMPLAIN(r, n, _("%s cannot be %lld; allowed: %s"), row->key, (long long)n->number, allowed);
    return COMPLAIN(r, n, _("%s is of a wrong kind; allowed: %s"), row->key, allowed);
}

/* ---- values ---- */

/* Integers of the widths that structs have; the table's range makes them fit. */
static void store(void *place, size_t size, uint64_t v)
{
    uint8_t v8 = (uint8_t)v;
    uint16_t v16 = (uint16_t)v;
    uint32_t v32 = (uint32_t)v;
    switch (size) {
    case 1: memcpy(place, &v8, size); break;
    case 2: memcpy(place, &v16, size); break;
    case 4: memcpy(place, &v32, size); break;
    default: memcpy(place, &v, sizeof v); break;
    }
}

static void store_pointer(void *place, const void *p) { memcpy(place, &p, sizeof p); }

static bool number_value(const struct schema_row *row, enum toml_kind kind, const char *text, int64_t number, uint64_t *v)
{
    if (kind == TOML_INTEGER && number >= 0)
        *v = (uint64_t)number;
    else if (kind != TOML_STRING || quantity_parse(text, row->unit, v) < 0)
        return false;
    return *v >= row->min && *v <= row->max;
}

static bool read_number(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    uint64_t v;
    if (!number_value(row, n->kind, n->text, n->number, &v)) {
        char allowed[120], units[160];
        schema_allowed(row, allowed, sizeof allowed);
        quantity_units(row->unit, units, sizeof units);
        if (n->kind == TOML_STRING && *units)
            return COMPLAIN(r, n, _("%s cannot be \"%s\"; allowed: %s, in %s"), row->key, n->text, allowed, units);
        return not_allowed(r, n, row);
    }
    store(out, row->size, v);
    return true;
}

static int choice_of(const char *list, const char *text)
{
    size_t len = strlen(text);
    for (int i = 0;; i++) {
        size_t n = strcspn(list, "|");
        if (n == len && memcmp(list, text, n) == 0) return i;
        if (!list[n]) return -1;
        list += n + 1;
    }
}

static bool read_choice(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    int i = n->kind == TOML_STRING ? choice_of(row->choices, n->text) : -1;
    if (i < 0) return not_allowed(r, n, row);
    store(out, row->size, (uint64_t)i);
    return true;
}

/* true and false, which options give as texts. */
static bool read_flag(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    bool v = n->number != 0;
    if (n->kind == TOML_STRING && n->from) {
        int i = choice_of(row->choices, n->text);
        if (i < 0) return not_allowed(r, n, row);
        v = i == 0;
    } else if (n->kind != TOML_BOOLEAN) {
        return not_allowed(r, n, row);
    }
    memcpy(out, &v, sizeof v);
    return true;
}

static bool known(const struct schema_row *row, const char *text)
{
    if (row->type == SCHEMA_CC) return cc_find(text) != NULL;
    if (row->type == SCHEMA_PROFILE) {
        struct tern_settings s;
        return tern_profile_set(&s, text) == 0;
    }
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(text);
}

static bool read_name(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    if (n->kind != TOML_STRING || strlen(n->text) >= row->size || !known(row, n->text)) return not_allowed(r, n, row);
    memset(out, 0, row->size);
    memcpy(out, n->text, strlen(n->text));
    return true;
}

static bool read_text(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    if (n->kind != TOML_STRING) return not_allowed(r, n, row);
    memcpy(out, &n->text, sizeof n->text);
    return true;
}

static bool read_figure(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    const struct figure_row *figure = n->kind == TOML_STRING ? figure_find(n->text) : NULL;
    if (!figure) return not_allowed(r, n, row);
    store_pointer(out, figure);
    return true;
}

static const char *value_text(const struct reader *r, const struct toml_node *n)
{
    if (n->kind == TOML_STRING) return n->text;
    if (n->kind != TOML_INTEGER && n->kind != TOML_BOOLEAN) return NULL;
    char *text = scenario_alloc(r->s, 24);
    if (text && n->kind == TOML_BOOLEAN)
        snprintf(text, 24, "%s", n->number ? "true" : "false");
    else if (text)
        snprintf(text, 24, "%lld", (long long)n->number);
    return text;
}

static bool read_set(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    if (n->kind != TOML_TABLE) return not_allowed(r, n, row);
    struct scenario_sets sets = {0};
    size_t count = 0;
    for (const struct toml_node *m = n->first; m; m = m->next) count++;
    sets.list = scenario_alloc(r->s, (count + 1) * sizeof *sets.list);
    if (!sets.list) return no_memory(r);
    for (const struct toml_node *m = n->first; m; m = m->next) {
        struct scenario_set *set = &sets.list[sets.n++];
        *set = (struct scenario_set){.key = m->key, .value = value_text(r, m), .at = m};
        if (!set->value)
            return COMPLAIN(r, m, _("%s wants a number, a text, true or false; names with dots stand in quotation marks"),
                            m->key);
    }
    memcpy(out, &sets, sizeof sets);
    return true;
}

/* ---- traces ---- */

/* |name| beside the scenario's file. */
static FILE *open_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    char *path = NULL;
    if (*name == '/' || !slash) return fopen(name, "r");
    if (asprintf(&path, "%.*s/%s", (int)(slash - file), file, name) < 0) return NULL;
    FILE *f = fopen(path, "r");
    free(path);
    return f;
}

static char *whole_file(const char *file, const char *name, size_t *n)
{
    FILE *f = open_beside(file, name);
    if (!f) return NULL;
    char *text = malloc(TRACE_FILE_MAX);
    *n = text ? fread(text, 1, TRACE_FILE_MAX, f) : 0;
    if (text && *n == TRACE_FILE_MAX) {
        free(text);
        text = NULL;
        errno = EFBIG;
    }
    fclose(f);
    return text;
}

static bool read_trace(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    size_t len, line = 0;
    if (n->kind != TOML_STRING) return not_allowed(r, n, row);
    char *text = whole_file(r->file, n->text, &len);
    if (!text) return COMPLAIN(r, n, _("cannot read the trace %s: %s"), n->text, strerror(errno));
    struct capacity_config c = {0};
    int64_t entries = capacity_trace_parse(text, len, NULL, 0, &line);
    uint32_t *ms = entries > 0 ? scenario_alloc(r->s, (size_t)entries * sizeof *ms) : NULL;
    if (ms) capacity_trace_parse(text, len, ms, (size_t)entries, &line);
    free(text);
    if (entries < 0)
        return COMPLAIN(r, n, _("the trace %s, line %zu: a number is wanted, not below the one before"), n->text, line);
    if (entries == 0) return COMPLAIN(r, n, _("the trace %s is empty"), n->text);
    if (!ms) return no_memory(r);
    c.trace_ms = ms;
    c.trace_n = (size_t)entries;
    memcpy(out, &c, sizeof c);
    return true;
}

/* ---- tables ---- */

static char *at_offset(void *out, size_t offset) { return (char *)out + offset; }

static bool read_list(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    if (n->kind != TOML_ARRAY) return COMPLAIN(r, n, _("%s is a list of tables: %s"), row->key, schema_tables[row->child].header);
    const struct schema_info *info = &schema_tables[row->child];
    size_t count = 0;
    for (const struct toml_node *m = n->first; m; m = m->next) count++;
    if (count > LIST_MAX) return COMPLAIN(r, n, _("%s has more than %d entries"), row->key, LIST_MAX);
    char *list = scenario_alloc(r->s, (count + 1) * info->size);
    if (!list) return no_memory(r);
    size_t i = 0;
    for (const struct toml_node *m = n->first; m; m = m->next, i++) {
        if (row->child == SCHEMA_HOST)
            memcpy(list + i * info->size, &r->s->stack, info->size); /* over what is said of all */
        else
            reader_defaults(row->child, list + i * info->size);
        if (!reader_table(r, m, row->child, list + i * info->size)) return false;
    }
    memcpy(at_offset(out, row->offset), &list, sizeof list);
    memcpy(at_offset(out, row->count), &count, sizeof count);
    if (row->child == SCHEMA_FAULTS) ((struct lane_config *)out)->given = count > 0;
    return true;
}

static bool read_value(const struct reader *r, const struct toml_node *n, const struct schema_row *row, void *out)
{
    void *at = at_offset(out, row->offset);
    switch (row->type) {
    case SCHEMA_TEXT: return read_text(r, n, row, at);
    case SCHEMA_NAME:
    case SCHEMA_CC:
    case SCHEMA_PROFILE: return read_name(r, n, row, at);
    case SCHEMA_NUMBER: return read_number(r, n, row, at);
    case SCHEMA_FLAG: return read_flag(r, n, row, at);
    case SCHEMA_CHOICE: return read_choice(r, n, row, at);
    case SCHEMA_FIGURE: return read_figure(r, n, row, at);
    case SCHEMA_SET: return read_set(r, n, row, at);
    case SCHEMA_TRACE: return read_trace(r, n, row, at);
    case SCHEMA_SUB: return reader_table(r, n, row->child, at);
    default: return read_list(r, n, row, out);
    }
}

static bool check_keys(const struct reader *r, const struct toml_node *node, enum schema_table table)
{
    for (const struct toml_node *n = node->first; n; n = n->next) {
        if (schema_find(table, n->key)) continue;
        char keys[400];
        schema_keys(table, keys, sizeof keys);
        return COMPLAIN_KEY(r, n, _("there is no \"%s\" here; allowed: %s"), n->key, keys);
    }
    return true;
}

static bool read_rows(const struct reader *r, const struct toml_node *node, enum schema_table table, void *out)
{
    for (size_t i = 0; i < schema_row_n; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (row->table != table) continue;
        const struct toml_node *n = toml_member(node, row->key);
        if (n && !read_value(r, n, row, out)) return false;
        if (!n && row->needed) return COMPLAIN_KEY(r, node, _("%s must be given: %s"), row->key, words(row->text));
    }
    return true;
}

bool reader_table(const struct reader *r, const struct toml_node *node, enum schema_table table, void *out)
{
    const struct schema_info *info = &schema_tables[table];
    if (node->kind != TOML_TABLE) return COMPLAIN(r, node, _("a table is wanted here: %s"), info->header);
    if (info->at != SIZE_MAX) store_pointer(at_offset(out, info->at), node);
    if (!check_keys(r, node, table)) return false;
    if (table == SCHEMA_LINK) { /* both directions, before what is different in one */
        struct scenario_link *link = out;
        if (!read_rows(r, node, SCHEMA_LANE, &link->lane[0]) || !read_rows(r, node, SCHEMA_LANE, &link->lane[1])) return false;
    }
    return read_rows(r, node, table, out);
}

void reader_defaults(enum schema_table table, void *out)
{
    memset(out, 0, schema_tables[table].size);
    for (size_t i = 0; i < schema_row_n; i++) {
        const struct schema_row *row = &schema_rows[i];
        uint64_t v;
        if (row->table != table) continue;
        if (row->type == SCHEMA_SUB)
            reader_defaults(row->child, at_offset(out, row->offset));
        else if (row->type == SCHEMA_NUMBER && row->def && quantity_parse(row->def, row->unit, &v) == 0)
            store(at_offset(out, row->offset), row->size, v);
        else if (row->type == SCHEMA_CHOICE && row->def)
            store(at_offset(out, row->offset), row->size, (uint64_t)choice_of(row->choices, row->def));
    }
    if (table == SCHEMA_LINK) {
        struct scenario_link *link = out;
        reader_defaults(SCHEMA_LANE, &link->lane[0]);
    }
}

/* Kernels' settings have no true and false, but 1 and 0. */
static const char *as_number(const char *value)
{
    return strcmp(value, "true") == 0 ? "1" : strcmp(value, "false") == 0 ? "0" : value;
}

bool reader_setting(const struct reader *r, const struct scenario_set *set, struct tern_settings *settings)
{
    if (strpbrk(set->key, "./")) {
        switch (tern_sysctl_set(settings, set->key, as_number(set->value))) {
        case 0: return true;
        case TERN_ERR_UNSUPPORTED: return COMPLAIN(r, set->at, _("tern cannot do %s = %s"), set->key, set->value);
        default: return COMPLAIN(r, set->at, _("there is no setting %s, or it cannot be %s"), set->key, set->value);
        }
    }
    const struct tern_setting_info *info = tern_setting_find(set->key);
    if (!info) return COMPLAIN_KEY(r, set->at, _("there is no setting \"%s\"; 'tern settings' lists them"), set->key);
    if (setting_take(info, set->value, settings)) return true;
    char least[QUANTITY_LEN], most[QUANTITY_LEN];
    setting_text(info, info->min, least);
    setting_text(info, info->max, most);
    return COMPLAIN(r, set->at, _("%s cannot be \"%s\"; allowed: %s .. %s"), set->key, set->value, least, most);
}
