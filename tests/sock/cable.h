/* A cable between two nets that each run in a thread of their own: a pair of the kernel's local sockets, a packet a message. */
#ifndef SOCK_CABLE_H
#define SOCK_CABLE_H

#include <stdbool.h>

#include <tern/link.h>

bool cable_new(struct tern_link **a, struct tern_link **b);

#endif
