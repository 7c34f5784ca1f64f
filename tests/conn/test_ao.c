/* TCP-AO: RFC 5925. The peer signs in the rig's own way (tests/support/rig_ao.c). */
#include "stack_test.h"
#include "xfer.h"

static struct tern_ao_key sha, aes, other;

static void keys(const struct rig *r)
{
    uint8_t all = r->v6 ? 128 : 32;
    sha = (struct tern_ao_key){r->remote.addr, all, 61, 84, TERN_AO_HMAC_SHA1_96, false, 10, "testvector"};
    aes = (struct tern_ao_key){r->remote.addr, all, 7, 9, TERN_AO_AES_128_CMAC_96, true, 16, "sixteen bytes..."};
    other = (struct tern_ao_key){r->remote.addr, all, 61, 84, TERN_AO_HMAC_SHA1_96, false, 9, "testvecto"};
}

static void listen_signed(struct rig *r)
{
    rig_listen(r);
    keys(r);
    assert_int_equal(tern_listener_ao_add(r->l, &sha), 0);
    assert_int_equal(tern_listener_ao_add(r->l, &aes), 0);
    rig_mark(r);
}

/* Established, accepted, signed by |k|; the peer's window and MSS as ever. */
static void open_by(struct rig *r, const struct tern_ao_key *k)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .ao = k, .sack_ok = true);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = k);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ao = k);
    assert_non_null(rig_accept(r));
    STATE(r, TERN_ESTABLISHED);
}

static void open_signed(struct rig *r) { open_by(r, &sha); }

static void connect_signed(struct rig *r)
{
    rig_start(r);
    keys(r);
    assert_int_equal(tern_stack_connect(r->s, &r->local, &r->remote, &r->c), 0);
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &sha), 0);
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &aes), 0);
    rig_collect(r);
}

static struct tern_ao_info info(const struct rig *r)
{
    struct tern_ao_info i = {0};
    assert_int_equal(tern_conn_ao_info(r->c, &i), 0);
    return i;
}

/* For the cases that both kinds of signatures have. */
#define SIGNED .ao = &sha
#define FORGED .ao = &sha, .ao_bad = true
enum { DATA_LEN = 1000 - 16, OPT_SIGNED = OPT_AO };
#include "signed_test.h"

/* ---- the handshake ---- */

/* proves: RFC 5925 7.4, RFC 5925 7.6. */
static void a_signed_passive_open(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 500, .ao = &sha);
    READ(r, 500);
    rig_send(r, 2000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 501, .len = 984, .ao = &sha); /* 16 of the MSS's 1000 bytes are the option's */
    OUT(r, .flags = ACK, .seq = 985, .ack = 501, .len = 984, .ao = &sha);
    assert_int_equal(info(r).n.good, 3);
    assert_int_equal(info(r).n.bad, 0);
}

static void the_other_algorithm(struct rig *r)
{
    open_by(r, &aes);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 501, .ao = &aes); /* CMAC's last block is not whole */
    READ(r, 501);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 502, .len = 984, .ao = &aes);
}

static void a_signed_active_open(struct rig *r)
{
    connect_signed(r);
    OUT(r, .flags = SYN, .seq = 0, .ao = &sha, .ts = true, .ws = 8, .sack_ok = true);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .ao = &sha, .ts = true, .tsval = 1);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .ao = &sha, .ts = true);
    STATE(r, TERN_ESTABLISHED);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 972, .ao = &sha, .ts = true);
}

static void a_send_in_listen_is_signed(struct rig *r)
{
    listen_signed(r);
    assert_int_equal(tern_listener_send(r->l, &r->remote, "x", 1, &r->c), 0);
    r->l = NULL;
    rig_collect(r);
    OUT(r, .flags = SYN, .seq = 0, .ao = &sha);
    assert_int_equal(info(r).current_id, sha.send_id);
}

static void two_signed_syns_cross(struct rig *r)
{
    connect_signed(r);
    OUT(r, .flags = SYN, .seq = 0, .ao = &sha);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = &sha);
    IN(r, .flags = SYN | ACK, .ack = 1, .mss = 1000, .ao = &sha);
    STATE(r, TERN_ESTABLISHED);
}

