/* Topics: what tern explains in a word: each flag, field, option, state, timer, queue, rule, drop reason, setting, finding,
 * command. */
#ifndef EXPLAIN_TOPIC_H
#define EXPLAIN_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

struct topic {
    const char *name;    /* "SYN-RECEIVED" */
    const char *kind;    /* N_(): "state", "flag", "field", "option", "timer", "queue", "rule", "drop", "setting", "finding",
                            "command", "idea" */
    const char *aliases; /* other spellings, separated by spaces (Chinese ones too): "SYN_RECV SYN_RCVD SYN-RCVD" */
    const char *what;    /* N_() each: what it is */
    const char *why;     /* why it exists */
    const char *without; /* what goes wrong without it */
    const char *source;  /* "RFC 9293 3.3.2" */
    const char *code;    /* "src/tcp/fsm.c fsm_arrows" */
    const char *test;    /* "tests/conn/test_synrcvd.c" */
    const char *see;     /* names of topics and lessons, separated by spaces; NULL */
};

#endif
