/* Memory that is freed all at once. */
#ifndef DRILL_ARENA_H
#define DRILL_ARENA_H

#include <setjmp.h>
#include <stddef.h>

struct arena_block;

struct script_arena {
    struct arena_block *blocks; /* the newest first */
    size_t taken, most;         /* bytes in all; not more than |most|, 0: without a limit */
    /* Where to go when there is no memory: set while somebody reads, so that none of its many steps need look. */
    jmp_buf *no_memory;
};

struct script_arena *arena_new(void); /* NULL: no memory */
void arena_free(struct script_arena *a);

/* Zeroed, aligned for anything. Never NULL: longjmp() to |no_memory| instead. */
void *arena_alloc(struct script_arena *a, size_t size);
/* A copy with a 0 behind it. */
char *arena_text(struct script_arena *a, const char *text, size_t len);

/* A growing array in an arena; begin with {.size = sizeof(element)}. */
struct arena_list {
    void *items;
    size_t n, room, size;
};
/* One more element, a copy of |item|. */
void arena_append(struct script_arena *a, struct arena_list *list, const void *item);

#endif
