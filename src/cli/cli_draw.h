/* What the commands that write pages share. */
#ifndef CLI_DRAW_H
#define CLI_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "story_show.h"

/* The state diagram for page_config.diagram, to be freed; NULL: it could not be made, and the page goes without. */
char *draw_states(void);

/* Writes the page of |n| stories to |path|; |limit| as in page_config. CLI_DONE, or CLI_FAILED after the complaint. */
int draw_page(const char *command, const char *path, json_t *const *story, size_t n, uint64_t limit);

/* The first |max_rows| rows of the capture |from| as a page at |path|. draw_capture.c */
int draw_capture(const char *from, const char *path, size_t max_rows);

#endif
