/* Scripts as text, run: what tests of the runner share. */
#ifndef DRILL_PLAY_H
#define DRILL_PLAY_H

#include "unit.h"

#include "run.h"

extern struct run_config play_cfg; /* the next run's */
extern struct run_result play_res; /* the last run's */

/* cmocka's setup and teardown: the settings are fresh, the result is given back. */
int play_start(void **state);
int play_stop(void **state);

void play(const char *text);
void play_passes(const char *text);
/* The verdict is that one, its place is in |line|, and |part| is in the message. */
void play_fails(const char *text, unsigned line, const char *part);
void play_breaks(const char *text, unsigned line, const char *part);

#define PLAY_CASE(f) cmocka_unit_test_setup_teardown(f, play_start, play_stop)

#define SERVER                                                                                                                   \
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"                                                                              \
    "+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n"                                                                   \
    "+0 bind(3, ..., ...) = 0\n"                                                                                                 \
    "+0 listen(3, 1) = 0\n"
enum { SERVER_LINES = 4 };
#define ESTABLISHED                                                                                                              \
    SERVER "+0 < S 0:0(0) win 30000 <mss 1000>\n"                                                                                \
           "+0 > S. 0:0(0) ack 1 <mss 1460>\n"                                                                                   \
           "+.1 < . 1:1(0) ack 1 win 30000\n"                                                                                    \
           "+0 accept(3, ..., ...) = 4\n"
enum { ESTABLISHED_LINES = 8 };

#endif
