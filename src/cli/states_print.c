#include "states_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <tern/draw.h>

#include "utf8.h"
#include "words.h"

static uint64_t figure(const json_t *o, const char *name) { return (uint64_t)json_integer_value(json_object_get(o, name)); }

static void print_owner(FILE *out, const struct states_owner *o, size_t n)
{
    if (!o->figures) {
        fprintf(out, _("kernel: %zu sockets\n"), n);
        return;
    }
    fprintf(out, _("tern %d: %llu connections, %llu half-open, %llu in TIME-WAIT, %llu listeners; %llu KiB of memory\n"), o->pid,
            (unsigned long long)figure(o->figures, "connections"), (unsigned long long)figure(o->figures, "half_open"),
            (unsigned long long)figure(o->figures, "time_wait"), (unsigned long long)figure(o->figures, "listeners"),
            (unsigned long long)figure(o->figures, "memory_used") / 1024);
}

/* The connections of |owner|, in the table's order, into a block that the caller frees. */
static struct tern_status *of_owner(const struct states_table *t, size_t owner, size_t *n)
{
    struct tern_status *list = malloc((t->entry_n + 1) * sizeof *list);
    *n = 0;
    for (size_t i = 0; list && i < t->entry_n; i++)
        if (t->entry[i].owner == owner) list[(*n)++] = t->entry[i].st;
    return list;
}

void states_print_ss(FILE *out, const struct states_table *t)
{
    struct tern_out to = {tern_put_file, out};
    struct tern_states_config config = {.now = 0, .translate = words};
    for (size_t i = 0; i < t->owner_n; i++) {
        size_t n;
        struct tern_status *list = of_owner(t, i, &n);
        print_owner(out, &t->owner[i], n);
        if (list) tern_states_text(&to, &config, list, n);
        free(list);
    }
}

/* ---- netstat ---- */

static const char *netstat_state(enum tern_state s)
{
    static const char *const names[TERN_STATE_N] = {
        [TERN_CLOSED] = "CLOSE",          [TERN_LISTEN] = "LISTEN",           [TERN_SYN_SENT] = "SYN_SENT",
        [TERN_SYN_RECEIVED] = "SYN_RECV", [TERN_ESTABLISHED] = "ESTABLISHED", [TERN_FIN_WAIT_1] = "FIN_WAIT1",
        [TERN_FIN_WAIT_2] = "FIN_WAIT2",  [TERN_CLOSE_WAIT] = "CLOSE_WAIT",   [TERN_CLOSING] = "CLOSING",
        [TERN_LAST_ACK] = "LAST_ACK",     [TERN_TIME_WAIT] = "TIME_WAIT"};
    return names[s];
}

static void netstat_end(char *out, size_t len, const struct tern_endpoint *e)
{
    char addr[TERN_ADDR_STRLEN], port[8] = "*";
    if (e->port) snprintf(port, sizeof port, "%u", e->port);
    snprintf(out, len, "%s:%s", tern_addr_format(&e->addr, addr), port);
}

static void print_left(FILE *out, const char *text, size_t columns)
{
    size_t used = utf8_columns(text);
    fprintf(out, "%s%*s", text, used < columns ? (int)(columns - used) : 1, "");
}

static void print_right(FILE *out, const char *text, size_t columns)
{
    size_t used = utf8_columns(text);
    fprintf(out, "%*s%s ", used < columns ? (int)(columns - used) : 0, "", text);
}

enum { NETSTAT_ADDRESS = 23, NETSTAT_QUEUE = 6 };

void states_print_netstat(FILE *out, const struct states_table *t)
{
    print_left(out, _("Proto"), 6);
    print_right(out, _("Recv-Q"), NETSTAT_QUEUE);
    print_right(out, _("Send-Q"), NETSTAT_QUEUE);
    print_left(out, _("Local Address"), NETSTAT_ADDRESS + 1);
    print_left(out, _("Foreign Address"), NETSTAT_ADDRESS + 1);
    print_left(out, _("State"), 12);
    fprintf(out, "%s\n", _("PID/Program"));
    for (size_t i = 0; i < t->entry_n; i++) {
        const struct tern_status *st = &t->entry[i].st;
        char local[80], remote[80];
        int pid = t->owner[t->entry[i].owner].pid;
        netstat_end(local, sizeof local, &st->local);
        netstat_end(remote, sizeof remote, &st->remote);
        fprintf(out, "%-5s %6" PRIu32 " %6" PRIu32 " %-23s %-23s %-11s ", tern_addr_is_v4(&st->local.addr) ? "tcp" : "tcp6",
                st->receive_queue, st->send_queue, local, remote, netstat_state(st->state));
        if (pid)
            fprintf(out, "%d/tern\n", pid);
        else
            fputs("-\n", out);
    }
}

