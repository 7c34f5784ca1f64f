#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "document.h"
#include "quantity.h"
#include "scenario_reader.h"

#define HEAD "title = \"t\"\nsource = \"s\"\n"
#define FLOW "[[flow]]\nname = \"one\"\n"

struct read {
    struct document d;
    struct scenario *s;
    struct scenario_error error;
};

static struct read read_text(const char *text)
{
    struct read r = {0};
    if (document_of(&r.d, "x.toml", text, &r.error)) r.s = scenario_read(r.d.root, "x.toml", &r.error);
    return r;
}

static void done(struct read *r)
{
    scenario_free(r->s);
    document_close(&r->d);
}

/* A default that the table could not read itself would be none. */
static void every_default_is_one_that_may_be_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_row_n; i++) {
        const struct schema_row *row = &schema_rows[i];
        uint64_t v = 0;
        assert_non_null(row->text);
        assert_ptr_equal(schema_find(row->table, row->key), row);
        if (row->type == SCHEMA_NUMBER) {
            assert_true(row->size == 1 || row->size == 2 || row->size == 4 || row->size == 8);
            assert_true(row->size == 8 || row->max < UINT64_C(1) << (8 * row->size));
            if (!row->def) continue;
            assert_int_equal(quantity_parse(row->def, row->unit, &v), 0);
            assert_true(v >= row->min && v <= row->max);
        }
        if (row->type == SCHEMA_SUB || row->type == SCHEMA_LIST) assert_true(row->child < SCHEMA_TABLE_N);
    }
}

static void what_is_said_arrives(void **state)
{
    (void)state;
    struct read r =
        read_text(HEAD "topology = \"dumbbell\"\nduration = 3000000000\n[stack]\ncc = \"newreno\"\nset = { sack = false, "
                       "\"net.ipv4.tcp_timestamps\" = 0 }\n[bottleneck]\nrate = \"1.5 Mbit/s\"\nqueue = { kind = \"codel\" }\n"
                       "loss = \"0.1 %\"\nback = { loss = 0, rate = \"64 kbit/s\" }\n[[host]]\nname = \"b2\"\nmtu = 1280\n"
                       "set.initial_window = 3\n[[link]]\nname = \"a2\"\ndelay = \"9 ms\"\n"
                       "[[flow]]\nname = \"x\"\ncopies = 2\nstagger = \"1 s\"\n");
    struct lab_config cfg;
    assert_non_null(r.s);
    assert_true(scenario_lab(r.s, "x.toml", &cfg, &r.error));
    assert_int_equal(cfg.node_n, 6);
    assert_int_equal(cfg.flow_n, 2);
    assert_int_equal(cfg.duration, 3 * TERN_SEC);
    const struct lane_config *there = &cfg.link[0].lane[0], *back = &cfg.link[0].lane[1];
    assert_int_equal(there->capacity.bps, 1500000);
    assert_int_equal(there->queue.kind, QUEUE_CODEL);
    assert_int_equal(there->loss_ppm, 1000);
    assert_int_equal(back->loss_ppm, 0);
    assert_int_equal(back->capacity.bps, 64000);
    assert_int_equal(back->queue.kind, QUEUE_CODEL);
    assert_int_equal(cfg.link[2].lane[0].delay, 9 * TERN_MS); /* a2's */
    assert_int_equal(cfg.link[1].lane[0].delay, 0);
    assert_int_equal(cfg.node[3].mtu, 1280); /* b2 */
    assert_int_equal(cfg.node[3].settings.initial_window, 3);
    assert_int_equal(cfg.node[0].settings.initial_window, 10);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(cfg.node[i].settings.sack, 0);
        assert_int_equal(cfg.node[i].settings.timestamps, 0);
        assert_string_equal(cfg.node[i].cc, "newreno");
    }
    assert_string_equal(cfg.flow[1].name, "x-2");
    assert_int_equal(cfg.flow[1].start, TERN_SEC);
    assert_int_equal(cfg.flow[1].from, 1);
    assert_int_equal(cfg.flow[1].to, 3);
    done(&r);
}

