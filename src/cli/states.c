/* tern states: asks every running tern of the user for its tables. */
#include "cli_states.h"
#include "words.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static struct usage usage = {
    .command = "states",
    .operands = "[OPTION...]",
    .text = N_(
        "Prints the connections of every running tern of this user, as ss -tanoi prints the kernel's: state, queues, addresses, "
        "timers with the time left, round trips, congestion window and counters."),
    .example = "tern states --json",
    .no_stack = true,
};

/* Connects to |path|; one whose process is gone is removed. */
static int dial(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof addr.sun_path) return -1;
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct timeval limit = {.tv_sec = 5}; /* a stopped process must not stop us */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0) return fd;
    if (errno == ECONNREFUSED) unlink(path);
    close(fd);
    return -1;
}

/* Copies one tern's answer to stdout. True: it came whole. */
static bool ask(const char *path, bool json)
{
    int fd = dial(path);
    if (fd < 0) return false;
    const char *request = json ? "json\n" : "text\n";
    char buf[16384];
    ssize_t n = send(fd, request, strlen(request), MSG_NOSIGNAL);
    while (n > 0 && (n = read(fd, buf, sizeof buf)) > 0) fwrite(buf, 1, (size_t)n, stdout);
    close(fd);
    return n == 0;
}

static int is_socket_name(const struct dirent *d)
{
    size_t digits = strspn(d->d_name, "0123456789");
    return digits > 0 && strcmp(d->d_name + digits, ".sock") == 0;
}

/* Returns the number of terns that answered. */
static int ask_all(const char *dir, bool json)
{
    struct dirent **list;
    int n = scandir(dir, &list, is_socket_name, alphasort), answered = 0;
    for (int i = 0; i < n; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name);
        if (ask(path, json)) answered++;
        free(list[i]);
    }
    if (n >= 0) free(list);
    return answered;
}

int cmd_states(int argc, const char **argv)
{
    struct options o;
    int status = options_read(&o, &usage, argc, argv), answered = 0;
    if (status < 0 && options_operand_n(&o) > 0) status = cli_usage("states", "unwanted '%s'", options_operand(&o, 0));
    if (status < 0) {
        char dir[256];
        bool usable;
        for (int i = 0; states_dir(i, false, dir, &usable); i++) {
            if (usable) answered += ask_all(dir, o.json);
        }
        status =
            answered > 0 ? CLI_DONE : cli_fail("states", "no tern of yours is running; start one, 'tern serve echo' for example");
    }
    options_free(&o);
    return status;
}