/* proves: RFC 5925 7.3. */
static void who_does_not_sign_meets_silence(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000);
    IN(r, .flags = ACK, .seq = 1, .ack = 500);
    IN(r, .flags = RST, .seq = 1);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_MISSING), 3);
    assert_int_equal(rig_counters(r).half_n, 0);
}

/* proves: RFC 5925 7.5. */
static void who_has_another_key_meets_silence(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha, .ao_bad = true);
    IN(r, .flags = SYN, .mss = 1000, .ao = &other);
    IN(r, .flags = ACK, .seq = 1, .ack = 500, .ao = &other);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_WRONG), 3);
    assert_int_equal(rig_counters(r).half_n, 0);
    other.recv_id = 3;
    IN(r, .flags = SYN, .mss = 1000, .ao = &other);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_KEY), 1);
}

static void the_syn_ack_is_verified(struct rig *r)
{
    connect_signed(r);
    rig_clear(r);
    IN(r, .flags = SYN | ACK, .ack = 1);
    IN(r, .flags = SYN | ACK, .ack = 1, .ao = &other);
    IN(r, .flags = RST | ACK, .ack = 1); /* nor is a RST believed */
    IN(r, .flags = RST | ACK, .ack = 1, .ao = &sha);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_NO_ISN), 1);
    STATE(r, TERN_SYN_SENT);
    IN(r, .flags = SYN | ACK, .ack = 1, .ao = &sha);
    STATE(r, TERN_ESTABLISHED);
}

/* ---- established and after ---- */

static void forgeries_do_nothing(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = RST, .seq = 1);
    IN(r, .flags = RST, .seq = 1, .ao = &other);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .ao = &sha, .ao_bad = true);
    IN(r, .flags = SYN, .seq = 1);
    STATE(r, TERN_ESTABLISHED);
    READ(r, TERN_ERR_AGAIN);
    NONE(r); /* not even a challenge ACK */
    assert_int_equal(info(r).n.required, 3);
    assert_int_equal(info(r).n.bad, 2);
    IN(r, .flags = RST, .seq = 1, .ao = &sha);
    STATE(r, TERN_CLOSED);
}

/* proves: RFC 5925 2.2. */
static void md5_beside_it_is_dropped(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .ao = &aes, .md5 = "key"); /* aes does not cover it */
    READ(r, TERN_ERR_AGAIN);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_OPTION), 1);
}

/* proves: RFC 5925 2.2. */
static void twice_in_one_segment_is_dropped(struct rig *r)
{
    uint8_t p[200], *tcp = p + (r->v6 ? 40 : 20);
    open_signed(r);
    size_t n = rig_build(r, &(struct tseg){.flags = ACK, .seq = 1, .ack = 1, .len = 10, .ao = &aes, .md5 = "key"}, p);
    size_t len = n - (size_t)(tcp - p);
    assert_int_equal(tcp[22], TCPOPT_MD5);
    tcp[22] = TCPOPT_AO; /* the MAC behind it is right still */
    memset(tcp + 16, 0, 2);
    uint16_t sum = (uint16_t)~csum_fold(csum_add(csum_pseudo(&r->remote.addr, &r->local.addr, 6, (uint32_t)len), tcp, len));
    memcpy(tcp + 16, &sum, sizeof sum);
    rig_raw(r, p, n);
    READ(r, TERN_ERR_AGAIN);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_OPTION), 1);
}

/* proves: RFC 5925 7.7. */
static void without_a_connection_there_is_silence(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 500, .len = 10, .ao = &sha); /* the numbers of its handshake are lost */
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_WRONG), 1);
}

/* A SYN that the caller held back: no number of ours has left yet by which a RST could be signed. */
static void what_is_held_is_answered_or_not(struct rig *r)
{
    struct tern_listen_config cfg = {.local = {.port = RIG_PORT}, .hold = true};
    struct tern_held h;
    r->l = listen_on(r, &cfg);
    keys(r);
    assert_int_equal(tern_listener_ao_add(r->l, &sha), 0);
    for (int i = 0; i < 2; i++) {
        IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
        NONE(r);
        assert_true(tern_listener_held(r->l, &h));
        assert_int_equal(i ? tern_held_accept(r->s, h.id) : tern_held_reset(r->s, h.id), 0);
        rig_collect(r);
        if (i) OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = &sha);
        NONE(r);
        assert_int_equal(rig_drops(r, TERN_DROP_AO_SILENT), 1);
    }
}

