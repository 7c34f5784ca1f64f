/* The error queue: ICMP errors (IP_RECVERR), timestamps of what was sent (SO_TIMESTAMPING), completions of MSG_ZEROCOPY. */
#include "errqueue.h"

#include <linux/net_tstamp.h>
#include <sys/time.h>
#include <time.h>

enum { ENTRIES_MAX = 1024, SCM_TSTAMP_SND_ = 0, SCM_TSTAMP_SCHED_ = 1, SCM_TSTAMP_ACK_ = 2 };

struct sock_errq *errq_own(struct sock *s)
{
    if (s->errq) return s->errq;
    struct sock_errq *q = mem_zero(s->h->mem, sizeof *q);
    if (!q) return NULL;
    q->s = s;
    list_init(&q->entries);
    list_init(&q->marks);
    list_init(&q->marking);
    return s->errq = q;
}

static void free_marks(struct sock_errq *q)
{
    struct list *n;
    while ((n = list_pop(&q->marks)) != NULL)
        mem_put(q->s->h->mem, CONTAINER_OF(n, struct err_mark, node), sizeof(struct err_mark));
    list_remove(&q->marking);
}

void errq_purge(struct sock *s)
{
    struct sock_errq *q = s->errq;
    struct list *n;
    while (q && (n = list_pop(&q->entries)) != NULL) {
        mem_put(s->h->mem, CONTAINER_OF(n, struct err_entry, node), sizeof(struct err_entry));
        q->entry_n--;
    }
}

void errq_free(struct sock *s)
{
    struct sock_errq *q = s->errq;
    if (!q) return;
    free_marks(q);
    errq_purge(s);
    mem_put(s->h->mem, q, sizeof *q);
    s->errq = NULL;
}

bool errq_pending(const struct sock *s) { return s->errq && !list_empty(&s->errq->entries); }

struct err_entry *errq_add(struct sock *s, uint8_t origin, uint32_t error)
{
    struct sock_errq *q = errq_own(s);
    struct err_entry *e = q && q->entry_n < ENTRIES_MAX ? mem_zero(s->h->mem, sizeof *e) : NULL;
    if (!e) return NULL; /* as the kernel: what does not fit is lost */
    e->ee.ee_origin = origin;
    e->ee.ee_errno = error;
    e->at = s->h->now;
    list_append(&q->entries, &e->node);
    q->entry_n++;
    sock_wake(s, KEY_ERR);
    return e;
}

/* ---- what was sent, and what became of it ---- */

static bool same_run(const struct err_entry *e, uint32_t id)
{
    return e->ee.ee_origin == SO_EE_ORIGIN_ZEROCOPY && e->ee.ee_data + 1 == id;
}

/* Completions that follow each other are one entry, while nobody has read it. */
static void completed(struct sock *s, uint32_t id)
{
    struct list *head = &s->errq->entries;
    struct err_entry *last = list_empty(head) ? NULL : CONTAINER_OF(head->prev, struct err_entry, node);
    if (last && same_run(last, id)) {
        last->ee.ee_data = id;
        sock_wake(s, KEY_ERR);
        return;
    }
    struct err_entry *e = errq_add(s, SO_EE_ORIGIN_ZEROCOPY, 0);
    if (!e) return;
    e->ee.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
    e->ee.ee_info = e->ee.ee_data = id;
}

static void stamped(struct sock *s, const struct err_mark *m, uint32_t what)
{
    struct err_entry *e = errq_add(s, SO_EE_ORIGIN_TIMESTAMPING, ENOMSG);
    if (!e) return;
    e->ee.ee_info = what;
    e->ee.ee_data = m->key;
}

/* How far the stream was sent, and acknowledged. */
static void progress(const struct sock *s, uint64_t *sent, uint64_t *acked)
{
    struct tern_status st;
    tern_conn_status(s->conn, &st);
    *acked = st.bytes_acked;
    *sent = st.bytes_acked + (st.flight < st.send_queue ? st.flight : st.send_queue);
}

/* True: nothing more is to be told of |m|. */
static bool look(struct sock *s, struct err_mark *m, uint64_t sent, uint64_t acked)
{
    if (sent > m->last) {
        if (m->want & SOF_TIMESTAMPING_TX_SCHED) stamped(s, m, SCM_TSTAMP_SCHED_);
        if (m->want & SOF_TIMESTAMPING_TX_SOFTWARE) stamped(s, m, SCM_TSTAMP_SND_);
        m->want &= SOF_TIMESTAMPING_TX_ACK;
    }
    if (acked <= m->last) return !m->want && !m->zerocopy;
    if (m->want) stamped(s, m, SCM_TSTAMP_ACK_);
    if (m->zerocopy) completed(s, m->id);
    return true;
}

