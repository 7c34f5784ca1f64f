/* Topics that the tables of the code make: whoever adds a row there has explained it. */
#include <string.h>

#include <tern/tern.h>

#include "experiment.h"
#include "finding.h"
#include "topic.h"
#include "words.h"

/* Other spellings: what Linux and POSIX call the same, and the Chinese of it. */
static const struct {
    const char *kind, *name, *aliases;
} spellings[] = {
    {"setting", "rto_min", "TCP_RTO_MIN"},
    {"setting", "r1", "tcp_retries1"},
    {"setting", "r2", "tcp_retries2"},
    {"setting", "r2_syn", "tcp_syn_retries"},
    {"setting", "synack_retries", "tcp_synack_retries"},
    {"setting", "fin_wait_2", "tcp_fin_timeout"},
    {"setting", "orphan_probes", "tcp_orphan_retries"},
    {"setting", "keepalive_idle", "tcp_keepalive_time"},
    {"setting", "keepalive_interval", "tcp_keepalive_intvl"},
    {"setting", "keepalive_count", "tcp_keepalive_probes"},
    {"setting", "send_buffer", "tcp_wmem 发送缓冲区"},
    {"setting", "receive_buffer", "tcp_rmem 接收缓冲区"},
    {"setting", "initial_window", "initcwnd IW 初始窗口"},
    {"setting", "timestamps", "tcp_timestamps"},
    {"setting", "window_scaling", "tcp_window_scaling"},
    {"setting", "sack", "tcp_sack"},
    {"setting", "challenge_n", "tcp_challenge_ack_limit"},
    {"setting", "rfc1337", "tcp_rfc1337"},
    {"setting", "source_route", "accept_source_route"},
    {"setting", "port_min", "ip_local_port_range ephemeral-port 临时端口"},
    {"setting", "port_max", "ip_local_port_range ephemeral-port 临时端口"},
    {"setting", "half_open_max", "tcp_max_syn_backlog"},
    {"setting", "time_wait_max", "tcp_max_tw_buckets"},
    {"setting", "ttl", "hop-limit 生存时间"},
    {"connection option", "NODELAY", "TCP_NODELAY"},
    {"connection option", "KEEPALIVE", "SO_KEEPALIVE"},
    {"connection option", "KEEPALIVE_IDLE", "TCP_KEEPIDLE"},
    {"connection option", "KEEPALIVE_INTERVAL", "TCP_KEEPINTVL"},
    {"connection option", "KEEPALIVE_COUNT", "TCP_KEEPCNT"},
    {"connection option", "USER_TIMEOUT", "TCP_USER_TIMEOUT"},
    {"connection option", "LINGER", "SO_LINGER"},
    {"connection option", "SEND_BUFFER", "SO_SNDBUF"},
    {"connection option", "RECEIVE_BUFFER", "SO_RCVBUF"},
    {"connection option", "MAX_SEGMENT", "TCP_MAXSEG"},
    {"connection option", "TTL", "IP_TTL IPV6_UNICAST_HOPS"},
    {"connection option", "TOS", "IP_TOS IPV6_TCLASS DSCP"},
    {"connection option", "DELACK", "TCP_QUICKACK"},
    {"finding", "spurious-retransmission", "虚假重传"},
    {"finding", "tail-loss-probe", "TLP 尾部丢失探测"},
    {"finding", "path-mtu", "PMTU PMTUD 路径MTU"},
    {"finding", "duplicate-ack", "重复确认"},
    {"finding", "out-of-order", "乱序"},
};

static const char *other_spellings(const char *kind, const char *name)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        if (strcmp(spellings[i].kind, kind) == 0 && strcmp(spellings[i].name, name) == 0) return spellings[i].aliases;
    return NULL;
}

