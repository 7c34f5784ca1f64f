/* Whole command lines. What is said on stderr goes into a file, and is one line. */
#include "cli_test.h"

#include <unistd.h>

#include "cli_options.h"

static int own_flag;
static char said[4096];

static struct poptOption own[] = {{"flag", 'f', POPT_ARG_NONE, &own_flag, 0, "of the command itself", NULL}, POPT_TABLEEND};
static struct usage usage = {
    .command = "test", .operands = "[OPTION...] X", .text = "A test.", .example = "tern test x", .own = own};

/* Runs with descriptor |which| turned into |said|. */
static int read_line(struct options *o, int which, const char **argv)
{
    int argc = 0;
    while (argv[argc]) argc++;
    FILE *file = tmpfile();
    fflush(NULL);
    int old = dup(which);
    dup2(fileno(file), which);
    int status = options_read(o, &usage, argc, argv);
    fflush(NULL);
    dup2(old, which);
    close(old);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    return status;
}

#define READ(o, ...) read_line(&(o), STDERR_FILENO, (const char *[]){"tern test", __VA_ARGS__, NULL})

/* The complaint about |...| is one line, has |part|, and the status says usage. */
#define REFUSED(part, ...)                                                                                                       \
    do {                                                                                                                         \
        struct options o_;                                                                                                       \
        assert_int_equal(READ(o_, __VA_ARGS__), CLI_USAGE);                                                                      \
        options_free(&o_);                                                                                                       \
        if (!strstr(said, part)) fail_msg("'%s' does not say '%s'", said, part);                                                 \
        assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);                                                           \
    } while (0)

TEST(nothing_given_is_the_default)
{
    struct options o;
    struct tern_settings defaults;
    tern_settings_default(&defaults);
    assert_int_equal(READ(o, "x"), -1);
    assert_null(o.tun);
    assert_int_equal(o.addr_n, 0);
    assert_int_equal(o.mtu, 0);
    assert_false(o.plain || o.explain || o.json || o.impaired);
    assert_memory_equal(&o.settings, &defaults, sizeof defaults);
    assert_int_equal(options_operand_n(&o), 1);
    assert_string_equal(options_operand(&o, 0), "x");
    assert_null(options_operand(&o, 1));
    options_free(&o);
}

TEST(every_shared_option_is_taken)
{
    struct options o;
    own_flag = 0;
    int status = READ(o, "--tun", "tern7", "--addr", "192.0.2.2/24", "--addr=2001:db8::2/64", "--peer", "192.0.2.1/24", "--mtu",
                      "9000", "--plain", "--explain", "--json", "--pcap", "a.pcapng", "--set", "msl=2s", "--set",
                      "send_buffer=64K", "--seed", "42", "--impair-in", "loss=1%", "--flag", "x", "y");
    assert_int_equal(status, -1);
    assert_string_equal(o.tun, "tern7");
    assert_string_equal(o.pcap, "a.pcapng");
    assert_int_equal(o.addr_n, 2);
    assert_int_equal(o.addr[1].len, 64);
    assert_int_equal(o.peer_n, 1);
    assert_int_equal(o.mtu, 9000);
    assert_true(o.plain && o.explain && o.json && own_flag);
    assert_true(o.settings.msl == 2 * TERN_SEC);
    assert_true(o.settings.send_buffer == 65536);
    assert_int_equal(o.seed, 42);
    assert_int_equal(options_operand_n(&o), 2);
    options_free(&o);
}

TEST(damage_is_taken_each_way)
{
    struct options o;
    assert_int_equal(READ(o, "--impair-in", "loss=1%", "--impair-out", "delay=20ms", "x"), -1);
    assert_true(o.impaired);
    assert_int_equal(o.impair_in.loss_ppm, 10000);
    assert_true(o.impair_out.delay == 20 * TERN_MS);
    options_free(&o);
}

TEST(an_unknown_option_is_refused)
{
    REFUSED("--nonsense", "--nonsense");
    REFUSED("-z", "-z");
}

