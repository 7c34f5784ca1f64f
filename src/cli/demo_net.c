#include "cli_demo.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

/* In a user namespace of our own we are root, of nothing but the new network. */
static bool map_user(uid_t uid, gid_t gid)
{
    char uids[40], gids[40];
    snprintf(uids, sizeof uids, "0 %u 1", (unsigned)uid);
    snprintf(gids, sizeof gids, "0 %u 1", (unsigned)gid);
    return write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", uids) &&
           write_file("/proc/self/gid_map", gids);
}

static bool loopback_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    bool ok = ioctl(fd, SIOCSIFFLAGS, &r) == 0;
    close(fd);
    return ok;
}

bool own_namespace(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0 && unshare(CLONE_NEWNET) == 0) return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && map_user(uid, gid);
}

int demo_namespace(void)
{
    if (!own_namespace()) {
        return cli_fail(
            "demo",
            "no network namespace of our own (%s): allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run "
            "'sudo tern demo', or 'tern demo --memory', which needs no rights",
            strerror(errno));
    }
    return loopback_up() ? -1 : cli_fail("demo", "cannot set lo up in the new namespace: %s", strerror(errno));
}
