/* A script's tree as a line of text, so that tests can say in one string what they expect. */
#ifndef TEST_DRILL_DUMP_H
#define TEST_DRILL_DUMP_H

#include "script.h"

/* Options, init, events and cleanup, each ended by ';'. Static: the next call overwrites it. */
const char *drill_dump(const struct script *s);

#endif
