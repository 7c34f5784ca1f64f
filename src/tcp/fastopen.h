/* TCP Fast Open (RFC 7413): cookies as they stand in options, and what the client remembers of servers. The server's cookies are
 * the stack's affair. */
#ifndef TCP_FASTOPEN_H
#define TCP_FASTOPEN_H

#include <tern/stack.h>

#include "tcp.h"

struct mem;
struct tern_conn;

enum {
    FO_COOKIE_MIN = 4, /* RFC 7413 4.1.1 */
    FO_COOKIE_MAX = 16,
    FO_COOKIE_OURS = 8,
    FO_MAGIC_LEN = 2,
    FO_OPTION_SPACE = 40, /* of a SYN: the rest is for data, whichever options it has, and those that middleboxes add */
    FO_NONE = -1,
};

/* Bits of the setting |fastopen|: Linux's. */
enum {
    FO_CLIENT = 0x1,
    FO_SERVER = 0x2,
    FO_CLIENT_NO_COOKIE = 0x4,
    FO_SERVER_NO_COOKIE = 0x200,
    FO_SERVER_ALL = 0x400,
};

/* What an option of either kind holds. */
struct fo_cookie {
    uint8_t bytes[FO_MAGIC_LEN + FO_COOKIE_MAX]; /* the magic number of the experimental kind, and the cookie */
    int8_t len;                                  /* of the cookie; 0: it is asked for; FO_NONE: no option */
    bool exp;                                    /* kind 254 with the magic number, which was used before kind 34 was assigned */
};

/* The option of |o|; FO_NONE when there is none, or one that cannot be. */
struct fo_cookie fo_read(const struct wire_tcp_options *o);
/* Puts |k| into |o|, which leads into |k| from then on. */
void fo_write(struct wire_tcp_options *o, const struct fo_cookie *k);
/* A cookie of |len| bytes at |from|. */
struct fo_cookie fo_cookie(const uint8_t *from, size_t len, bool exp);

struct fo_cache; /* of a stack: servers by both addresses, as many as FO_CACHE_MAX, the one not used for longest makes room */

/* What the client knows of all paths. */
struct fo_client {
    struct fo_cache *cache; /* NULL: nothing yet */
    tern_ns off_until;      /* SYNs with data seemed to vanish: no Fast Open before */
    uint8_t off_n;          /* how often in a row */
};

void fo_forget_all(struct fo_client *fo, struct mem *m);

/* ---- one connection, in SYN-SENT ---- */

/* The application wants it: before the SYN. TERN_ERR_UNSUPPORTED (by setting), _INVAL, _NOMEM. */
int fo_ask(struct tern_conn *c);
/* Bytes of data that the SYN, not yet sent, can take along. */
uint32_t fo_room(const struct tern_conn *c);
/* Our SYN's option, and its data from SND.NXT on. */
void fo_syn_out(struct tern_conn *c, struct tern_pkt *pkt);
/* The SYN,ACK |h|, acceptable but not yet taken up. */
void fo_syn_ack_in(struct tern_conn *c, const struct wire_tcp *h);
/* The retransmission timer ran out for the |n|-th time in a row; |last|: the connection is given up. */
void fo_timeout(struct tern_conn *c, unsigned n, bool last);
/* The connection ends in SYN-SENT, by silence or by an ICMP error. */
void fo_unanswered(struct tern_conn *c);
/* The peer's FIN came: the path is one that Fast Open passes. */
void fo_passed(struct tern_conn *c);

#endif
