/* What is there before the first event: addresses, names, settings; and the commands between backquotes that change them. */
#ifndef DRILL_RUN_SETUP_H
#define DRILL_RUN_SETUP_H

#include "run_internal.h"

/* The profile's defines and the user's behind them; to be freed (the array alone). NULL: no memory. */
struct script_define *setup_defines(const struct run_config *cfg, size_t *n);
/* Options of the script and of the profile, what the run is skipped for; settings: the profile's, the user's, those of the
 * script's first command. There is no stack yet. */
void setup_read(struct run *r);
/* A stack that is there gets what was set. */
bool setup_push(struct run *r);
void setup_free(struct run *r);

/* What the script asks for and does not get, and why (translated): for the result's notes. */
void setup_note(struct run *r, const char *what, const char *why);

/* Does what is between backquotes; one that is not understood fails the run. */
void command_run(struct run *r, const struct script_command *c);

/* Does it ask the stack something? Else it may come before there is one. */
bool command_asks(const struct script_command *c);

/* Is there a setting of that name, of a kernel or of tern? */
bool setting_known(const char *key);
/* Sets it. A value that tern has not is not taken, and noted in the result. False: run_break() said why. */
bool setting_apply(struct run *r, struct script_at at, const char *key, const char *value);

/* The file that a command made: its length. */
bool setup_file(const struct run *r, const char *path, uint64_t *len);
bool setup_make_file(struct run *r, const char *path, uint64_t len); /* false: no memory */
void setup_remove_file(struct run *r, const char *path);

enum script_dialect run_dialect(const struct run *r);

#endif