/* ---- JSON ---- */

static json_t *kernel_json(const struct tern_status *st)
{
    char local[TERN_ENDPOINT_STRLEN], remote[TERN_ENDPOINT_STRLEN];
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "owner", "kernel", "state", tern_state_name(st->state),
                     "local", tern_endpoint_format(&st->local, local), "remote", tern_endpoint_format(&st->remote, remote),
                     "receive_queue", (json_int_t)st->receive_queue, "send_queue", (json_int_t)st->send_queue, "mss",
                     (json_int_t)st->mss, "rtt", (json_int_t)st->rtt, "cwnd", (json_int_t)st->cwnd);
}

static void print_object(FILE *out, json_t *o)
{
    if (!o) return;
    json_dumpf(o, out, JSON_COMPACT);
    fputc('\n', out);
}

void states_print_json(FILE *out, const struct states_table *t)
{
    for (size_t i = 0; i < t->owner_n; i++) {
        print_object(out, t->owner[i].figures);
        for (size_t k = 0; k < t->entry_n; k++) {
            if (t->entry[k].owner != i) continue;
            json_t *o = t->entry[k].json ? json_incref(t->entry[k].json) : kernel_json(&t->entry[k].st);
            print_object(out, o);
            json_decref(o);
        }
    }
}

/* ---- counters ---- */

/* Member of the stack's object, nstat's name, Prometheus' name, is it a gauge, what it is. */
static const struct counter {
    const char *member, *nstat, *metric;
    bool gauge;
    const char *help;
} counters[] = {
    {"active_opens", "TcpActiveOpens", "tern_active_opens_total", false, "connections opened from here"},
    {"passive_opens", "TcpPassiveOpens", "tern_passive_opens_total", false, "connections taken by listeners"},
    {"attempt_fails", "TcpAttemptFails", "tern_attempt_fails_total", false, "openings that failed"},
    {"connections", "TcpCurrEstab", "tern_connections", true, "connections, without half-open ones and those in TIME-WAIT"},
    {"half_open", "TernHalfOpen", "tern_half_open", true, "half-open connections"},
    {"time_wait", "TernTimeWait", "tern_time_wait", true, "connections in TIME-WAIT"},
    {"listeners", "TernListeners", "tern_listeners", true, "listeners"},
    {"segments_in", "TcpInSegs", "tern_segments_in_total", false, "segments received"},
    {"segments_out", "TcpOutSegs", "tern_segments_out_total", false, "segments sent"},
    {"bytes_in", "TernInBytes", "tern_bytes_in_total", false, "payload bytes received"},
    {"bytes_out", "TernOutBytes", "tern_bytes_out_total", false, "payload bytes sent"},
    {"retransmitted", "TcpRetransSegs", "tern_retransmitted_total", false, "segments sent again"},
    {"resets_in", "TcpEstabResets", "tern_resets_in_total", false, "resets received"},
    {"resets_out", "TcpOutRsts", "tern_resets_out_total", false, "resets sent"},
    {"timeouts", "TcpExtTCPTimeouts", "tern_timeouts_total", false, "retransmission timeouts"},
    {"syn_cookies_sent", "TcpExtSyncookiesSent", "tern_syn_cookies_sent_total", false, "SYNs answered with a cookie"},
    {"syn_cookies_received", "TcpExtSyncookiesRecv", "tern_syn_cookies_received_total", false, "SYN cookies that came back"},
    {"syn_cookies_failed", "TcpExtSyncookiesFailed", "tern_syn_cookies_failed_total", false,
     "ACKs that should have brought a SYN cookie, and brought none that is good"},
    {"syn_cookies_pressed", "TcpExtTCPReqQFullDoCookies", "tern_syn_cookies_pressed_total", false,
     "those of them that found the half-open queue full"},
    {"syn_pressures", "TernSynPressures", "tern_syn_pressures_total", false, "times that a half-open queue became full"},
    {"scans", "TernScans", "tern_scans_total", false, "segments of FIN, NULL and Xmas scans"},
    {"syn_scans", "TernSynScans", "tern_syn_scans_total", false, "half-open connections that their openers reset"},
    {"orphans", "TcpExtTCPOrphans", "tern_orphans", true, "connections whose applications have gone"},
    {"orphans_ended", "TernOrphansEnded", "tern_orphans_ended_total", false,
     "of those, reset for their number, their time, or for memory"},
    {"shut_ended", "TernShutEnded", "tern_shut_ended_total", false,
     "connections given up because their windows stayed shut while memory was short"},
    {"memory_used", "TernMemory", "tern_memory_bytes", true, "bytes that the stack holds"},
    {"memory_peak", "TernMemoryPeak", "tern_memory_peak_bytes", true, "the most that it held at once"},
};
enum { COUNTER_N = sizeof counters / sizeof *counters };

