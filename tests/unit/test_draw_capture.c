/* Packets are passed through the tap, and the file is read again, block by block. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "draw_events.h"
#include "ip.h"

enum { PACKETS_MAX = 128, UNIX_SEC = 1700000000 };

struct seen {
    uint32_t len, full_len;
    uint64_t unix_ns;
    const uint8_t *bytes;
    char comment[2048];
};

static struct play p;
static struct tern_capture *capture;
static struct tern_loop_tap tap;
static char path[] = "/tmp/tern-capture-XXXXXX";
static uint8_t file[1 << 20];
static struct seen seen[PACKETS_MAX];
static size_t seen_n;
static uint8_t payload[60000];

static void open_with(uint32_t full_first, uint32_t full_last, uint32_t snap)
{
    char err[128];
    struct tern_pcapng *f = tern_pcapng_open(path, 0, err, sizeof(err));
    assert_non_null(f);
    const struct tern_capture_config config = {(uint64_t)UNIX_SEC * TERN_SEC, full_first, full_last, snap};
    capture = tern_capture_new(f, &p.trace, &config);
    assert_non_null(capture);
    tap = tern_capture_tap(capture);
}

static int start(void **state)
{
    (void)state;
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    if (fd < 0) return -1;
    close(fd);
    play_init(&p);
    p.state = TERN_ESTABLISHED;
    p.iss_known = p.irs_known = true;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return unlink(path);
}

/* ---- reading ---- */

static uint32_t word(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof(v));
    return v;
}

static void read_packet(const uint8_t *block, uint32_t block_len)
{
    assert_true(seen_n < PACKETS_MAX);
    struct seen *s = &seen[seen_n++];
    s->unix_ns = (uint64_t)word(block + 12) << 32 | word(block + 16);
    s->len = word(block + 20);
    s->full_len = word(block + 24);
    s->bytes = block + 28;
    s->comment[0] = '\0';
    const uint8_t *opt = s->bytes + ((s->len + 3) & ~3u);
    while (opt + 4 <= block + block_len - 4) {
        uint16_t code, len;
        memcpy(&code, opt, 2);
        memcpy(&len, opt + 2, 2);
        if (code == 0) return;
        if (code == 1) {
            memcpy(s->comment, opt + 4, len);
            s->comment[len] = '\0';
        }
        opt += 4 + ((len + 3u) & ~3u);
    }
}

static void finish(void)
{
    assert_int_equal(tern_capture_close(capture), 0);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(file, 1, sizeof(file), f), at = 0;
    assert_true(len < sizeof(file));
    fclose(f);
    seen_n = 0;
    while (at + 12 <= len) {
        uint32_t block_len = word(file + at + 4);
        if (word(file + at) == 6) read_packet(file + at, block_len);
        at += block_len;
    }
    assert_int_equal(at, len);
}

/* ---- packets ---- */

enum sum { SUM_RIGHT, SUM_PARTIAL, SUM_WRONG };

static size_t build(bool out, uint16_t flags, uint32_t len, enum sum sum, uint8_t *to)
{
    const struct tern_addr us = tern_addr_v4((const uint8_t[]){192, 0, 2, 1}),
                           peer = tern_addr_v4((const uint8_t[]){198, 51, 100, 7});
    const struct wire_ip ip = {.src = out ? us : peer, .dst = out ? peer : us, .version = 4, .proto = IPPROTO_TCP_, .ttl = 64};
    struct wire_tcp tcp = {.src_port = out ? 80 : 4242, .dst_port = out ? 4242 : 80, .flags = flags, .wnd = 100};
    uint32_t seg_len = WIRE_TCP_HEADER_LEN + len;
    size_t at = wire_ip_build(&ip, seg_len, true, 1, to);
    size_t head = at + wire_tcp_build(&tcp, to + at);
    memcpy(to + head, payload, len);
    uint64_t pseudo = csum_pseudo(&ip.src, &ip.dst, IPPROTO_TCP_, seg_len);
    uint16_t field = sum == SUM_PARTIAL ? csum_fold(pseudo) : (uint16_t)~csum_fold(csum_add(pseudo, to + at, seg_len));
    if (sum == SUM_WRONG) field = (uint16_t)(field ^ 0x0101);
    memcpy(to + at + 16, &field, 2);
    return head + len;
}

static bool sum_is_right(const struct seen *s)
{
    struct wire_ip ip;
    const struct wire_ip_opts opts = {false};
    assert_int_equal(wire_ip_parse(s->bytes, s->len, &opts, &ip), WIRE_OK);
    return wire_tcp_checksum_ok(&ip, s->bytes + ip.head_len, ip.len - ip.head_len);
}