void errq_progress(struct sock *s)
{
    struct sock_errq *q = s->errq;
    uint64_t sent, acked;
    struct list *next;
    if (!q || list_empty(&q->marks)) return;
    if (!s->conn || tern_conn_state(s->conn) == TERN_CLOSED) {
        errq_abandon(s);
        return;
    }
    progress(s, &sent, &acked);
    for (struct list *n = q->marks.next; n != &q->marks; n = next) {
        struct err_mark *m = CONTAINER_OF(n, struct err_mark, node);
        next = n->next;
        if (!look(s, m, sent, acked)) continue;
        list_remove(n);
        mem_put(s->h->mem, m, sizeof *m);
    }
    if (list_empty(&q->marks)) list_remove(&q->marking);
}

/* The connection is over: the memory of MSG_ZEROCOPY is the application's again; there will be no timestamps. */
void errq_abandon(struct sock *s)
{
    struct sock_errq *q = s->errq;
    if (!q) return;
    for (struct list *n = q->marks.next; n != &q->marks; n = n->next) {
        struct err_mark *m = CONTAINER_OF(n, struct err_mark, node);
        if (m->zerocopy) completed(s, m->id);
    }
    free_marks(q);
}

void errq_dispatch(struct sock_host *h)
{
    struct list *next;
    for (struct list *n = h->marking.next; n != &h->marking; n = next) {
        next = n->next;
        errq_progress(CONTAINER_OF(n, struct sock_errq, marking)->s);
    }
}

/* The number of the stream's byte that is queued next. */
static uint64_t stream_end(const struct sock *s)
{
    struct tern_status st;
    tern_conn_status(s->conn, &st);
    return st.bytes_acked + st.send_queue;
}

bool errq_marks(const struct sock *s, uint32_t ts_flags, int flags)
{
    return (ts_flags & SOF_TIMESTAMPING_TX_RECORD_MASK) || ((flags & MSG_ZEROCOPY) && on(s, S_ZEROCOPY));
}

void errq_mark(struct sock *s, uint32_t ts_flags, int flags)
{
    struct sock_errq *q = errq_own(s);
    struct err_mark *m = q ? mem_zero(s->h->mem, sizeof *m) : NULL;
    if (!m) return; /* no notification, then: the application sees that from the numbers */
    m->last = stream_end(s) - 1;
    m->want = ts_flags & (SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK);
    m->key = ts_flags & SOF_TIMESTAMPING_OPT_ID ? (uint32_t)(m->last - q->ts_base) : 0;
    m->zerocopy = (flags & MSG_ZEROCOPY) && on(s, S_ZEROCOPY);
    if (m->zerocopy) m->id = q->zerocopy_n++;
    if (!m->want && !m->zerocopy) {
        mem_put(s->h->mem, m, sizeof *m);
        return;
    }
    list_append(&q->marks, &m->node);
    if (list_empty(&q->marking)) list_append(&s->h->marking, &q->marking);
}

/* ---- SO_TIMESTAMPING ---- */

int errq_timestamping(struct sock *s, uint32_t flags)
{
    enum tern_state st = sock_state(s);
    struct sock_errq *q;
    uint32_t before = s->errq ? s->errq->ts_flags : 0;
    if (flags & ~(SOF_TIMESTAMPING_MASK | SOF_TIMESTAMPING_OPT_ID_TCP_)) return -EINVAL;
    if ((flags & SOF_TIMESTAMPING_OPT_ID_TCP_) && !(flags & SOF_TIMESTAMPING_OPT_ID)) return -EINVAL;
    if (flags & SOF_TIMESTAMPING_OPT_STATS) return -EINVAL;
    if (flags & SOF_TIMESTAMPING_BIND_PHC) return -EOPNOTSUPP; /* as Linux says of a socket without a device */
    bool counts = (flags & SOF_TIMESTAMPING_OPT_ID) && !(before & SOF_TIMESTAMPING_OPT_ID);
    if (counts && (st == TERN_CLOSED || st == TERN_LISTEN)) return -EINVAL;
    q = errq_own(s);
    if (!q) return -ENOBUFS;
    if (counts && s->conn) { /* none: Fast Open has put it off, and nothing is sent yet */
        struct tern_status now;
        tern_conn_status(s->conn, &now);
        q->ts_base = flags & SOF_TIMESTAMPING_OPT_ID_TCP_ ? stream_end(s) : now.bytes_acked;
    }
    if (counts && !s->conn) q->ts_base = 0;
    q->ts_flags = flags;
    return 0;
}