static void a_range_is_closed_or_open(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t least, most;
    } ranges[] = {{"1 Mbit/s .. 2 Mbit/s", 1000000, 2000000}, {">= 3", 3, UINT64_MAX}, {"<= 4 kbit/s", 0, 4000}, {"5..5", 5, 5}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, HEAD FLOW "[[expect]]\nfigure = \"goodput\"\nflow = \"one\"\nrange = \"%s\"\n",
                 ranges[i].text);
        struct read r = read_text(text);
        assert_non_null(r.s);
        assert_true(r.s->expect[0].least == ranges[i].least && r.s->expect[0].most == ranges[i].most);
        done(&r);
    }
}

static void an_error_has_its_place(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {HEAD "x = 1\n" FLOW, "x.toml:3:1: "},
        {HEAD "duration = \"1 ms\"\n" FLOW, "x.toml:3:12: "},
        {HEAD "[bottleneck]\nqueue = { kind = \"lifo\" }\n" FLOW, "x.toml:4:18: "},
        {HEAD "[bottleneck]\nback = { back = 1 }\n" FLOW, "x.toml:4:10: "},
        {HEAD FLOW "[flow]\n", "x.toml:5:"},
        {HEAD FLOW "bytes = 1.5\n", "x.toml:5:9: "},
        {HEAD FLOW "from = \"a\"\nto = \"a b\"\n", "x.toml:6:6: "},
        {HEAD "flow = 3\n", "x.toml:3:8: "},
        {HEAD FLOW "[[control]]\nname = \"c\"\nset = { a = [1] }\n", "x.toml:7:"},
        {"source = \"s\"\n" FLOW, "x.toml:1:1: "},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct read r = read_text(bad[i][0]);
        assert_null(r.s);
        if (strncmp(r.error.text, bad[i][1], strlen(bad[i][1])) != 0) fail_msg("%s is not at %s", r.error.text, bad[i][1]);
        done(&r);
    }
}

static void a_path_finds_its_key(void **state)
{
    (void)state;
    struct read r = read_text(HEAD FLOW "[[flow]]\nname = \"two\"\n");
    assert_true(toml_set(r.d.root, "bottleneck.queue.kind", "red", "--set"));
    assert_true(toml_set(r.d.root, "flow.two.cc", "fixed", "--set"));
    assert_true(toml_set(r.d.root, "flow.1.cc", "newreno", "--set"));
    assert_true(toml_set(r.d.root, "flow.*.nodelay", "true", "--set"));
    assert_false(toml_set(r.d.root, "flow.three.cc", "fixed", "--set"));
    assert_false(toml_set(r.d.root, "flow.cc", "fixed", "--set"));
    assert_false(toml_set(r.d.root, "title.x", "fixed", "--set"));
    assert_false(toml_set(r.d.root, "", "fixed", "--set"));
    struct scenario *s = scenario_read(r.d.root, "x.toml", &r.error);
    assert_non_null(s);
    assert_int_equal(s->bottleneck.lane[0].queue.kind, QUEUE_RED);
    assert_string_equal(s->flow[0].flow.cc, "newreno");
    assert_string_equal(s->flow[1].flow.cc, "fixed");
    assert_true(s->flow[0].flow.nodelay && s->flow[1].flow.nodelay);
    scenario_free(s);
    done(&r);
}

static void what_a_key_is_measured_in_is_known(void **state)
{
    (void)state;
    assert_string_equal(schema_unit("bottleneck.rate"), "bit/s");
    assert_string_equal(schema_unit("bottleneck.back.queue.target"), "ns");
    assert_string_equal(schema_unit("flow.any.bytes"), "bytes");
    assert_string_equal(schema_unit("stack.set.initial_window"), "segments");
    assert_null(schema_unit("flow.any.cc"));
    assert_null(schema_unit("flow.any"));
    assert_null(schema_unit("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_one_that_may_be_written),
        cmocka_unit_test(what_is_said_arrives),
        cmocka_unit_test(a_range_is_closed_or_open),
        cmocka_unit_test(an_error_has_its_place),
        cmocka_unit_test(a_path_finds_its_key),
        cmocka_unit_test(what_a_key_is_measured_in_is_known),
    };
    return cmocka_run_group_tests_name("scenario_reader", tests, NULL, NULL);
}
