/* What a listener does with strangers before it keeps anything of them: rules by their addresses, beside SYNs that the caller
 * answers one by one (tern_listen_config.hold). */
#ifndef TERN_FILTER_H
#define TERN_FILTER_H

#include <tern/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tern_filter_action {
    TERN_FILTER_ALLOW,
    TERN_FILTER_DROP, /* silently, whatever it is */
    TERN_FILTER_RESET /* a RST, as of a port that is closed; also where the setting |silent| has none */
};

struct tern_filter {
    struct tern_addr from; /* ::/0 is everybody, 0.0.0.0/0 everybody who has an IPv4 address */
    uint8_t prefix_len;    /* in bits of the address's own family */
    uint8_t action;        /* enum tern_filter_action */
    /* Of those that are allowed; 0: no limit. They hold for all of the prefix together, or for each source in it. */
    bool each;          /* each IPv4 address by itself, and each /64 of IPv6: what one customer has */
    uint32_t half_max;  /* half-open connections; beyond, a SYN gets a cookie (setting syn_cookies), or is dropped */
    uint32_t conns_max; /* connections, half-open ones included; beyond, a SYN is dropped */
    uint32_t syn_rate;  /* SYNs a second, of which those of one second may come at once; beyond, a SYN is dropped */
};

#define TERN_FILTER_MAX 256

/* The listener's rules from now on, in order: the first that fits decides, and who fits none is allowed. They are asked about
 * what belongs to no connection, half-open or not: those that are there go on, and count for no limit that is new. |n| 0: none.
 * TERN_ERR_INVAL: more than TERN_FILTER_MAX, no such prefix or action, limits of what is not allowed; TERN_ERR_NOMEM. Then the
 * old rules stay. */
TERN_API int tern_listener_filter(struct tern_listener *l, const struct tern_filter *rules, size_t n);

/* Reads "allow|drop|reset any|ADDRESS[/LENGTH] [each] [half N] [conns N] [rate N]", one space between the words. Returns 0 or
 * TERN_ERR_INVAL. */
TERN_API int tern_filter_parse(const char *text, struct tern_filter *out);

#ifdef __cplusplus
}
#endif
#endif
