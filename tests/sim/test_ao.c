/* TCP-AO between two terns over a path that loses, overtakes and repeats: keys change all the while, and nothing is lost. */
#include <string.h>

#include "duo.h"
#include "unit.h"

static struct tern_ao_key key(const struct duo *d, int side, uint8_t i)
{
    struct tern_status st;
    tern_conn_status(d->end[0].c, &st);
    struct tern_ao_key k = {.peer = side ? st.local.addr : st.remote.addr, .alg = i % 2, .omit_options = i == 2, .len = 8};
    k.prefix_len = tern_addr_is_v4(&k.peer) ? 32 : 128;
    k.send_id = (uint8_t)(side ? 10 + i : 20 + i), k.recv_id = (uint8_t)(side ? 20 + i : 10 + i);
    memcpy(k.key, "key no. ", 8);
    k.key[7] = i;
    return k;
}

enum { KEYS = 3 };

static void start(struct duo *d, bool v6, uint64_t seed)
{
    struct duo_config cfg;
    duo_config_default(&cfg);
    cfg.v6 = v6, cfg.seed = seed, cfg.gso_max = 65535;
    cfg.up = cfg.down =
        (struct tern_impair){.rate = 20000000, .delay = 10 * TERN_MS, .loss_ppm = 10000, .reorder_ppm = 20000, .dup_ppm = 10000};
    assert_true(duo_start(d, &cfg));
    for (uint8_t i = 0; i < KEYS; i++) {
        struct tern_ao_key a = key(d, 0, i), b = key(d, 1, i);
        assert_int_equal(tern_conn_ao_add(d->end[0].c, d->now, &a), 0);
        assert_int_equal(tern_listener_ao_add(d->end[1].l, &b), 0);
    }
}

/* |side| asks its peer for the next key. */
static bool roll(struct duo *d, int side, unsigned turn)
{
    struct tern_conn *c = d->end[side].c;
    struct tern_ao_info i;
    if (!c || d->end[side].released || tern_conn_ao_info(c, &i)) return false;
    assert_int_equal(tern_conn_ao_use(c, d->now, -1, (int)((side ? 20 : 10) + turn % KEYS)), 0);
    return true;
}

/* proves: RFC 5925 6.1. */
static void rollover_without_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct duo d;
        const uint64_t bytes = 1 << 20;
        unsigned turns = 0, current[2] = {0};
        struct tern_ao_info info[2] = {{0}};
        start(&d, seed % 2, seed);
        d.end[0].goal = d.end[1].goal = bytes;
        tern_ns next = d.now, end = d.now + 300 * TERN_SEC;
        while (duo_step(&d) && !d.error && d.now < end) {
            for (int i = 0; i < 2; i++) {
                struct tern_ao_info now;
                if (!d.end[i].c || d.end[i].released || tern_conn_ao_info(d.end[i].c, &now)) continue;
                current[i] += now.current_id != info[i].current_id;
                info[i] = now;
            }
            if (d.now < next) continue;
            bool a = roll(&d, 0, turns), b = roll(&d, 1, turns + 1);
            turns += a || b;
            next = d.now + 15 * TERN_MS;
        }
        assert_null(d.error);
        for (int i = 0; i < 2; i++) {
            assert_true(d.end[i].finished || d.end[i].released);
            assert_int_equal(d.end[i].received_n, bytes);
            assert_int_equal(d.end[i].wrong_n, 0);
            assert_int_equal(info[i].n.bad + info[i].n.key_not_found + info[i].n.required, 0);
            assert_true(info[i].n.good > 500);
            assert_true(current[i] > 10); /* it changed so often */
        }
        assert_true(turns > 20);
        duo_stop(&d);
    }
}

/* One byte of the key is another: a SYN after the other, and no word. */
static void silence_for_a_wrong_key(void **state)
{
    (void)state;
    struct duo_config cfg;
    struct duo d;
    duo_config_default(&cfg);
    assert_true(duo_start(&d, &cfg));
    struct tern_ao_key a = key(&d, 0, 0), b = key(&d, 1, 0);
    b.key[3]++;
    assert_int_equal(tern_conn_ao_add(d.end[0].c, d.now, &a), 0);
    assert_int_equal(tern_listener_ao_add(d.end[1].l, &b), 0);
    assert_false(duo_transfer(&d, 10, 10, 60 * TERN_SEC));
    struct tern_counters n;
    tern_stack_counters(d.end[1].s, &n);
    assert_int_equal(n.packets_out, 0);
    assert_true(n.drop[TERN_DROP_AO_WRONG] >= 4);
    assert_int_equal(n.half_n, 0);
    duo_stop(&d);
}

/* The whole life, TIME-WAIT included, until both have forgotten it. */
static void a_transfer_and_its_end(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        struct duo d;
        start(&d, v6, 7);
        bool done = duo_transfer(&d, 300000, 300000, 600 * TERN_SEC);
        if (!done) fail_msg("%s", d.error);
        duo_stop(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rollover_without_loss),
        cmocka_unit_test(silence_for_a_wrong_key),
        cmocka_unit_test(a_transfer_and_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
