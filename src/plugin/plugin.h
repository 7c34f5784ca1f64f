/* tern as the stack under test of the original packetdrill: one stack, one sock_host, a virtual clock. */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <pthread.h>

#include <tern/packet.h>
#include <tern/stack.h>

#include "sock.h"

/* What a descriptor of the tool stands for. The number is a real one, since the tool closes what is left over by itself. */
struct plugin_slot {
    struct sock *sock;
    struct sock_epoll *epoll;
};

struct plugin_packet {
    struct plugin_packet *next;
    tern_ns at;
    size_t len;
    uint8_t bytes[];
};

/* A call that may take virtual time: asked again, with the lock held, until it is not SOCK_BLOCKED any more. */
struct plugin_call {
    int64_t (*step)(struct plugin_call *c);
    struct sock_call wait;
    int64_t result;
    bool done;
    tern_ns done_at;
};

struct plugin_config {
    struct tern_settings set;
    struct tern_if_config nic;
    uint8_t fastopen_key[2][TERN_FASTOPEN_KEY_LEN];
    int fastopen_key_n;
};

struct plugin {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t main; /* of the tool. A call that may block comes from its second thread */
    char *flags;    /* what --so_flags says, understood when the stack is made */
    struct plugin_config config;
    struct tern_stack *stack;
    struct sock_host *host;
    tern_ns now;
    struct plugin_call *pending; /* NULL: none. The tool has one thread for blocking calls */
    struct plugin_slot *slot;    /* by number */
    int slot_n;
    struct plugin_packet *out, **out_tail;
};

/* ---- config.c ---- */

/* |flags|: what --so_flags says, from left to right; "sysctl" takes the settings of the tool's network namespace, where the
 * scripts' commands set them. A word that is not understood ends the program with a line that says so. */
void plugin_configure(struct plugin_config *c, const char *flags);
/* One setting, by a kernel's name or tern's own. A tern_err. */
int plugin_set(struct plugin_config *c, const char *name, const char *value);
/* The kernel's sysctls into |c->set|. */
void plugin_read_sysctls(struct plugin_config *c);

/* ---- clock.c ---- */

/* Lets the time go to |until|, everything happening in its turn. */
void plugin_advance(struct plugin *p, tern_ns until);
/* After a call, or a packet: what the stack sends now is queued, what happened reaches the sockets, and the pending call is
 * asked. */
void plugin_settle(struct plugin *p);
/* Until a packet is there, or nothing can come any more. */
void plugin_await_packet(struct plugin *p);
/* Takes the lock, makes the call, waits in virtual time if it must, settles, lets the lock go: the result, or -1 with errno. */
int64_t plugin_run(struct plugin *p, struct plugin_call *c);
/* When the calling thread's last blocking call ended, once; TERN_NEVER: it made none since. */
tern_ns plugin_resumed_at(void);

#endif
