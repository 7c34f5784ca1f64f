/* The calls that the cases make: with -DSOCK_ON_TERN they are tern's, else the kernel's. Nothing else differs between the two
 * programs but the world (world.h) in which they run. */
#ifndef SOCK_CALLS_H
#define SOCK_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef SOCK_ON_TERN
#include <tern/sock.h>
#define S_CALL(name) tern_##name
#else
#define S_CALL(name) name
#endif

#define s_bind         S_CALL(bind)
#define s_listen       S_CALL(listen)
#define s_accept       S_CALL(accept)
#define s_accept4      S_CALL(accept4)
#define s_connect      S_CALL(connect)
#define s_send         S_CALL(send)
#define s_sendto       S_CALL(sendto)
#define s_sendmsg      S_CALL(sendmsg)
#define s_recv         S_CALL(recv)
#define s_recvfrom     S_CALL(recvfrom)
#define s_recvmsg      S_CALL(recvmsg)
#define s_read         S_CALL(read)
#define s_write        S_CALL(write)
#define s_readv        S_CALL(readv)
#define s_writev       S_CALL(writev)
#define s_shutdown     S_CALL(shutdown)
#define s_close        S_CALL(close)
#define s_getsockopt   S_CALL(getsockopt)
#define s_setsockopt   S_CALL(setsockopt)
#define s_getsockname  S_CALL(getsockname)
#define s_getpeername  S_CALL(getpeername)
#define s_fcntl        S_CALL(fcntl)
#define s_dup          S_CALL(dup)
#define s_ioctl        S_CALL(ioctl)
#define s_sendfile     S_CALL(sendfile)
#define s_poll         S_CALL(poll)
#define s_ppoll        S_CALL(ppoll)
#define s_select       S_CALL(select)
#define s_epoll_ctl    S_CALL(epoll_ctl)
#define s_epoll_wait   S_CALL(epoll_wait)
#define s_epoll_pwait  S_CALL(epoll_pwait)
#define s_epoll_pwait2 S_CALL(epoll_pwait2)

/* These choose the host that they are made on. */
enum side { CLIENT, SERVER, LONELY };
int s_socket(enum side side, int domain, int type, int protocol);
int s_epoll_create(enum side side, int size);
int s_epoll_create1(enum side side, int flags);

#endif
