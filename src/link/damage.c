#include "damage.h"

#include <string.h>

#include "bytes.h"
#include "chance.h"
#include "checksum.h"
#include "ip.h"

/* Where the transport header begins; at least the fixed part of the IP header when it cannot be read. */
static uint32_t transport_at(const struct tern_buf *b)
{
    const struct wire_ip_opts opts = {.source_route = true};
    struct wire_ip ip;
    if (wire_ip_parse(b->data, b->len, &opts, &ip) == WIRE_OK) return ip.head_len;
    return b->len > 0 && b->data[0] >> 4 == 6 ? WIRE_IP6_HEADER_LEN : WIRE_IP4_HEADER_LEN;
}

bool damage_ecn(struct tern_buf *b, uint8_t ecn)
{
    if (b->len >= WIRE_IP4_HEADER_LEN && b->data[0] >> 4 == 4) {
        size_t head_len = (size_t)(b->data[0] & 15) * 4;
        if (head_len < WIRE_IP4_HEADER_LEN || head_len > b->len) return false;
        b->data[1] = (uint8_t)((b->data[1] & 0xfc) | ecn);
        memset(b->data + 10, 0, 2);
        csum_put(b->data + 10, csum_add(0, b->data, head_len));
        return true;
    }
    if (b->len < WIRE_IP6_HEADER_LEN || b->data[0] >> 4 != 6) return false;
    b->data[1] = (uint8_t)((b->data[1] & 0xcf) | ecn << 4);
    return true;
}

bool damage_flip(struct tern_buf *b, uint64_t r)
{
    uint32_t at = transport_at(b);
    if (at >= b->len) return false;
    uint32_t bit = chance_scale(r, (b->len - at) * 8);
    b->data[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
    return true;
}

bool damage_swap(struct tern_buf *b, uint64_t r)
{
    const struct wire_ip_opts opts = {.source_route = true};
    struct wire_ip ip;
    struct wire_tcp tcp;
    if (wire_ip_parse(b->data, b->len, &opts, &ip) != WIRE_OK || ip.proto != IPPROTO_TCP_ ||
        wire_tcp_parse(b->data + ip.head_len, ip.len - ip.head_len, &tcp) != WIRE_OK)
        return false;
    uint32_t words_n = tcp.len / 2;
    if (words_n < 2) return false;
    uint8_t *data = b->data + ip.head_len + tcp.head_len;
    uint8_t *x = data + 2 * (size_t)chance_scale(r, words_n);
    uint32_t from = chance_scale(r << 32, words_n);
    for (uint32_t i = 0; i < words_n; i++) {
        uint8_t *y = data + 2 * (size_t)((from + i) % words_n);
        uint16_t vx = be16_get(x), vy = be16_get(y);
        if (vx == vy) continue;
        be16_put(x, vy);
        be16_put(y, vx);
        return true;
    }
    return false;
}
