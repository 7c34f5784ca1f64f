/* The table of socket options, and what its rows are made of. */
#ifndef SOCK_OPTIONS_H
#define SOCK_OPTIONS_H

#include "sock_internal.h"

struct option {
    struct sock_option_info info;
    /* NULL: the row's |get| or |set| is false. */
    int (*get)(struct sock *s, const struct option *o, void *value, socklen_t *len);
    int (*set)(struct sock *s, const struct option *o, const void *value, socklen_t len);
    int arg;          /* S_*, or enum tern_option */
    int64_t min, max; /* of what set() takes; min == max: truth is all that counts */
    int64_t unit;     /* one of the option's in the core's */
};

/* ---- options.c: numbers in and out ---- */
int option_int(const struct option *o, const void *value, socklen_t len, int *out); /* 0 or -errno */
int option_give(void *value, socklen_t *len, const void *from, size_t n);           /* cut to |*len|, as Linux does */
int option_give_int(void *value, socklen_t *len, int v);

/* ---- what a row's functions may be ---- */
int get_flag(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_flag(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_core(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_core(struct sock *s, const struct option *o, const void *value, socklen_t len);

/* options_socket.c */
int get_buffer(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_buffer(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_timeout(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_timeout(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_linger(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_linger(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_lowat(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_lowat(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_error(struct sock *s, const struct option *o, void *value, socklen_t *len);
int get_timestamping(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_timestamping(struct sock *s, const struct option *o, const void *value, socklen_t len);
int set_stamp(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_fact(struct sock *s, const struct option *o, void *value, socklen_t *len); /* SO_TYPE and its like */

/* options_ip.c */
int get_ttl(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_ttl(struct sock *s, const struct option *o, const void *value, socklen_t len);
int set_tos(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_mtu(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_v6only(struct sock *s, const struct option *o, const void *value, socklen_t len);

/* options_tcp.c */
int get_mss(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_mss(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_syncnt(struct sock *s, const struct option *o, void *value, socklen_t *len);
int get_connect_timeout(struct sock *s, const struct option *o, void *value, socklen_t *len);
int get_linger2(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_linger2(struct sock *s, const struct option *o, const void *value, socklen_t len);
int set_defer(struct sock *s, const struct option *o, const void *value, socklen_t len);
int set_clamp(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_cc(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_cc(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_pacing(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_pacing(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_lowat_unsent(struct sock *s, const struct option *o, void *value, socklen_t *len);
int get_saved_syn(struct sock *s, const struct option *o, void *value, socklen_t *len);
int get_timestamp(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_timestamp(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_info(struct sock *s, const struct option *o, void *value, socklen_t *len); /* tcp_info.c */

/* md5sig.c */
int set_md5(struct sock *s, const struct option *o, const void *value, socklen_t len);
/* ao.c */
int set_ao_add(struct sock *s, const struct option *o, const void *value, socklen_t len);
int set_ao_del(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_ao_info(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_ao_info(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_ao_keys(struct sock *s, const struct option *o, void *value, socklen_t *len);
/* recverr.c */
int set_recverr(struct sock *s, const struct option *o, const void *value, socklen_t len);
/* fast.c */
int get_fo_connect(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_fo_connect(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_fo_queue(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_fo_queue(struct sock *s, const struct option *o, const void *value, socklen_t len);
int get_fo_key(struct sock *s, const struct option *o, void *value, socklen_t *len);
int set_fo_key(struct sock *s, const struct option *o, const void *value, socklen_t len);

#endif
