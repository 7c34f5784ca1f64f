/* What is there before the first event: addresses, names, settings; and the commands between backquotes that change them. */
#ifndef DRILL_RUN_SETUP_H
#define DRILL_RUN_SETUP_H

#include "run_internal.h"

/* The profile's defines and the user's behind them; to be freed (the array alone). NULL: no memory. */
struct script_define *setup_defines(const struct run_config *cfg, size_t *n);
/* Options of the script and of the profile, before there is a stack; and what the run is skipped for. */
void setup_read(struct run *r);
/* Settings: the profile's, the user's, the script's own first command. */
void setup_stack(struct run *r);
void setup_free(struct run *r);

/* Does what is between backquotes; one that is not understood fails the run. */
void command_run(struct run *r, const struct script_command *c);

/* Sets |key|, a name of a kernel or of tern, for the profile's kernel. False: run_break() said why. */
bool setting_apply(struct run *r, struct script_at at, const char *key, const char *value);

/* The file that a command made: its length. */
bool setup_file(const struct run *r, const char *path, uint64_t *len);
/* The key of the connections of both ends (FreeBSD's setkey); its length, 0: none. */
size_t setup_md5_key(const struct run *r, uint8_t *key, size_t cap);

enum script_dialect run_dialect(const struct run *r);

#endif
