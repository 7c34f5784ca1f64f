/* An allocator that refuses one request, or all from one on, and counts what is out. */
#ifndef SUPPORT_REFUSING_H
#define SUPPORT_REFUSING_H

#include <tern/packet.h>

struct refusing {
    uint64_t at;            /* the request, counted from 1, that is refused; 0: none */
    bool ever;              /* and all that follow */
    uint64_t n;             /* requests */
    uint64_t bytes, blocks; /* allocated now */
};

struct tern_alloc refusing_alloc(struct refusing *m);

#endif
