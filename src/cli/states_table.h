/* tern states: the connections that are asked for, from every tern and from the kernel, in one list. */
#ifndef CLI_STATES_TABLE_H
#define CLI_STATES_TABLE_H

#include <jansson.h>

#include <tern/conn.h>

/* Who has connections: a tern (its process and figures), or the kernel of this network namespace. */
struct states_owner {
    int pid;         /* 0: the kernel */
    json_t *figures; /* a tern's "stack" object (doc/events.md); owned; NULL for the kernel */
    char *path;      /* of a tern's socket; owned */
};

struct states_entry {
    struct tern_status st; /* deadlines count from 0 */
    size_t owner;
    json_t *json; /* as the tern told it; owned; NULL for the kernel */
};

struct states_table {
    struct states_owner *owner;
    struct states_entry *entry;
    size_t owner_n, entry_n;
};

void states_table_free(struct states_table *t);
struct states_owner *states_add_owner(struct states_table *t); /* NULL: no memory */
struct states_entry *states_add_entry(struct states_table *t);

/* Asks every tern of this user; returns how many answered. */
int states_ask_terns(struct states_table *t);
/* One answer to |request| ("why 3\n"), as it comes, to |out|. False: it did not come whole. */
bool states_ask(const char *path, const char *request, FILE *out);
/* Adds the kernel's TCP sockets of this network namespace (sock_diag). 0, or a negative errno. */
int states_ask_kernel(struct states_table *t);

/* ss's filter: [state STATE | exclude STATE]... [EXPRESSION]; see states_filter.c. */
struct states_filter;
/* NULL: |error| says what is wrong with it, in the reader's language. */
struct states_filter *states_filter_parse(const char *text, char *error, size_t error_len);
bool states_filter_match(const struct states_filter *f, const struct tern_status *st);
void states_filter_free(struct states_filter *f);

#endif
