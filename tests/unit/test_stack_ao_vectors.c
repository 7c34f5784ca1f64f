/* The test vectors of RFC 9235: traffic keys and MACs, byte for byte. */
#include <stdio.h>
#include <string.h>

#include "ao_mac.h"
#include "ao_vectors.h"
#include "ip.h"
#include "rig_ao.h"
#include "unit.h"

enum { CONNECTIONS = sizeof connections / sizeof connections[0], PACKET_MAX = 200 };

static size_t bytes_of(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (; hex[0]; hex += 2) {
        unsigned v;
        assert_int_equal(sscanf(hex, "%2x", &v), 1);
        assert_true(n < PACKET_MAX);
        out[n++] = (uint8_t)v;
    }
    return n;
}

static struct tern_ao_key key_of(const struct connection *c)
{
    struct tern_ao_key k = {.send_id = 61, .recv_id = 84, .alg = c->alg, .omit_options = c->omit_options, .len = 10};
    memcpy(k.key, "testvector", 10);
    return k;
}

/* One packet of a connection, read and taken apart. */
struct packet {
    uint8_t bytes[PACKET_MAX], traffic_key[PACKET_MAX];
    size_t key_len;
    struct wire_ip ip;
    struct wire_tcp h;
    struct ao_context x;
};

static void take(const struct connection *c, unsigned i, struct packet *p)
{
    struct wire_ip_opts opts = {0};
    size_t len = bytes_of(c->seg[i].packet, p->bytes);
    p->key_len = bytes_of(c->seg[i].traffic_key, p->traffic_key);
    assert_int_equal(wire_ip_parse(p->bytes, len, &opts, &p->ip), WIRE_OK);
    assert_int_equal(wire_tcp_parse(p->bytes + p->ip.head_len, len - p->ip.head_len, &p->h), WIRE_OK);
    assert_true(p->h.opt.present & OPT_AO);
    bool client = i % 2 == 0;
    assert_int_equal(p->h.opt.ao_key_id, client ? 61 : 84);
    assert_int_equal(p->h.opt.ao_next_key_id, client ? 84 : 61);
    assert_int_equal(p->h.opt.ao_mac_len, AO_MAC_LEN);
    p->x = (struct ao_context){p->ip.src, p->ip.dst, p->h.src_port, p->h.dst_port, c->server_isn, c->client_isn};
    if (client) p->x.sisn = c->client_isn, p->x.disn = i ? c->server_isn : 0;
}

/* proves: RFC 5926 3.1.1, RFC 5925 5.2. */
static void traffic_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4u * CONNECTIONS; i++) {
        const struct connection *c = &connections[i / 4];
        struct tern_ao_key k = key_of(c);
        struct packet p;
        uint8_t key[AO_TRAFFIC_KEY_MAX];
        take(c, i % 4, &p);
        ao_traffic_key(&k, &p.x, key);
        assert_int_equal(p.key_len, c->alg == TERN_AO_AES_128_CMAC_96 ? 16 : 20);
        assert_memory_equal(key, p.traffic_key, p.key_len);
    }
}

static void mac_of(const struct tern_ao_key *k, const struct packet *p, uint32_t sne, uint8_t mac[AO_MAC_LEN])
{
    struct tern_slice data = {p->h.data, p->h.len};
    struct ao_segment g = {.src = &p->ip.src,
                           .dst = &p->ip.dst,
                           .tcp = p->bytes + p->ip.head_len,
                           .head_len = p->h.head_len,
                           .o = &p->h.opt,
                           .data = &data,
                           .data_n = 1,
                           .sne = sne};
    ao_mac(k, p->traffic_key, &g, mac);
}

/* proves: RFC 5926 3.2, RFC 5925 5.1. */
static void macs(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4u * CONNECTIONS; i++) {
        const struct connection *c = &connections[i / 4];
        struct tern_ao_key k = key_of(c);
        struct packet p;
        uint8_t mac[AO_MAC_LEN];
        take(c, i % 4, &p);
        mac_of(&k, &p, 0, mac);
        assert_memory_equal(mac, p.h.opt.ao_mac, AO_MAC_LEN);
        mac_of(&k, &p, 1, mac);
        assert_memory_not_equal(mac, p.h.opt.ao_mac, AO_MAC_LEN); /* the extension counts */
        k.omit_options = !k.omit_options;
        mac_of(&k, &p, 0, mac);
        assert_memory_not_equal(mac, p.h.opt.ao_mac, AO_MAC_LEN);
    }
}

/* The tests' own way, by which the peers of tests/conn sign, makes the same. */
static void the_rig_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4u * CONNECTIONS; i++) {
        const struct connection *c = &connections[i / 4];
        struct tern_ao_key k = key_of(c);
        struct packet p;
        uint8_t key[20], mac[12];
        take(c, i % 4, &p);
        struct rig_ao g = {p.ip.src, p.ip.dst, p.bytes + p.ip.head_len, p.h.head_len, p.h.len, p.x.sisn, p.x.disn, 0};
        rig_ao_mac(&k, &g, key, mac);
        assert_memory_equal(key, p.traffic_key, p.key_len);
        assert_memory_equal(mac, p.h.opt.ao_mac, AO_MAC_LEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_keys),
        cmocka_unit_test(macs),
        cmocka_unit_test(the_rig_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
