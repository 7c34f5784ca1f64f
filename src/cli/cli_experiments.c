#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "experiment.h"
#include "libexecdir.h"
#include "words.h"

/* Beside this program (a build directory), or where it was installed. */
static void become(const char **args)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "-experiments");
    if (n > 0) {
        memcpy(path + n, "-experiments", sizeof "-experiments");
        execv(path, (char *const *)(uintptr_t)args);
    }
    execv(TERN_LIBEXECDIR "/tern-experiments", (char *const *)(uintptr_t)args);
}

int cli_experiments(int argc, const char **argv)
{
    if (experiment_build()) return -1;
    const char **args = calloc((size_t)argc + 4, sizeof *args), *name = strrchr(argv[0], ' ');
    if (!args) return cli_fail(NULL, "no memory");
    name = name ? name + 1 : argv[0];
    size_t n = 0;
    args[n++] = "tern-experiments";
    args[n++] = "--lang";
    args[n++] = words_language();
    args[n++] = name;
    for (int i = 1; i < argc; i++) args[n++] = argv[i];
    fflush(stdout);
    become(args);
    int status =
        cli_fail(name, "cannot start tern-experiments: %s; it belongs beside tern, or into %s", strerror(errno), TERN_LIBEXECDIR);
    free(args);
    return status;
}