static void receive(uint16_t flags, uint32_t len, enum sum sum, bool csum_ok)
{
    static uint8_t bytes[TERN_PACKET_MAX];
    struct tern_buf buf = {.base = bytes, .data = bytes, .cap = sizeof(bytes), .csum_ok = csum_ok};
    buf.len = (uint32_t)build(false, flags, len, sum, bytes);
    uint64_t from = p.trace.end;
    tap.in(tap.ctx, p.now, &buf);
    memset(bytes, 0xee, buf.len); /* the stack may do with it what it likes */
    play_in(&p, flags, 1, 1, len, TERN_RULE_IN_ORDER);
    play_note(&p, TERN_RULE_RTT_SAMPLE);
    tap.in_done(tap.ctx, p.now, from, p.trace.end);
}

static void transmit(uint16_t flags, uint32_t len, bool partial)
{
    uint8_t bytes[TERN_HEAD_MAX + sizeof(payload)];
    build(true, flags, len, partial ? SUM_PARTIAL : SUM_RIGHT, bytes);
    struct tern_pkt pkt = {.head_len = 40, .payload_len = len, .slices_n = 2};
    memcpy(pkt.head, bytes, 40);
    pkt.slice[0] = (struct tern_slice){payload, len / 3};
    pkt.slice[1] = (struct tern_slice){payload + len / 3, len - len / 3};
    if (partial) pkt.csum_start = 20, pkt.csum_offset = 16;
    play_out(&p, flags, 1, 1, len, TERN_RULE_SEND_FULL);
    pkt.event_n = 1;
    pkt.event_end = p.trace.end;
    tap.out(tap.ctx, p.now, &pkt);
}

/* ---- tests ---- */

static void each_packet_has_the_comment_of_its_events(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    receive(TH_ACK, 100, SUM_RIGHT, true);
    transmit(TH_ACK, 10, false);
    finish();
    assert_int_equal(seen_n, 2);
    assert_memory_equal(seen[0].comment, "ESTABLISHED: IN_ORDER: RFC 9293 3.10.7.4 seventh: ", 50);
    assert_non_null(strstr(seen[0].comment, "\nRTT_SAMPLE: RFC 6298 2.3: "));
    assert_string_equal(seen[1].comment, "ESTABLISHED: SEND_FULL: RFC 9293 3.7.4: a full segment waits for nothing");
}

static void times_are_of_the_wall_clock(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    receive(TH_ACK, 1, SUM_RIGHT, true);
    finish();
    assert_int_equal(seen[0].unix_ns, (uint64_t)UNIX_SEC * TERN_SEC + 7 * TERN_SEC);
}

static void a_checksum_left_to_the_link_is_completed_and_said(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    for (uint32_t len = 0; len < 8; len++) transmit(TH_ACK, len, true);
    struct tern_capture_counters n;
    tern_capture_counters(capture, &n);
    assert_int_equal(n.completed, 8);
    finish();
    for (size_t i = 0; i < 8; i++) {
        assert_true(sum_is_right(&seen[i]));
        assert_non_null(strstr(seen[i].comment, "\nchecksum completed by the writer: the stack left it to the offload"));
    }
}

static void a_checksum_that_the_sender_left_is_completed_and_said(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    receive(TH_ACK, 333, SUM_PARTIAL, true);
    finish();
    assert_true(sum_is_right(&seen[0]));
    assert_non_null(strstr(seen[0].comment, "\nchecksum completed by the writer: the sender left it to the offload"));
}

static void a_right_checksum_is_left_alone(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    receive(TH_ACK, 333, SUM_RIGHT, true);
    transmit(TH_ACK, 333, false);
    finish();
    assert_true(sum_is_right(&seen[0]) && sum_is_right(&seen[1]));
    assert_null(strstr(seen[0].comment, "completed"));
    assert_null(strstr(seen[1].comment, "completed"));
}

static void a_wrong_checksum_from_the_network_stays_wrong(void **state)
{
    (void)state;
    open_with(0, 0, 0);
    receive(TH_ACK, 333, SUM_WRONG, false);
    finish();
    assert_false(sum_is_right(&seen[0]));
}

static void slices_become_one_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(payload); i++) payload[i] = (uint8_t)(i * 7);
    open_with(0, 0, 0);
    transmit(TH_ACK, 50000, true);
    finish();
    assert_int_equal(seen[0].len, 50040);
    assert_int_equal(seen[0].full_len, 50040);
    assert_memory_equal(seen[0].bytes + 40, payload, 50000);
    assert_true(sum_is_right(&seen[0]));
}

