/* `tern explain`: the options of lessons. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli_options.h"
#include "lesson.h"

/* As popt stored them; NULL: not given. */
struct explain_texts {
    char *isn, *rtt, *loss_nth, *msl, *bytes, *mss, *backlog, *seed;
    char **set, **without; /* ended by NULL */
    int ipv6;
};

/* Reads |t|. -1: go on; otherwise the exit status, after the complaint. |o| points into |t|. */
int explain_read(const struct explain_texts *t, struct lesson_options *o);
/* Does |l| heed all that was given? As above. */
int explain_check(const struct lesson *l, const struct lesson_options *o);
/* Writes the book of all lessons and topics into the directory |path|. Returns an enum cli_exit. */
int explain_book(const char *path);

#endif
