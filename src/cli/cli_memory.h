/* Memory for the stacks of the command: keys and what users say are in it, so no core file holds it, and what is taken first,
 * the stack itself with its keys, is kept out of the swap where the system allows it. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <tern/types.h>

/* One process, one thread. What was taken once is kept for reuse, long blocks excepted. With a sanitizer the C library's: it
 * then sees every block. */
extern const struct tern_alloc cli_memory;

#endif
