/* SOL_SOCKET's options that are more than a flag or a number of the core's. */
#include "options.h"

#include <linux/net_tstamp.h>
#include <sys/time.h>

#include "errqueue.h"

enum { RCVBUF_LEAST = 2304, SNDBUF_LEAST = 4608, CORE_LEAST = 2048, CORE_MOST = 1 << 30 }; /* Linux's minima, doubled */

/* How many of the bytes that are told stand for one of data: the other is Linux's for its own accounts. With the setting
 * send_whole the core keeps such accounts of what it sends. */
static int64_t share(const struct sock *s, const struct option *o)
{
    const struct tern_settings *set = tern_stack_settings(s->h->stack);
    bool counted = o->arg == TERN_OPT_SEND_BUFFER ? set->send_whole != 0 : set->receive_overhead != 0;
    return counted ? 1 : 2;
}

int get_buffer(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    uint32_t told = o->arg == TERN_OPT_RECEIVE_BUFFER ? s->rcvbuf : s->sndbuf;
    int64_t core = core_get(s, (enum tern_option)o->arg);
    if (!told) told = (uint32_t)(core * share(s, o) > INT32_MAX ? INT32_MAX : core * share(s, o));
    return option_give_int(value, len, (int)told);
}

int set_buffer(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    bool in = o->arg == TERN_OPT_RECEIVE_BUFFER;
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    int64_t asked = v < 0 ? CORE_MOST : v, told = asked * 2, least = in ? RCVBUF_LEAST : SNDBUF_LEAST; /* as if unsigned */
    if (told > INT32_MAX) told = INT32_MAX;
    if (told < least) told = least;
    int64_t core = told / share(s, o) < CORE_LEAST ? CORE_LEAST : told / share(s, o);
    r = core_set(s, (enum tern_option)o->arg, core > CORE_MOST ? CORE_MOST : core);
    if (r) return r;
    *(in ? &s->rcvbuf : &s->sndbuf) = (uint32_t)told;
    return 0;
}

int get_timeout(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    tern_ns t = o->arg ? s->snd_timeout : s->rcv_timeout;
    struct timeval tv = {0};
    if (t != TERN_NEVER)
        tv = (struct timeval){.tv_sec = (time_t)(t / TERN_SEC), .tv_usec = (suseconds_t)(t % TERN_SEC / TERN_US)};
    return option_give(value, len, &tv, sizeof tv);
}

int set_timeout(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    struct timeval tv;
    if (len < sizeof tv) return -EINVAL;
    memcpy(&tv, value, sizeof tv);
    if (tv.tv_usec < 0 || tv.tv_usec >= 1000000) return -EDOM;
    tern_ns t = TERN_NEVER;
    if (tv.tv_sec < 0)
        t = 0; /* Linux: does not wait at all */
    else if ((tv.tv_sec || tv.tv_usec) && (uint64_t)tv.tv_sec < UINT32_MAX)
        t = (tern_ns)tv.tv_sec * TERN_SEC + (tern_ns)tv.tv_usec * TERN_US;
    *(o->arg ? &s->snd_timeout : &s->rcv_timeout) = t;
    return 0;
}

int get_linger(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    struct linger l = {.l_onoff = on(s, S_LINGER), .l_linger = (int)s->linger_s};
    (void)o;
    return option_give(value, len, &l, sizeof l);
}

int set_linger(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    struct linger l;
    (void)o;
    if (len < sizeof l) return -EINVAL;
    memcpy(&l, value, sizeof l);
    set_on(s, S_LINGER, l.l_onoff != 0);
    if (l.l_onoff) s->linger_s = (uint32_t)l.l_linger;
    return 0;
}

int get_lowat(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    return option_give_int(value, len, s->rcvlowat);
}

int set_lowat(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    s->rcvlowat = v < 0 ? INT32_MAX : v ? v : 1;
    sock_wake(s, KEY_IN);
    return 0;
}

int get_error(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    int e = -sock_take_error(s);
    (void)o;
    if (!e && !tern_stack_settings(s->h->stack)->bsd_errors) {
        e = s->soft_err;
        s->soft_err = 0;
    }
    return option_give_int(value, len, e);
}

int get_fact(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    int v = s->listener != NULL; /* SO_ACCEPTCONN */
    switch (o->info.name_n) {
    case SO_TYPE: v = SOCK_STREAM; break;
    case SO_DOMAIN: v = on(s, S_V6) ? AF_INET6 : AF_INET; break;
    case SO_PROTOCOL: v = IPPROTO_TCP; break;
    case SO_SNDLOWAT: v = 1; break;
    default: break;
    }
    return option_give_int(value, len, v);
}

int get_timestamping(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    struct so_timestamping t = {.flags = s->errq ? (int)s->errq->ts_flags : 0};
    (void)o;
    return option_give(value, len, &t, sizeof t);
}

int set_timestamping(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    return r ? r : errq_timestamping(s, (uint32_t)v);
}

/* SO_TIMESTAMP and SO_TIMESTAMPNS: one of the two. */
int set_stamp(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (v && !errq_own(s)) return -ENOBUFS;
    s->flags &= ~(uint32_t)(S_STAMP | S_STAMP_NS);
    set_on(s, (uint32_t)o->arg, v != 0);
    return 0;
}
