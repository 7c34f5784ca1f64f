/* What the kernel's ends share. Whoever includes it has defined DIE(format, ...), which says why and ends. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

/* |r|, which a call returned that must not fail. */
static int check(ssize_t r, const char *what)
{
    if (r < 0) DIE("%s: %s", what, strerror(errno));
    return (int)r;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in address(const char *text, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &a.sin_addr) != 1) DIE("not an IPv4 address: %s", text);
    return a;
}

#endif
