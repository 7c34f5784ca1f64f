/* Where the IP packet begins: link layers of captures. */
#ifndef CAPTURE_LINK_LAYER_H
#define CAPTURE_LINK_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum link_layer {
    LINK_NULL,     /* BSD loopback: the address family, 4 bytes, in the writer's byte order */
    LINK_LOOP,     /* OpenBSD's, in network order */
    LINK_ETHERNET, /* with 802.1Q and QinQ tags, PPPoE sessions */
    LINK_SLL,      /* Linux cooked capture ("any") */
    LINK_SLL2,
    LINK_RAW, /* IPv4 or IPv6 by the version */
    LINK_UNKNOWN
};

/* Of libpcap's DLT_* or LINKTYPE_* number. */
enum link_layer link_layer_of(int dlt);

/* The offset of the IP header; SIZE_MAX: another protocol, or cut off before it. */
size_t link_layer_ip(enum link_layer layer, const uint8_t *p, size_t len);

#endif
