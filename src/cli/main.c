#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_help.h"
#include "words.h"

static const struct command commands[] = {
    {"attack", N_("a class of attacks on TCP stacks, shown in a namespace of its own"), cmd_attack},
    {"demo", N_("tern and the kernel's own TCP talk over a TUN device, every segment explained"), cmd_demo},
    {"serve", N_("echo, discard, chargen, daytime, or files by HTTP, on a TUN device"), cmd_serve},
    {"connect", N_("a connection between stdin, stdout and a server, as telnet does"), cmd_connect},
    {"relay", N_("passes the kernel's connections through tern, or tern's through the kernel"), cmd_relay},
    {"diagram", N_("the header, the states, the ways of a connection, as text or as pictures"), cmd_diagram},
    {"draw", N_("a capture or a lesson as one page for a browser"), cmd_draw},
    {"drill", N_("scripts in packetdrill's language against tern, in virtual time"), cmd_drill},
    {"explain", N_("a topic in a few sentences, or a lesson: a run that the reader may change"), cmd_explain},
    {"settings", N_("the settings of a stack, the kernels' names for them, and profiles"), cmd_settings},
    {"sim", N_("scenarios in virtual time: links, losses, queues, applications; measured, with plots"), cmd_sim},
    {"states", N_("the connections of every running tern, as ss -tanoi prints them"), cmd_states},
    {"trace", N_("what a capture says: ladders with both ends' states, and what is wrong"), cmd_trace},
    {"wire", N_("a cable between two TUN devices that loses, delays and damages"), cmd_wire},
};

enum { COMMAND_N = sizeof commands / sizeof commands[0] };

static void help(FILE *out)
{
    size_t width = help_width();
    fprintf(out, "%s tern [--lang en|zh_CN] COMMAND [OPTION...]\n\n%s\n\n", _("Usage:"), _("A complete TCP in user space."));
    for (size_t i = 0; i < COMMAND_N; i++) fprintf(out, "  %-9s %s\n", commands[i].name, words(commands[i].summary));
    fputs("\n  --help, --version, --lang\n\n", out);
    help_wrap(out, _("'tern COMMAND --help' explains each."), 0, width);
    help_wrap(out, _("Exit status: 0 done, 1 tern could not, 2 wrong usage, 3 what was examined fell short."), 0, width);
    fprintf(out, "\n%s tern demo\n", _("Example:"));
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_N; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

/* The library of options wants an array of pointers to const; the command's full name opens its help. */
static int run(const struct command *c, int argc, char **argv)
{
    const char **args = calloc((size_t)argc + 1, sizeof *args);
    if (!args) return cli_fail(c->name, "%s", strerror(ENOMEM));
    char name[32];
    snprintf(name, sizeof name, "tern %s", c->name);
    args[0] = name;
    for (int i = 1; i < argc; i++) args[i] = argv[i];
    int status = c->run(argc, args);
    free(args);
    if (fflush(stdout) != 0 && (status == CLI_DONE || status == CLI_SHORT)) {
        status = cli_fail(c->name, "cannot write the standard output: %s", strerror(errno));
    }
    return status;
}

/* ---- the manual page: `tern --man`, for the build ---- */

static void man_head(void)
{
    printf(".TH TERN 1 \"\" \"tern %s\" \"%s\"\n", tern_version(), _("User Commands"));
    /* Chinese lines may end between any two characters, and have too few spaces to be spread to both margins. */
    if (strcmp(words_language(), "en") != 0) printf(".mso zh.tmac\n.ad l\n.nh\n");
    printf(".SH %s\ntern \\- %s\n", _("NAME"), _("a complete TCP in user space"));
    printf(".SH %s\n", _("SYNOPSIS"));
    for (size_t i = 0; i < COMMAND_N; i++) printf("%s.B tern %s\n.RI [ OPTION ...]\n", i ? ".br\n" : "", commands[i].name);
    printf(".SH %s\n", _("DESCRIPTION"));
    help_roff_text(stdout,
                   _("tern runs a TCP of its own at one end of a TUN device; at the other end is the kernel. It can say of each "
                     "segment which rule of which RFC made it."));
    printf("\n.SH %s\n", _("COMMANDS"));
}

static void man_part(const char *title, const char *text)
{
    printf(".SH %s\n", title);
    help_roff_text(stdout, text);
    putchar('\n');
}

static void man_foot(void)
{
    printf(".SH %s\n", _("OPTIONS OF THE COMMANDS WITH A STACK"));
    options_man(stdout);
    man_part(_("EXIT STATUS"),
             _("0: done. 1: tern could not; one line on stderr says what to do. 2: the command line is wrong. 3: what was "
               "examined fell short."));
    man_part(_("ENVIRONMENT"),
             _("LANGUAGE, LC_ALL, LC_MESSAGES, LANG: the language, English or Simplified Chinese; --lang goes first. "
               "COLUMNS: the width of ladders and help. TMPDIR: where the demo keeps its files meanwhile."));
    man_part(_("FILES"),
             _("$XDG_RUNTIME_DIR/tern, /run/tern, /tmp/tern-UID: the first of these that its owner can have holds a socket of "
               "each running tern, for 'tern states'. Nobody else may enter."));
    printf(".SH %s\n.BR ss (8),\n.BR tshark (1),\nRFC 9293\n", _("SEE ALSO"));
}

static int man(void)
{
    static const char *option = "--man";
    man_head();
    int status = CLI_DONE;
    for (size_t i = 0; i < COMMAND_N && status == CLI_DONE; i++) {
        fflush(stdout);
        status = run(&commands[i], 2, (char *[]){NULL, (char *)(uintptr_t)option});
    }
    man_foot();
    return status;
}

/* Takes --lang out of the arguments, wherever it stands before a "--". Returns an enum cli_exit, or -1: go on. */
static int take_language(int *argc, char **argv)
{
    int kept = 1, i = 1;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        const char *lang = NULL;
        if (strncmp(argv[i], "--lang=", 7) == 0)
            lang = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0)
            lang = i + 1 < *argc ? argv[++i] : "";
        else
            argv[kept++] = argv[i];
        if (lang && !words_choose(lang)) return cli_usage(NULL, "--lang '%s': en or zh_CN", lang);
    }
    for (; i < *argc; i++) argv[kept++] = argv[i];
    *argc = kept;
    argv[kept] = NULL;
    return -1;
}

int main(int argc, char **argv)
{
    words_choose(NULL);
    int status = take_language(&argc, argv);
    if (status >= 0) return status;
    if (argc < 2) {
        help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("tern %s\n", tern_version());
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--man") == 0) return man();
    const struct command *c = find(argv[1]);
    if (!c && argv[1][0] == '-') return cli_usage(NULL, "unknown option '%s'", argv[1]);
    if (!c) return cli_usage(NULL, "unknown command '%s'", argv[1]);
    return run(c, argc - 1, argv + 1);
}
