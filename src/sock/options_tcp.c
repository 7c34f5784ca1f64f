/* SOL_TCP's options that are more than a flag or a number of the core's. */
#include "options.h"

#include "cc.h"
#include "stack_host.h"

enum { MSS_LEAST = 88, MSS_MOST = 32767, FIN_TIMEOUT_MAX = 120, CLAMP_LEAST = 1152, CC_NAME = 16 };

int get_mss(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    struct tern_status st;
    int64_t v = core_get(s, TERN_OPT_MAX_SEGMENT);
    (void)o;
    if (s->conn) {
        tern_conn_status(s->conn, &st);
        v = st.mss;
    }
    return option_give_int(value, len, v ? (int)v : 536);
}

int set_mss(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (v && (v < MSS_LEAST || v > MSS_MOST)) return -EINVAL;
    return core_set(s, TERN_OPT_MAX_SEGMENT, v);
}

/* How many fit into the time that settings allow. */
static int syns_by_time(const struct tern_settings *set)
{
    tern_ns at = 0, wait = set->rto_initial;
    int n = 0;
    while (at + wait < set->r2_syn && n < 127) {
        at += wait;
        wait = wait * 2 > set->rto_max ? set->rto_max : wait * 2;
        n++;
    }
    return n;
}

int get_syncnt(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    const struct tern_settings *set = tern_stack_settings(s->h->stack);
    int v = (int)core_get(s, TERN_OPT_SYN_RETRIES);
    (void)o;
    if (!v) v = set->syn_retries ? (int)set->syn_retries : syns_by_time(set);
    return option_give_int(value, len, v);
}

int get_connect_timeout(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    int64_t v = core_get(s, (enum tern_option)o->arg);
    return option_give_int(value, len, (int)(v ? v : (int64_t)(tern_stack_settings(s->h->stack)->r2_syn / TERN_MS)));
}

int get_linger2(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    int64_t v = core_get(s, TERN_OPT_LINGER2);
    (void)o;
    if (!v) v = (int64_t)(tern_stack_settings(s->h->stack)->fin_wait_2 / TERN_MS);
    return option_give_int(value, len, v < 0 ? -1 : (int)(v / 1000));
}

int set_linger2(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    return core_set(s, TERN_OPT_LINGER2, v < 0 ? -1 : (v > FIN_TIMEOUT_MAX ? FIN_TIMEOUT_MAX : v) * INT64_C(1000));
}

/* Linux counts in SYN,ACKs sent again: after 1, 3, 7 ... seconds. */
int set_defer(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    int64_t period = 0, step = 1;
    while (period < v && period < 86400 - 120) {
        period += step;
        step = step * 2 > 120 ? 120 : step * 2;
    }
    return core_set(s, TERN_OPT_DEFER_ACCEPT, period * 1000);
}

int set_clamp(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    if (r) return r;
    if (!v && sock_state(s) != TERN_CLOSED) return -EINVAL;
    if (v < 0 || v > 1 << 30) v = 1 << 30;
    return core_set(s, TERN_OPT_WINDOW_CLAMP, v && v < CLAMP_LEAST ? CLAMP_LEAST : v);
}

/* ---- congestion control ---- */

static const char *cc_name(struct sock *s)
{
    struct tern_status st;
    const char *name = s->cc ? s->cc : cc_get((size_t)tern_stack_settings(s->h->stack)->congestion)->name;
    if (s->conn) {
        tern_conn_status(s->conn, &st);
        name = st.cc;
    }
    return strcmp(name, "newreno") ? name : "reno"; /* Linux's reno is that */
}

int get_cc(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    char name[CC_NAME] = {0};
    (void)o;
    strncpy(name, cc_name(s), sizeof name - 1);
    return option_give(value, len, name, sizeof name);
}

int set_cc(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    char name[CC_NAME] = {0};
    (void)o;
    if (len < 1) return -EINVAL;
    memcpy(name, value, len < sizeof name - 1 ? len : sizeof name - 1);
    const struct cc_ops *ops = cc_find(strcmp(name, "reno") ? name : "newreno");
    if (!ops) return -ENOENT;
    if (s->conn) tern_conn_set_cc(s->conn, s->h->now, ops->name);
    s->cc = ops->name;
    return 0;
}

/* ---- pacing ---- */

int set_pacing(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    uint64_t rate;
    uint32_t narrow;
    (void)o;
    if (len >= sizeof rate) {
        memcpy(&rate, value, sizeof rate);
    } else if (len >= sizeof narrow) {
        memcpy(&narrow, value, sizeof narrow);
        rate = narrow == UINT32_MAX ? 0 : narrow;
    } else {
        return -EINVAL;
    }
    return core_set(s, TERN_OPT_PACING_RATE, rate > INT64_MAX ? 0 : (int64_t)rate);
}

int get_pacing(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    uint64_t rate = (uint64_t)core_get(s, TERN_OPT_PACING_RATE);
    uint32_t narrow = rate && rate < UINT32_MAX ? (uint32_t)rate : UINT32_MAX;
    (void)o;
    if (!rate) rate = UINT64_MAX;
    return *len >= sizeof rate ? option_give(value, len, &rate, sizeof rate) : option_give(value, len, &narrow, sizeof narrow);
}

/* ---- figures ---- */

int get_lowat_unsent(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    int64_t v = core_get(s, TERN_OPT_NOTSENT_LOWAT);
    (void)o;
    return option_give_int(value, len, (int)(uint32_t)v);
}

int get_saved_syn(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    size_t n = s->conn ? tern_conn_saved_syn(s->conn, NULL, 0) : 0;
    (void)o;
    if (n > *len) {
        *len = (socklen_t)n;
        return -EINVAL;
    }
    *len = (socklen_t)n;
    if (!n) return 0;
    tern_conn_saved_syn(s->conn, value, n);
    return core_set(s, TERN_OPT_SAVE_SYN, 0);
}

int get_timestamp(struct sock *s, const struct option *o, void *value, socklen_t *len)
{
    (void)o;
    return option_give_int(value, len, (int)host_timestamp(s->h->stack, s->conn));
}

int set_timestamp(struct sock *s, const struct option *o, const void *value, socklen_t len)
{
    int v, r = option_int(o, value, len, &v);
    (void)s;
    return r ? r : -EPERM;
}
