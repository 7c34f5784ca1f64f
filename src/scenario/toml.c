#include "toml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct toml_node *toml_new(enum toml_kind kind, const char *key, const char *text)
{
    struct toml_node *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->kind = kind;
    n->key = key ? strdup(key) : NULL;
    n->text = text ? strdup(text) : NULL;
    if ((!key || n->key) && (!text || n->text)) return n;
    toml_free(n);
    return NULL;
}

/* toml++ bounds the depth. */
void toml_free(struct toml_node *root)
{
    if (!root) return;
    for (struct toml_node *n = root->first, *next; n; n = next) {
        next = n->next;
        toml_free(n);
    }
    free(root->key);
    free(root->text);
    free(root);
}

struct toml_node *toml_member(const struct toml_node *table, const char *key)
{
    struct toml_node *n = table ? table->first : NULL;
    while (n && !(n->key && strcmp(n->key, key) == 0)) n = n->next;
    return n;
}

struct toml_node *toml_copy(const struct toml_node *root)
{
    struct toml_node *copy = toml_new(root->kind, root->key, root->text);
    if (!copy) return NULL;
    copy->number = root->number;
    copy->line = root->line;
    copy->column = root->column;
    copy->key_column = root->key_column;
    copy->from = root->from;
    struct toml_node **end = &copy->first;
    for (const struct toml_node *n = root->first; n; n = n->next) {
        *end = toml_copy(n);
        if (!*end) {
            toml_free(copy);
            return NULL;
        }
        end = &(*end)->next;
    }
    return copy;
}

/* ---- values from elsewhere ---- */

static struct toml_node *append(struct toml_node *table, enum toml_kind kind, const char *key, const char *from)
{
    struct toml_node *n = toml_new(kind, key, NULL), **end = &table->first;
    if (!n) return NULL;
    while (*end) end = &(*end)->next;
    *end = n;
    n->from = from;
    return n;
}

static bool put_text(struct toml_node *table, const char *key, const char *value, const char *from)
{
    struct toml_node *n = toml_member(table, key);
    if (!n) n = append(table, TOML_STRING, key, from);
    char *text = strdup(value);
    if (!n || !text) {
        free(text);
        return false;
    }
    for (struct toml_node *m = n->first, *next; m; m = next) {
        next = m->next;
        toml_free(m);
    }
    free(n->text);
    n->first = NULL;
    n->kind = TOML_STRING;
    n->text = text;
    n->from = from;
    return true;
}

/* Is |entry|, number |i| of its array, the one that |name| means? */
static bool meant(const struct toml_node *entry, size_t i, const char *name)
{
    if (strcmp(name, "*") == 0) return true;
    const struct toml_node *own = toml_member(entry, "name");
    if (own && own->text && strcmp(own->text, name) == 0) return true;
    return isdigit((unsigned char)name[0]) && strtoul(name, NULL, 10) == i;
}

static bool set_below(struct toml_node *at, const char *path, const char *value, const char *from)
{
    size_t len = strcspn(path, ".");
    char name[64];
    if (len == 0 || len >= sizeof name) return false;
    memcpy(name, path, len);
    name[len] = '\0';
    const char *rest = path[len] ? path + len + 1 : NULL;
    if (at->kind == TOML_ARRAY) {
        bool found = false;
        size_t i = 0;
        for (struct toml_node *n = at->first; n && rest; n = n->next)
            if (meant(n, ++i, name)) found = set_below(n, rest, value, from) || found;
        return found;
    }
    if (at->kind != TOML_TABLE) return false;
    if (!rest) return put_text(at, name, value, from);
    struct toml_node *member = toml_member(at, name);
    if (!member) member = append(at, TOML_TABLE, name, from);
    return member && set_below(member, rest, value, from);
}

bool toml_set(struct toml_node *root, const char *path, const char *value, const char *from)
{
    return set_below(root, path, value, from);
}
