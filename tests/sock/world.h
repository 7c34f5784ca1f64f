/* The world of a case: two hosts joined by a cable, and one without any. On the kernel they are network namespaces joined by a
 * veth pair, on tern nets joined by a pair of the kernel's own local sockets; the addresses are the same.
 *
 *     CLIENT 192.0.2.1, 2001:db8::1    SERVER 192.0.2.2, 2001:db8::2    LONELY: no interface
 *
 * 192.0.2.9 and 2001:db8::9 are on the client's network and never answer; port 9 of the server is refused. */
#ifndef SOCK_WORLD_H
#define SOCK_WORLD_H

#include <stdbool.h>

/* Before the first case, in the parent. NULL, or why it cannot be made here. */
const char *world_make(void);
/* In the process of a case. */
bool world_enter(void);
/* After the last case. */
void world_end(void);

extern const char world_name[]; /* "kernel", "tern" */
extern const bool world_is_tern;

#endif
