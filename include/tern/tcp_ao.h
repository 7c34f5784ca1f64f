/* What <linux/tcp.h> has for TCP-AO from Linux 6.7 on, where the headers at hand are older: the options' numbers and structures,
 * bit for bit. Beside newer headers this adds nothing, and programs include <linux/tcp.h> as ever. */
#ifndef TERN_TCP_AO_H
#define TERN_TCP_AO_H

#include <linux/version.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY  38
#define TCP_AO_DEL_KEY  39
#define TCP_AO_INFO     40
#define TCP_AO_GET_KEYS 41
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)

#define TCP_AO_MAXKEYLEN        80
#define TCP_AO_KEYF_IFINDEX     (1 << 0)
#define TCP_AO_KEYF_EXCLUDE_OPT (1 << 1) /* the other options are not covered */

struct tcp_ao_add {               /* setsockopt(TCP_AO_ADD_KEY) */
    struct sockaddr_storage addr; /* the peer's */
    char alg_name[64];            /* "hmac(sha1)" or "cmac(aes128)" */
    int32_t ifindex;
    uint32_t set_current : 1, set_rnext : 1, reserved : 30; /* use it at once: for what is sent, for what the peer sends */
    uint16_t reserved2;
    uint8_t prefix, sndid, rcvid;
    uint8_t maclen; /* 0: the algorithm's */
    uint8_t keyflags, keylen;
    uint8_t key[TCP_AO_MAXKEYLEN];
} __attribute__((aligned(8)));

struct tcp_ao_del { /* setsockopt(TCP_AO_DEL_KEY) */
    struct sockaddr_storage addr;
    int32_t ifindex;
    uint32_t set_current : 1, set_rnext : 1, del_async : 1, reserved : 29; /* use these instead */
    uint16_t reserved2;
    uint8_t prefix, sndid, rcvid, current_key, rnext, keyflags;
} __attribute__((aligned(8)));

struct tcp_ao_info_opt { /* TCP_AO_INFO, both ways */
    uint32_t set_current : 1, set_rnext : 1, ao_required : 1, set_counters : 1, accept_icmps : 1, reserved : 27;
    uint16_t reserved2;
    uint8_t current_key, rnext; /* a sndid, a rcvid */
    uint64_t pkt_good, pkt_bad, pkt_key_not_found, pkt_ao_required, pkt_dropped_icmp;
} __attribute__((aligned(8)));

struct tcp_ao_getsockopt { /* getsockopt(TCP_AO_GET_KEYS): an array, whose first element says which */
    struct sockaddr_storage addr;
    char alg_name[64];
    uint8_t key[TCP_AO_MAXKEYLEN];
    uint32_t nkeys; /* in: elements, out: keys that there are */
    uint16_t is_current : 1, is_rnext : 1, get_all : 1, reserved : 13;
    uint8_t sndid, rcvid, prefix, maclen, keyflags, keylen;
    int32_t ifindex;
    uint64_t pkt_good, pkt_bad;
} __attribute__((aligned(8)));

#endif
#endif