static void the_middle_of_a_transfer_is_cut_to_headers(void **state)
{
    (void)state;
    open_with(3000, 0, 128);
    for (int i = 0; i < 10; i++) transmit(TH_ACK, 1000, true);
    transmit(TH_FIN | TH_ACK, 1000, true);
    struct tern_capture_counters n;
    tern_capture_counters(capture, &n);
    assert_int_equal(n.packets, 11);
    assert_int_equal(n.commented, 11);
    assert_int_equal(n.cut, 7);
    finish();
    for (size_t i = 0; i < 11; i++) {
        assert_int_equal(seen[i].full_len, 1040);
        assert_int_equal(seen[i].len, i < 3 || i == 10 ? 1040 : 128);
        assert_true(seen[i].comment[0]);
    }
}

static void the_last_packets_before_a_fin_are_whole(void **state)
{
    (void)state;
    open_with(2000, 3200, 128);
    for (int i = 0; i < 10; i++) {
        p.now += TERN_MS;
        transmit(TH_ACK, 1000, true);
    }
    receive(TH_FIN | TH_ACK, 0, SUM_RIGHT, true);
    finish();
    assert_int_equal(seen_n, 11);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(seen[i].len, i < 2 || i >= 7 ? 1040 : 128);
        if (i > 0) assert_int_equal(seen[i].unix_ns - seen[i - 1].unix_ns, TERN_MS); /* in order */
    }
}

static void each_direction_has_its_own_beginning(void **state)
{
    (void)state;
    open_with(1000, 0, 128);
    for (int i = 0; i < 3; i++) transmit(TH_ACK, 1000, true);
    for (int i = 0; i < 3; i++) receive(TH_ACK, 1000, SUM_RIGHT, true);
    finish();
    for (size_t i = 0; i < 6; i++) assert_int_equal(seen[i].len, i % 3 == 0 ? 1040 : 128);
}

static void a_syn_begins_the_count_anew(void **state)
{
    (void)state;
    open_with(1000, 0, 128);
    for (int i = 0; i < 3; i++) transmit(TH_ACK, 1000, true);
    transmit(TH_SYN, 0, true);
    transmit(TH_ACK, 1000, true);
    finish();
    assert_int_equal(seen[2].len, 128);
    assert_int_equal(seen[4].len, 1040);
}

static void what_is_held_is_written_at_the_end(void **state)
{
    (void)state;
    open_with(0, 1 << 20, 1); /* the least snap length is 128 */
    for (int i = 0; i < 5; i++) transmit(TH_ACK, 1000, true);
    finish();
    assert_int_equal(seen_n, 5);
    assert_int_equal(seen[4].len, 128);
    assert_true(seen[4].comment[0]);
}

static void a_packet_that_is_not_tcp_is_kept_as_it_is(void **state)
{
    (void)state;
    uint8_t bytes[300] = {0};
    const struct wire_ip ip = {.src = tern_addr_v4((const uint8_t[]){198, 51, 100, 7}),
                               .dst = tern_addr_v4((const uint8_t[]){192, 0, 2, 1}),
                               .version = 4,
                               .proto = 17,
                               .ttl = 64};
    wire_ip_build(&ip, 280, true, 1, bytes);
    const struct tern_buf buf = {.base = bytes, .data = bytes, .cap = 300, .len = 300, .csum_ok = true};
    open_with(0, 0, 128);
    tap.in(tap.ctx, p.now, &buf);
    tap.in_done(tap.ctx, p.now, p.trace.end, p.trace.end);
    finish();
    assert_int_equal(seen[0].len, 300);
    assert_memory_equal(seen[0].bytes, bytes, 300);
    assert_string_equal(seen[0].comment, "");
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(tern_capture_close(NULL), 0);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
    (void)state;
    char err[128];
    struct tern_pcapng *f = tern_pcapng_open("/dev/full", 0, err, sizeof(err));
    if (!f) skip();
    const struct tern_capture_config config = {0};
    capture = tern_capture_new(f, &p.trace, &config);
    tap = tern_capture_tap(capture);
    for (int i = 0; i < 10; i++) transmit(TH_ACK, 50000, true);
    assert_int_equal(tern_capture_close(capture), TERN_ERR_IO);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        T(each_packet_has_the_comment_of_its_events),
        T(times_are_of_the_wall_clock),
        T(a_checksum_left_to_the_link_is_completed_and_said),
        T(a_checksum_that_the_sender_left_is_completed_and_said),
        T(a_right_checksum_is_left_alone),
        T(a_wrong_checksum_from_the_network_stays_wrong),
        T(slices_become_one_packet),
        T(the_middle_of_a_transfer_is_cut_to_headers),
        T(the_last_packets_before_a_fin_are_whole),
        T(each_direction_has_its_own_beginning),
        T(a_syn_begins_the_count_anew),
        T(what_is_held_is_written_at_the_end),
        T(a_packet_that_is_not_tcp_is_kept_as_it_is),
        T(closing_nothing_is_allowed),
        T(a_file_that_cannot_be_written_is_told),
    };
#undef T
    return cmocka_run_group_tests_name("draw capture", tests, NULL, NULL);
}
