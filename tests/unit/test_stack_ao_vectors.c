/* The test vectors of RFC 9235: traffic keys and MACs, byte for byte. */
#include <stdio.h>
#include <string.h>

#include "ao_mac.h"
#include "ip.h"
#include "rig_ao.h"
#include "unit.h"

/* What a BGP OPEN has behind the marker; the packets with data all carry one. */
#define MARKER   "ffffffffffffffffffffffffffffffff"
#define OPEN_END "02084006006400010100"
#define CAPS     "260206010400010001020280000202020002024200020641040000"
#define CLIENT4  MARKER "00430104dabf00b40a0b0c0d" CAPS "dabf" OPEN_END
#define SERVER4  MARKER "00430104dac000b4ac1b1c1d" CAPS "dac0" OPEN_END
#define CLIENT6  MARKER "00430104fde800b401010179" CAPS "fde8" OPEN_END
#define SERVER6  MARKER "00430104fde800b40101017a" CAPS "fde8" OPEN_END
/* IPv6 addresses: client to server, and back. */
#define C6 "fd000000000000000000000000000001"
#define S6 "fd000000000000000000000000000002"

static const struct connection {
    const char *section;
    uint8_t alg;
    bool omit_options;
    uint32_t client_isn, server_isn;
    struct {
        const char *packet, *traffic_key;
    } seg[4]; /* SYN, SYN-ACK, data of the client, data of the server */
} connections[] = {
    {"4.1",
     TERN_AO_HMAC_SHA1_96,
     false,
     0xfbfbab5a,
     0x11c14261,
     {{"45e0004cdd0f4000ff06bf6b0a0b0c0dac1b1c1de9d700b3fbfbab5a00000000e002ffffcac40000020405b4010303080402080a00155ab700000000"
       "1d103d542ee437c6f8ede6d7c4d602e7",
       "6d63ef1b02fe1509d4b1402707fd7b0416abb74f"},
      {"45e0004c65064000ff063775ac1b1c1d0a0b0c0d00b3e9d711c14261fbfbab5be012ffff37760000020405b4010303080402080a84a50beb00155ab7"
       "1d10543deeab0fe24c3010815116b3be",
       "d9e217e4834a80ca2f3fd8de2e41b8e6797fea96"},
      {"45e0008736a14000ff06659f0a0b0c0dac1b1c1de9d700b3fbfbab5b11c14262c0180104a16200000101080a00155ac184a50beb"
       "1d103d547064cf998cc6c315c2c2e2bf" CLIENT4,
       "d2e59c65ffc7b1a39347656463b70edc24a13d71"},
      {"45e000871fa94000ff067c97ac1b1c1d0a0b0c0d00b3e9d711c14262fbfbab9ec0180100400c00000101080a84a50bf500155ac1"
       "1d10543da63f0ecbbb2e635c954deac7" SERVER4,
       "d9e217e4834a80ca2f3fd8de2e41b8e6797fea96"}}},
    {"4.2",
     TERN_AO_HMAC_SHA1_96,
     true,
     0xcb0efbee,
     0xacd5b5e1,
     {{"45e0004c53994000ff0648e20a0b0c0dac1b1c1dff1200b3cb0efbee00000000e002ffff541f0000020405b4010303080402080a00024cce00000000"
       "1d103d5480af3cfeb85368937b8f9ec2",
       "30eaa1560cf0be57dab5c045229fb10a423cd7ea"},
      {"45e0004c32844000ff0669f7ac1b1c1d0a0b0c0d00b3ff12acd5b5e1cb0efbefe012ffff388e0000020405b4010303080402080a576772f300024cce"
       "1d10543d09306f9acea63a8c68cb9a70",
       "b5b2896bb3664e8176b0edc6e799524101a8307f"},
      {"45e00087a8f54000ff06f34a0a0b0c0dac1b1c1dff1200b3cb0efbefacd5b5e2c01801046c4500000101080a00024cce576772f3"
       "1d103d54710608cc696c03a271c93aa5" CLIENT4,
       "f3db1793d7910ecd806c34f155ea1f00345953e3"},
      {"45e0008754374000ff064809ac1b1c1d0a0b0c0d00b3ff12acd5b5e2cb0efc32c018010046b600000101080a576772f300024cce"
       "1d10543d97766e48ac262de9ae61b4f9" SERVER4,
       "b5b2896bb3664e8176b0edc6e799524101a8307f"}}},
    {"5.1",
     TERN_AO_AES_128_CMAC_96,
     false,
     0x787a1ddf,
     0xfadd6de9,
     {{"45e0004c7b9f4000ff0620dc0a0b0c0dac1b1c1dc4fa00b3787a1ddf00000000e002ffff5a0f0000020405b4010303080402080a00017ed000000000"
       "1d103d54e477e99c8040765498e55091",
       "f5b8b3d5f34fdbb6eb8d4ab9660e60e3"},
      {"45e0004c4bad4000ff0650ceac1b1c1d0a0b0c0d00b3c4fafadd6de9787a1de0e012fffff3f20000020405b4010303080402080a93f4e9e800017ed0"
       "1d10543dd6ada7bc4cdd536d1769db5f",
       "4bc7571a486f3264bbd888474066b4b1"},
      {"45e00087fb4f4000ff06a0f00a0b0c0dac1b1c1dc4fa00b3787a1de0fadd6deac0180104950500000101080a00017ed093f4e9e8"
       "1d103d5477412742fa4dc433eff0973e" CLIENT4,
       "8c8ae0e8371ec5cbb97ea79d90418391"},
      {"45e00087b9144000ff06e32bac1b1c1d0a0b0c0d00b3c4fafadd6dea787a1e23c0180100e7db00000101080a93f4e9e800017ed0"
       "1d10543df6d965a78382a74845f72dac" SERVER4,
       "4bc7571a486f3264bbd888474066b4b1"}}},
    {"5.2",
     TERN_AO_AES_128_CMAC_96,
     true,
     0x389bed71,
     0xd3844a6f,
     {{"45e0004cf22e4000ff06aa4c0a0b0c0dac1b1c1dda1c00b3389bed7100000000e002ffff70bf0000020405b4010303080402080a000185e100000000"
       "1d103d54c44e60cb31f7c0b1de3d2749",
       "2cdbae1392c49449fa92c4509735d50e"},
      {"45e0004c6cc04000ff062fbbac1b1c1d0a0b0c0d00b3da1cd3844a6f389bed72e012ffffe4450000020405b4010303080402080ace459838000185e1"
       "1d10543d3a6abb207e49b1be7136db90",
       "3ce67a551869506b6347b633c50a624a"},
      {"45e00087ee914000ff06adae0a0b0c0dac1b1c1dda1c00b3389bed72d3844a70c0180104885100000101080a000185e1ce459838"
       "1d103d547585e9e9d5c3ec857b96f837" CLIENT4,
       "035bc400a341ffe595f59f58005006ca"},
      {"45e000876a214000ff06321fac1b1c1d0a0b0c0d00b3da1cd3844a70389bed72c0180100044900000101080ace459838000185e1"
       "1d10543d5c040fd9233304765c0982f4" SERVER4,
       "3ce67a551869506b6347b633c50a624a"}}},
    {"6.1",
     TERN_AO_HMAC_SHA1_96,
     false,
     0x176a833f,
     0x3f51994b,
     {{"6e0891dc00380640" C6 S6 "f7e400b3176a833f00000000e002ffff47210000020405a0010303080402080a0041d08700000000"
       "1d103d549033ec3d7334b64c5edd039f",
       "625ec09d575836edc9b6428418bbf06989a361bb"},
      {"6e01009e00380640" S6 C6 "00b3f7e43f51994b176a8340e012ffffbfec0000020405a0010303080402080abd33129b0041d087"
       "1d10543df1cba346c3526163f71f1f55",
       "e4a37ada2a0afca8711434913fe138c771ebcb4a"},
      {"6e0891dc00730640" C6 S6 "f7e400b3176a83403f51994cc0180100329c00000101080a0041d091bd33129b"
       "1d103d54bf0805feb4ac7b163d6fcdf2" CLIENT6,
       "1ed82975f4ea444c61580c5bd90dbd61bbc91b7e"},
      {"6e01009e00730640" S6 C6 "00b3f7e43f51994c176a8383c0180100ee6e00000101080abd3312a50041d091"
       "1d10543d6c48125c11335bab9a07a797" SERVER6,
       "e4a37ada2a0afca8711434913fe138c771ebcb4a"}}},
    {"6.2",
     TERN_AO_HMAC_SHA1_96,
     true,
     0x020c1e69,
     0xeba3734d,
     {{"6e078fcd00380640" C6 S6 "c6cd00b3020c1e6900000000e002ffffa41a0000020405a0010303080402080a009db95b00000000"
       "1d103d54885698b0530ed4d5a15f8346",
       "31a3faf69effae52931b7f845467315c270a4edc"},
      {"6e0a7e1f00380640" S6 C6 "00b3c6cdeba3734d020c1e6ae012ffff774d0000020405a0010303080402080a5ec99b70009db95b"
       "1d10543d3c546bad9743f12df8b8010d",
       "405108947f996575e7bdbc26d40216a2c7fa91bd"},
      {"6e078fcd00730640" C6 S6 "c6cd00b3020c1e6aeba3734ec018010083e600000101080a009db9655ec99b70"
       "1d103d5448bd093b1924e001192f5bf0" CLIENT6,
       "b34eed6a9396a669f1c4f4f57618f3656f52c7ab"},
      {"6e0a7e1f00730640" S6 C6 "00b3c6cdeba3734e020c1eadc0180100716a00000101080a5ec99b7a009db965"
       "1d10543d559a819445b4fde98d9e1317" SERVER6,
       "405108947f996575e7bdbc26d40216a2c7fa91bd"}}},
    {"7.1",
     TERN_AO_AES_128_CMAC_96,
     false,
     0x193cccec,
     0xa6744ecb,
     {{"6e04a70600380640" C6 S6 "f85a00b3193cccec00000000e002ffffde5d0000020405a0010303080402080a13e4ab9900000000"
       "1d103d5459b588107481ac6dc3927040",
       "fa5a2108882d39d0c71929175ab1b7b8"},
      {"6e06152000380640" S6 C6 "00b3f85aa6744ecb193cccede012ffffeabb0000020405a0010303080402080a71daabc813e4ab99"
       "1d10543ddc2843a84e78a6bcfdc5ed80",
       "cf1b1e225e06a63616764a067b46f4b1"},
      {"6e04a70600730640" C6 S6 "f85a00b3193ccceda6744eccc0180100328000000101080a13e4aba371daabc8"
       "1d103d547b6a455c0d4f5f01835baab3" CLIENT6,
       "6174c3557abed27574dba37185f00300"},
      {"6e06152000730640" S6 C6 "00b3f85aa6744ecc193ccd30c018010052f400000101080a71daabd313e4aba3"
       "1d10543dc1069b7dfd3d693a6df3f289" SERVER6,
       "cf1b1e225e06a63616764a067b46f4b1"}}},
    {"7.2",
     TERN_AO_AES_128_CMAC_96,
     true,
     0xb01da74a,
     0xa6246145,
     {{"6e093d7600380640" C6 S6 "f28800b3b01da74a00000000e002ffff75ff0000020405a0010303080402080a14275b3b00000000"
       "1d103d543d45b4342de8bb1530847898",
       "a94f511263e4093d35dd818c13bbbf53"},
      {"6e0c600a00380640" S6 C6 "00b3f288a6246145b01da74be012ffffa70c0000020405a0010303080402080a1782245b14275b3b"
       "1d10543d1d01f6c87c6f93acffa9d4b5",
       "92dea5bbc78b1d9f5b2952e9cd30642a"},
      {"6e093d7600730640" C6 S6 "f28800b3b01da74ba6246146c0180100c36d00000101080a14275b4f1782245b"
       "1d103d54290cf414ccb47a333276e7f8" CLIENT6,
       "4fb2086e402c679079ed65d4bf97693d"},
      {"6e0c600a00730640" S6 C6 "00b3f288a6246146b01da78ec0180100345100000101080a1782246514275b4f"
       "1d10543d99515ffcd5403499f619fd1b" SERVER6,
       "92dea5bbc78b1d9f5b2952e9cd30642a"}}},
};

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
