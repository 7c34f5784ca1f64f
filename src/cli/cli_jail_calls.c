/* The system calls that remain: the one table of them, and what libseccomp makes of it. */
#include "cli_jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "words.h"

static const struct jail_row rows[] = {
    {"read readv write writev lseek close", JAIL_ALL, N_("what is open: packets, captures, timers, what is printed")},
    {"fstat newfstatat statx", JAIL_ALL, N_("the C library looks at what it is about to write to")},
    {"ioctl", JAIL_ALL, N_("TCGETS alone: is that a terminal?")},
    {"poll ppoll restart_syscall", JAIL_ALL, N_("waiting, also after the process was stopped")},
    {"clock_gettime", JAIL_ALL, N_("the time, where the kernel does not give it without a call")},
    {"brk mmap munmap mremap mprotect madvise mlock2", JAIL_ALL, N_("memory, which nothing can be executed in")},
    {"futex getrandom", JAIL_ALL, N_("the C library's locks, and the seeds of its tables")},
    {"rt_sigreturn rt_sigprocmask rt_sigaction", JAIL_ALL, N_("the signals that end the command")},
    {"getpid gettid tgkill", JAIL_ALL, N_("abort(): SIGABRT to itself, and no other signal")},
    {"exit exit_group", JAIL_ALL, N_("leaving")},
    {"epoll_wait epoll_pwait epoll_ctl timerfd_settime", JAIL_STACK, N_("the loop")},
    {"accept4 sendto", JAIL_STACK, N_("the socket at which 'tern states' asks")},
    {"unlinkat", JAIL_STACK, N_("that socket is removed at the end: in its own directory alone")},
    {"openat2 openat getdents64 faccessat faccessat2 fcntl", JAIL_FILES, N_("the files below the directory, to be read")},
    {"socket connect accept4 shutdown getsockopt setsockopt", JAIL_RELAY, N_("the kernel's TCP, at the other side")},
    {"recvfrom getsockname bind", JAIL_ATTACK, N_("what is sent and heard in a namespace of its own")},
    {"recvfrom getsockname getsockopt setsockopt ioctl", JAIL_TRACE,
     N_("the packets of the interface, how many were missed, is it still there? (SIOCGIFFLAGS)")},
};

enum { ROW_N = sizeof rows / sizeof rows[0] };

const struct jail_row *jail_row(unsigned i) { return i < ROW_N ? &rows[i] : NULL; }

/* ---- the page ---- */

static const struct {
    const char *name;
    unsigned who;
} commands[] = {
    {"serve", JAIL_STACK},
    {"serve http", JAIL_STACK | JAIL_FILES},
    {"connect", JAIL_STACK},
    {"relay", JAIL_STACK | JAIL_RELAY},
    {"wire", JAIL_WIRE},
    {"trace -i", JAIL_TRACE},
    {"draw --live", JAIL_TRACE},
    {"attack", JAIL_STACK | JAIL_RELAY | JAIL_ATTACK},
    {"attack --against kernel", JAIL_FILES},
};

static void page_names(FILE *out, const char *names)
{
    for (const char *at = names; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        fprintf(out, "%s`%.*s`", at == names ? "" : " ", (int)len, at);
        at += len;
    }
}

static void page_who(FILE *out, unsigned who)
{
    bool any = false;
    if (who == JAIL_ALL) {
        fputs(_("all"), out);
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!(commands[i].who & who)) continue;
        fprintf(out, "%s%s", any ? ", " : "", commands[i].name);
        any = true;
    }
}

void jail_page(FILE *out)
{
    fprintf(out, "# %s\n\n", _("The system calls that remain"));
    fprintf(out, "%s\n\n",
            _("Once its TUN device or interface is open, a command gives up every capability, may open no file but those that it "
              "serves, and makes these system calls only. Any other ends the process at once (SIGSYS): a call that tern never "
              "makes is somebody else's. Calls that a machine has not are passed over. --no-jail leaves all of that away."));
    fprintf(out, "%s\n\n", _("This page is made by `tern serve --system-calls`; a test compares."));
    fprintf(out, "| %s | %s | %s |\n|---|---|---|\n", _("System calls"), _("Of which commands"), _("What for"));
    for (unsigned i = 0; i < ROW_N; i++) {
        fputs("| ", out);
        page_names(out, rows[i].names);
        fputs(" | ", out);
        page_who(out, rows[i].who);
        fprintf(out, " | %s |\n", words(rows[i].what));
    }
}

/* ---- the filter ---- */

/* Calls that remain with certain arguments only. Returns -errno, or 1: no such call. */
static int add_narrow(scmp_filter_ctx f, const struct jail *j, const char *name, int nr)
{
    const uint64_t exec = PROT_EXEC, change = O_ACCMODE | O_CREAT | O_TRUNC;
    if (strcmp(name, "ioctl") == 0) {
        int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
        return r < 0 || !(j->who & JAIL_TRACE)
                   ? r
                   : seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A1(SCMP_CMP_EQ, SIOCGIFFLAGS, 0));
    }
    if (strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, exec, 0));
    if (strcmp(name, "tgkill") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 2, SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0),
                                SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0));
    if (strcmp(name, "unlinkat") == 0)
        return j->socket_dir < 0 ? 0
                                 : seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A0(SCMP_CMP_EQ, (uint64_t)j->socket_dir, 0));
    if (strcmp(name, "openat") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, change, O_RDONLY));
    if (strcmp(name, "fcntl") == 0) return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
    if (strcmp(name, "socket") == 0) {
        int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A0(SCMP_CMP_EQ, AF_INET, 0));
        return r < 0 ? r : seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0));
    }
    return 1;
}

static int add_call(scmp_filter_ctx f, const struct jail *j, const char *name)
{
    int nr = seccomp_syscall_resolve_name(name);
    if (nr < 0) return 0; /* not on this machine */
    int r = add_narrow(f, j, name, nr);
    return r == 1 ? seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0) : r;
}

static int add_row(scmp_filter_ctx f, const struct jail *j, const struct jail_row *row)
{
    char name[32];
    for (const char *at = row->names; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        int r = add_call(f, j, name);
        if (r < 0 && r != -EEXIST) return r;
        at += len;
    }
    return 0;
}

int jail_calls(const struct jail *j)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!f) return -ENOMEM;
    int r = 0;
    for (unsigned i = 0; i < ROW_N && r == 0; i++)
        if (rows[i].who & j->who) r = add_row(f, j, &rows[i]);
    if (r == 0) r = seccomp_load(f);
    seccomp_release(f);
    return r;
}
