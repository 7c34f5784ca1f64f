/* sock_kernel, sock_tern [--differences] [PART...]: runs every case, or those whose file:name contains a PART, and prints TAP. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "cases.h"
#include "world.h"

enum { CASES_MAX = 1000, LIMIT_MS = 100000 };

static const struct sock_case *cases[CASES_MAX];
static size_t cases_n;
static bool print_differences;

/* In the process of a case. */
static int report_fd = -1;
static bool failed;

enum family family = V4;
static const char *const family_name[FAMILY_N] = {"ipv4", "ipv6", "ipv4-mapped"};

void case_add(const struct sock_case *c)
{
    if (cases_n == CASES_MAX) abort();
    cases[cases_n++] = c;
}

/* ---- claims ---- */

static const char *error_name(int e) { return e == 0 ? "0" : strerrorname_np(e); }

static void say(int line, const char *what, const char *got, const char *want)
{
    failed = true;
    dprintf(report_fd, "#   line %d: %s: %s, not %s\n", line, what, got, want);
}

static const char *result_text(char *text, size_t size, long long got, int error)
{
    if (got == -1 && error != 0)
        snprintf(text, size, "-1 %s", error_name(error));
    else
        snprintf(text, size, "%lld", got);
    return text;
}

bool claim_is(int line, const char *what, long long got, long long want)
{
    char a[64], b[32];
    int error = errno;
    if (got == want) return true;
    snprintf(b, sizeof b, "%lld", want);
    say(line, what, result_text(a, sizeof a, got, error), b);
    return false;
}

bool claim_fails(int line, const char *what, long long got, int want)
{
    char a[64], b[64];
    int error = errno;
    if (got == -1 && error == want) return true;
    say(line, what, result_text(a, sizeof a, got, error), result_text(b, sizeof b, -1, want));
    return false;
}

bool claim_at_least(int line, const char *what, long long got, long long least)
{
    char a[64], b[64];
    int error = errno;
    if (got >= least) return true;
    snprintf(b, sizeof b, "at least %lld", least);
    say(line, what, result_text(a, sizeof a, got, error), b);
    return false;
}

bool claim_differs(int line, const char *what, long long got, const struct outcome *linux_gives, const struct outcome *tern_gives,
                   const char *why)
{
    char a[64], b[64];
    int error = errno;
    const struct outcome *want = world_is_tern ? tern_gives : linux_gives;
    if (print_differences)
        dprintf(report_fd, "@ `%s` | %s | %s | %s\n", what, result_text(a, sizeof a, linux_gives->value, linux_gives->error),
                result_text(b, sizeof b, tern_gives->value, tern_gives->error), why);
    if (got == want->value && (got != -1 || error == want->error)) return true;
    say(line, what, result_text(a, sizeof a, got, error), result_text(b, sizeof b, want->value, want->error));
    return false;
}

void must(int line, const char *what, bool holds)
{
    if (holds) return;
    dprintf(report_fd, "#   line %d: %s (%s)\n", line, what, error_name(errno));
    _exit(1);
}

/* ---- running ---- */

static void run_here(const struct sock_case *c, enum family f, int fd)
{
    report_fd = fd;
    family = f;
    signal(SIGPIPE, SIG_DFL);
    if (!world_enter()) {
        dprintf(fd, "#   the world cannot be made: %s\n", strerror(errno));
        _exit(1);
    }
    c->run(c->arg);
    _exit(failed);
}

static long long clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the case writes, until its end or the limit. False: it had to be killed. */
static bool collect(int fd, pid_t pid, char *out, size_t size, int *status)
{
    long long end = clock_ms() + LIMIT_MS;
    size_t n = 0;
    for (;;) {
        long long left = end - clock_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) == 0) {
            kill(pid, SIGKILL);
            waitpid(pid, status, 0);
            out[n] = 0;
            return false;
        }
        char text[4096];
        ssize_t got = read(fd, text, sizeof text);
        if (got <= 0) break;
        size_t fits = (size_t)got < size - 1 - n ? (size_t)got : size - 1 - n;
        memcpy(out + n, text, fits);
        n += fits;
    }
    out[n] = 0;
    waitpid(pid, status, 0);
    return true;
}

/* Lines with '@' are differences, for the page; the others are told below the result. */
static void tell(const struct sock_case *c, const char *report)
{
    for (const char *line = report; *line;) {
        const char *end = strchr(line, '\n');
        int len = end ? (int)(end - line) : (int)strlen(line);
        if (line[0] == '@')
            printf("| %s |%.*s |\n", c->text, len - 1, line + 1);
        else if (!print_differences)
            printf("%.*s\n", len, line);
        line += len + (end ? 1 : 0);
    }
}

static bool run(const struct sock_case *c, enum family f, int number)
{
    static char report[65536];
    int fd[2], status = 0;
    fflush(stdout);
    if (pipe2(fd, O_CLOEXEC) != 0) abort();
    pid_t pid = fork();
    if (pid < 0) abort();
    if (pid == 0) {
        close(fd[0]);
        run_here(c, f, fd[1]);
    }
    close(fd[1]);
    bool ended = collect(fd[0], pid, report, sizeof report, &status);
    close(fd[0]);
    bool good = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const char *slash = strrchr(c->file, '/');
    if (!print_differences)
        printf("%sok %d - %s:%s %s: %s\n", good ? "" : "not ", number, slash ? slash + 1 : c->file, c->name, family_name[f],
               c->text);
    if (!good && !ended) printf("#   did not end\n");
    if (!good && WIFSIGNALED(status) && ended) printf("#   signal %s\n", strsignal(WTERMSIG(status)));
    tell(c, report);
    return good;
}

static bool wanted(const struct sock_case *c, char **parts, int n)
{
    char full[512];
    const char *slash = strrchr(c->file, '/');
    snprintf(full, sizeof full, "%s:%s", slash ? slash + 1 : c->file, c->name);
    for (int i = 0; i < n; i++)
        if (strstr(full, parts[i])) return true;
    return n == 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--differences") == 0) {
        print_differences = true;
        argc--, argv++;
    }
    const char *why = world_make();
    if (why) {
        printf("1..0 # SKIP %s\n", why);
        return 77;
    }
    int number = 0, bad = 0, distinct = 0;
    for (size_t i = 0; i < cases_n; i++) {
        if (!wanted(cases[i], argv + 1, argc - 1)) continue;
        distinct++;
        for (int f = V4; f < (cases[i]->all && !print_differences ? FAMILY_N : V6); f++)
            if (!run(cases[i], (enum family)f, ++number)) bad++;
    }
    world_end();
    if (print_differences) return bad > 0;
    printf("# %s: %d cases, %d runs, %d failed\n1..%d\n", world_name, distinct, number, bad, number);
    return bad > 0;
}
