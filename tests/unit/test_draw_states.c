#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "draw_events.h"

static struct sink sink;
static struct tern_status st;
static struct tern_states_config config;

static int start(void **state)
{
    (void)state;
    sink_init(&sink);
    config = (struct tern_states_config){.now = 100 * TERN_SEC};
    st = (struct tern_status){
        .id = 3, .state = TERN_ESTABLISHED, .mss = 1448, .path_mtu = 1500, .cc = "newreno", .ssthresh = UINT32_MAX};
    st.local = (struct tern_endpoint){tern_addr_v4((const uint8_t[]){192, 0, 2, 1}), 80};
    st.remote = (struct tern_endpoint){tern_addr_v4((const uint8_t[]){198, 51, 100, 7}), 4242};
    st.wscale_ok = st.timestamps = st.sack = true;
    st.snd_wscale = 7, st.rcv_wscale = 6;
    st.rto = 204 * TERN_MS, st.rtt = 1500 * TERN_US, st.rttvar = 250 * TERN_US, st.rtt_min = TERN_MS;
    st.cwnd = 14480, st.flight = 1448, st.snd_wnd = 65536, st.rcv_wnd = 131072;
    st.send_queue = 1448, st.receive_queue = 20, st.bytes_acked = 1000, st.bytes_received = 2000;
    for (int i = 0; i < TERN_TIMER_N; i++) st.timer[i] = TERN_NEVER;
    return 0;
}

static void an_established_connection_has_two_lines(void **state)
{
    (void)state;
    st.timer[TERN_TIMER_RETRANSMIT] = config.now + 203 * TERN_MS;
    assert_int_equal(tern_states_text(&sink.out, &config, &st, 1), 0);
    assert_string_equal(sink.text,
                        "State        Recv-Q   Send-Q   Local Address:Port    Peer Address:Port\n"
                        "ESTAB            20     1448         192.0.2.1:80    198.51.100.7:4242 timer:(retransmission,203ms,0)\n"
                        "\t ts sack newreno wscale:7,6 rto:204.000 rtt:1.500/0.250 minrtt:1.000 mss:1448 pmtu:1500 cwnd:14480 "
                        "flight:1448 snd_wnd:65536 rcv_wnd:131072 bytes_acked:1000 bytes_received:2000\n");
}

static void time_wait_counts_down(void **state)
{
    (void)state;
    st.state = TERN_TIME_WAIT;
    st.send_queue = st.receive_queue = 0;
    st.timer[TERN_TIMER_TIME_WAIT] = config.now + 119 * TERN_SEC;
    assert_int_equal(tern_states_text(&sink.out, &config, &st, 1), 0);
    assert_non_null(strstr(sink.text, "TIME-WAIT         0        0 "));
    assert_non_null(strstr(sink.text, "198.51.100.7:4242 timer:(2MSL,1min59sec,0)\n"));
    sink_init(&sink);
    config.now += 60 * TERN_SEC + 200 * TERN_MS;
    tern_states_text(&sink.out, &config, &st, 1);
    assert_non_null(strstr(sink.text, "timer:(2MSL,58.8sec,0)\n"));
}

static void a_timer_that_is_late_has_no_time_left(void **state)
{
    (void)state;
    st.timer[TERN_TIMER_DELACK] = config.now - 1;
    tern_states_text(&sink.out, &config, &st, 1);
    assert_non_null(strstr(sink.text, "timer:(delayed ACK,0ms,0)"));
}

static void wide_puts_all_in_one_line(void **state)
{
    (void)state;
    config.wide = true;
    tern_states_text(&sink.out, &config, &st, 1);
    assert_null(strchr(sink.text, '\t'));
    assert_non_null(strstr(sink.text, ":4242 ts sack newreno "));
}

