/* The workers and their boss. Worker w of W takes the runs w, w + W, w + 2W ... and writes each result into its pipe. When it
 * dies in the middle of a run, that one has failed, and another worker goes on behind it. */
#include "crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "words.h"

enum { RUN_SECONDS_MAX = 20, TEXTS = 6, WORKERS_MAX = 64 };

/* What is in the pipe before the texts of a result. */
struct message {
    size_t index;
    enum run_verdict verdict;
    struct script_at at;
    tern_ns took;
    size_t len[TEXTS]; /* 0: NULL, else with the 0 at its end */
};

struct worker {
    pid_t pid;
    int pipe;    /* to read; -1: it is done */
    size_t next; /* the run that it is at */
};

static void texts_of(struct run_result *r, char **out[TEXTS])
{
    out[0] = &r->message, out[1] = &r->expected, out[2] = &r->actual, out[3] = &r->marks, out[4] = &r->ladder, out[5] = &r->notes;
}

/* ---- a worker ---- */

static bool put(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool tell(int fd, size_t index, struct run_result *r)
{
    char **text[TEXTS];
    struct message m;
    memset(&m, 0, sizeof m);
    m.index = index, m.verdict = r->verdict, m.at = r->at, m.took = r->took;
    texts_of(r, text);
    for (int i = 0; i < TEXTS; i++) m.len[i] = *text[i] ? strlen(*text[i]) + 1 : 0;
    if (!put(fd, &m, sizeof m)) return false;
    for (int i = 0; i < TEXTS; i++)
        if (m.len[i] && !put(fd, *text[i], m.len[i])) return false;
    return true;
}

static void work(const struct crew_config *c, const struct crew_run *runs, size_t n, size_t from, int fd)
{
    for (size_t i = from; i < n; i += c->workers) {
        struct run_config cfg = c->run;
        struct run_result result;
        cfg.ip = runs[i].ip;
        alarm(RUN_SECONDS_MAX);
        (c->run_one ? c->run_one : run_file)(runs[i].path, &cfg, &result);
        bool told = tell(fd, i, &result);
        run_result_free(&result);
        if (!told) break;
    }
    _exit(0);
}

static bool start(const struct crew_config *c, const struct crew_run *runs, size_t n, struct worker *w)
{
    int fd[2];
    if (pipe(fd) < 0) return false;
    fflush(NULL); /* else the worker's copy of what is buffered would come out twice */
    w->pid = fork();
    if (w->pid < 0) {
        close(fd[0]);
        close(fd[1]);
        return false;
    }
    if (w->pid == 0) {
        close(fd[0]);
        signal(SIGALRM, SIG_DFL);
        work(c, runs, n, w->next, fd[1]);
    }
    close(fd[1]);
    w->pipe = fd[0];
    return true;
}

/* ---- the boss ---- */

static bool get(int fd, void *data, size_t len)
{
    char *p = data;
    while (len) {
        ssize_t n = read(fd, p, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* Takes a result. False: the worker has ended. */
static bool take(struct worker *w, struct crew_run *runs, size_t n)
{
    struct message m;
    char **text[TEXTS];
    if (!get(w->pipe, &m, sizeof m) || m.index >= n || m.verdict > RUN_BROKEN) return false;
    struct run_result r = {.verdict = m.verdict, .at = m.at, .took = m.took};
    texts_of(&r, text);
    for (int i = 0; i < TEXTS; i++) {
        if (!m.len[i]) continue;
        *text[i] = malloc(m.len[i]);
        if (!*text[i] || !get(w->pipe, *text[i], m.len[i])) {
            run_result_free(&r);
            return false;
        }
        (*text[i])[m.len[i] - 1] = '\0';
    }
    runs[m.index].result = r;
    runs[m.index].done = true;
    w->next = m.index;
    return true;
}

static void died(struct crew_run *run, int status)
{
    int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0, len;
    run->result = (struct run_result){.verdict = RUN_FAILED};
    run->done = true;
    if (by == SIGALRM)
        len = asprintf(&run->result.message, _("The run did not end within %d s."), RUN_SECONDS_MAX);
    else if (by)
        len = asprintf(&run->result.message, _("The run crashed: %s."), strsignal(by));
    else
        len = asprintf(&run->result.message, _("The run crashed: its process ended with %d."), WEXITSTATUS(status));
    if (len < 0) run->result.message = NULL;
}

/* The worker's pipe has ended. False: the next one could not be made. */
static bool ended(const struct crew_config *c, struct crew_run *runs, size_t n, struct worker *w)
{
    int status = 0;
    close(w->pipe);
    w->pipe = -1;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) continue;
    while (w->next < n && runs[w->next].done) w->next += c->workers;
    if (w->next >= n) return true;
    died(&runs[w->next], status);
    w->next += c->workers;
    return w->next >= n || start(c, runs, n, w);
}

static void stop(struct worker *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (w[i].pipe < 0) continue;
        kill(w[i].pid, SIGKILL);
        close(w[i].pipe);
        waitpid(w[i].pid, NULL, 0);
    }
}

static size_t count_done(const struct crew_run *runs, size_t n)
{
    size_t done = 0;
    for (size_t i = 0; i < n; i++) done += runs[i].done;
    return done;
}

static void report(const struct crew_config *c, const struct crew_run *runs, size_t n, size_t *told)
{
    size_t done = count_done(runs, n);
    if (c->progress) c->progress(c->ctx, done);
    for (; *told < n && runs[*told].done; ++*told)
        if (c->told) c->told(c->ctx, &runs[*told], done);
}

int crew_run_all(const struct crew_config *config, struct crew_run *runs, size_t n)
{
    struct worker w[WORKERS_MAX] = {0};
    struct crew_config c = *config;
    size_t told = 0;
    if (c.workers < 1) c.workers = 1;
    if (c.workers > WORKERS_MAX) c.workers = WORKERS_MAX;
    if (c.workers > n) c.workers = n ? (unsigned)n : 1;
    for (unsigned i = 0; i < c.workers; i++) {
        w[i] = (struct worker){.pipe = -1, .next = i};
        if (i < n && !start(&c, runs, n, &w[i])) {
            stop(w, i);
            return -1;
        }
    }
    while (told < n) {
        struct pollfd p[WORKERS_MAX];
        for (unsigned i = 0; i < c.workers; i++) p[i] = (struct pollfd){.fd = w[i].pipe, .events = POLLIN};
        if (poll(p, c.workers, -1) < 0 && errno != EINTR) break;
        for (unsigned i = 0; i < c.workers; i++) {
            if (w[i].pipe < 0 || !(p[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
            if (take(&w[i], runs, n) || ended(&c, runs, n, &w[i])) continue;
            stop(w, c.workers);
            return -1;
        }
        report(&c, runs, n, &told);
    }
    for (unsigned i = 0; i < c.workers; i++)
        if (w[i].pipe >= 0) {
            close(w[i].pipe);
            waitpid(w[i].pid, NULL, 0);
        }
    return 0;
}