/* But the last ACK of a handshake tells both numbers, and so does its RST's key. */
static void a_forgotten_handshake_is_reset(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
    rig_pass(r, 600 * TERN_SEC);
    assert_int_equal(rig_counters(r).half_n, 0);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .ao = &sha);
    OUT(r, .flags = RST, .seq = 1, .ao = &sha);
}

/* proves: RFC 5925 7.2. */
static void time_wait_is_signed_and_verified(struct rig *r)
{
    open_signed(r);
    rig_close(r);
    OUT(r, .flags = FIN | ACK, .seq = 1, .ack = 1, .ao = &sha);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .ao = &sha);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2, .ao = &sha);
    STATE(r, TERN_TIME_WAIT);
    rig_release(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2);
    NONE(r);
    IN(r, .flags = FIN | ACK, .seq = 1, .ack = 2, .ao = &sha);
    OUT(r, .flags = ACK, .seq = 2, .ack = 2, .ao = &sha);
    IN(r, .flags = SYN, .seq = 1000, .mss = 1000);
    NONE(r);
    IN(r, .flags = SYN, .seq = 1000, .mss = 1000, .ao = &sha);
    const struct out_seg *o = rig_next(r);
    assert_non_null(o);
    assert_int_equal(o->h.flags, SYN | ACK);
    assert_true(o->h.opt.present & OPT_AO);
}

/* ---- the numbers go round ---- */

/* The peer's do so in every test; ours, here, twice as far as a window is wide. */
/* proves: RFC 5925 6.2. */
static void numbers_are_extended(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .ao = &sha);
    READ(r, 100);
    rig_clear(r);
    rig_send(r, 984);
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .len = 984, .ao = &sha);
    rig_pass(r, 2 * TERN_SEC); /* what goes again has the extension of its number, not of the last one */
    OUT(r, .flags = ACK, .seq = 1, .ack = 101, .len = 984, .ao = &sha);
    IN(r, .flags = ACK, .seq = 1, .ack = 985, .len = 100, .ao = &sha); /* and an old one is known as such */
    assert_int_equal(info(r).n.bad, 0);
}

/* ---- keys ---- */

/* proves: RFC 5925 6.1. */
static void the_peer_asks_for_another_key(struct rig *r)
{
    open_signed(r);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ao = &sha, .ao_next = aes.send_id);
    READ(r, 10);
    SAW(r, AO_KEY);
    assert_int_equal(info(r).current_id, aes.send_id);
    rig_send(r, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 11, .len = 100, .ao = &aes, .ao_next = sha.recv_id);
    IN(r, .flags = ACK, .seq = 11, .ack = 101, .ao = &sha, .ao_next = 200); /* one that is not there: as before */
    assert_int_equal(info(r).current_id, aes.send_id);
}

static void we_ask_for_another_key(struct rig *r)
{
    open_signed(r);
    assert_int_equal(tern_conn_ao_use(r->c, r->now, -1, aes.recv_id), 0);
    rig_send(r, 100);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = 100, .ao = &sha, .ao_next = aes.recv_id);
    IN(r, .flags = ACK, .seq = 1, .ack = 101, .len = 10, .ao = &sha); /* it was on its way */
    IN(r, .flags = ACK, .seq = 11, .ack = 101, .len = 10, .ao = &aes, .ao_next = sha.send_id);
    READ(r, 20);
    assert_int_equal(info(r).n.bad, 0);
    assert_int_equal(tern_conn_ao_remove(r->c, r->now, aes.send_id, aes.recv_id), TERN_ERR_INVAL); /* asked for */
    assert_int_equal(tern_conn_ao_remove(r->c, r->now, sha.send_id, sha.recv_id), TERN_ERR_INVAL); /* it signs */
    assert_int_equal(tern_conn_ao_use(r->c, r->now, aes.send_id, -1), 0);
    assert_int_equal(tern_conn_ao_remove(r->c, r->now, sha.send_id, sha.recv_id), 0);
    rig_clear(r);
    IN(r, .flags = ACK, .seq = 21, .ack = 101, .len = 10, .ao = &sha);
    READ(r, TERN_ERR_AGAIN);
    IN(r, .flags = ACK, .seq = 21, .ack = 101, .len = 10, .ao = &aes);
    READ(r, 10);
}

