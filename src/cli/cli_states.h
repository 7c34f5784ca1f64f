/* Each running tern serves its tables at a UNIX socket in a directory that only its owner may enter: $XDG_RUNTIME_DIR/tern, or
 * /run/tern for root, or /tmp/tern-UID. A client sends one line, "text", "json" or "why CONNECTION", and reads
 * until the end. */
#ifndef CLI_STATES_H
#define CLI_STATES_H

#include "cli_env.h"

struct states_server;

/* NULL: it cannot be served here (no such directory can be made), and the command goes on without. */
struct states_server *states_open(struct env *e);
void states_close(struct states_server *s); /* NULL is allowed */
/* A descriptor of the directory that the socket stands in; -1: there is none. */
int states_directory(const struct states_server *s);

/* Candidate |i| of the directories, without slash at its end; false beyond the last. |make|: it is made if need be. It is one
 * only if it is ours and nobody else may enter. */
bool states_dir(int i, bool make, char out[static 256], bool *usable);

/* Copies the table of |stack| as the text that a client gets, into a block that the caller frees. NULL: no memory. */
char *states_text(struct tern_stack *stack, tern_ns now, bool json, size_t *len);

#endif
