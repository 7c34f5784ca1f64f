/* Threads that wait, and which of them moves the packets.
 *
 * A net with a thread of its own is led by that. In the other kind the first thread that waits leads: it sleeps on the links, the
 * others on a futex. When the leader has what it waited for, it wakes one of the others, which leads from then on. */
#include "net.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wake(struct waiter *w)
{
    if (atomic_exchange(&w->woken, 1)) return;
    if (w->fd >= 0)
        eventfd_write(w->fd, 1);
    else if (w->leads)
        loop_wake(w->leads);
    else if (w->asleep)
        syscall(SYS_futex, &w->woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void wake_all(struct list *interests)
{
    for (struct list *l = interests->next; l != interests; l = l->next)
        if (!CONTAINER_OF(l, struct interest, node)->alone) wake(CONTAINER_OF(l, struct interest, node)->waiter);
    wake_one(interests);
}

void wake_one(struct list *interests)
{
    for (struct list *l = interests->next; l != interests; l = l->next) {
        struct interest *i = CONTAINER_OF(l, struct interest, node);
        if (!i->alone || atomic_load(&i->waiter->woken)) continue;
        wake(i->waiter);
        return;
    }
}

/* Linux restarts a futex without a timeout, as it does a socket's calls, when the handler has SA_RESTART; with one it never
 * does. So the futex's EINTR is the call's. */
static int sleep_on_futex(struct tern_net *n, struct waiter *w, tern_ns until)
{
    struct timespec at = {.tv_sec = (time_t)(until / TERN_SEC), .tv_nsec = (long)(until % TERN_SEC)};
    w->asleep = true;
    net_unlock(n);
    long r = syscall(SYS_futex, &w->woken, FUTEX_WAIT_BITSET_PRIVATE, 0, until == TERN_NEVER ? NULL : &at, NULL,
                     FUTEX_BITSET_MATCH_ANY);
    int error = errno;
    net_lock(n);
    if (!n->ending) net_tick(n);
    w->asleep = false;
    return r < 0 && error == EINTR ? -EINTR : 0;
}

/* What a thread does to itself does not interrupt its sleep. */
static bool is_fault(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP || sig == SIGABRT || sig == SIGSYS;
}

/* poll(), in which a leader sleeps, does not say which handler ran: the wait goes on when all that are installed are to restart.
 */
static bool handlers_restart(void)
{
    for (int sig = 1; sig < NSIG; sig++) {
        struct sigaction a;
        if (is_fault(sig) || sigaction(sig, NULL, &a) < 0) continue;
        bool caught = (a.sa_flags & SA_SIGINFO) || (a.sa_handler != SIG_DFL && a.sa_handler != SIG_IGN);
        if (caught && !(a.sa_flags & SA_RESTART)) return false;
    }
    return true;
}

static int lead(struct tern_net *n, struct waiter *w, tern_ns until)
{
    n->led = true;
    w->leads = n->loop;
    int r = net_step(n, until == NET_FOREVER ? TERN_NEVER : until);
    w->leads = NULL;
    n->led = false;
    return r == -EINTR && (until != TERN_NEVER || !handlers_restart()) ? -EINTR : 0;
}

int net_wait(struct tern_net *n, struct waiter *w, tern_ns until)
{
    int r = 0;
    while (r == 0 && !atomic_load(&w->woken) && !n->ending) {
        if (until < NET_FOREVER && net_now() >= until) break;
        r = n->led ? sleep_on_futex(n, w, until) : lead(n, w, until);
    }
    return r;
}

/* Anybody but those that were woken already: they come anyway. */
static void wake_leader(struct tern_net *n)
{
    for (struct list *l = n->waiting.next; l != &n->waiting; l = l->next) {
        struct waiter *w = CONTAINER_OF(l, struct interest, node)->waiter;
        if (atomic_load(&w->woken)) return;
    }
    if (!list_empty(&n->waiting)) wake(CONTAINER_OF(n->waiting.next, struct interest, node)->waiter);
}

void net_leave(struct tern_net *n, struct interest *self)
{
    list_remove(&self->node);
    if (n->ending && list_empty(&n->waiting)) pthread_cond_broadcast(&n->empty);
    if (!n->led) wake_leader(n);
}