TEST(an_option_without_its_value_is_refused) { REFUSED("--tun", "--tun"); }

TEST(a_malformed_address_is_refused)
{
    REFUSED("192.0.2.300/24", "--addr", "192.0.2.300/24");
    REFUSED("192.0.2.2", "--addr", "192.0.2.2");
    REFUSED("--peer", "--peer", "2001:db8::1/200");
}

TEST(too_many_addresses_are_refused)
{
    REFUSED("4 times", "--peer", "192.0.2.1/24", "--peer", "192.0.2.2/24", "--peer", "192.0.2.3/24", "--peer", "192.0.2.4/24",
            "--peer", "192.0.2.5/24");
}

TEST(an_mtu_has_its_bounds)
{
    REFUSED("--mtu", "--mtu", "575");
    REFUSED("--mtu", "--mtu", "65536");
    REFUSED("--mtu", "--mtu", "big");
}

TEST(a_setting_needs_a_name_and_a_value_in_its_range)
{
    REFUSED("KEY=VALUE", "--set", "msl");
    REFUSED("no such setting", "--set", "mls=1");
    REFUSED("msl", "--set", "msl=121s");
    REFUSED("msl", "--set", "msl=soon");
    REFUSED("sack", "--set", "sack=2");
    REFUSED("from off to on", "--set", "sack=maybe");
    REFUSED("congestion", "--set", "congestion=vegas");
}

TEST(malformed_damage_is_refused)
{
    REFUSED("--impair-in", "--impair-in", "loss=many");
    REFUSED("--impair-out", "--impair-out", "luck=1");
}

TEST(a_seed_without_damage_is_refused) { REFUSED("--impair-in", "--seed", "7"); }
TEST(a_seed_is_a_number) { REFUSED("--seed", "--seed", "abc"); }

TEST(help_has_groups_and_an_example)
{
    struct options o;
    assert_int_equal(read_line(&o, STDOUT_FILENO, (const char *[]){"tern test", "--help", NULL}), CLI_DONE);
    options_free(&o);
    static const char *const parts[] = {"Usage: tern test [OPTION...] X",
                                        "A test.",
                                        "Example: tern test x",
                                        "--flag",
                                        "Where packets go:",
                                        "The stack:",
                                        "What is shown:"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!strstr(said, parts[i])) fail_msg("no '%s' in:\n%s", parts[i], said);
    }
}

TEST(an_address_resolves_to_itself)
{
    struct options o;
    struct tern_endpoint e;
    char text[TERN_ENDPOINT_STRLEN];
    assert_int_equal(READ(o, "x"), -1);
    assert_int_equal(options_resolve(&o, "192.0.2.1", "80", &e), -1);
    assert_string_equal(tern_endpoint_format(&e, text), "192.0.2.1:80");
    assert_int_equal(options_resolve(&o, "2001:db8::1", "65535", &e), -1);
    assert_string_equal(tern_endpoint_format(&e, text), "[2001:db8::1]:65535");
    options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_is_the_default),
        cmocka_unit_test(every_shared_option_is_taken),
        cmocka_unit_test(damage_is_taken_each_way),
        cmocka_unit_test(an_unknown_option_is_refused),
        cmocka_unit_test(an_option_without_its_value_is_refused),
        cmocka_unit_test(a_malformed_address_is_refused),
        cmocka_unit_test(too_many_addresses_are_refused),
        cmocka_unit_test(an_mtu_has_its_bounds),
        cmocka_unit_test(a_setting_needs_a_name_and_a_value_in_its_range),
        cmocka_unit_test(malformed_damage_is_refused),
        cmocka_unit_test(a_seed_without_damage_is_refused),
        cmocka_unit_test(a_seed_is_a_number),
        cmocka_unit_test(help_has_groups_and_an_example),
        cmocka_unit_test(an_address_resolves_to_itself),
    };
    return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
