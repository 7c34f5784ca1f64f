/* Clauses of the protocol that the build named `experiments` can switch off, one by one, stack by stack: for the lessons (what
 * goes wrong without it?) and for the mutants of the tests. Every other build, libtern's too, has none of it: CLAUSE() is true. */
#ifndef TCP_EXPERIMENT_H
#define TCP_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

/* id, name on the command line, document, section, what stops being done */
#define EXPERIMENT_CLAUSES(X)                                                                                                    \
    X(ISN_KEYED, "keyed-isn", "RFC 9293", "3.4.1", "initial sequence numbers are the clock alone, without the keyed hash (MUST-9)") \
    X(ISN_CLOCK, "isn-clock", "RFC 9293", "3.4.1", "initial sequence numbers do not move with the clock (MUST-8)")

enum experiment_clause {
#define X(id, name, doc, section, text) EXPERIMENT_##id,
    EXPERIMENT_CLAUSES(X)
#undef X
        EXPERIMENT_CLAUSE_N
};

struct experiment_info {
    const char *name, *doc, *section, *text;
};

/* The table itself is in every build, for those who list it; the switches are not. NULL: no such row, no such name. */
const struct experiment_info *experiment_info(unsigned clause);

/* Has this build the switches? */
bool experiment_build(void);

#ifdef TERN_EXPERIMENTS
/* |env| is a struct tcp_env. */
#define CLAUSE(env, id) (((env)->clauses_off >> EXPERIMENT_##id & 1) == 0)
struct tern_stack;
/* False: no such clause. */
bool experiment_switch_off(struct tern_stack *s, const char *name);
#else
#define CLAUSE(env, id) ((void)(env), true)
#endif

#endif