/* A SYN says by which key it wants its answer. */
static void a_syn_asks_for_another_key(struct rig *r)
{
    listen_signed(r);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha, .ao_next = aes.send_id);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = &aes, .ao_next = sha.recv_id);
}

static void a_key_is_added_later(struct rig *r)
{
    struct tern_ao_key more = {r->remote.addr, 0, 100, 101, TERN_AO_HMAC_SHA1_96, true, 3, "abc"};
    struct tern_ao_key_info i;
    open_signed(r);
    more.peer = r->remote.addr;
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &more), 0);
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &more), TERN_ERR_ADDRINUSE);
    assert_true(tern_conn_ao_key(r->c, 2, &i));
    assert_false(tern_conn_ao_key(r->c, 3, &i));
    assert_int_equal(i.send_id, 100);
    assert_int_equal(i.good, 0);
    IN(r, .flags = ACK, .seq = 1, .ack = 1, .len = 10, .ao = &more);
    READ(r, 10);
    assert_true(tern_conn_ao_key(r->c, 2, &i) && i.good == 1 && i.current && !i.next);
}

/* Key identifiers and MAC, of what leaves and of what arrives; never a key. */
static void the_trace_shows_its_fields(struct rig *r)
{
    open_signed(r);
    unsigned in = 0, out = 0;
    for (uint64_t i = r->event_mark; i < r->trace.end; i++) {
        const struct tern_event *e = &r->trace.ring[i & (r->trace.size - 1)];
        if (e->type != TERN_EV_SEG_IN && e->type != TERN_EV_SEG_OUT) continue;
        bool leaves = e->type == TERN_EV_SEG_OUT;
        static const uint8_t none[12];
        assert_true(e->u.seg.ao && e->u.seg.ao_mac_len == 12);
        assert_memory_not_equal(e->u.seg.ao_mac, none, 12);
        assert_int_equal(e->u.seg.ao_key_id, leaves ? 61 : 84);
        assert_int_equal(e->u.seg.ao_next_key_id, leaves ? 84 : 61);
        in += !leaves, out += leaves;
    }
    assert_true(in >= 1 && out >= 1);
}

/* ---- listeners ---- */

static void several_peers(struct rig *r)
{
    rig_listen(r);
    keys(r);
    struct tern_ao_key far = sha;
    far.peer = stranger(r);
    far.len = 3;
    uint8_t all = r->v6 ? 128 : 32;
    assert_int_equal(tern_listener_ao_add(r->l, &far), 0);
    assert_int_equal(tern_listener_ao_add(r->l, &sha), 0); /* the same IDs, another peer */
    other.prefix_len = 8;
    other.send_id = 1;
    assert_int_equal(tern_listener_ao_add(r->l, &other), TERN_ERR_ADDRINUSE); /* the RecvID is taken, in a prefix around */
    assert_int_equal(tern_listener_md5(r->l, &r->remote.addr, 8, "k", 1), TERN_ERR_INVAL);
    IN(r, .flags = SYN, .mss = 1000, .ao = &far);
    NONE(r);
    assert_int_equal(tern_listener_ao_remove(r->l, &far.peer, all, 61, 85), TERN_ERR_NOTCONN);
    assert_int_equal(tern_listener_ao_remove(r->l, &far.peer, all, 61, 84), 0);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = &sha);
}

static void other_peers_need_no_signature(struct rig *r)
{
    rig_listen(r);
    keys(r);
    sha.peer = stranger(r);
    assert_int_equal(tern_listener_ao_add(r->l, &sha), 0);
    rig_passive(r);
    rig_send(r, 1000);
    OUT(r, .flags = ACK, .seq = 1, .ack = 1, .len = r->v6 ? 1000 : 536, .ao = &rig_no_ao);
}

static void a_listener_may_require_a_key_of_everybody(struct rig *r)
{
    rig_listen(r);
    keys(r);
    tern_listener_ao_rules(r->l, true, false);
    IN(r, .flags = SYN, .mss = 1000);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
    NONE(r);
    tern_listener_ao_rules(r->l, false, false);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha); /* without a key the option is not looked at */
    OUT(r, .flags = SYN | ACK, .seq = 0, .ack = 1, .ao = &rig_no_ao);
}

