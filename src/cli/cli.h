/* The command `tern`: what its commands share. One file a command; the table of them stands in main.c. */
#ifndef CLI_H
#define CLI_H

#include <tern/types.h>

/* Exit status of every command. */
enum cli_exit {
    CLI_DONE = 0,   /* done */
    CLI_FAILED = 1, /* tern could not */
    CLI_USAGE = 2,  /* the command line is wrong */
    CLI_SHORT = 3   /* what was examined fell short */
};

struct command {
    const char *name;
    const char *summary;
    /* |argv[0]| is the command's name. Returns an enum cli_exit. */
    int (*run)(int argc, const char **argv);
};

int cmd_attack(int argc, const char **argv);
int cmd_connect(int argc, const char **argv);
int cmd_demo(int argc, const char **argv);
int cmd_explain(int argc, const char **argv);
int cmd_diagram(int argc, const char **argv);
int cmd_draw(int argc, const char **argv);
int cmd_drill(int argc, const char **argv);
int cmd_relay(int argc, const char **argv);
int cmd_serve(int argc, const char **argv);
int cmd_settings(int argc, const char **argv);
int cmd_sim(int argc, const char **argv);
int cmd_states(int argc, const char **argv);
int cmd_trace(int argc, const char **argv);
int cmd_wire(int argc, const char **argv);

/* One line on stderr, "tern COMMAND: text", which says what to do; |format| is looked up in the reader's language (it is marked
 * for translation by being here). Returns CLI_FAILED. */
int cli_fail(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, with a pointer to the command's --help. Returns CLI_USAGE. */
int cli_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lessons want a core whose clauses can be switched off: the program tern-experiments, which is this command over another core.
 * Becomes it, with |argv| (|argv[0]|: the command's name). Returns -1 when this is it: go on; else CLI_FAILED, after the
 * complaint. */
int cli_experiments(int argc, const char **argv);

#endif
