/* Topics: what tern explains in a word: each flag, field, option, state, timer, queue, idea and command by hand, each rule, drop
 * reason, setting, option of a connection, finding and clause by the tables of the code. */
#ifndef EXPLAIN_TOPIC_H
#define EXPLAIN_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lesson.h"

struct topic {
    const char *name; /* "SYN-RECEIVED" */
    const char *kind; /* N_(): "state", "flag", "header field", "TCP option", "timer", "queue", "idea", "call", "command", "rule",
                         "drop reason", "setting", "connection option", "finding", "clause" */
    const char *aliases;  /* other spellings, separated by spaces (Chinese ones too): "SYN_RECV SYN_RCVD"; NULL */
    const char *what;     /* N_() each: what it is */
    const char *when;     /* when it acts; NULL: |what| says it, or it does not act */
    const char *why;      /* why it exists; NULL for what comes of a table */
    const char *without;  /* what goes wrong without it; NULL */
    const char *source;   /* "RFC 9293 3.3.2"; NULL: |what| says it */
    const char *section;  /* of |source|, where a table has it apart; NULL */
    const char *code;     /* "src/tcp/fsm.c fsm_next": a file, and a name that stands in it */
    const char *test;     /* "tests/conn/test_synrcvd.c" */
    const char *settings; /* names of those it has, separated by spaces; NULL: none */
    const char *see;      /* names of topics and lessons, without spaces of their own, separated by spaces; NULL */
    const char *unit;     /* of |least| to |most|, and |otherwise|, when nothing is said; NULL: there are no such */
    uint64_t least, most, otherwise;
    bool has_default;
};

/* Topic |i|, those written by hand first; false beyond the last. What it points to is static. */
bool topic_get(size_t i, struct topic *out);

/* Are the two the same name? Case, and all but letters and digits, do not count: "SYN_RECV" is "syn-recv". */
bool topic_same_name(const char *a, const char *b);
/* Is |word| the name or another spelling of |t|? */
bool topic_is(const struct topic *t, const char *word);
/* Does |word| stand anywhere in it, in English or in Chinese? Case does not count. */
bool topic_has(const struct topic *t, const char *word);
bool lesson_has(const struct lesson *l, const char *word);
/* The text in Chinese, whatever the reader's language. */
const char *topic_chinese(const char *msgid);
/* The lesson of that name, in any spelling; NULL. */
const struct lesson *topic_lesson(const char *word);

/* The names of topics and lessons nearest to |word|, best first; returns how many. */
size_t topic_near(const char *word, const char **out, size_t max);

/* The topic as prose, with its picture (topic_plot.h), which is run for it. False: the run was not as the topic says. */
struct prose;
bool topic_show(struct prose *p, const struct topic *t);
/* As JSON, without the picture. NULL: no memory; the caller owns the reference. */
json_t *topic_json(const struct topic *t);

/* The tables of those written by hand, each ended by a row without a name. */
extern const struct topic topics_states[], topics_segment[], topics_timers[], topics_recovery[], topics_ideas[], topics_basics[],
    topics_calls[], topics_commands[], topics_congestion[];
/* Row |i| of what the code's own tables have; false beyond the last. */
bool topic_of_table(size_t i, struct topic *out);

#endif