static void what_nobody_asked_for_is_dropped_by_setting(struct rig *r)
{
    assert_int_equal(tern_settings_set(&r->set, "ao_unmatched", 1), 0);
    rig_listen(r);
    keys(r);
    IN(r, .flags = SYN, .mss = 1000, .ao = &sha);
    NONE(r);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_UNEXPECTED), 1);
}

/* proves: RFC 5925 3.1. */
static void keys_have_bounds(struct rig *r)
{
    connect_signed(r);
    struct tern_ao_key k = sha;
    k.send_id = 5;
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &k), TERN_ERR_ADDRINUSE);
    k.recv_id = 5;
    k.len = TERN_AO_KEY_MAX + 1;
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &k), TERN_ERR_INVAL);
    k.len = TERN_AO_KEY_MAX;
    k.alg = 2;
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &k), TERN_ERR_INVAL);
    k.alg = 1;
    k.peer = stranger(r);
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &k), TERN_ERR_INVAL);
    assert_int_equal(tern_conn_md5(r->c, r->now, "k", 1), TERN_ERR_INVAL);
    assert_int_equal(tern_conn_ao_use(r->c, r->now, 5, -1), TERN_ERR_INVAL);
}

static void not_in_the_middle_of_a_connection(struct rig *r)
{
    struct tern_ao_info i;
    rig_passive(r);
    keys(r);
    assert_int_equal(tern_conn_ao_add(r->c, r->now, &sha), TERN_ERR_INVAL);
    assert_int_equal(tern_conn_ao_use(r->c, r->now, 61, 84), TERN_ERR_NOTCONN);
    assert_int_equal(tern_conn_ao_info(r->c, &i), TERN_ERR_NOTCONN);
}

/* ---- ICMP ---- */

static void hard_error(struct rig *r)
{
    if (r->v6)
        rig_icmp(r, 1, 4, 0, 1);
    else
        rig_icmp(r, 3, 2, 0, 1);
}

/* proves: RFC 5925 7.8. */
static void icmp_is_not_believed(struct rig *r)
{
    open_signed(r);
    rig_send(r, 100);
    rig_clear(r);
    rig_events(r);
    hard_error(r);
    assert_int_equal(rig_events(r) & TERN_SOFT_ERROR, 0);
    assert_int_equal(rig_drops(r, TERN_DROP_AO_ICMP), 1);
    assert_int_equal(info(r).n.icmp_dropped, 1);
    assert_int_equal(tern_conn_ao_accept_icmp(r->c, true), 0);
    hard_error(r);
    assert_int_equal(rig_events(r) & TERN_SOFT_ERROR, TERN_SOFT_ERROR);
}

static const struct rig_test tests[] = {
    RIG_TEST(a_signed_passive_open),
    RIG_TEST(the_other_algorithm),
    RIG_TEST(a_signed_active_open),
    RIG_TEST(a_send_in_listen_is_signed),
    RIG_TEST(two_signed_syns_cross),
    RIG_TEST(who_does_not_sign_meets_silence),
    RIG_TEST(who_has_another_key_meets_silence),
    RIG_TEST(the_syn_ack_is_verified),
    RIG_TEST(forgeries_do_nothing),
    RIG_TEST(md5_beside_it_is_dropped),
    RIG_TEST(twice_in_one_segment_is_dropped),
    RIG_TEST(without_a_connection_there_is_silence),
    RIG_TEST(what_is_held_is_answered_or_not),
    RIG_TEST(a_forgotten_handshake_is_reset),
    RIG_TEST(time_wait_is_signed_and_verified),
    RIG_TEST(numbers_are_extended),
    RIG_TEST(the_peer_asks_for_another_key),
    RIG_TEST(we_ask_for_another_key),
    RIG_TEST(a_syn_asks_for_another_key),
    RIG_TEST(a_key_is_added_later),
    RIG_TEST(the_trace_shows_its_fields),
    RIG_TEST(several_peers),
    RIG_TEST(other_peers_need_no_signature),
    RIG_TEST(a_listener_may_require_a_key_of_everybody),
    RIG_TEST(what_nobody_asked_for_is_dropped_by_setting),
    RIG_TEST(keys_have_bounds),
    RIG_TEST(not_in_the_middle_of_a_connection),
    RIG_TEST(icmp_is_not_believed),
    SIGNED_TESTS,
};

RIG_MAIN(tests)
