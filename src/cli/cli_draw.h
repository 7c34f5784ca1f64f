/* What the commands that write pages share. */
#ifndef CLI_DRAW_H
#define CLI_DRAW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli.h"
#include "story_show.h"

struct trace_wish;

/* A page speaks each language, so what it shows is told in each, by words_choose(). */
enum { DRAW_ENGLISH, DRAW_CHINESE, DRAW_LANGUAGE_N };
extern const char *const draw_languages[DRAW_LANGUAGE_N];

/* The state diagrams of a page, to be freed; NULL: one that could not be made, and the page goes without. */
void draw_states(char *svg[static DRAW_LANGUAGE_N]);

/* A list of story_json() of |n| stories; NULL: no memory. */
json_t *draw_stories(const struct story *story, size_t n);

/* Where a page goes. */
struct draw_target {
    const char *command, *path;
    FILE *file; /* NULL: not open yet */
    char *states[DRAW_LANGUAGE_N];
};
/* Opens the file, and makes what needs more than memory: who enters a jail does it before that. -1: go on; otherwise the exit
 * status, after the complaint. */
int draw_begin(struct draw_target *t);
/* Writes the page of the same stories in each language, and gives the references back; one that is NULL is a complaint. |limit|
 * as in page_config. Begins, when that was not done. CLI_DONE, or CLI_FAILED after the complaint. */
int draw_end(struct draw_target *t, json_t *stories[static DRAW_LANGUAGE_N], uint64_t limit);

/* The first |max_rows| rows of the capture |from|, or of |wish->interface| while it is listened to, as a page at |path|.
 * draw_capture.c */
int draw_capture(const struct trace_wish *wish, const char *from, const char *path, size_t max_rows);

#endif
