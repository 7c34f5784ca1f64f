#include "link_layer.h"

#include <pcap/dlt.h>

#include "bytes.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_VLAN = 0x8100,
    TYPE_PPPOE = 0x8864,
    TYPE_IPV6 = 0x86dd,
    TYPE_QINQ = 0x88a8,
    TYPE_QINQ_OLD = 0x9100, /* before 802.1ad */
    TAGS_MAX = 4,
    LINKTYPE_RAW = 101, /* what files hold; libpcap says DLT_RAW, whose number depends on the system */
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057
};

enum link_layer link_layer_of(int dlt)
{
    switch (dlt) {
    case DLT_NULL: return LINK_NULL;
    case DLT_LOOP: return LINK_LOOP;
    case DLT_EN10MB: return LINK_ETHERNET;
    case DLT_LINUX_SLL: return LINK_SLL;
    case DLT_LINUX_SLL2: return LINK_SLL2;
    case DLT_RAW:
    case LINKTYPE_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return LINK_RAW;
    default: return LINK_UNKNOWN;
    }
}

static size_t behind_pppoe(const uint8_t *p, size_t len, size_t at)
{
    if (len < at + 8) return SIZE_MAX;
    uint16_t protocol = be16_get(p + at + 6);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? at + 8 : SIZE_MAX;
}

/* |type_at|: of the EtherType; |at|: of what it names. */
static size_t behind_type(const uint8_t *p, size_t len, size_t type_at, size_t at)
{
    if (len < at || len < type_at + 2) return SIZE_MAX;
    uint16_t type = be16_get(p + type_at);
    for (int tags = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD; tags++) {
        if (tags == TAGS_MAX || len < at + 4) return SIZE_MAX;
        type = be16_get(p + at + 2);
        at += 4;
    }
    if (type == TYPE_PPPOE) return behind_pppoe(p, len, at);
    return type == TYPE_IPV4 || type == TYPE_IPV6 ? at : SIZE_MAX;
}

/* 2 is AF_INET everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS. */
static bool is_ip_family(uint32_t family) { return family == 2 || family == 10 || family == 24 || family == 28 || family == 30; }

static size_t behind_family(const uint8_t *p, size_t len, bool any_order)
{
    if (len < 4) return SIZE_MAX;
    uint32_t family = be32_get(p);
    bool ip = is_ip_family(family) || (any_order && is_ip_family(__builtin_bswap32(family)));
    return ip ? 4 : SIZE_MAX;
}

size_t link_layer_ip(enum link_layer layer, const uint8_t *p, size_t len)
{
    switch (layer) {
    case LINK_NULL: return behind_family(p, len, true);
    case LINK_LOOP: return behind_family(p, len, false);
    case LINK_ETHERNET: return behind_type(p, len, 12, 14);
    case LINK_SLL: return behind_type(p, len, 14, 16);
    case LINK_SLL2: return behind_type(p, len, 0, 20);
    case LINK_RAW: return len ? 0 : SIZE_MAX;
    default: return SIZE_MAX;
    }
}
