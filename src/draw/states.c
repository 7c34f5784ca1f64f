/* Connections as a table, as `ss -tanoi` prints them, and as JSON lines. */
#include <tern/draw.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "draw_json.h"
#include "draw_text.h"

static const char *const ss_names[TERN_STATE_N] = {
#define X(id, name, ss) [TERN_##id] = ss,
    TERN_STATES(X)
#undef X
};

enum { LINE_MAX_LEN = 1024, ADDRESS_COLUMNS_LEAST = 20 };

static const char *ss_name(enum tern_state s) { return (unsigned)s < TERN_STATE_N ? ss_names[s] : "?"; }

static tern_ns time_left(tern_ns at, tern_ns now) { return at > now ? at - now : 0; }

static void add_left(struct text *t, tern_ns ns)
{
    if (ns >= 60 * TERN_SEC)
        text_add(t, "%" PRIu64 "min%" PRIu64 "sec", ns / (60 * TERN_SEC), ns / TERN_SEC % 60);
    else if (ns >= TERN_SEC)
        text_add(t, "%" PRIu64 ".%" PRIu64 "sec", ns / TERN_SEC, ns % TERN_SEC / (100 * TERN_MS));
    else
        text_add(t, "%" PRIu64 "ms", ns / TERN_MS);
}

/* " timer:(2MSL,59.8sec,0)": name, time left, retransmissions so far */
static void add_timers(struct text *t, const struct tern_status *st, tern_ns now)
{
    for (unsigned i = 0; i < TERN_TIMER_N; i++) {
        if (st->timer[i] == TERN_NEVER) continue;
        text_add(t, " timer:(%s,", tern_timer_name((enum tern_timer)i));
        add_left(t, time_left(st->timer[i], now));
        text_add(t, ",%" PRIu32 ")", st->retransmits);
    }
}

static void add_round_trip(struct text *t, const struct tern_status *st)
{
    text_add(t, " rto:");
    text_ms(t, st->rto);
    if (st->rtt == 0) return;
    text_add(t, " rtt:");
    text_ms(t, st->rtt);
    text_add(t, "/");
    text_ms(t, st->rttvar);
    text_add(t, " minrtt:");
    text_ms(t, st->rtt_min);
}

static void add_figures(struct text *t, const struct tern_status *st)
{
    if (st->timestamps) text_add(t, " ts");
    if (st->sack) text_add(t, " sack");
    if (st->cc) text_add(t, " %s", st->cc);
    if (st->wscale_ok) text_add(t, " wscale:%u,%u", st->snd_wscale, st->rcv_wscale);
    add_round_trip(t, st);
    text_add(t, " mss:%" PRIu32 " pmtu:%" PRIu32 " cwnd:%" PRIu32, st->mss, st->path_mtu, st->cwnd);
    if (st->ssthresh != UINT32_MAX) text_add(t, " ssthresh:%" PRIu32, st->ssthresh);
    text_add(t, " flight:%" PRIu32 " snd_wnd:%" PRIu32 " rcv_wnd:%" PRIu32, st->flight, st->snd_wnd, st->rcv_wnd);
    text_add(t, " bytes_acked:%" PRIu64 " bytes_received:%" PRIu64, st->bytes_acked, st->bytes_received);
    if (st->retransmitted) text_add(t, " bytes_retrans:%" PRIu64, st->retransmitted);
    if (st->ooo_queue) text_add(t, " rcv_ooo:%" PRIu32, st->ooo_queue);
    if (st->error) text_add(t, " error:(%s)", tr(t, tern_strerror(st->error)));
    if (st->released) text_add(t, " orphan");
}

/* Sequence numbers, congestion and the like say nothing any more of a connection that only waits. */
static bool has_figures(const struct tern_status *st) { return st->state != TERN_TIME_WAIT && st->state != TERN_LISTEN; }

/* The widest address column that is needed. */
static int address_columns(const struct tern_status *st, size_t n)
{
    size_t most = ADDRESS_COLUMNS_LEAST;
    for (size_t i = 0; i < n; i++) {
        char text[TERN_ENDPOINT_STRLEN];
        size_t local = strlen(tern_endpoint_format(&st[i].local, text));
        size_t remote = strlen(tern_endpoint_format(&st[i].remote, text));
        if (local > most) most = local;
        if (remote > most) most = remote;
    }
    return (int)most;
}

static int put_line(const struct tern_out *out, struct text *t)
{
    while (t->len > 0 && t->b[t->len - 1] == ' ') t->len--;
    text_add(t, "\n");
    return out_text(out, t->b, t->len);
}

