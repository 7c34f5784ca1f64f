/* Calls and the expressions in them. */
#include <string.h>

#include "reader.h"
#include "words.h"

const struct script_call *read_call(struct reader *r, const struct script_call *c)
{
    struct script_call *kept = arena_alloc(r->a, sizeof(*kept));
    *kept = *c;
    return kept;
}

struct script_expr *read_expr(struct reader *r, struct span at, enum script_expr_kind kind)
{
    struct script_expr *e = arena_alloc(r->a, sizeof(*e));
    e->kind = kind;
    e->at = (struct script_at){at.line, at.column};
    e->text.data = "";
    return e;
}

const struct script_expr *read_number(struct reader *r, struct span at, const struct token *t)
{
    if (!t->number.fits) return reader_fail(r, at, _("The number does not fit into 64 bits.")), NULL;
    struct script_expr *e = read_expr(r, at, EXPR_INTEGER);
    e->number = t->number.value;
    e->hex = t->number.hex;
    return e;
}

const struct script_expr *read_word(struct reader *r, struct span at, const char *text)
{
    struct script_expr *e = read_expr(r, at, EXPR_WORD);
    e->text = (struct script_bytes){text, strlen(text)};
    return e;
}

const struct script_expr *read_items(struct reader *r, struct span at, enum script_expr_kind kind, const char *name,
                                     const struct arena_list *items)
{
    struct script_expr *e = read_expr(r, at, kind);
    if (name) e->text = (struct script_bytes){name, strlen(name)};
    e->items = items->items;
    e->items_n = items->n;
    return e;
}

const struct script_expr *read_member(struct reader *r, struct span at, const char *name, const struct script_expr *size,
                                      const struct script_expr *value)
{
    struct script_expr *e = read_expr(r, at, value->kind);
    struct script_at here = e->at;
    *e = *value;
    e->at = here;
    e->name = name;
    e->size = size;
    return e;
}

const struct script_expr *read_sized(struct reader *r, struct span at, struct span size_at, const char *name,
                                     const struct arena_list *size, const struct script_expr *value)
{
    if (size->n == 1) return read_member(r, at, name, *(const struct script_expr *const *)size->items, value);
    return reader_fail(r, size_at, _("%s(...) = needs one number, or ..., between the brackets."), name), NULL;
}

const struct script_expr *read_strings(struct reader *r, struct span at, const struct arena_list *parts, bool more)
{
    const struct script_bytes *all = parts->items;
    struct script_expr *e = read_expr(r, at, EXPR_STRING);
    for (size_t i = 0; i < parts->n; i++) e->text.len += all[i].len;
    char *to = arena_alloc(r->a, e->text.len + 1);
    e->text.data = to;
    for (size_t i = 0; i < parts->n; i++) {
        memcpy(to, all[i].data, all[i].len);
        to += all[i].len;
    }
    e->more = more;
    return e;
}

const struct script_expr *script_member(const struct script_expr *e, const char *name)
{
    for (size_t i = 0; e->kind == EXPR_STRUCT && i < e->items_n; i++) {
        if (e->items[i]->name && strcmp(e->items[i]->name, name) == 0) return e->items[i];
    }
    return NULL;
}
