/* The jail: every system call that its table does not name ends the process,
 * and files are out of reach. Each try is a child's. */
#include "cli_jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "sanitizer.h"
#include "cli_test.h"

enum { CALLS = 512, INSIDE = 40, OUTSIDE = 41 };

static struct jail jail_of(unsigned who) { return (struct jail){.command = "test", .who = who, .files = -1, .socket_dir = -1}; }

/* What became of a child that does |what|: its exit status, or the signal that
 * ended it, negative. */
static int child(int (*what)(const struct jail *, long), const struct jail *j, long n)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        int status = what(j, n);
        syscall(SYS_exit_group, status);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool named(const char *name, unsigned who)
{
    size_t len = strlen(name);
    const struct jail_row *row;
    for (unsigned i = 0; (row = jail_row(i)) != NULL; i++)
        for (const char *at = row->names; (row->who & who) && *at; at += strspn(at, " ")) {
            size_t n = strcspn(at, " ");
            if (n == len && memcmp(at, name, len) == 0) return true;
            at += n;
        }
    return false;
}

static int call(const struct jail *j, long nr)
{
    int r = jail_calls(j);
    if (r < 0) return OUTSIDE;
    syscall(nr, -1L, 0L, 0L, 0L, 0L, 0L);
    return INSIDE;
}

static bool can_filter(void)
{
    struct jail j = jail_of(JAIL_WIRE);
    if (SANITIZED || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) return false;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return child(call, &j, SYS_getpid) == INSIDE;
}

/* For each command's table, of all calls that this machine has. */
static void every_other_call_is_fatal(unsigned who)
{
    struct jail j = jail_of(who);
    int fatal = 0;
    for (int nr = 0; nr < CALLS; nr++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
        if (name && !named(name, who)) {
            int r = child(call, &j, nr);
            if (r != -SIGSYS) fail_msg("%s: %d", name, r);
            fatal++;
        }
        free(name);
    }
    assert_true(fatal > 250);
}

TEST(a_call_that_is_not_in_the_table_is_fatal)
{
    if (!can_filter()) skip();
    every_other_call_is_fatal(JAIL_WIRE);
    every_other_call_is_fatal(JAIL_STACK);
    every_other_call_is_fatal(JAIL_ALL);
}

/* ---- those that remain, narrowed ---- */

static int narrow(const struct jail *j, long n)
{
    if (jail_calls(j) < 0) return OUTSIDE;
    switch (n) {
    case 0: syscall(SYS_ioctl, 0, 0x5412L /* TIOCSTI: type for somebody else */, "x"); break;
    case 1: syscall(SYS_mmap, 0L, 4096L, 7L, 0x22L, -1L, 0L); break;
    case 2: syscall(SYS_mprotect, 0L, 0L, 4L); break;
    case 3: syscall(SYS_tgkill, 1L, 1L, SIGABRT); break;
    case 4: syscall(SYS_tgkill, (long)getpid(), 1L, SIGTERM); break;
    case 5: syscall(SYS_unlinkat, AT_FDCWD, "/tmp/nothing", 0); break;
    case 6: syscall(SYS_openat, AT_FDCWD, "/tmp/nothing", O_WRONLY | O_CREAT, 0600); break;
    case 7: syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); break;
    case 8: syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0); break;
    default: return INSIDE;
    }
    return INSIDE;
}

TEST(a_call_that_remains_takes_no_other_arguments)
{
    struct jail j = jail_of(JAIL_ALL);
    if (!can_filter()) skip();
    for (long n = 0; n < 9; n++) {
        int r = child(narrow, &j, n);
        if (r != -SIGSYS) fail_msg("case %ld: %d", n, r);
    }
    assert_int_equal(child(narrow, &j, 9), INSIDE);
}

/* ---- files ---- */

static char dir[64];

static int try_files(const struct jail *j)
{
    int inside = openat(j->files, "page", O_RDONLY), outside = open("/etc/passwd", O_RDONLY);
    if (outside >= 0 || open("/tmp/tern-jail-new", O_WRONLY | O_CREAT, 0600) >= 0) return OUTSIDE;
    return inside >= 0 && unlinkat(j->socket_dir, "socket", 0) == 0 ? INSIDE : 1;
}

static int by_landlock(const struct jail *j, long n)
{
    (void)n;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int r = jail_files_landlock(j);
    if (r < 0) return 2;
    if (r == 0) return 77;
    if (unlinkat(j->files, "page", 0) == 0) return OUTSIDE; /* to be read, no more */
    return try_files(j);
}

static int by_chroot(const struct jail *j, long n)
{
    (void)n;
    int r = jail_files_chroot(j);
    return r < 0 ? 2 : r == 0 ? 77 : try_files(j);
}

static void file(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void files_are_out_of_reach(int (*by)(const struct jail *, long))
{
    snprintf(dir, sizeof dir, "/tmp/tern-jail-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    char sub[96];
    snprintf(sub, sizeof sub, "%s/s", dir);
    assert_int_equal(mkdir(sub, 0700), 0);
    file("page");
    file("s/socket");
    struct jail j = jail_of(JAIL_STACK | JAIL_FILES);
    j.files = open(dir, O_RDONLY | O_DIRECTORY);
    j.socket_dir = open(sub, O_RDONLY | O_DIRECTORY);
    int r = child(by, &j, 0);
    close(j.files);
    unlinkat(j.socket_dir, "socket", 0);
    close(j.socket_dir);
    rmdir(sub);
    char page[96];
    snprintf(page, sizeof page, "%s/page", dir);
    unlink(page);
    rmdir(dir);
    if (r == 77) skip();
    assert_int_equal(r, INSIDE);
}

TEST(landlock_leaves_the_directory_alone) { files_are_out_of_reach(by_landlock); }
TEST(without_landlock_a_chroot_does) { files_are_out_of_reach(by_chroot); }

static int nothing_at_all(const struct jail *j, long n)
{
    (void)n;
    int r = jail_files_chroot(j);
    if (r <= 0) return r < 0 ? 2 : 77;
    return open("/", O_RDONLY) >= 0 && open("/new", O_WRONLY | O_CREAT, 0600) < 0 && errno == ENOENT ? INSIDE : OUTSIDE;
}

TEST(without_a_directory_the_root_is_one_that_was_deleted)
{
    struct jail j = jail_of(JAIL_WIRE);
    int r = child(nothing_at_all, &j, 0);
    if (r == 77) skip();
    assert_int_equal(r, INSIDE);
}

/* ---- rights ---- */

static int rights(const struct jail *j, long n)
{
    (void)n;
    if (jail_enter(j) >= 0) return OUTSIDE;
    return INSIDE;
}

TEST(all_of_it_can_be_entered)
{
    struct jail j = jail_of(JAIL_STACK);
    if (!can_filter()) skip();
    assert_int_equal(child(rights, &j, 0), INSIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_is_not_in_the_table_is_fatal),
        cmocka_unit_test(a_call_that_remains_takes_no_other_arguments),
        cmocka_unit_test(landlock_leaves_the_directory_alone),
        cmocka_unit_test(without_landlock_a_chroot_does),
        cmocka_unit_test(without_a_directory_the_root_is_one_that_was_deleted),
        cmocka_unit_test(all_of_it_can_be_entered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
