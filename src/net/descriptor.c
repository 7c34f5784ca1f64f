#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CHUNK_N = 1024,
    CHUNKS = 4096, /* 4 million numbers: more than any kernel's default gives a process */
};
/* A slot is a pointer with two bits beside it. */
#define LOCKED  ((uintptr_t)1)
#define CLOEXEC ((uintptr_t)2)
#define BITS    (LOCKED | CLOEXEC)

typedef _Atomic uintptr_t slot;

static _Atomic(slot *) chunks[CHUNKS];
static int placeholder = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- slots ---- */

static slot *slot_of(int fd)
{
    if (fd < 0 || fd >= CHUNK_N * CHUNKS) return NULL;
    slot *chunk = atomic_load_explicit(&chunks[fd / CHUNK_N], memory_order_acquire);
    return chunk ? &chunk[fd % CHUNK_N] : NULL;
}

static slot *slot_made(int fd)
{
    if (fd >= CHUNK_N * CHUNKS) return NULL;
    if (!slot_of(fd)) {
        slot *chunk = calloc(CHUNK_N, sizeof *chunk), *none = NULL;
        if (!chunk) return NULL;
        if (!atomic_compare_exchange_strong(&chunks[fd / CHUNK_N], &none, chunk)) free(chunk);
    }
    return slot_of(fd);
}

/* What the slot holds; it stays so until slot_unlock(). */
static uintptr_t slot_lock(slot *s)
{
    uintptr_t v;
    while ((v = atomic_fetch_or_explicit(s, LOCKED, memory_order_acquire)) & LOCKED) sched_yield();
    return v;
}

static void slot_unlock(slot *s, uintptr_t v) { atomic_store_explicit(s, v, memory_order_release); }

/* The pointer went in as one. */
static struct object *object_in(uintptr_t v) { return (struct object *)(v & ~BITS); } // NOLINT(performance-no-int-to-ptr)

/* ---- numbers ---- */

/* A child has copies of the numbers and of the memory, but neither the threads nor a share of the links: nothing is its. */
static void forget_all(void)
{
    for (int c = 0; c < CHUNKS; c++) {
        slot *chunk = atomic_load(&chunks[c]);
        for (int i = 0; chunk && i < CHUNK_N; i++) {
            if (object_in(atomic_load(&chunk[i]))) close(c * CHUNK_N + i);
            atomic_store(&chunk[i], 0);
        }
    }
}

/* What all numbers are copies of, out of the way of the low ones. Copying it costs a third of opening another. */
static void start(void)
{
    enum { HIGH = 100 };
    pthread_atfork(NULL, NULL, forget_all);
    int fd = open("/", O_PATH | O_CLOEXEC);
    placeholder = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
    if (placeholder < 0)
        placeholder = fd;
    else
        close(fd);
}

/* The lowest free number; -1 with errno. */
static int copy(int least)
{
    int fd = fcntl(placeholder, F_DUPFD_CLOEXEC, least);
    if (fd >= 0 || errno != EBADF) return fd;
    return open("/", O_PATH | O_CLOEXEC); /* the program has closed it */
}

int descriptor_reserve(int least)
{
    pthread_once(&once, start);
    int fd = copy(least);
    if (fd < 0) return -errno;
    if (slot_made(fd)) return fd;
    close(fd);
    return -EMFILE;
}

void descriptor_cancel(int fd) { close(fd); }

struct object *descriptor_install(int fd, struct object *o, bool cloexec)
{
    slot *s = slot_of(fd);
    uintptr_t before = slot_lock(s);
    slot_unlock(s, (uintptr_t)o | (cloexec ? CLOEXEC : 0));
    return object_in(before);
}

struct object *descriptor_get(int fd)
{
    slot *s = slot_of(fd);
    if (!s || !object_in(atomic_load_explicit(s, memory_order_relaxed))) return NULL;
    uintptr_t v = slot_lock(s);
    struct object *o = object_in(v);
    if (o) atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    slot_unlock(s, v);
    return o;
}

struct object *descriptor_take(int fd)
{
    slot *s = slot_of(fd);
    if (!s || !object_in(atomic_load_explicit(s, memory_order_relaxed))) return NULL;
    struct object *o = object_in(slot_lock(s));
    if (o) close(fd); /* who looks the number up meanwhile waits, and finds it closed; who is given it anew, too */
    slot_unlock(s, 0);
    return o;
}

bool descriptor_cloexec(int fd, bool *value)
{
    slot *s = slot_of(fd);
    uintptr_t v = s ? atomic_load(s) : 0;
    *value = (v & CLOEXEC) != 0;
    return object_in(v) != NULL;
}

bool descriptor_set_cloexec(int fd, bool value)
{
    slot *s = slot_of(fd);
    if (!s) return false;
    uintptr_t v = slot_lock(s);
    bool ours = object_in(v) != NULL;
    slot_unlock(s, ours && value ? v | CLOEXEC : v & ~CLOEXEC);
    return ours;
}

int descriptor_errno(int fd) { return fcntl(fd, F_GETFD) < 0 ? EBADF : ENOTSOCK; }

void descriptor_sweep(bool (*match)(struct object *o, void *ctx), void (*drop)(struct object *o), void *ctx)
{
    for (int c = 0; c < CHUNKS; c++) {
        slot *chunk = atomic_load(&chunks[c]);
        for (int i = 0; chunk && i < CHUNK_N; i++) {
            uintptr_t v = slot_lock(&chunk[i]);
            struct object *o = object_in(v);
            bool wanted = o && match(o, ctx);
            if (wanted) close(c * CHUNK_N + i);
            slot_unlock(&chunk[i], wanted ? 0 : v);
            if (wanted) drop(o);
        }
    }
}