static int put_row(const struct tern_out *out, const struct tern_states_config *config, const struct tern_status *st, int columns)
{
    char line[LINE_MAX_LEN], local[TERN_ENDPOINT_STRLEN], remote[TERN_ENDPOINT_STRLEN];
    struct text t = text_for(config->translate, line, sizeof(line));
    tern_endpoint_format(&st->local, local);
    tern_endpoint_format(&st->remote, remote);
    text_add(&t, "%-10s %8" PRIu32 " %8" PRIu32 " %*s %*s", ss_name(st->state), st->receive_queue, st->send_queue, columns, local,
             columns, remote);
    add_timers(&t, st, config->now);
    if (!has_figures(st)) return put_line(out, &t);
    if (!config->wide) {
        int err = put_line(out, &t);
        if (err) return err;
        t = text_for(config->translate, line, sizeof(line));
        text_add(&t, "\t");
    }
    add_figures(&t, st);
    return put_line(out, &t);
}

static void add_header(struct text *t, int columns)
{
    const char *const right[] = {tr(t, "Recv-Q"), tr(t, "Send-Q"), tr(t, "Local Address:Port"), tr(t, "Peer Address:Port")};
    text_left(t, tr(t, "State"), 10);
    for (unsigned i = 0; i < 4; i++) {
        text_add(t, " ");
        text_right(t, right[i], i < 2 ? 8 : (size_t)columns);
    }
}

int tern_states_text(const struct tern_out *out, const struct tern_states_config *config, const struct tern_status *st, size_t n)
{
    char line[LINE_MAX_LEN];
    struct text t = text_for(config->translate, line, sizeof(line));
    int columns = address_columns(st, n);
    add_header(&t, columns);
    int err = put_line(out, &t);
    for (size_t i = 0; i < n && !err; i++) err = put_row(out, config, &st[i], columns);
    return err;
}

static void put_numbers(json_t *o, const struct tern_status *st)
{
    json_put_n(o, "snd_una", st->snd_una);
    json_put_n(o, "snd_nxt", st->snd_nxt);
    json_put_n(o, "snd_wnd", st->snd_wnd);
    json_put_n(o, "iss", st->iss);
    json_put_n(o, "rcv_nxt", st->rcv_nxt);
    json_put_n(o, "rcv_wnd", st->rcv_wnd);
    json_put_n(o, "irs", st->irs);
    json_put_n(o, "send_queue", st->send_queue);
    json_put_n(o, "receive_queue", st->receive_queue);
    json_put_n(o, "ooo_queue", st->ooo_queue);
    json_put_n(o, "mss", st->mss);
    json_put_n(o, "path_mtu", st->path_mtu);
    json_put(o, "snd_wscale", st->wscale_ok ? json_integer(st->snd_wscale) : json_null());
    json_put(o, "rcv_wscale", st->wscale_ok ? json_integer(st->rcv_wscale) : json_null());
    json_put(o, "timestamps", json_boolean(st->timestamps));
    json_put(o, "sack", json_boolean(st->sack));
}

static void put_counters(json_t *o, const struct tern_status *st)
{
    json_put_n(o, "rtt", st->rtt);
    json_put_n(o, "rttvar", st->rttvar);
    json_put_n(o, "rtt_min", st->rtt_min);
    json_put_n(o, "rto", st->rto);
    json_put(o, "cc", st->cc ? json_string(st->cc) : json_null());
    json_put_n(o, "cwnd", st->cwnd);
    json_put(o, "ssthresh", st->ssthresh == UINT32_MAX ? json_null() : json_integer(st->ssthresh));
    json_put_n(o, "flight", st->flight);
    json_put_n(o, "retransmits", st->retransmits);
    json_put_n(o, "retransmitted", st->retransmitted);
    json_put_n(o, "bytes_acked", st->bytes_acked);
    json_put_n(o, "bytes_received", st->bytes_received);
}

static json_t *timers_of(const struct tern_status *st, tern_ns now)
{
    json_t *o = json_object();
    for (unsigned i = 0; i < TERN_TIMER_N; i++)
        if (st->timer[i] != TERN_NEVER) json_put_n(o, tern_timer_name((enum tern_timer)i), time_left(st->timer[i], now));
    return o;
}

static json_t *json_of(const struct tern_status *st, tern_ns now)
{
    json_t *o = json_object();
    json_put_n(o, "conn", st->id);
    json_put(o, "state", json_string(tern_state_name(st->state)));
    json_put_endpoint(o, "local", &st->local);
    json_put_endpoint(o, "remote", &st->remote);
    json_put(o, "passive", json_boolean(st->passive));
    json_put(o, "released", json_boolean(st->released));
    json_put(o, "error", st->error ? json_string(tern_strerror(st->error)) : json_null());
    json_put(o, "timers", timers_of(st, now));
    put_numbers(o, st);
    put_counters(o, st);
    return o;
}

int tern_states_json(const struct tern_out *out, const struct tern_states_config *config, const struct tern_status *st, size_t n)
{
    int err = 0;
    for (size_t i = 0; i < n && !err; i++) err = json_line(out, json_of(&st[i], config->now));
    return err;
}
