#include "cli_jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli.h"
#include "sanitizer.h"
#include "words.h"

/* ---- files: landlock ---- */

/* As in newer linux/landlock.h: the kernel takes as much of it as its version knows. */
struct ruleset {
    uint64_t fs, net, scoped;
};
struct net_rule {
    uint64_t allowed, port;
};

enum { NET_BIND = 1, NET_CONNECT = 2, RULE_NET = 2, SCOPE_ALL = 3 };

/* Every right that version |abi| of the kernel's rules has is handled, so what no rule gives is refused. */
static uint64_t fs_rights(int abi)
{
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return (UINT64_C(1) << bits) - 1;
}

static int rule_beneath(int ruleset, int dir, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = dir};
    return dir < 0 ? 0 : (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int rule_port(int ruleset, uint16_t port)
{
    struct net_rule rule = {NET_CONNECT, port};
    return port == 0 ? 0 : (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET, &rule, 0);
}

int jail_files_landlock(const struct jail *j)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return 0;
    struct ruleset all = {fs_rights(abi), j->own_net ? 0 : NET_BIND | NET_CONNECT, SCOPE_ALL};
    size_t len = abi >= 6 ? sizeof all : abi >= 4 ? 2 * sizeof all.fs : sizeof all.fs;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, len, 0);
    if (ruleset < 0) return -1;
    int r = rule_beneath(ruleset, j->files, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
    if (r == 0) r = rule_beneath(ruleset, j->socket_dir, LANDLOCK_ACCESS_FS_REMOVE_FILE);
    if (r == 0 && abi >= 4) r = rule_port(ruleset, j->to_port);
    if (r == 0) r = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int error = errno;
    close(ruleset);
    errno = error;
    return r == 0 ? 1 : -1;
}

/* ---- files: chroot ---- */

/* A directory that is deleted: nothing can be made in it. */
static int empty_directory(void)
{
    char name[] = "/tmp/tern-jail-XXXXXX";
    if (!mkdtemp(name)) return -1;
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rmdir(name);
    return fd;
}

int jail_files_chroot(const struct jail *j)
{
    if (geteuid() != 0) return 0;
    int root = j->files >= 0 ? dup(j->files) : empty_directory();
    if (root < 0) return -1;
    int r = fchdir(root) == 0 && chroot(".") == 0 ? 1 : errno == EPERM ? 0 : -1, error = errno;
    close(root);
    errno = error;
    return r;
}

/* ---- rights ---- */

static int become(const char *user)
{
    if (!user) return 0;
    errno = 0;
    const struct passwd *p = getpwnam(user);
    if (!p) {
        if (errno == 0) errno = ENOENT;
        return -1;
    }
    if (setgroups(0, NULL) < 0 || setresgid(p->pw_gid, p->pw_gid, p->pw_gid) < 0) return -1;
    return setresuid(p->pw_uid, p->pw_uid, p->pw_uid);
}

/* No program could get one back. Another user may not do this any more; without the right to do it there is nothing to lose. */
static int drop_bounds(void)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM) return -1;
    return 0;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    if (syscall(SYS_capset, &head, none) < 0) return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* What libraries open at their first use. */
static void first_use(void)
{
    tzset();
    json_object_seed(0);
}

/* ---- */

static int confine_files(const struct jail *j, bool *done)
{
    int r = *done ? 1 : jail_files_landlock(j);
    if (r < 0) return cli_fail(j->command, "cannot confine itself by landlock: %s; --no-jail goes on without", strerror(errno));
    *done = r > 0;
    return -1;
}

static int confine_root(const struct jail *j, bool *done)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1) return -1;
    int r = jail_files_chroot(j);
    if (r < 0) return cli_fail(j->command, "cannot confine itself by chroot: %s; --no-jail goes on without", strerror(errno));
    *done = r > 0;
    if (r == 0)
        fprintf(stderr, _("tern %s: this kernel has no landlock, and only root may chroot: files are not confined\n"),
                j->command);
    return -1;
}

static int give_up_rights(const char *command, const char *user)
{
    bool bounds = drop_bounds() == 0;
    if (bounds && become(user) < 0) return cli_fail(command, "cannot become the user %s: %s", user, strerror(errno));
    if (bounds && drop_capabilities() == 0) return -1;
    return cli_fail(command, "cannot give up its rights: %s", strerror(errno));
}

int jail_rights(const char *command) { return give_up_rights(command, NULL); }

int jail_enter(const struct jail *j)
{
    if (SANITIZED) {
        fprintf(stderr, _("tern %s: no jail, since a sanitizer is built in\n"), j->command);
        return -1;
    }
    bool confined = false;
    first_use();
    int status = confine_root(j, &confined);
    if (status >= 0) return status;
    status = give_up_rights(j->command, j->user);
    if (status < 0) status = confine_files(j, &confined);
    if (status >= 0) return status;
    int r = jail_calls(j);
    return r == 0 ? -1
                  : cli_fail(j->command, "cannot enter the filter of system calls: %s; --no-jail goes on without", strerror(-r));
}