static bool of_rule(size_t i, struct topic *out)
{
    if (i + 1 >= TERN_RULE_N) return false;
    const struct tern_rule_info *r = tern_rule_info((enum tern_rule)(i + 1));
    *out = (struct topic){.name = r->name,
                          .kind = N_("rule"),
                          .what = r->text,
                          .source = r->doc,
                          .section = r->section,
                          .code = "include/tern/rules.h TERN_RULES",
                          .test = "tests/unit/test_trace_rules.c"};
    return true;
}

static bool of_drop(size_t i, struct topic *out)
{
    if (i + 1 >= TERN_DROP_N) return false;
    const struct tern_rule_info *d = tern_drop_info((enum tern_drop)(i + 1));
    *out = (struct topic){.name = d->name,
                          .kind = N_("drop reason"),
                          .what = d->text,
                          .source = d->doc,
                          .section = d->section,
                          .code = "include/tern/rules.h TERN_DROPS",
                          .test = "tests/unit/test_trace_rules.c"};
    return true;
}

static bool of_setting(size_t i, struct topic *out)
{
    const struct tern_setting_info *s = tern_setting_info(i);
    if (!s) return false;
    *out = (struct topic){.name = s->name,
                          .kind = N_("setting"),
                          .what = s->text,
                          .code = "include/tern/stack.h TERN_SETTINGS",
                          .test = "tests/unit/test_cli_options.c",
                          .unit = s->unit,
                          .least = s->min,
                          .most = s->max,
                          .otherwise = s->def,
                          .has_default = true};
    return true;
}

static const struct {
    const char *name, *text;
    int64_t min, max;
} conn_options[] = {
#define X(id, min, max, text) {#id, text, min, max},
    TERN_OPTIONS(X)
#undef X
};

static bool of_conn_option(size_t i, struct topic *out)
{
    if (i >= sizeof conn_options / sizeof conn_options[0]) return false;
    int64_t min = conn_options[i].min;
    *out = (struct topic){.name = conn_options[i].name,
                          .kind = N_("connection option"),
                          .what = conn_options[i].text,
                          .code = "src/tcp/user_options.c tcp_set",
                          .test = "tests/conn/test_stack_life.c",
                          .unit = "",
                          .least = min < 0 ? 0 : (uint64_t)min, /* LINGER's -1 is in its text: off */
                          .most = (uint64_t)conn_options[i].max};
    return true;
}

static bool of_finding(size_t i, struct topic *out)
{
    const struct finding_info *f = finding_info((unsigned)i);
    if (!f) return false;
    *out = (struct topic){.name = f->name,
                          .kind = N_("finding"),
                          .what = f->text,
                          .source = f->doc,
                          .section = f->section,
                          .code = "src/capture/finding.h FINDINGS",
                          .test = "tests/netns/trace_faults.sh"};
    return true;
}

static bool of_clause(size_t i, struct topic *out)
{
    const struct experiment_info *e = experiment_info((unsigned)i);
    if (!e) return false;
    *out = (struct topic){.name = e->name,
                          .kind = N_("clause"),
                          .without = e->text,
                          .what = N_("a clause of the protocol that lessons can leave out (--without)"),
                          .source = e->doc,
                          .section = e->section,
                          .code = "src/tcp/experiment.h EXPERIMENT_CLAUSES",
                          .test = "tests/lessons/test_clauses.c"};
    return true;
}

bool topic_of_table(size_t i, struct topic *out)
{
    static const struct {
        size_t n;
        bool (*get)(size_t i, struct topic *out);
    } tables[] = {
        {TERN_RULE_N - 1, of_rule},
        {TERN_DROP_N - 1, of_drop},
        {sizeof(struct tern_settings) / sizeof(uint64_t), of_setting},
        {sizeof conn_options / sizeof conn_options[0], of_conn_option},
        {FINDING_N, of_finding},
        {EXPERIMENT_CLAUSE_N, of_clause},
    };
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        if (i >= tables[t].n) {
            i -= tables[t].n;
            continue;
        }
        if (!tables[t].get(i, out)) return false;
        out->aliases = other_spellings(out->kind, out->name);
        return true;
    }
    return false;
}
