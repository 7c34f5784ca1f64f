#include "cli.h"

#include <stdarg.h>
#include <stdio.h>

#include "words.h"

static void say(const char *command, const char *format, va_list args)
{
    fputs("tern", stderr);
    if (command) fprintf(stderr, " %s", command);
    fputs(": ", stderr);
    vfprintf(stderr, words(format), args);
}

int cli_fail(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(command, format, args);
    va_end(args);
    fputc('\n', stderr);
    return CLI_FAILED;
}

int cli_usage(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(command, format, args);
    va_end(args);
    fprintf(stderr, _("; see 'tern%s%s --help'\n"), command ? " " : "", command ? command : "");
    return CLI_USAGE;
}