void states_print_counters(FILE *out, const struct states_table *t)
{
    for (size_t i = 0; i < t->owner_n; i++) {
        const json_t *figures = t->owner[i].figures;
        if (!figures) continue;
        fprintf(out, "#tern %d\n", t->owner[i].pid);
        for (size_t k = 0; k < COUNTER_N; k++)
            fprintf(out, "%-32s%-16" PRIu64 " 0.0\n", counters[k].nstat, figure(figures, counters[k].member));
        const char *name;
        json_t *n;
        json_object_foreach(json_object_get(figures, "drops"), name, n)
            fprintf(out, "TernDrop_%-23s%-16" PRIu64 " 0.0\n", name, (uint64_t)json_integer_value(n));
    }
}

static void print_states_metric(FILE *out, const struct states_table *t)
{
    fputs("# HELP tern_connection_states connections in each state (RFC 9293 3.3.2)\n# TYPE tern_connection_states gauge\n", out);
    for (size_t i = 0; i < t->owner_n; i++) {
        uint64_t n[TERN_STATE_N] = {0};
        if (!t->owner[i].figures) continue;
        for (size_t k = 0; k < t->entry_n; k++)
            if (t->entry[k].owner == i) n[t->entry[k].st.state]++;
        for (unsigned s = 0; s < TERN_STATE_N; s++)
            fprintf(out, "tern_connection_states{pid=\"%d\",state=\"%s\"} %" PRIu64 "\n", t->owner[i].pid,
                    tern_state_name((enum tern_state)s), n[s]);
    }
}

static void print_drops_metric(FILE *out, const struct states_table *t)
{
    fputs("# HELP tern_drops_total packets thrown away, by reason\n# TYPE tern_drops_total counter\n", out);
    for (size_t i = 0; i < t->owner_n; i++) {
        const char *name;
        json_t *n;
        json_object_foreach(json_object_get(t->owner[i].figures, "drops"), name, n)
            fprintf(out, "tern_drops_total{pid=\"%d\",reason=\"%s\"} %" PRIu64 "\n", t->owner[i].pid, name,
                    (uint64_t)json_integer_value(n));
    }
}

void states_print_prometheus(FILE *out, const struct states_table *t)
{
    for (size_t k = 0; k < COUNTER_N; k++) {
        const struct counter *c = &counters[k];
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", c->metric, c->help, c->metric, c->gauge ? "gauge" : "counter");
        for (size_t i = 0; i < t->owner_n; i++)
            if (t->owner[i].figures)
                fprintf(out, "%s{pid=\"%d\"} %" PRIu64 "\n", c->metric, t->owner[i].pid, figure(t->owner[i].figures, c->member));
    }
    print_states_metric(out, t);
    print_drops_metric(out, t);
}

/* ---- why ---- */

void states_print_why(FILE *out, const struct states_table *t)
{
    for (size_t i = 0; i < t->entry_n; i++) {
        const struct states_entry *e = &t->entry[i];
        const struct states_owner *owner = &t->owner[e->owner];
        char request[32], local[TERN_ENDPOINT_STRLEN], remote[TERN_ENDPOINT_STRLEN];
        fprintf(out, "\n%s %s -> %s\n", tern_state_name(e->st.state), tern_endpoint_format(&e->st.local, local),
                tern_endpoint_format(&e->st.remote, remote));
        if (!owner->path) {
            fputs(_("the kernel does not say why\n"), out);
            continue;
        }
        snprintf(request, sizeof request, "why %" PRIu32 "\n", e->st.id);
        if (!states_ask(owner->path, request, out)) fputs(_("no answer\n"), out);
    }
}
