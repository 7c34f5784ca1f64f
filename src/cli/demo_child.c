#include "cli_demo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

bool child_find(const char *name, char path[static 256])
{
    char dirs[2048];
    const char *env = getenv("PATH");
    snprintf(dirs, sizeof dirs, "%s:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", env ? env : "");
    char *save = NULL;
    for (const char *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
        int n = snprintf(path, 256, "%s/%s", dir, name);
        if (n > 0 && n < 256 && access(path, X_OK) == 0) return true;
    }
    return false;
}

/* In the child. Nothing of ours that is open reaches the program, and it does not outlive us. */
static _Noreturn void become(const char *const *argv, int in, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDWR);
    dup2(in >= 0 ? in : null, STDIN_FILENO);
    dup2(out >= 0 ? out : null, STDOUT_FILENO);
    char *args[16];
    size_t n = 0;
    for (; n < 15 && argv[n]; n++) args[n] = strdup(argv[n]);
    args[n] = NULL;
    if (args[0]) execv(args[0], args);
    _exit(127);
}

/* False: there is no more for now. */
static bool hear(struct child *c)
{
    size_t room = sizeof c->text - 1 - c->text_len;
    ssize_t n = read(c->out, c->text + c->text_len, room);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) env_watch(c->env, &c->out_watch, 0);
        return false;
    }
    c->text_len += (size_t)n;
    c->text[c->text_len] = '\0';
    if (c->heard) c->heard(c);
    return true;
}

static void take_text(struct watch *w, uint32_t events)
{
    (void)events;
    hear((struct child *)((char *)w - offsetof(struct child, out_watch)));
}

/* With what it said last. */
static void take_exit(struct watch *w, uint32_t events)
{
    (void)events;
    struct child *c = (struct child *)w;
    if (waitpid(c->pid, &c->status, WNOHANG) != c->pid) return;
    while (c->out >= 0 && hear(c)) continue;
    c->exited = true;
    env_watch(c->env, w, 0);
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0) close(fds[i]);
    }
}

/* fds: 0 the child reads, 1 we write, 2 we read, 3 the child writes */
static bool make_pipes(int fds[4])
{
    int a[2], b[2];
    if (pipe2(a, O_CLOEXEC) < 0) return false;
    fds[0] = a[0], fds[1] = a[1];
    if (pipe2(b, O_CLOEXEC) < 0) return false;
    fds[2] = b[0], fds[3] = b[1];
    fcntl(b[0], F_SETFL, O_NONBLOCK);
    return true;
}

int child_start(struct child *c, struct env *e, const char *const *argv, bool talks)
{
    int fds[4] = {-1, -1, -1, -1};
    if (talks && !make_pipes(fds)) {
        close_all(fds, 4);
        return -errno;
    }
    c->env = e;
    fflush(stdout);
    c->pid = fork();
    if (c->pid == 0) become(argv, fds[0], fds[3]);
    close_all((const int[]){fds[0], fds[3]}, 2);
    c->in = fds[1];
    c->out = fds[2];
    if (c->pid < 0) return -errno;
    c->watch = (struct watch){.ready = take_exit, .fd = (int)syscall(SYS_pidfd_open, c->pid, 0)};
    c->out_watch = (struct watch){.ready = take_text, .fd = c->out};
    if (c->watch.fd < 0 || env_watch(e, &c->watch, EPOLLIN) < 0) return -errno;
    if (talks && env_watch(e, &c->out_watch, EPOLLIN) < 0) return -errno;
    return 0;
}

void child_stop(struct child *c)
{
    if (c->pid <= 0) return;
    env_watch(c->env, &c->watch, 0);
    env_watch(c->env, &c->out_watch, 0);
    if (!c->exited) {
        kill(c->pid, SIGKILL);
        waitpid(c->pid, &c->status, 0);
    }
    close_all((const int[]){c->in, c->out, c->watch.fd}, 3);
    c->pid = 0;
}
