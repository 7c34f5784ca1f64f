#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <tern/tern.h>

#include "experiment.h"
#include "finding.h"
#include "topic.h"
#include "words.h"

/* The topic of this kind that |word| names. */
static bool find(const char *word, const char *kind, struct topic *out)
{
    for (size_t i = 0; topic_get(i, out); i++)
        if (strcmp(out->kind, kind) == 0 && topic_is(out, word)) return true;
    return false;
}

static void known(const char *word, const char *kind)
{
    struct topic t;
    if (!find(word, kind, &t)) fail_msg("no %s is called '%s'", kind, word);
}

static void names_are(const char *kind, const char *name, const char *const *spellings)
{
    struct topic t;
    for (; *spellings; spellings++) {
        if (!find(*spellings, kind, &t)) fail_msg("no %s is called '%s'", kind, *spellings);
        assert_string_equal(t.name, name);
    }
}

static void states_have_every_spelling(void **state)
{
    (void)state;
    names_are("state", "SYN-RECEIVED",
              (const char *const[]){"SYN-RECEIVED", "SYN_RECV", "SYN_RCVD", "SYN-RECV", "syn received", "SYNRCVD", NULL});
    names_are("state", "FIN-WAIT-1",
              (const char *const[]){"FIN_WAIT_1", "FIN-WAIT1", "FIN_WAIT1", "finwait1", "fin-wait-1", NULL});
    names_are("state", "FIN-WAIT-2", (const char *const[]){"FIN_WAIT_2", "FIN-WAIT2", "FIN WAIT 2", NULL});
    names_are("state", "ESTABLISHED", (const char *const[]){"ESTAB", "established", NULL});
    names_are("state", "TIME-WAIT", (const char *const[]){"TIME_WAIT", "TIMEWAIT", "time wait", NULL});
    names_are("state", "CLOSE-WAIT", (const char *const[]){"CLOSE_WAIT", "closewait", NULL});
    names_are("state", "LAST-ACK", (const char *const[]){"LAST_ACK", "last ack", NULL});
}

static void chinese_names_are_known(void **state)
{
    (void)state;
    names_are("queue", "half-open-queue", (const char *const[]){"半连接队列", "SYN队列", "SYN queue", NULL});
    names_are("queue", "accept-queue", (const char *const[]){"全连接队列", "accept 队列", NULL});
    names_are("idea", "three-way-handshake", (const char *const[]){"三次握手", "Three-Way Handshake", NULL});
    names_are("idea", "four-way-close", (const char *const[]){"四次挥手", NULL});
    names_are("idea", "sliding-window", (const char *const[]){"滑动窗口", NULL});
    names_are("idea", "zero-window", (const char *const[]){"零窗口", NULL});
    names_are("header field", "checksum", (const char *const[]){"校验和", NULL});
    names_are("header field", "pseudo-header", (const char *const[]){"伪首部", NULL});
}

static void every_state_and_flag_is_a_topic(void **state)
{
    (void)state;
    static const char *const ss[] = {
#define X(id, name, ss) ss,
        TERN_STATES(X)
#undef X
    };
    static const char *const flags[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"};
    for (unsigned i = 0; i < TERN_STATE_N; i++) {
        known(tern_state_name((enum tern_state)i), "state");
        known(ss[i], "state");
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) known(flags[i], "flag");
}

static void every_timer_is_a_topic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TERN_TIMER_N; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s timer", tern_timer_name((enum tern_timer)i));
        known(name, "timer");
    }
}

static void every_rule_and_drop_is_a_topic(void **state)
{
    (void)state;
    for (unsigned i = 1; i < TERN_RULE_N; i++) known(tern_rule_info((enum tern_rule)i)->name, "rule");
    for (unsigned i = 1; i < TERN_DROP_N; i++) known(tern_drop_info((enum tern_drop)i)->name, "drop reason");
}

