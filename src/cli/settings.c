/* `tern settings`: the settings of a stack, the kernels' names for them, and the profiles, from the core's own tables. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli_options.h"
#include "setting_text.h"
#include "utf8.h"
#include "words.h"

static const char settings_name[] = "settings";

/* ---- text and Markdown ---- */

/* A row of a table: |n| cells, in Markdown between bars, else padded to |width|. */
static void row(bool markdown, size_t n, const char *const *cell, const unsigned *width)
{
    for (size_t i = 0; i < n; i++) {
        if (markdown) {
            printf("%s%s%s", i ? " | " : "| ", cell[i], i + 1 == n ? " |" : "");
        } else {
            size_t have = utf8_columns(cell[i]);
            fputs(cell[i], stdout);
            for (size_t k = have; i + 1 < n && k < width[i] + 2u; k++) putchar(' ');
        }
    }
    putchar('\n');
}

static void head(bool markdown, const char *title, size_t n, const char *const *cell, const unsigned *width)
{
    printf(markdown ? "\n## %s\n\n" : "\n%s\n\n", title);
    row(markdown, n, cell, width);
    if (!markdown) return;
    for (size_t i = 0; i < n; i++) fputs("|---", stdout);
    puts("|");
}

static void own_settings(bool markdown)
{
    static const unsigned width[] = {26, 10, 10, 10, 16};
    const char *const title[] = {_("setting"), _("default"), _("least"), _("most"), _("unit"), _("what it is")};
    const struct tern_setting_info *s;
    head(markdown, _("Settings"), 6, title, width);
    for (size_t i = 0; (s = tern_setting_info(i)) != NULL; i++) {
        char name[64], def[QUANTITY_LEN], min[QUANTITY_LEN], max[QUANTITY_LEN];
        snprintf(name, sizeof name, markdown ? "`%s`" : "%s", s->name);
        const char *const cell[] = {name,
                                    setting_text(s, s->def, def),
                                    setting_text(s, s->min, min),
                                    setting_text(s, s->max, max),
                                    words(s->unit),
                                    words(s->text)};
        row(markdown, 6, cell, width);
    }
}

static void pairs(bool markdown)
{
    static const unsigned width[] = {26, 26};
    const char *const title[] = {_("setting"), _("not above"), ""};
    const struct tern_setting_pair *p;
    head(markdown, _("Settings that go together"), 3, title, width);
    for (size_t i = 0; (p = tern_setting_pair(i)) != NULL; i++) {
        const char *const cell[] = {p->low, p->high, p->off ? _("0 is none") : ""};
        row(markdown, 3, cell, width);
    }
}

static void kernel_names(bool markdown)
{
    static const unsigned width[] = {47, 34, 24};
    const char *const title[] = {_("kernel's name"), _("setting"), _("values"), _("note")};
    const struct tern_sysctl_info *s;
    head(markdown, _("The kernels' names"), 4, title, width);
    for (size_t i = 0; (s = tern_sysctl_info(i)) != NULL; i++) {
        char name[80];
        snprintf(name, sizeof name, markdown ? "`%s`" : "%s", s->name);
        const char *const cell[] = {name, s->setting ? s->setting : "-", s->values && *s->values ? s->values : "-",
                                    s->text ? words(s->text) : ""};
        row(markdown, 4, cell, width);
    }
}

static void profiles(bool markdown)
{
    static const unsigned width[] = {8, 38};
    const char *const title[] = {_("profile"), _("setting"), _("value")};
    const struct tern_profile_row *p;
    head(markdown, _("Profiles"), 3, title, width);
    for (size_t i = 0; (p = tern_profile_row(i)) != NULL; i++) {
        char name[80];
        snprintf(name, sizeof name, markdown ? "`%s`" : "%s", p->name);
        const char *const cell[] = {p->profile, name, p->value};
        row(markdown, 3, cell, width);
    }
}

static void introduction(bool markdown)
{
    if (markdown) puts("<!-- made by `tern settings --markdown`; tests/house/settings.sh compares -->");
    printf("%s%s\n\n", markdown ? "# " : "", _("Settings of a stack"));
    puts(_("Set by --set KEY=VALUE, in C by tern_settings_set() and tern_sysctl_set(). Times take ns, us, ms, s, min; bytes KiB, "
           "MiB, "
           "GiB, in short K, M, G, and kB, MB, GB."));
    putchar('\n');
    puts(_(
        "Where a number has a name, as shown for the default, the name may stand for it: --set congestion=bbr, --set sack=off."));
    putchar('\n');
    puts(_("A kernel's name takes the kernel's own value. A row without a setting stands for a matter in which tern has one "
           "behaviour: "
           "only the values that ask for it are taken (* is any: nothing would look different), all others are refused."));
}

/* ---- JSON lines ---- */

static void line(json_t *o)
{
    if (!o) return;
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

/* From 0 on; NULL: it has none. */
static json_t *names_json(const struct tern_setting_info *s)
{
    size_t len;
    const char *name = tern_setting_name(s, 0, &len);
    json_t *names = name ? json_array() : NULL;
    for (uint64_t i = 1; name; name = tern_setting_name(s, i++, &len)) json_array_append_new(names, json_stringn(name, len));
    return names;
}

static void as_json(void)
{
    const struct tern_setting_pair *pair;
    const struct tern_setting_info *s;
    const struct tern_sysctl_info *k;
    const struct tern_profile_row *p;
    for (size_t i = 0; (s = tern_setting_info(i)) != NULL; i++)
        line(json_pack("{s:s, s:I, s:I, s:I, s:s, s:o*}", "setting", s->name, "default", (json_int_t)s->def, "least",
                       (json_int_t)s->min, "most", (json_int_t)s->max, "unit", s->unit, "names", names_json(s)));
    for (size_t i = 0; (pair = tern_setting_pair(i)) != NULL; i++)
        line(json_pack("{s:s, s:s, s:b}", "pair", pair->low, "not_above", pair->high, "zero_is_none", (int)pair->off));
    for (size_t i = 0; (k = tern_sysctl_info(i)) != NULL; i++)
        line(json_pack("{s:s, s:s?, s:s?}", "sysctl", k->name, "setting", k->setting, "values", k->values));
    for (size_t i = 0; (p = tern_profile_row(i)) != NULL; i++)
        line(json_pack("{s:s, s:s, s:s}", "profile", p->profile, "name", p->name, "value", p->value));
}

int cmd_settings(int argc, const char **argv)
{
    int markdown = 0;
    struct poptOption own[] = {
        {"markdown", '\0', POPT_ARG_NONE, &markdown, 0, N_("as a page of the documentation: doc/settings.md is made so"), NULL},
        POPT_TABLEEND,
    };
    const struct usage usage = {
        .command = settings_name,
        .operands = "[OPTION...]",
        .text = N_("Every setting of a stack with its default and its bounds, what Linux and FreeBSD call it, and what the "
                   "profiles rfc, linux and freebsd set."),
        .example = "tern settings\ntern serve --profile linux --set net.ipv4.tcp_sack=0 echo",
        .own = own,
        .no_stack = true,
    };
    struct options o;
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0 && options_operand(&o, 0)) status = cli_usage(settings_name, "unwanted '%s'", options_operand(&o, 0));
    if (status < 0) {
        status = CLI_DONE;
        if (o.json) {
            as_json();
        } else {
            introduction(markdown);
            own_settings(markdown);
            pairs(markdown);
            kernel_names(markdown);
            profiles(markdown);
        }
    }
    options_free(&o);
    return status;
}
