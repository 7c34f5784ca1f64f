#include "cli_parse.h"

#include <string.h>

int parse_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    if (!*text) return TERN_ERR_INVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return TERN_ERR_INVAL;
        uint64_t digit = (uint64_t)(*text - '0');
        if (v > (max - digit) / 10 || digit > max) return TERN_ERR_INVAL;
        v = v * 10 + digit;
    }
    *out = v;
    return 0;
}

int parse_prefix(const char *text, struct prefix *out)
{
    char addr[TERN_ADDR_STRLEN];
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof addr) return TERN_ERR_INVAL;
    memcpy(addr, text, (size_t)(slash - text));
    addr[slash - text] = '\0';
    struct prefix p;
    if (tern_addr_parse(addr, &p.addr) < 0 || tern_addr_is_any(&p.addr)) return TERN_ERR_INVAL;
    uint64_t len;
    if (parse_number(slash + 1, tern_addr_is_v4(&p.addr) ? 32 : 128, &len) < 0 || len == 0) return TERN_ERR_INVAL;
    p.len = (uint8_t)len;
    *out = p;
    return 0;
}

int parse_host_port(char *text, char **host, char **port)
{
    char *colon = strrchr(text, ':');
    if (!colon || !colon[1] || colon == text) return TERN_ERR_INVAL;
    if (text[0] == '[') {
        if (colon[-1] != ']' || colon - text < 3) return TERN_ERR_INVAL;
        colon[-1] = '\0';
        *host = text + 1;
    } else {
        if (memchr(text, ':', (size_t)(colon - text))) return TERN_ERR_INVAL; /* an IPv6 address wants its brackets */
        *host = text;
    }
    *colon = '\0';
    *port = colon + 1;
    return 0;
}

int parse_endpoint(const char *text, struct tern_endpoint *out)
{
    struct tern_endpoint e = {0};
    char copy[TERN_ENDPOINT_STRLEN], *host, *port = copy;
    if (strlen(text) >= sizeof copy) return TERN_ERR_INVAL;
    memcpy(copy, text, strlen(text) + 1);
    if (copy[0] == ':') {
        port = copy + 1;
    } else if (strchr(copy, ':')) {
        if (parse_host_port(copy, &host, &port) < 0 || tern_addr_parse(host, &e.addr) < 0) return TERN_ERR_INVAL;
    }
    uint64_t number;
    if (parse_number(port, UINT16_MAX, &number) < 0 || number == 0) return TERN_ERR_INVAL;
    e.port = (uint16_t)number;
    *out = e;
    return 0;
}

struct prefix prefix_neighbour(const struct prefix *own)
{
    struct prefix p = *own;
    unsigned bits = own->len + (tern_addr_is_v4(&own->addr) ? 96u : 0u); /* of the 16 bytes */
    if (bits >= 127) {                                                   /* a point-to-point pair: the other one of the two */
        p.addr.b[15] ^= 1;
        return p;
    }
    for (unsigned i = bits; i < 128; i++) p.addr.b[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
    p.addr.b[15] |= 1;
    if (tern_addr_eq(&p.addr, &own->addr)) p.addr.b[15] ^= 3;
    return p;
}
