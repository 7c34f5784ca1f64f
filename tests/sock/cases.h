/* How a case is written.
 *
 *     CASE(name, "what it shows")
 *     {
 *         struct pair p = pair_new();
 *         IS(s_send(p.c, "abc", 3, 0), 3);
 *         FAILS(s_recv(p.c, buf, 1, MSG_DONTWAIT), EAGAIN);
 *     }
 *
 * Each case runs in a process of its own, so what it leaves open goes with it; one that hangs is killed and has failed. The
 * values that it wants are those that Linux gives. */
#ifndef SOCK_CASES_H
#define SOCK_CASES_H

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "calls.h"

enum family { V4, V6, MAPPED, FAMILY_N };

struct sock_case {
    const char *file, *name, *text;
    void (*run)(const void *arg);
    const void *arg;
    bool all; /* in every family; else in IPv4 alone */
};
void case_add(const struct sock_case *c);

#define CASE_OF(id, text_, all_)                                                                                                 \
    static void id(const void *arg);                                                                                             \
    __attribute__((constructor)) static void id##_add(void)                                                                      \
    {                                                                                                                            \
        static const struct sock_case c = {__FILE__, #id, text_, id, NULL, all_};                                                \
        case_add(&c);                                                                                                            \
    }                                                                                                                            \
    static void id(__attribute__((unused)) const void *arg)
#define CASE(id, text)     CASE_OF(id, text, false)
#define CASE_ALL(id, text) CASE_OF(id, text, true)

/* ---- what a case claims ---- */

struct outcome {
    long long value;
    int error;
};

bool claim_is(int line, const char *what, long long got, long long want);
bool claim_fails(int line, const char *what, long long got, int want);
bool claim_at_least(int line, const char *what, long long got, long long least);
#define IS(expr, want)        (errno = 0, claim_is(__LINE__, #expr, (long long)(expr), (long long)(want)))
#define OK(expr)              IS(expr, 0)
#define FAILS(expr, error)    (errno = 0, claim_fails(__LINE__, #expr, (long long)(expr), error))
#define AT_LEAST(expr, least) claim_at_least(__LINE__, #expr, (long long)(expr), (long long)(least))
/* Where tern differs on purpose: what Linux gives, what tern gives, and |why|, which goes to doc/sockets-differences.md. */
bool claim_differs(int line, const char *what, long long got, const struct outcome *linux_gives, const struct outcome *tern_gives,
                   const char *why);
#define GIVES(n)   (&(struct outcome){n, 0})
#define REFUSES(e) (&(struct outcome){-1, e})
#define DIFFERS(expr, linux_gives, tern_gives, why)                                                                              \
    (errno = 0, claim_differs(__LINE__, #expr, (long long)(expr), linux_gives, tern_gives, why))
/* Without it the case cannot go on: it ends here. */
void must(int line, const char *what, bool holds);
#define MUST(cond) must(__LINE__, #cond, (cond))

/* ---- addresses of the family that the case runs in ---- */

extern enum family family;

struct at {
    struct sockaddr_storage a;
    socklen_t len;
};
#define SA(at_) ((struct sockaddr *)&(at_).a)
int domain(void); /* AF_INET or AF_INET6 */
struct at server_at(uint16_t port);
struct at client_at(uint16_t port);
struct at any_at(uint16_t port);
struct at silent_at(uint16_t port);  /* a neighbour that never answers */
struct at foreign_at(uint16_t port); /* no address of any host here: 203.0.113.7, 2001:db8:7::7 */
enum { REFUSED_PORT = 9 };
uint16_t port_in(const struct at *a);
bool same_at(const struct at *a, const struct at *b);
struct at at4(const char *text, uint16_t port);
struct at at6(const char *text, uint16_t port); /* v4-mapped ones included */
struct at name_of(int fd);                      /* getsockname, must succeed */
struct at peer_of(int fd);

/* ---- sockets that a case begins with; all of them must succeed ---- */

int tcp_new(enum side side);
int tcp_nonblock(enum side side);
int bound_new(enum side side); /* to every address, a port that the system chose */
int listener_new(int backlog); /* the server's, every address */
struct at listener_at(int l);  /* where a client reaches it */
int client_of(int l);          /* connected to |l|; its peer is not accepted yet */

struct pair {
    int l, c, s; /* listener, client's end, server's end */
};
struct pair pair_new(void);
/* The client's end has sent |n| bytes to a server's end that had none, where they can be read. */
void arrive(const struct pair *p, const void *data, size_t n);
/* One end has reset the connection, and the other has noticed. */
void reset_by(int closer, int other);
int file_of(size_t len); /* an unlinked file of that many pattern bytes */

/* ---- helpers ---- */

int option(int fd, int level, int name);          /* an int option; must succeed */
int set_int(int fd, int level, int name, int on); /* setsockopt's result */
bool await(int fd, short events);                 /* poll() until one of |events| is there; false after 3 s */
short ready(int fd);                              /* what poll() says at once of all events */
short ready_for(int fd, short events);
void nonblock(int fd);
size_t fill(int fd); /* sends (O_NONBLOCK or not) until EAGAIN; bytes */
/* Until the peer's stack has acknowledged all that |fd| has sent. */
bool await_acked(int fd);
bool await_readable(int fd, int n); /* until FIONREAD is |n| */
size_t drain(int fd, size_t n);     /* receives until |n| bytes came or the end; bytes */
unsigned char pattern(size_t at);
bool is_pattern(const void *p, size_t at, size_t n);
const void *bytes(size_t n); /* |n| pattern bytes from 0, at most 4 MiB */
long long now_ms(void);
extern void *volatile nowhere; /* NULL, but the compiler does not know */

/* Runs |f| in a thread; join() waits for it and returns its result. */
struct task;
struct task *task_start(intptr_t (*f)(void *arg), void *arg);
intptr_t task_join(struct task *t);
bool task_waits(const struct task *t); /* until it sleeps in a call; false after 3 s */
/* Sends SIGUSR1 (a handler that does nothing, without SA_RESTART when |restart| is false) to the calling thread again and again
 * until interrupt_end(). */
void interrupt_begin(bool restart);
void interrupt_end(void);

#endif
