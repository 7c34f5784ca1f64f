#ifndef SOCK_SOCK_ERRNO_H
#define SOCK_SOCK_ERRNO_H

#include <tern/types.h>

/* The errno for an enum tern_err; 0 for 0 and above. */
int sock_errno(int err);

#endif
