/* Numbers with units: what is read, what is refused, and that what is written is read back. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "quantity.h"

static void what_is_read(void **state)
{
    static const struct {
        const char *text, *unit;
        uint64_t is;
    } rows[] = {
        {"1500", "ns", 1500},
        {"20ms", "ns", 20 * TERN_MS},
        {"1s", "ns", TERN_SEC},
        {"2 min", "ns", 120 * TERN_SEC},
        {"1.5ms", "ns", 1500 * TERN_US},
        {"0.000000001s", "ns", 1},
        {"4M", "bytes", 4 << 20},
        {"4 MiB", "bytes", 4 << 20},
        {"4MB", "bytes", 4000000},
        {"10M", "bit/s", 10000000},
        {"10 Mbit/s", "bit/s", 10000000},
        {"0.1%", "ppm", 1000},
        {"3", "probes", 3},
        {"3 probes", "probes", 3},
        {"18446744073709551615", "ns", UINT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t v = 0;
        if (quantity_parse(rows[i].text, rows[i].unit, &v) != 0 || v != rows[i].is) fail_msg("%s: %" PRIu64, rows[i].text, v);
    }
}

static void what_is_refused(void **state)
{
    static const char *const bad[][2] = {{"1s", "bytes"},
                                         {"1M", "ns"},
                                         {"1x", "ns"},
                                         {"s", "ns"},
                                         {"", "ns"},
                                         {"1S", "ns"},
                                         {"-1s", "ns"},
                                         {"99999999999s", "ns"},
                                         {"3M", "probes"},
                                         {"1  s", "ns"},
                                         {"0x10", "ns"},
                                         {"18446744073709551616", "ns"},
                                         {"0.5ns", "ns"},
                                         {"1.s", "ns"},
                                         {".5s", "ns"},
                                         {"0.0000000001s", "ns"},
                                         {"1.5", "probes"},
                                         {"1e3", "bytes"},
                                         {"17179869184G", "bytes"}};
    uint64_t v = 5;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (quantity_parse(bad[i][0], bad[i][1], &v) != TERN_ERR_INVAL) fail_msg("%s %s: %" PRIu64, bad[i][0], bad[i][1], v);
    }
    assert_int_equal(v, 5);
}

static void what_is_written_is_read_back(void **state)
{
    static const struct {
        uint64_t value;
        const char *unit, *text;
    } rows[] = {
        {0, "ns", "0 ns"},           {20 * TERN_MS, "ns", "20 ms"}, {90 * TERN_SEC, "ns", "90 s"},    {1500, "ns", "1500 ns"},
        {4 << 20, "bytes", "4 MiB"}, {1460, "bytes", "1460 bytes"}, {3, "segments", "3 segments"},    {7, "", "7"},
        {10000, "ppm", "1 %"},       {500, "ppm", "500 ppm"},       {2500000, "bit/s", "2500 kbit/s"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[QUANTITY_LEN];
        uint64_t v;
        quantity_exact(rows[i].value, rows[i].unit, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(quantity_parse(text, rows[i].unit, &v), 0);
        assert_true(v == rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