static void every_setting_and_option_is_a_topic(void **state)
{
    (void)state;
    const struct tern_setting_info *s;
    for (size_t i = 0; (s = tern_setting_info(i)) != NULL; i++) {
        struct topic t;
        assert_true(find(s->name, "setting", &t));
        assert_true(t.least == s->min && t.most == s->max && t.has_default && t.otherwise == s->def);
    }
#define X(id, min, max, text) known(#id, "connection option");
    TERN_OPTIONS(X)
#undef X
}

static void every_finding_and_clause_is_a_topic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FINDING_N; i++) known(finding_info(i)->name, "finding");
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++) known(experiment_info(i)->name, "clause");
}

static size_t number_of_topics(void)
{
    struct topic t;
    size_t n = 0;
    while (topic_get(n, &t)) n++;
    return n;
}

/* Of one kind, no word names two. */
static void names_are_unique(void **state)
{
    (void)state;
    size_t n = number_of_topics();
    for (size_t i = 0; i < n; i++) {
        struct topic a, b;
        topic_get(i, &a);
        for (size_t k = i + 1; k < n; k++) {
            topic_get(k, &b);
            if (strcmp(a.kind, b.kind) == 0 && (topic_is(&a, b.name) || topic_is(&b, a.name)))
                fail_msg("two of kind %s: %s and %s", a.kind, a.name, b.name);
        }
    }
}

static void those_by_hand_say_all(void **state)
{
    (void)state;
    struct topic t, table;
    assert_true(topic_of_table(0, &table));
    size_t n = 0;
    for (; topic_get(n, &t) && strcmp(t.name, table.name) != 0; n++) {
        assert_true(t.what && t.why && t.without && t.source && t.code && t.test && t.see);
        assert_true(strchr(t.name, ' ') == NULL); /* |see| is a list of names */
    }
    assert_true(n >= 80);
}

static void each_text_has_its_chinese(void **state)
{
    (void)state;
    struct topic t, table;
    assert_true(words_choose("zh_CN") && topic_of_table(0, &table));
    for (size_t i = 0; topic_get(i, &t) && strcmp(t.name, table.name) != 0; i++) {
        assert_string_not_equal(words(t.what), t.what);
        assert_string_not_equal(words(t.why), t.why);
        assert_string_not_equal(words(t.without), t.without);
        assert_string_not_equal(words(t.kind), t.kind);
    }
    words_choose("en");
}

static void what_is_like_a_name_is_proposed(void **state)
{
    (void)state;
    const char *near[3];
    assert_true(topic_near("TIMEWIAT", near, 3) >= 1);
    assert_string_equal(near[0], "TIME-WAIT");
    assert_true(topic_near("SYN_RCEV", near, 3) >= 1);
    assert_string_equal(near[0], "SYN-RECEIVED");
    assert_int_equal(topic_near("xyzzyplughqwerty", near, 3), 0);
}

static void a_word_is_found_in_both_languages(void **state)
{
    (void)state;
    static const char *const languages[] = {"en", "zh_CN"};
    struct topic t;
    assert_true(find("TIME-WAIT", "state", &t));
    for (size_t i = 0; i < 2; i++) {
        assert_true(words_choose(languages[i]));
        assert_true(topic_has(&t, "duplicates DIE out"));
        assert_true(topic_has(&t, "重复报文段"));
        assert_false(topic_has(&t, "粘包"));
        assert_string_equal(words_language(), languages[i]);
    }
    words_choose("en");
}

