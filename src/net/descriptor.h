/* The process's table of tern's descriptors: number -> object, with references.
 *
 * A number is a real one of the kernel's table, held by a placeholder (O_PATH), so that numbers never collide, the lowest free
 * one is given, and limits hold. A lookup takes one bit of its slot for a few instructions, who closes for one system call;
 * nothing else is locked. */
#ifndef NET_DESCRIPTOR_H
#define NET_DESCRIPTOR_H

#include <stdatomic.h>
#include <stdbool.h>

/* The first member of what numbers stand for. Each number and each call in flight holds a reference. */
struct object {
    _Atomic int refs;
};

/* A number that is not less than |least|, not yet visible to lookups. -errno: EMFILE, ENFILE, EINVAL (|least|). */
int descriptor_reserve(int least);
/* Gives a reserved number back. */
void descriptor_cancel(int fd);
/* From now on |fd| stands for |o|, and holds one of its references. Returns what it stood for before, when the program closed the
 * number behind our back and the kernel gave it out anew: the caller drops that reference. */
struct object *descriptor_install(int fd, struct object *o, bool cloexec);
/* A new reference; NULL: |fd| is none of ours. */
struct object *descriptor_get(int fd);
/* The number is free; its reference is the caller's. NULL: none of ours. */
struct object *descriptor_take(int fd);
/* FD_CLOEXEC, as the program sees it (a placeholder never survives exec). False: none of ours. */
bool descriptor_cloexec(int fd, bool *value);
bool descriptor_set_cloexec(int fd, bool value);
/* The errno for a number that is none of ours: ENOTSOCK when it is open, EBADF when not. */
int descriptor_errno(int fd);
/* Takes every number whose object |match| wants, giving each reference to |drop|. */
void descriptor_sweep(bool (*match)(struct object *o, void *ctx), void (*drop)(struct object *o), void *ctx);

#endif