static void no_connection_leaves_the_header(void **state)
{
    (void)state;
    assert_int_equal(tern_states_text(&sink.out, &config, NULL, 0), 0);
    assert_string_equal(sink.text, "State        Recv-Q   Send-Q   Local Address:Port    Peer Address:Port\n");
}

static void long_addresses_widen_their_columns(void **state)
{
    (void)state;
    struct tern_status two[2] = {st, st};
    assert_int_equal(tern_addr_parse("2001:db8:1234:5678:9abc:def0:1234:5678", &two[1].local.addr), 0);
    config.wide = true;
    tern_states_text(&sink.out, &config, two, 2);
    const char *first = strstr(sink.text, "192.0.2.1:80"), *line = strchr(sink.text, '\n') + 1;
    const char *second = strstr(sink.text, "[2001:db8:1234:5678:9abc:def0:1234:5678]:80"), *next = strchr(line, '\n') + 1;
    assert_int_equal(first + strlen("192.0.2.1:80") - line,
                     second + strlen("[2001:db8:1234:5678:9abc:def0:1234:5678]:80") - next);
}

static void trouble_is_shown_when_there_is_some(void **state)
{
    (void)state;
    st.error = TERN_ERR_TIMEDOUT;
    st.released = true;
    st.retransmitted = 2896;
    st.ooo_queue = 10;
    tern_states_text(&sink.out, &config, &st, 1);
    assert_non_null(strstr(sink.text, " bytes_retrans:2896 rcv_ooo:10 error:(the peer did not answer in time) orphan\n"));
}

static void each_state_is_named_as_ss_names_it(void **state)
{
    (void)state;
    st.state = TERN_SYN_RECEIVED;
    tern_states_text(&sink.out, &config, &st, 1);
    assert_non_null(strstr(sink.text, "\nSYN-RECV "));
}

static void json_has_the_same_in_full(void **state)
{
    (void)state;
    struct tern_status two[2] = {st, st};
    two[0].timer[TERN_TIMER_TIME_WAIT] = config.now + 5;
    two[1].wscale_ok = false;
    assert_int_equal(tern_states_json(&sink.out, &config, two, 2), 0);
    char *second = strchr(sink.text, '\n') + 1;
    json_t *b = json_loads(second, 0, NULL);
    *second = '\0';
    json_t *a = json_loads(sink.text, 0, NULL);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(json_integer_value(json_object_get(a, "conn")), 3);
    assert_string_equal(json_string_value(json_object_get(a, "state")), "ESTABLISHED");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(a, "timers"), "2MSL")), 5);
    assert_int_equal(json_object_size(json_object_get(b, "timers")), 0);
    assert_int_equal(json_integer_value(json_object_get(a, "rtt")), 1500000);
    assert_int_equal(json_integer_value(json_object_get(a, "snd_wscale")), 7);
    assert_true(json_is_null(json_object_get(b, "snd_wscale")));
    assert_true(json_is_null(json_object_get(a, "ssthresh")));
    assert_true(json_is_null(json_object_get(a, "error")));
    json_decref(a);
    json_decref(b);
}

static void a_writer_that_fails_is_told(void **state)
{
    (void)state;
    sink.broken = true;
    assert_int_equal(tern_states_text(&sink.out, &config, &st, 1), TERN_ERR_IO);
    assert_int_equal(tern_states_json(&sink.out, &config, &st, 1), TERN_ERR_IO);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, start)
    const struct CMUnitTest tests[] = {
        T(an_established_connection_has_two_lines),
        T(time_wait_counts_down),
        T(a_timer_that_is_late_has_no_time_left),
        T(wide_puts_all_in_one_line),
        T(no_connection_leaves_the_header),
        T(long_addresses_widen_their_columns),
        T(trouble_is_shown_when_there_is_some),
        T(each_state_is_named_as_ss_names_it),
        T(json_has_the_same_in_full),
        T(a_writer_that_fails_is_told),
    };
#undef T
    return cmocka_run_group_tests_name("draw states", tests, NULL, NULL);
}
