/* What packetdrill (--so_filename) asks of a stack in a shared object: a function that fills a table of functions, in the order
 * in which the tool reads them. Each gets |userdata| first and behaves as its namesake; the last group is the network and the
 * clock. */
#ifndef PLUGIN_PACKETDRILL_ABI_H
#define PLUGIN_PACKETDRILL_ABI_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packetdrill_interface {
    void *userdata;
    void (*free)(void *u);
    int (*socket)(void *u, int domain, int type, int protocol);
    int (*bind)(void *u, int fd, const struct sockaddr *addr, socklen_t len);
    int (*listen)(void *u, int fd, int backlog);
    int (*accept)(void *u, int fd, struct sockaddr *addr, socklen_t *len);
    int (*connect)(void *u, int fd, const struct sockaddr *addr, socklen_t len);
    ssize_t (*read)(void *u, int fd, void *buf, size_t len);
    ssize_t (*readv)(void *u, int fd, const struct iovec *iov, int n);
    ssize_t (*recv)(void *u, int fd, void *buf, size_t len, int flags);
    ssize_t (*recvfrom)(void *u, int fd, void *buf, size_t len, int flags, struct sockaddr *addr, socklen_t *addr_len);
    ssize_t (*recvmsg)(void *u, int fd, struct msghdr *m, int flags);
    ssize_t (*write)(void *u, int fd, const void *buf, size_t len);
    ssize_t (*writev)(void *u, int fd, const struct iovec *iov, int n);
    ssize_t (*send)(void *u, int fd, const void *buf, size_t len, int flags);
    ssize_t (*sendto)(void *u, int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addr_len);
    ssize_t (*sendmsg)(void *u, int fd, const struct msghdr *m, int flags);
    int (*fcntl)(void *u, int fd, int cmd, ...);
    int (*ioctl)(void *u, int fd, unsigned long request, ...);
    int (*close)(void *u, int fd);
    int (*shutdown)(void *u, int fd, int how);
    int (*getsockopt)(void *u, int fd, int level, int name, void *value, socklen_t *len);
    int (*setsockopt)(void *u, int fd, int level, int name, const void *value, socklen_t len);
    int (*poll)(void *u, struct pollfd *fds, nfds_t n, int timeout_ms);
    /* A packet for the stack. 0, -1. */
    int (*netdev_send)(void *u, const void *buf, size_t len);
    /* The next packet that the stack sent, and when; |*len| in: room, out: bytes, 0: there will be none. 0, -1. */
    int (*netdev_receive)(void *u, void *buf, size_t *len, long long *time_us);
    int (*usleep)(void *u, useconds_t us);
    int (*gettimeofday)(void *u, struct timeval *tv, struct timezone *tz);
    int (*epoll_create)(void *u, int size);
    int (*epoll_ctl)(void *u, int epfd, int op, int fd, struct epoll_event *ev);
    int (*epoll_wait)(void *u, int epfd, struct epoll_event *ev, int n, int timeout_ms);
    int (*pipe)(void *u, int fd[2]);
    int (*splice)(void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t len, unsigned int flags);
};

__attribute__((visibility("default"))) void packetdrill_interface_init(const char *flags, struct packetdrill_interface *table);

#endif
