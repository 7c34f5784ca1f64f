/* What the files about system calls share. A call's row in the table reads its arguments (|read|); they are tried until they do
 * not block any more, and then looked at. */
#ifndef DRILL_RUN_CALL_H
#define DRILL_RUN_CALL_H

#include "run_internal.h"

struct call_row {
    const char *name;
    size_t args_min, args_max;
    bool (*read)(struct run *r, struct call *c); /* false: run_break() said why, or there is no memory */
};
/* Each file's calls, ended by a row without name. */
extern const struct call_row call_rows_socket[], call_rows_data[], call_rows_option[], call_rows_poll[], call_rows_file[];

/* ---- arguments; each complains with run_break() ---- */

static inline const struct script_expr *arg_of(const struct call *c, size_t i) { return c->spec->args[i]; }
/* A number: integer, name, names with | between, htons(1). */
bool expr_number(struct run *r, const struct script_expr *e, int64_t *out);
bool arg_number(struct run *r, const struct call *c, size_t i, int64_t *out);
/* [1] */
bool expr_bracketed(struct run *r, const struct script_expr *e, int64_t *out);
/* A descriptor, into c->fd. NULL there and true: there is none of the number, the call is -EBADF. */
bool arg_fd(struct run *r, struct call *c, size_t i);
/* Arguments that the runner fills in by itself, |n| from |from| on: nothing but ... or NULL may stand there. */
bool args_open(struct run *r, const struct call *c, size_t from, size_t n);
/* |e|, a struct, has no other members than |names|, which NULL ends. */
bool struct_has_only(struct run *r, const struct script_expr *e, const char *const *names);
/* A member of a struct as a number; |fallback| when it has none. */
bool member_number(struct run *r, const struct script_expr *e, const char *name, int64_t fallback, int64_t *out);
/* Says what is wrong with |e|, a sentence (translated), and returns false. */
bool expr_wrong(struct run *r, const struct script_expr *e, const char *sentence);

/* The address that connect(3, ..., ...) goes to, that bind(3, ..., ...) takes. */
void call_address(struct run *r, struct call *c, const struct tern_addr *ip, uint16_t port);
/* An address: ..., a struct, or a family; its length: NULL or ... as it is, or a number. */
bool expr_address(struct run *r, struct call *c, const struct script_expr *e, const struct script_expr *len,
                  const struct tern_addr *ip, uint16_t port);
/* The same from two arguments, |i| and the one behind it. */
bool arg_address(struct run *r, struct call *c, size_t i, const struct tern_addr *ip, uint16_t port);

/* A call on the connection's socket begins to open it: its packets come next. */
void call_connects(struct run *r, const struct call *c);

/* -EBADF, for those whose descriptor is not there; -ENOTSOCK for those that are no socket. 0: a socket. */
int64_t call_not_socket(const struct call *c);

#endif
