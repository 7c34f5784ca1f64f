#include "mem.h"

#include <assert.h>
#include <string.h>

#include "poison.h"

#define PAGE_RECORDS 64
#define PAGE_LEN     16384 /* of records, where 64 of them are longer than that */
#define ALIGN        8
#define LINE         64 /* of a cache: a record of whole lines lies in no more of them */

/* A live record's first two bytes are its place in the page, a free one's the place of the next free one. */
struct slab_page {
    struct slab_page *next, *prev; /* among the partial ones; a full page is on no list */
    uint16_t free;                 /* first free record, or the number of records: none */
    uint16_t live_n;
    uint16_t skipped; /* bytes of the page's memory before this */
};
#define PAGE_HEAD ((sizeof(struct slab_page) + ALIGN - 1) / ALIGN * ALIGN)

void slab_init(struct slab *s, struct mem *m, size_t record_len)
{
    assert(record_len >= sizeof(uint16_t));
    *s = (struct slab){.m = m, .record_len = (record_len + ALIGN - 1) / ALIGN * ALIGN};
    size_t n = PAGE_LEN / s->record_len;
    if (n > PAGE_RECORDS) n = PAGE_RECORDS;
    s->records_n = (uint16_t)(n > 0 ? n : 1);
}

static size_t alignment(const struct slab *s) { return s->record_len % LINE ? ALIGN : LINE; }

static size_t page_len(const struct slab *s) { return PAGE_HEAD + s->records_n * s->record_len + alignment(s) - ALIGN; }

static uint8_t *record_at(const struct slab *s, struct slab_page *page, uint16_t i)
{
    return (uint8_t *)page + PAGE_HEAD + i * s->record_len;
}

static uint16_t index_read(const uint8_t *record)
{
    uint16_t i;
    memcpy(&i, record, sizeof i);
    return i;
}

static void index_write(uint8_t *record, uint16_t i) { memcpy(record, &i, sizeof i); }

static void partial_push(struct slab *s, struct slab_page *page)
{
    page->prev = NULL;
    page->next = s->partial;
    if (page->next) page->next->prev = page;
    s->partial = page;
}

static void partial_remove(struct slab *s, struct slab_page *page)
{
    if (page->next) page->next->prev = page->prev;
    if (page->prev)
        page->prev->next = page->next;
    else
        s->partial = page->next;
}

static struct slab_page *page_new(struct slab *s)
{
    uint8_t *memory = mem_get(s->m, page_len(s));
    if (!memory) return NULL;
    size_t skipped = -((uintptr_t)memory + PAGE_HEAD) % alignment(s);
    struct slab_page *page = (struct slab_page *)(void *)(memory + skipped);
    page->skipped = (uint16_t)skipped;
    page->free = page->live_n = 0;
    for (uint16_t i = 0, n = s->records_n; i < n; i++) {
        uint8_t *r = record_at(s, page, i);
        index_write(r, (uint16_t)(i + 1));
        POISON(r + ALIGN, s->record_len - ALIGN);
    }
    return page;
}

static void page_release(struct slab *s, struct slab_page *page)
{
    uint8_t *memory = (uint8_t *)page - page->skipped;
    UNPOISON(memory, page_len(s));
    mem_put(s->m, memory, page_len(s));
}

void slab_free(struct slab *s)
{
    assert(s->live_n == 0);
    if (s->empty) page_release(s, s->empty);
    s->empty = NULL;
}

/* A page with a free record, on the list of partial ones. */
static struct slab_page *page_with_room(struct slab *s)
{
    if (s->partial) return s->partial;
    struct slab_page *page = s->empty ? s->empty : page_new(s);
    if (!page) return NULL;
    s->empty = NULL;
    partial_push(s, page);
    return page;
}

void *slab_get(struct slab *s)
{
    struct slab_page *page = page_with_room(s);
    if (!page) return NULL;
    uint16_t i = page->free;
    uint8_t *r = record_at(s, page, i);
    page->free = index_read(r);
    page->live_n++;
    s->live_n++;
    if (page->free == s->records_n) partial_remove(s, page);
    UNPOISON(r, s->record_len);
    memset(r, 0, s->record_len);
    index_write(r, i);
    return r;
}

static void page_emptied(struct slab *s, struct slab_page *page)
{
    partial_remove(s, page);
    if (s->empty)
        page_release(s, page);
    else
        s->empty = page;
}

void slab_put(struct slab *s, void *record)
{
    if (!record) return;
    uint8_t *r = record;
    uint16_t i = index_read(r);
    assert(i < s->records_n);
    struct slab_page *page = (struct slab_page *)(void *)(r - i * s->record_len - PAGE_HEAD);
    assert(page->live_n > 0);
    if (page->free == s->records_n) partial_push(s, page); /* was full */
    index_write(r, page->free);
    POISON(r + ALIGN, s->record_len - ALIGN);
    page->free = i;
    page->live_n--;
    s->live_n--;
    if (page->live_n == 0) page_emptied(s, page);
}
