#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
    {"demo", "tern and the kernel's own TCP talk over a TUN device, every segment explained", cmd_demo},
    {"serve", "echo, discard, chargen, daytime, or files by HTTP, on a TUN device", cmd_serve},
    {"connect", "a connection between stdin, stdout and a server, as telnet does", cmd_connect},
    {"relay", "passes the kernel's connections through tern, or tern's through the kernel", cmd_relay},
    {"states", "the connections of every running tern, as ss -tanoi prints them", cmd_states},
    {"wire", "a cable between two TUN devices that loses, delays and damages", cmd_wire},
};

enum { COMMAND_N = sizeof commands / sizeof commands[0] };

static void help(FILE *out)
{
    fputs("Usage: tern COMMAND [OPTION...]\n\nA complete TCP in user space.\n\n", out);
    for (size_t i = 0; i < COMMAND_N; i++) fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs("\n  --help, --version\n\n"
          "'tern COMMAND --help' explains each.\n"
          "Exit status: 0 done, 1 tern could not, 2 wrong usage, 3 what was examined fell short.\n\n"
          "Example: tern demo\n",
          out);
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
    if (fflush(stdout) != 0 && status == CLI_DONE) {
        status = cli_fail(c->name, "cannot write the standard output: %s", strerror(errno));
    }
    return status;
}

int main(int argc, char **argv)
{
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
    const struct command *c = find(argv[1]);
    if (!c) return cli_usage(NULL, "unknown %s '%s'", argv[1][0] == '-' ? "option" : "command", argv[1]);
    return run(c, argc - 1, argv + 1);
}
