/* What a command that holds a TUN device, or an interface, keeps of its rights once that is open: no capability, no new file, and
 * the system calls of one table; any other ends the process.
 *
 * Whatever it needs besides must be open by then, and whatever libraries do at first use must be done. */
#ifndef CLI_JAIL_H
#define CLI_JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Who makes a call: bits of a row of the table. */
enum {
    JAIL_STACK = 1 << 0, /* serve, connect, relay: a stack, and the socket for `tern states` */
    JAIL_FILES = 1 << 1, /* serve http */
    JAIL_RELAY = 1 << 2,
    JAIL_WIRE = 1 << 3,
    JAIL_TRACE = 1 << 4, /* trace -i, draw --live */
    JAIL_ATTACK = 1 << 5,
    JAIL_ALL = (1 << 6) - 1
};

struct jail {
    const char *command;
    unsigned who;     /* one or more of the above */
    const char *user; /* to become; NULL: none */
    int files;        /* a directory whose files are read; -1: none */
    int socket_dir;   /* a directory in which a file of ours is removed at the end; -1: none */
    uint16_t to_port; /* where relay's connections of the kernel's go; 0: none are made */
    bool own_net;     /* the network namespace was made for this: its ports are not confined */
};

/* -1: go on, inside; otherwise the exit status, after the complaint. */
int jail_enter(const struct jail *j);

/* Gives up every capability, for good: the part for who has to start programs. As jail_enter(). */
int jail_rights(const char *command);

/* Its parts, in their order. */
int jail_files_landlock(const struct jail *j); /* 1: done; 0: the kernel has none; -1: errno says why not */
int jail_files_chroot(const struct jail *j);   /* the same; 0: not allowed to */
int jail_calls(const struct jail *j);          /* 0, or -errno */

/* ---- the table ---- */

/* Names with spaces between, who makes them, and what for (an msgid). Those that a machine has not are passed over. */
struct jail_row {
    const char *names;
    unsigned who;
    const char *what;
};
const struct jail_row *jail_row(unsigned i); /* NULL beyond the last */
/* As a page of Markdown. */
void jail_page(FILE *out);

#endif
