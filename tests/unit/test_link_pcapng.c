#include "link_test.h"

#include <stdio.h>
#include <unistd.h>

/* A file written by |write_it|, read back whole. */
static char path[64];
static uint8_t *bytes;
static size_t bytes_n;

static struct tern_pcapng *open_file(uint32_t snap_len)
{
    char err[200];
    snprintf(path, sizeof path, "/tmp/tern-pcapng-%d", (int)getpid());
    struct tern_pcapng *p = tern_pcapng_open(path, snap_len, err, sizeof err);
    assert_non_null(p);
    return p;
}

static void close_file(struct tern_pcapng *p)
{
    assert_int_equal(tern_pcapng_close(p), 0);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    bytes_n = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(bytes_n);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, bytes_n, f), bytes_n);
    fclose(f);
    unlink(path);
}

static uint32_t u32(size_t at)
{
    uint32_t v;
    assert_true(at + sizeof v <= bytes_n);
    memcpy(&v, bytes + at, sizeof v);
    return v;
}

static uint16_t u16(size_t at)
{
    uint16_t v;
    assert_true(at + sizeof v <= bytes_n);
    memcpy(&v, bytes + at, sizeof v);
    return v;
}

/* Where block |n| begins; each one's two lengths must agree. */
static size_t block(unsigned n)
{
    size_t at = 0;
    for (;; n--) {
        uint32_t len = u32(at + 4);
        assert_true(len >= 12 && len % 4 == 0);
        assert_int_equal(u32(at + len - 4), len);
        if (n == 0) return at;
        at += len;
    }
}

/* Where the option of this code begins in the packet block at |at|; 0: it has none. */
static size_t option(size_t at, uint16_t code)
{
    for (size_t o = at + 28 + (u32(at + 20) + 3) / 4 * 4; u16(o) != 0; o += 4 + (size_t)(u16(o + 2) + 3) / 4 * 4)
        if (u16(o) == code) return o;
    return 0;
}

TEST(an_empty_file_has_a_section_and_an_interface)
{
    close_file(open_file(0));
    assert_int_equal(u32(0), 0x0a0d0d0a);
    assert_int_equal(u32(8), 0x1a2b3c4d);
    assert_int_equal(u16(12), 1);
    size_t i = block(1);
    assert_int_equal(u32(i), 1);
    assert_int_equal(u16(i + 8), 101); /* LINKTYPE_RAW */
    assert_int_equal(u16(i + 16), 9);  /* if_tsresol */
    assert_int_equal(bytes[i + 20], 9);
    assert_int_equal(i + u32(i + 4), bytes_n);
    free(bytes);
}

TEST(a_packet_has_its_time_lengths_and_bytes)
{
    const uint64_t at = UINT64_C(1700000000123456789);
    struct tern_pcapng *p = open_file(0);
    assert_int_equal(tern_pcapng_packet(p, at, true, payload, 61, 1500, NULL), 0);
    close_file(p);
    size_t b = block(2);
    assert_int_equal(u32(b), 6);
    assert_true(((uint64_t)u32(b + 12) << 32 | u32(b + 16)) == at);
    assert_int_equal(u32(b + 20), 61);
    assert_int_equal(u32(b + 24), 1500);
    assert_memory_equal(bytes + b + 28, payload, 61);
    assert_int_equal(bytes[b + 28 + 61], 0);
    assert_int_equal(b + u32(b + 4), bytes_n);
    free(bytes);
}

TEST(the_direction_is_a_flag)
{
    struct tern_pcapng *p = open_file(0);
    tern_pcapng_packet(p, 1, false, payload, 20, 20, NULL);
    tern_pcapng_packet(p, 2, true, payload, 20, 20, NULL);
    close_file(p);
    assert_int_equal(u32(option(block(2), 2) + 4), 1);
    assert_int_equal(u32(option(block(3), 2) + 4), 2);
    free(bytes);
}

TEST(a_comment_of_any_length_is_padded)
{
    static const char text[] = "RFC 9293";
    struct tern_pcapng *p = open_file(0);
    for (size_t i = 0; i < 8; i++) tern_pcapng_packet(p, i, true, payload, (uint32_t)(20 + i), 100, text + i);
    tern_pcapng_packet(p, 9, true, payload, 20, 20, NULL);
    close_file(p);
    for (unsigned i = 0; i < 8; i++) {
        size_t o = option(block(2 + i), 1);
        assert_true(o > 0);
        assert_int_equal(u16(o + 2), 8 - i);
        assert_memory_equal(bytes + o + 4, text + i, 8 - i);
    }
    assert_int_equal(option(block(10), 1), 0);
    free(bytes);
}

TEST(a_comment_longer_than_an_option_is_cut)
{
    char *text = malloc(70001);
    memset(text, 'x', 70000);
    text[70000] = '\0';
    struct tern_pcapng *p = open_file(0);
    tern_pcapng_packet(p, 1, true, payload, 20, 20, text);
    close_file(p);
    assert_int_equal(u16(option(block(2), 1) + 2), 65535);
    free(bytes);
    free(text);
}

TEST(the_snap_length_limits_what_is_kept)
{
    struct tern_pcapng *p = open_file(96);
    tern_pcapng_packet(p, 1, true, payload, 1500, 1500, NULL);
    tern_pcapng_packet(p, 1, true, payload, 50, 50, NULL);
    close_file(p);
    assert_int_equal(u32(block(1) + 12), 96);
    assert_int_equal(u32(block(2) + 20), 96);
    assert_int_equal(u32(block(2) + 24), 1500);
    assert_int_equal(u32(block(3) + 20), 50);
    free(bytes);
}

TEST(a_file_that_cannot_be_made_is_explained)
{
    char err[200] = "";
    assert_null(tern_pcapng_open("/nowhere/x.pcapng", 0, err, sizeof err));
    assert_non_null(strstr(err, "/nowhere/x.pcapng"));
}

TEST(a_full_disk_is_an_error_in_the_end)
{
    char err[200];
    struct tern_pcapng *p = tern_pcapng_open("/dev/full", 0, err, sizeof err);
    if (!p) skip();
    for (int i = 0; i < 100; i++) tern_pcapng_packet(p, 1, true, payload, 1500, 1500, NULL);
    assert_int_equal(tern_pcapng_packet(p, 1, true, payload, 1500, 1500, NULL), TERN_ERR_IO);
    assert_int_equal(tern_pcapng_close(p), TERN_ERR_IO);
}

int main(void)
{
    fill_payload();
    const struct CMUnitTest tests[] = {
        CASE(an_empty_file_has_a_section_and_an_interface),
        CASE(a_packet_has_its_time_lengths_and_bytes),
        CASE(the_direction_is_a_flag),
        CASE(a_comment_of_any_length_is_padded),
        CASE(a_comment_longer_than_an_option_is_cut),
        CASE(the_snap_length_limits_what_is_kept),
        CASE(a_file_that_cannot_be_made_is_explained),
        CASE(a_full_disk_is_an_error_in_the_end),
    };
    return RUN(tests);
}
