#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t used, room;
    _Alignas(max_align_t) char data[];
};

enum { BLOCK_MIN = 4096, ALIGN = _Alignof(max_align_t) };

struct script_arena *arena_new(void) { return calloc(1, sizeof(struct script_arena)); }

void arena_free(struct script_arena *a)
{
    if (!a) return;
    while (a->blocks) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    free(a);
}

/* Blocks double, so that a large script has few. */
static struct arena_block *add_block(struct script_arena *a, size_t size)
{
    size_t room = a->blocks ? 2 * a->blocks->room : BLOCK_MIN;
    if (room > 1 << 20) room = 1 << 20;
    if (room < size) room = size;
    bool fits = size <= SIZE_MAX / 4 && (!a->most || (a->taken <= a->most && room <= a->most - a->taken));
    struct arena_block *b = fits ? malloc(sizeof(*b) + room) : NULL;
    if (!b) longjmp(*a->no_memory, 1);
    a->taken += room;
    *b = (struct arena_block){.next = a->blocks, .room = room};
    a->blocks = b;
    return b;
}

void *arena_alloc(struct script_arena *a, size_t size)
{
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_block *b = a->blocks;
    if (!b || b->room - b->used < size) b = add_block(a, size);
    void *got = b->data + b->used;
    b->used += size;
    return memset(got, 0, size);
}

char *arena_text(struct script_arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);
    if (len > 0) memcpy(copy, text, len);
    return copy;
}

void arena_append(struct script_arena *a, struct arena_list *list, const void *item)
{
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 8;
        void *items = arena_alloc(a, room * list->size);
        if (list->n > 0) memcpy(items, list->items, list->n * list->size);
        list->items = items;
        list->room = room;
    }
    memcpy((char *)list->items + list->n++ * list->size, item, list->size);
}
