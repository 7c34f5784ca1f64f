/* What a layer of sockets needs of a stack, beyond the public calls. */
#ifndef STACK_STACK_HOST_H
#define STACK_STACK_HOST_H

#include <tern/filter.h>

#include "mem.h"

/* The stack's memory, under its cap. */
struct mem *host_mem(struct tern_stack *s);
/* The time moves to |now|; no timer runs. */
void host_time(struct tern_stack *s, tern_ns now);
/* Is |a| an address of one of the interfaces? */
bool host_is_local(const struct tern_stack *s, const struct tern_addr *a);
/* Is |a| one of the addresses of |net|/|prefix_len|, both of one family? */
bool host_in_prefix(const struct tern_addr *a, const struct tern_addr *net, uint8_t prefix_len);
/* Is there an address that is in both prefixes? */
bool host_overlap(const struct tern_addr *a, uint8_t a_len, const struct tern_addr *b, uint8_t b_len);
/* A multicast address, or IPv4's 255.255.255.255: none of one host. */
bool host_is_multicast(const struct tern_addr *a);
/* Does one of the interfaces take packets to every address? */
bool host_takes_any(const struct tern_stack *s);

/* Ephemeral ports are not chosen among those that are reserved. False: no memory. */
bool host_reserve_port(struct tern_stack *s, uint16_t port);
void host_free_port(struct tern_stack *s, uint16_t port);

/* The connection's local port may be bound anew while it exists, TIME-WAIT included, by somebody who says the same. */
void host_share_port(struct tern_conn *c);

/* Connections and TIME-WAITs at a local address (IPv4's 0.0.0.0 overlaps all of IPv4, the all-zero one all but with |v6only|). */
struct host_ports {
    struct tern_addr addr;
    bool v6only;
    bool share;         /* those that share their port do not count */
    uint16_t port;      /* 0: every port */
    uint8_t used[8192]; /* a bit a port */
};
void host_used_ports(struct tern_stack *s, struct host_ports *p);
static inline bool host_port_used(const struct host_ports *p, uint16_t port) { return p->used[port / 8] & 1u << port % 8; }
/* An ephemeral port that is neither reserved, nor listened on, nor in |p|; 0: there is none. */
uint16_t host_choose_port(struct tern_stack *s, const struct host_ports *p);

/* Would tern_listener_filter() take them? */
bool host_filter_valid(const struct tern_filter *rules, size_t n);

/* The length of a listener's accept queue, from now on. */
void host_set_backlog(struct tern_listener *l, uint32_t backlog);

/* The address from which |remote| is reached. False: there is none. */
bool host_source(struct tern_stack *s, const struct tern_addr *remote, struct tern_addr *out);
/* Bytes of data that a SYN from |local| to |remote| could take; 0: there is no cookie. */
size_t host_fastopen_room(struct tern_stack *s, const struct tern_addr *local, const struct tern_endpoint *remote);

/* The last ICMP error about |c| is kept from now on; TERN_SOFT_ERROR or TERN_ERROR tells of it. False: no memory. */
bool host_keep_icmp(struct tern_conn *c, bool keep);
struct host_icmp {
    uint8_t type, code;
    struct tern_addr from;
};
bool host_take_icmp(struct tern_conn *c, struct host_icmp *out); /* false: none since the last time */

/* The counts of TCP-AO, of a connection or, when |l| is not NULL, of a listener. NULL: the connection has none. */
struct tern_ao_counts *host_ao_counts(struct tern_conn *c, struct tern_listener *l);

/* The timestamp clock (RFC 7323) of |c|; NULL: without a connection's offset. */
uint32_t host_timestamp(const struct tern_stack *s, const struct tern_conn *c);

/* From now on packets to the stack's own addresses come back to it (by tern_stack_expire()) and do not leave. */
void host_loopback(struct tern_stack *s);
/* The first address of a family. False: there is none. */
bool host_own(const struct tern_stack *s, bool v4, struct tern_addr *out);

/* tern_stack_connect() from an address that need not be one of the stack's. */
int host_connect_from(struct tern_stack *s, const struct tern_endpoint *local, const struct tern_endpoint *remote,
                      struct tern_conn **out);

#endif
