/* The reader's language in the writers of libtern. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "draw_events.h"
#include "plain.h"
#include "segment_words.h"
#include "words.h"

static struct sink sink;

static const char *shout(const char *msgid) { return strcmp(msgid, "%s ack") == 0 ? "%s ACK!" : msgid; }

static void a_language_with_one_form_and_english_with_two(void **state)
{
    (void)state;
    char buf[64];
    struct text t = text_in(buf, sizeof buf);
    assert_string_equal(tr_n(&t, "%s ack", "%s acks", 1), "%s ack");
    assert_string_equal(tr_n(&t, "%s ack", "%s acks", 2), "%s acks");
    t.translate = shout;
    assert_string_equal(tr_n(&t, "%s ack", "%s acks", 1), "%s ACK!");
    assert_string_equal(tr_n(&t, "%s ack", "%s acks", 2), "%s ACK!");
    assert_string_equal(tr_n(&t, "%u byte", "%u bytes", 2), "%u bytes"); /* no translation */
}

static void a_fold_says_what_it_holds(void **state)
{
    (void)state;
    char buf[128];
    struct fold f = {.data_n = 1, .data_len = 1, .ack_n = 1, .to = 40 * TERN_MS};
    struct text t = text_in(buf, sizeof buf);
    fold_text(&t, &f);
    assert_string_equal(buf, "... 1 data segment, 1 byte, 1 ack, in 40.000 ms ...");
    f = (struct fold){0};
    t = text_in(buf, sizeof buf);
    fold_text(&t, &f);
    assert_string_equal(buf, "");
}

static void numbers_of_a_segment_in_three_ways(void **state)
{
    (void)state;
    struct seq_side own = {.base = 1000, .base_known = true}, other = {.base = 7000, .base_known = true};
    struct tern_ev_seg seg = {.seq = 1001, .ack = 7001, .flags = TH_ACK, .wnd = 10, .wscale = 255};
    static const char *const want[] = {"ACK seq\t1 ack\t1 win\t10", "ACK seq\t1001 ack\t7001 win\t10",
                                       "ACK seq\t1\t(1001) ack\t1\t(7001) win\t10"};
    for (unsigned style = NUMBERS_RELATIVE; style <= NUMBERS_BOTH; style++) {
        char buf[128];
        struct text t = text_in(buf, sizeof buf);
        segment_label(&t, &seg, &own, &other, (enum number_style)style);
        assert_string_equal(buf, want[style]);
    }
}

/* RFC 9768: AE beside the other flags, the counters in the option's order. */
static void the_accecn_option_of_a_segment(void **state)
{
    (void)state;
    struct seq_side own = {.base = 1000, .base_known = true}, other = {.base = 7000, .base_known = true};
    struct tern_ev_seg seg = {.seq = 1001, .ack = 7001, .flags = TH_ACK | TH_AE, .wnd = 10, .wscale = 255, .accecn = {1, 2, 3}};
    char buf[128];
    seg.accecn_kind = 172, seg.accecn_n = 2;
    struct text t = text_in(buf, sizeof buf);
    segment_label(&t, &seg, &own, &other, NUMBERS_RELATIVE);
    assert_string_equal(buf, "ACK,AE seq\t1 ack\t1 win\t10 AccECN e0b\t1 ceb\t2");
    seg.accecn_kind = 174, seg.accecn_n = 3;
    t = text_in(buf, sizeof buf);
    segment_label(&t, &seg, &own, &other, NUMBERS_RELATIVE);
    assert_string_equal(buf, "ACK,AE seq\t1 ack\t1 win\t10 AccECN e1b\t1 ceb\t2 e0b\t3");
}

