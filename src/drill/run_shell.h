/* The little of the shell's language that scripts use between backquotes, and in the files that they name: words, quotes,
 * $((1+2)), redirections, comments, lines, ; && || and pipes. Nothing is executed. */
#ifndef DRILL_RUN_SHELL_H
#define DRILL_RUN_SHELL_H

#include <stdbool.h>
#include <stddef.h>

enum { SHELL_WORDS_MAX = 64, SHELL_STAGES_MAX = 8 };

/* How a pipeline hangs on the one before. */
enum shell_join { SHELL_ALWAYS, SHELL_AND, SHELL_OR };

struct shell_command {
    char *word[SHELL_WORDS_MAX];
    size_t word_n;
    char *to; /* > file, the last one; NULL */
};

struct shell_pipeline {
    enum shell_join join;
    struct shell_command stage[SHELL_STAGES_MAX];
    size_t stage_n;
};

struct shell_reader {
    const char *at;
    enum shell_join join;
};

/* The next pipeline, to be given to shell_free(). 1; 0: no more; -1: it cannot be read (|*wrong|: where). */
int shell_next(struct shell_reader *s, struct shell_pipeline *out, const char **wrong);
void shell_free(struct shell_pipeline *p);

#endif
