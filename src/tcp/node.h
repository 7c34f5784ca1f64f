/* What the stack's table holds for each pair of endpoints: a connection, or the record that stands for one before (half-open) and
 * after (TIME-WAIT) it needs a whole control block. All begin with a tcp_node. */
#ifndef TCP_NODE_H
#define TCP_NODE_H

#include "hash.h"
#include "wheel.h"

enum tcp_node_kind { NODE_CONN, NODE_HALF, NODE_TIME_WAIT };

struct tcp_tuple {
    struct tern_addr laddr, raddr;
    uint16_t lport, rport;
};

struct tcp_node {
    uint16_t slab_i; /* the slab's */
    uint8_t kind;    /* enum tcp_node_kind */
    uint8_t ifi;     /* interface that it sends by */
    struct tcp_tuple t;
    struct hash_node hash;
    struct wheel_node timer; /* armed for the earliest of its deadlines */
};

#endif
