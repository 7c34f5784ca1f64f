/* An allocator that refuses one request, and its repetitions each time that a block is given up for it, or all from one on, and
 * counts what is out. */
#ifndef SUPPORT_REFUSING_H
#define SUPPORT_REFUSING_H

#include <tern/packet.h>

struct refusing {
    uint64_t at;            /* the request, counted from 1, that is refused; 0: none */
    bool ever;              /* and all that follow */
    uint64_t n;             /* requests */
    size_t asked;           /* that was refused, and is refused again; 0: none */
    uint64_t given;         /* blocks since */
    uint64_t bytes, blocks; /* allocated now */
};

struct tern_alloc refusing_alloc(struct refusing *m);

#endif