/* ---- MSG_ERRQUEUE ---- */

static void put_time(const struct sock *s, struct msghdr *m, socklen_t *used, tern_ns at)
{
    struct timespec ts[3] = {{0}};
    at += s->h->wall;
    ts[0] = (struct timespec){.tv_sec = (time_t)(at / TERN_SEC), .tv_nsec = (long)(at % TERN_SEC)};
    cmsg_put(m, used, SOL_SOCKET, SO_TIMESTAMPING, ts, sizeof ts);
}

void errq_put_arrival(const struct sock *s, struct msghdr *m, socklen_t *used)
{
    const uint32_t both = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
    if (!s->errq) return;
    tern_ns at = s->errq->arrived_at + s->h->wall;
    struct timespec ns = {.tv_sec = (time_t)(at / TERN_SEC), .tv_nsec = (long)(at % TERN_SEC)};
    struct timeval us = {.tv_sec = ns.tv_sec, .tv_usec = (suseconds_t)(ns.tv_nsec / 1000)};
    if (on(s, S_STAMP_NS))
        cmsg_put(m, used, SOL_SOCKET, SO_TIMESTAMPNS, &ns, sizeof ns);
    else if (on(s, S_STAMP))
        cmsg_put(m, used, SOL_SOCKET, SO_TIMESTAMP, &us, sizeof us);
    if ((s->errq->ts_flags & both) == both) put_time(s, m, used, s->errq->arrived_at);
}

static void put_error(const struct sock *s, struct msghdr *m, socklen_t *used, const struct err_entry *e)
{
    struct {
        struct sock_extended_err ee;
        union {
            struct sockaddr_in in;
            struct sockaddr_in6 in6;
        } offender;
    } out;
    bool v6 = on(s, S_V6);
    memset(&out, 0, sizeof out);
    out.ee = e->ee;
    if (e->offended && v6) {
        out.offender.in6.sin6_family = AF_INET6;
        memcpy(&out.offender.in6.sin6_addr, e->offender.b, sizeof e->offender.b);
    } else if (e->offended) {
        out.offender.in.sin_family = AF_INET;
        memcpy(&out.offender.in.sin_addr, e->offender.b + 12, 4);
    }
    size_t len = sizeof out.ee + (v6 ? sizeof out.offender.in6 : sizeof out.offender.in);
    cmsg_put(m, used, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &out, len);
}

static bool is_icmp(const struct err_entry *e)
{
    return e && (e->ee.ee_origin == SO_EE_ORIGIN_ICMP || e->ee.ee_origin == SO_EE_ORIGIN_ICMP6);
}

/* sock_dequeue_err_skb(): the pending error is that of the next ICMP error, if that is next. */
static struct err_entry *pop(struct sock *s)
{
    struct sock_errq *q = s->errq;
    struct list *n = q ? list_pop(&q->entries) : NULL;
    if (!n) return NULL;
    struct err_entry *e = CONTAINER_OF(n, struct err_entry, node);
    struct err_entry *next = list_empty(&q->entries) ? NULL : CONTAINER_OF(q->entries.next, struct err_entry, node);
    q->entry_n--;
    if (is_icmp(next))
        s->err = (uint16_t)next->ee.ee_errno;
    else if (is_icmp(e))
        s->err = 0;
    if (next) sock_wake(s, KEY_ERR);
    return e;
}

/* Where the packet went that an ICMP error is about. */
static void put_name(const struct sock *s, struct msghdr *m, const struct err_entry *e)
{
    socklen_t len = m->msg_namelen;
    m->msg_namelen = 0;
    if (!e->offended || !m->msg_name) return;
    if (addr_write(s, &e->to, m->msg_name, &len) == 0) m->msg_namelen = len;
}

int64_t errq_recv(struct sock *s, struct msghdr *m)
{
    struct err_entry *e = pop(s);
    socklen_t used = 0;
    if (!e) return -EAGAIN;
    uint32_t ts = s->errq->ts_flags;
    bool stamp = e->ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
    m->msg_flags = MSG_ERRQUEUE;
    put_name(s, m, e);
    /* The packet that it is about, none of which is given. */
    if (e->offended || (stamp && !(ts & SOF_TIMESTAMPING_OPT_TSONLY))) m->msg_flags |= MSG_TRUNC;
    if (stamp && (ts & SOF_TIMESTAMPING_SOFTWARE)) put_time(s, m, &used, e->at);
    put_error(s, m, &used, e);
    m->msg_controllen = used;
    mem_put(s->h->mem, e, sizeof *e);
    return 0;
}