/* What people type: the names of system calls' options, of errors, of Linux's settings, of exam questions. */
static void every_spelling_in_use_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *word, *name;
    } spellings[] = {
        {"粘包", "byte-stream"},
        {"黏包", "byte-stream"},
        {"UNACKED", NULL},
        {"TCB", "control-block"},
        {"SND.UNA", "send-variables"},
        {"rcv_nxt", "receive-variables"},
        {"SND.WND", "window"},
        {"SEG.LEN", "segment"},
        {"半连接", "half-open-queue"},
        {"全连接", "accept-queue"},
        {"somaxconn", "backlog"},
        {"tcp_max_syn_backlog", "half_open_max"},
        {"SO_REUSEADDR", "address-reuse"},
        {"EADDRINUSE", "address-reuse"},
        {"SO_LINGER", "linger"},
        {"TCP_NODELAY", "NODELAY"},
        {"TCP_KEEPIDLE", "KEEPALIVE_IDLE"},
        {"ECONNREFUSED", "connection-refused"},
        {"Connection reset by peer", "connection-reset"},
        {"ETIMEDOUT", "timed-out"},
        {"cwnd", "congestion-control"},
        {"ssthresh", "congestion-avoidance"},
        {"拥塞避免", "congestion-avoidance"},
        {"快速恢复", "fast-recovery"},
        {"NewReno", "newreno"},
        {"SYN cookies", "SYN-cookies"},
        {"SYN-ACK", "three-way-handshake"},
        {"两次握手", "three-way-handshake"},
        {"四次握手", "four-way-close"},
        {"同时打开", "simultaneous-open"},
        {"simultaneous close", "CLOSING"},
        {"主动打开", "active-open"},
        {"被动关闭", "active-close"},
        {"port", "source-port"},
        {"header length", "data-offset"},
        {"seq", "sequence-number"},
        {"window scale", "window-scale"},
        {"pseudo header", "pseudo-header"},
        {"urgent pointer", "urgent-pointer"},
        {"带外数据", "urgent"},
        {"状态机", "state-machine"},
        {"四元组", "connection"},
        {"可靠传输", "reliability"},
        {"两将军问题", "two-generals"},
        {"带宽时延积", "bandwidth-delay-product"},
        {"DSACK", "DSACK"},
        {"乱序", "out-of-order-queue"},
        {"心跳", "keepalive"},
        {"MTU", "path-MTU"},
        {"TCP_NOTSENT_LOWAT", "unsent-mark"},
        {"TCP_CORK", "corking"},
        {"bleaching", "bleached-ECN"},
        {"stretch ACK", "ACK-thinning"},
        {"partial ACK", "NewReno-recovery"},
        {"GSO", "paced-sending"},
        {"black hole", "packetization-layer-PMTU"},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct topic t;
        size_t k = 0;
        while (topic_get(k, &t) && !topic_is(&t, spellings[i].word)) k++;
        bool found = topic_get(k, &t);
        if (found != (spellings[i].name != NULL)) fail_msg("'%s' is %s", spellings[i].word, found ? t.name : "not known");
        if (found) assert_string_equal(t.name, spellings[i].name);
    }
}

static void each_names_its_source_and_its_test(void **state)
{
    (void)state;
    struct topic t;
    for (size_t i = 0; topic_get(i, &t); i++) {
        if (!t.code || !t.test) fail_msg("%s (%s) has no source or no test", t.name, t.kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_every_spelling),
        cmocka_unit_test(chinese_names_are_known),
        cmocka_unit_test(every_state_and_flag_is_a_topic),
        cmocka_unit_test(every_timer_is_a_topic),
        cmocka_unit_test(every_rule_and_drop_is_a_topic),
        cmocka_unit_test(every_setting_and_option_is_a_topic),
        cmocka_unit_test(every_finding_and_clause_is_a_topic),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(those_by_hand_say_all),
        cmocka_unit_test(each_text_has_its_chinese),
        cmocka_unit_test(what_is_like_a_name_is_proposed),
        cmocka_unit_test(a_word_is_found_in_both_languages),
        cmocka_unit_test(every_spelling_in_use_is_known),
        cmocka_unit_test(each_names_its_source_and_its_test),
    };
    return cmocka_run_group_tests_name("explain topics", tests, NULL, NULL);
}