static void the_authentication_option_of_a_segment(void **state)
{
    (void)state;
    struct seq_side own = {.base = 1000, .base_known = true}, other = {.base = 7000, .base_known = true};
    struct tern_ev_seg seg = {.seq = 1001, .ack = 7001, .flags = TH_ACK, .wnd = 10, .wscale = 255, .ao = true, .ao_key_id = 61};
    char buf[128];
    seg.ao_next_key_id = 84, seg.ao_mac_len = 3;
    memcpy(seg.ao_mac, "\x2e\xe4\x07", 3);
    struct text t = text_in(buf, sizeof buf);
    segment_label(&t, &seg, &own, &other, NUMBERS_RELATIVE);
    assert_string_equal(buf, "ACK seq\t1 ack\t1 win\t10 ao keyid\t61 rnext\t84 mac\t2ee407");
}

/* A FIN whose number the acknowledgement cannot have counted besides the SYN is not subtracted. */
static void the_arithmetic_never_goes_below_nothing(void **state)
{
    (void)state;
    struct seq_side other = {.base = 100, .base_known = true, .acked = 100, .acked_known = true, .fin = true, .fin_end = 101};
    struct tern_ev_seg seg = {.ack = 101, .flags = TH_ACK};
    char buf[128];
    struct text t = text_in(buf, sizeof buf);
    segment_arithmetic(&t, &seg, &other, NUMBERS_RELATIVE);
    assert_string_equal(buf, "ack\t1\t=\t0+1: the SYN took a number");
}

static void draw_handshake(tern_translate translate)
{
    static struct play p;
    play_init(&p);
    sink_init(&sink);
    play_handshake(&p);
    struct tern_ladder_config config = {.out = sink.out, .translate = translate};
    struct tern_ladder *l = tern_ladder_new(&config);
    assert_non_null(l);
    for (uint64_t i = 0; i < p.trace.end; i++) assert_int_equal(tern_ladder_event(l, tern_trace_get(&p.trace, i)), 0);
    assert_int_equal(tern_ladder_flush(l), 0);
    tern_ladder_free(l);
}

static void a_ladder_in_chinese(void **state)
{
    (void)state;
    assert_true(words_choose("zh_CN"));
    draw_handshake(words);
    words_choose("en");
    assert_non_null(strstr(sink.text, "连接 1：192.0.2.1:80"));
    assert_non_null(strstr(sink.text, "主动打开：发送带初始序列号的 SYN"));
    assert_non_null(strstr(sink.text, "重传计时器已设置：1.000 s"));
    assert_non_null(strstr(sink.text, "ack 1 = 0+1：SYN 占用一个序列号"));
    assert_null(strstr(sink.text, "timer"));
    draw_handshake(NULL);
    assert_non_null(strstr(sink.text, "retransmission timer set"));
}

static void states_in_chinese_stand_under_their_headers(void **state)
{
    (void)state;
    sink_init(&sink);
    struct tern_status st = {.state = TERN_ESTABLISHED, .error = TERN_ERR_RESET, .ssthresh = UINT32_MAX};
    struct tern_states_config config = {.translate = words};
    assert_true(words_choose("zh_CN"));
    assert_int_equal(tern_states_text(&sink.out, &config, &st, 1), 0);
    words_choose("en");
    assert_int_equal(strncmp(sink.text, "状态       接收队列 发送队列 ", strlen("状态       接收队列 发送队列 ")), 0);
    assert_non_null(strstr(sink.text, "error:(连接被对端复位)"));
    assert_non_null(strstr(sink.text, "\nESTAB             0        0 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_language_with_one_form_and_english_with_two),
        cmocka_unit_test(a_fold_says_what_it_holds),
        cmocka_unit_test(numbers_of_a_segment_in_three_ways),
        cmocka_unit_test(the_accecn_option_of_a_segment),
        cmocka_unit_test(the_authentication_option_of_a_segment),
        cmocka_unit_test(the_arithmetic_never_goes_below_nothing),
        cmocka_unit_test(a_ladder_in_chinese),
        cmocka_unit_test(states_in_chinese_stand_under_their_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
