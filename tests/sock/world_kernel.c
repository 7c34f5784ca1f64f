/* The kernel's world: three network namespaces. The first process keeps them; the cases inherit them. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "calls.h"
#include "world.h"

const char world_name[] = "kernel";
const bool world_is_tern = false;

static int space[3] = {-1, -1, -1};
static pid_t holder; /* a process in the client's namespace, by which the veth finds it */
static _Thread_local enum side here = LONELY;
static _Thread_local bool placed;

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return good;
}

/* An ordinary user is root in a user namespace of his own. */
static bool be_root(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0) return true;
    if (unshare(CLONE_NEWUSER) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    if (!write_file("/proc/self/uid_map", map)) return false;
    snprintf(map, sizeof map, "0 %u 1", gid);
    return write_file("/proc/self/gid_map", map);
}

static int new_space(void)
{
    if (unshare(CLONE_NEWNET) != 0) return -1;
    return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool shell(const char *command)
{
    int status = system(command); // NOLINT(cert-env33-c): ip's own location is the system's matter
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What a namespace inherits from its machine must not decide a case. */
static bool settle(void)
{
    return write_file("/proc/sys/net/ipv4/tcp_congestion_control", "reno") &&
           write_file("/proc/sys/net/ipv4/tcp_fastopen", "3") &&
           write_file("/proc/sys/net/ipv4/tcp_wmem", "4096 16384 4194304") &&
           write_file("/proc/sys/net/ipv4/tcp_rmem", "4096 131072 6291456") &&
           write_file("/proc/sys/net/ipv4/tcp_timestamps", "1");
}

static bool join_hosts(void)
{
    char command[1024];
    snprintf(command, sizeof command,
             "ip link set lo up && ip link add s0 type veth peer name c0 netns %d && ip addr add 192.0.2.2/24 dev s0 && "
             "ip addr add 2001:db8::2/64 dev s0 nodad && ip link set s0 up",
             holder);
    return shell(command) && settle();
}

static bool set_client(void)
{
    return setns(space[CLIENT], CLONE_NEWNET) == 0 && settle() &&
           shell("ip link set lo up && ip addr add 192.0.2.1/24 dev c0 && ip addr add 2001:db8::1/64 dev c0 nodad && "
                 "ip link set c0 up && ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev c0 nud permanent && "
                 "ip neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev c0 nud permanent");
}

const char *world_make(void)
{
    if (!be_root()) return "no user namespace can be made here";
    space[CLIENT] = new_space();
    if (space[CLIENT] < 0) return "no network namespace can be made here";
    holder = fork();
    if (holder == 0)
        for (;;) pause();
    space[SERVER] = new_space();
    if (holder < 0 || space[SERVER] < 0 || !join_hosts() || !set_client()) {
        world_end();
        return "ip cannot make a veth pair here";
    }
    space[LONELY] = new_space();
    return space[LONELY] < 0 ? "no third network namespace" : NULL;
}

bool world_enter(void) { return true; }

void world_end(void)
{
    if (holder <= 0) return;
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    holder = 0;
}

/* Each thread is in a namespace of its own. */
static bool go(enum side side)
{
    if (placed && here == side) return true;
    placed = setns(space[side], CLONE_NEWNET) == 0;
    here = side;
    return placed;
}

int s_socket(enum side side, int domain, int type, int protocol) { return go(side) ? socket(domain, type, protocol) : -1; }

int s_epoll_create1(enum side side, int flags)
{
    (void)side;
    return epoll_create1(flags);
}

int s_epoll_create(enum side side, int size)
{
    (void)side;
    return epoll_create(size);
}
