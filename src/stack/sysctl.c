/* What Linux and FreeBSD call tern's settings. Where tern has one behaviour only, the row has the values that ask for it, and
 * why: any other value is refused, never taken and forgotten. */
#include <tern/stack.h>

#include <string.h>

/* How a value is read. */
enum form {
    NUMBER,  /* times |scale|, into the setting */
    MAP,     /* |values|: "theirs:ours ..." */
    TRIPLE,  /* least, default, most: the last two into the settings */
    PAIR,    /* two numbers into two settings */
    BITS,    /* |scale|: the bits that mean something */
    RETRIES, /* a number of timeouts of 200 ms and twice as long each, into the setting's time */
    RFC1323, /* FreeBSD's four values */
    FIXED    /* |values|: those that tern's behaviour is; "*": whatever it is, nothing follows from it here */
};

struct row {
    struct tern_sysctl_info info;
    enum form form;
    uint64_t scale;
};

#define ROW(name, form, scale, setting, values, text)                                                                            \
    {                                                                                                                            \
        {name, setting, values, text}, form, scale                                                                               \
    }

static const struct row rows[] = {
    /* Linux */
    ROW("net.ipv4.ip_default_ttl", NUMBER, 1, "ttl", NULL, NULL),
    ROW("net.ipv4.ip_local_port_range", PAIR, 1, "port_min port_max", NULL, NULL),
    ROW("net.ipv4.tcp_abort_on_overflow", FIXED, 0, NULL, "0", "a full accept queue drops the last ACK, and nothing is lost"),
    ROW("net.ipv4.tcp_adv_win_scale", MAP, 0, "receive_overhead",
        "-1:1 0:0 1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9 10:10 11:11 12:12 13:13 14:14", NULL),
    ROW("net.ipv4.tcp_base_mss", NUMBER, 1, "mtu_base_mss", NULL, NULL),
    ROW("net.ipv4.tcp_available_congestion_control", FIXED, 0, NULL, "*",
        "cubic reno bbr dctcp, whatever is written; bbr is version 3"),
    ROW("net.ipv4.tcp_comp_sack_delay_ns", NUMBER, 1, "sack_delay", NULL, NULL),
    ROW("net.ipv4.tcp_congestion_control", MAP, 0, "congestion", "cubic:0 reno:1 newreno:1 bbr:2 dctcp:3 fixed:4", NULL),
    ROW("net.ipv4.tcp_dsack", NUMBER, 1, "dsack", NULL, NULL),
    ROW("net.ipv4.tcp_early_retrans", MAP, 0, "tlp", "0:0 1:0 2:0 3:1 4:1", "early retransmit itself is a part of RACK now"),
    ROW("net.ipv4.tcp_ecn", NUMBER, 1, "ecn", NULL, NULL),
    ROW("net.ipv4.tcp_ecn_fallback", MAP, 0, "ecn_syns", "0:0 1:1", NULL),
    ROW("net.ipv4.tcp_ecn_option", NUMBER, 1, "ecn_option", NULL, NULL),
    ROW("net.ipv4.tcp_ecn_option_beacon", NUMBER, 1, "ecn_option_beacon", NULL, NULL),
    ROW("net.ipv4.tcp_fack", FIXED, 0, NULL, "*", "Linux itself does nothing with it any more"),
    ROW("net.ipv4.tcp_fastopen", BITS, 0x607, "fastopen", NULL, "bits that Linux has not are not looked at, as there"),
    ROW("net.ipv4.tcp_fastopen_blackhole_timeout_sec", NUMBER, TERN_SEC, "fastopen_blackhole_timeout", NULL, NULL),
    ROW("net.ipv4.tcp_fastopen_key", FIXED, 0, NULL, "", "keys are the stack's: tern_stack_fastopen_keys()"),
    ROW("net.ipv4.tcp_fin_timeout", NUMBER, TERN_SEC, "fin_wait_2", NULL, NULL),
    ROW("net.ipv4.tcp_frto", MAP, 0, "frto", "0:0 1:1 2:1", NULL),
    ROW("net.ipv4.tcp_keepalive_intvl", NUMBER, TERN_SEC, "keepalive_interval", NULL, NULL),
    ROW("net.ipv4.tcp_keepalive_probes", NUMBER, 1, "keepalive_count", NULL, NULL),
    ROW("net.ipv4.tcp_keepalive_time", NUMBER, TERN_SEC, "keepalive_idle", NULL, NULL),
    ROW("net.ipv4.tcp_max_reordering", NUMBER, 1, "reordering_max", NULL, NULL),
    ROW("net.ipv4.tcp_max_tw_buckets", NUMBER, 1, "time_wait_max", NULL, NULL),
    ROW("net.ipv4.tcp_min_tso_segs", NUMBER, 1, "burst_segments", NULL,
        "Linux's super-segments grow with the rate; these do not"),
    ROW("net.ipv4.tcp_moderate_rcvbuf", NUMBER, 1, "receive_tuning", NULL, NULL),
    ROW("net.ipv4.tcp_mtu_probe_floor", NUMBER, 1, "mtu_least_mss", NULL, NULL),
    ROW("net.ipv4.tcp_mtu_probing", NUMBER, 1, "mtu_probing", NULL, NULL),
    ROW("net.ipv4.tcp_no_metrics_save", FIXED, 0, NULL, "1", "a connection leaves no metrics to the next one"),
    ROW("net.ipv4.tcp_notsent_lowat", NUMBER, 1, "notsent_lowat", NULL, NULL),
    ROW("net.ipv4.tcp_orphan_retries", MAP, 0, "orphan_probes", "0:8 1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8", NULL),
    ROW("net.ipv4.tcp_pacing_ca_ratio", NUMBER, 1, "pacing_avoidance", NULL, NULL),
    ROW("net.ipv4.tcp_pacing_ss_ratio", NUMBER, 1, "pacing_slow_start", NULL, NULL),
    ROW("net.ipv4.tcp_probe_interval", NUMBER, TERN_SEC, "mtu_probe_interval", NULL, NULL),
    ROW("net.ipv4.tcp_probe_threshold", NUMBER, 1, "mtu_probe_threshold", NULL, NULL),
    ROW("net.ipv4.tcp_recovery", NUMBER, 1, "rack", NULL, NULL),
    ROW("net.ipv4.tcp_reordering", NUMBER, 1, "dup_threshold", NULL, NULL),
    ROW("net.ipv4.tcp_retries1", NUMBER, 1, "r1", NULL, NULL),
    ROW("net.ipv4.tcp_retries2", RETRIES, 1, "r2", NULL, "the time that so many timeouts take, beginning with 200 ms"),
    ROW("net.ipv4.tcp_rfc1337", NUMBER, 1, "rfc1337", NULL, NULL),
    ROW("net.ipv4.tcp_rmem", TRIPLE, 1, "receive_buffer receive_buffer_max", NULL,
        "least, default, most; the least is for a memory pressure that tern has not: its cap is the stack's"),
    ROW("net.ipv4.tcp_rto_max_ms", NUMBER, TERN_MS, "rto_max", NULL, NULL),
    ROW("net.ipv4.tcp_rto_min_us", NUMBER, TERN_US, "rto_min", NULL, NULL),
    ROW("net.ipv4.tcp_sack", NUMBER, 1, "sack", NULL, NULL),
    ROW("net.ipv4.tcp_shrink_window", FIXED, 0, NULL, "0", "a window that was offered is never taken back (RFC 9293 SHLD-14)"),
    ROW("net.ipv4.tcp_slow_start_after_idle", NUMBER, 1, "restart_idle", NULL, NULL),
    ROW("net.ipv4.tcp_syn_retries", NUMBER, 1, "syn_retries", NULL, NULL),
    ROW("net.ipv4.tcp_synack_retries", NUMBER, 1, "synack_retries", NULL, NULL),
    ROW("net.ipv4.tcp_syncookies", NUMBER, 1, "syn_cookies", NULL, NULL),
    ROW("net.ipv4.tcp_timestamps", NUMBER, 1, "timestamps", NULL, NULL),
    ROW("net.ipv4.tcp_tso_win_divisor", FIXED, 0, NULL, "*", "how much a network card is given at once: no segment waits for it"),
    ROW("net.ipv4.tcp_window_scaling", NUMBER, 1, "window_scaling", NULL, NULL),
    ROW("net.ipv4.tcp_wmem", TRIPLE, 1, "send_buffer send_buffer_max", NULL,
        "least, default, most; the least is for a memory pressure that tern has not: its cap is the stack's"),
    ROW("tcp_cubic.beta", FIXED, 0, NULL, "717", "RFC 9438 4.6: 0.7"),
    ROW("tcp_cubic.bic_scale", FIXED, 0, NULL, "41", "RFC 9438 5.1: C is 0.4"),
    ROW("tcp_cubic.fast_convergence", NUMBER, 1, "cubic_convergence", NULL, NULL),
    ROW("tcp_cubic.hystart", MAP, 0, "hystart", "0:0 1:2", NULL),
    ROW("tcp_cubic.hystart_ack_delta_us", FIXED, 0, NULL, "2000", "between acknowledgements of one train, at most"),
    ROW("tcp_cubic.hystart_detect", NUMBER, 1, "hystart_detect", NULL, NULL),
    ROW("tcp_cubic.hystart_low_window", FIXED, 0, NULL, "16", "segments: below, slow start goes on"),
    ROW("tcp_cubic.initial_ssthresh", FIXED, 0, NULL, "0", "the first slow start has no bound"),
    ROW("tcp_cubic.tcp_friendliness", NUMBER, 1, "cubic_friendly", NULL, NULL),
    /* FreeBSD */
    ROW("kern.ipc.maxsockbuf", NUMBER, 1, "receive_buffer_max", NULL, NULL),
    ROW("net.inet.tcp.blackhole", MAP, 0, "silent", "0:0 1:2 2:1", NULL),
    ROW("net.inet.tcp.cc.algorithm", MAP, 0, "congestion", "cubic:0 newreno:1 dctcp:3", NULL),
    ROW("net.inet.tcp.delacktime", NUMBER, TERN_MS, "delack", NULL, NULL),
    ROW("net.inet.tcp.drop_synfin", MAP, 0, "drop_syn_fin", "0:0 1:2", NULL),
    ROW("net.inet.tcp.ecn.enable", MAP, 0, "ecn", "0:0 1:1 2:2 3:3 4:5", NULL),
    ROW("net.inet.tcp.ecn.maxretries", MAP, 0, "ecn_syns", "0:1 1:2 2:3 3:4", NULL),
    ROW("net.inet.tcp.fastopen.client_enable", MAP, 0, "fastopen", "0:2 1:3", NULL),
    ROW("net.inet.tcp.fastopen.path_disable_time", NUMBER, TERN_SEC, "fastopen_refused", NULL, NULL),
    ROW("net.inet.tcp.finwait2_timeout", NUMBER, TERN_MS, "fin_wait_2", NULL, NULL),
    ROW("net.inet.tcp.hostcache.purgenow", FIXED, 0, NULL, "*",
        "a connection leaves no metrics to the next one: nothing to purge"),
    ROW("net.inet.tcp.icmp_may_rst", MAP, 0, "icmp_abort", "0:0 1:2", NULL),
    ROW("net.inet.tcp.initcwnd_segments", NUMBER, 1, "initial_window", NULL, NULL),
    ROW("net.inet.tcp.insecure_rst", MAP, 0, "rfc5961_rst", "0:1 1:0", NULL),
    ROW("net.inet.tcp.insecure_syn", MAP, 0, "rfc5961_syn", "0:1 1:0", NULL),
    ROW("net.inet.tcp.keepcnt", NUMBER, 1, "keepalive_count", NULL, NULL),
    ROW("net.inet.tcp.keepidle", NUMBER, TERN_MS, "keepalive_idle", NULL, NULL),
    ROW("net.inet.tcp.keepinit", NUMBER, TERN_MS, "r2_syn", NULL, NULL),
    ROW("net.inet.tcp.keepintvl", NUMBER, TERN_MS, "keepalive_interval", NULL, NULL),
    ROW("net.inet.tcp.msl", NUMBER, TERN_MS, "msl", NULL, NULL),
    ROW("net.inet.tcp.mssdflt", FIXED, 0, NULL, "536", "RFC 9293 MUST-15"),
    ROW("net.inet.tcp.path_mtu_discovery", FIXED, 0, NULL, "1", "off: option MTU_DISCOVER of a connection"),
    ROW("net.inet.tcp.pmtud_blackhole_detection", MAP, 0, "mtu_probing", "0:0 1:1", NULL),
    ROW("net.inet.tcp.pmtud_blackhole_mss", NUMBER, 1, "mtu_base_mss", NULL, NULL),
    ROW("net.inet.tcp.recvspace", NUMBER, 1, "receive_buffer", NULL, NULL),
    ROW("net.inet.tcp.rexmit_drop_options", MAP, 0, "syn_plain", "0:0 1:3", NULL),
    ROW("net.inet.tcp.rexmit_initial", NUMBER, TERN_MS, "rto_initial", NULL, NULL),
    ROW("net.inet.tcp.rexmit_min", NUMBER, TERN_MS, "rto_min", NULL, NULL),
    ROW("net.inet.tcp.rexmit_slop", NUMBER, TERN_MS, "rto_slop", NULL, NULL),
    ROW("net.inet.tcp.rfc1323", RFC1323, 1, "timestamps window_scaling", NULL, "0: neither. 1: both. 2: scaling. 3: timestamps"),
    ROW("net.inet.tcp.sack.enable", NUMBER, 1, "sack", NULL, NULL),
    ROW("net.inet.tcp.sendspace", NUMBER, 1, "send_buffer", NULL, NULL),
    ROW("net.inet.tcp.syncache.rexmtlimit", NUMBER, 1, "synack_retries", NULL, NULL),
    ROW("net.inet.tcp.syncookies", NUMBER, 1, "syn_cookies", NULL,
        "1: while the half-open queue is full, as Linux; FreeBSD's are in every SYN,ACK"),
    ROW("net.inet.tcp.syncookies_only", FIXED, 0, NULL, "0", "syn_cookies=2 is that"),
    ROW("net.inet.tcp.tolerate_missing_ts", MAP, 0, "timestamps_needed", "0:1 1:0", NULL),
    ROW("net.inet.tcp.v6mssdflt", FIXED, 0, NULL, "1220", "RFC 9293 MUST-15"),
    ROW("net.inet.tcp.v6pmtud_blackhole_mss", FIXED, 0, NULL, "*", "IPv6 has the same base as IPv4: pmtud_blackhole_mss"),
};

enum { ROWS = sizeof rows / sizeof rows[0], WORD_MAX = 48 };

const struct tern_sysctl_info *tern_sysctl_info(size_t i) { return i < ROWS ? &rows[i].info : NULL; }

/* ---- words and numbers ---- */

/* The next word of |*text|, which moves behind it. False: none is left, or it is too long. */
static bool next_word(const char **text, char out[WORD_MAX])
{
    *text += strspn(*text, " \t\n");
    size_t n = strcspn(*text, " \t\n");
    if (!n || n >= WORD_MAX) return false;
    memcpy(out, *text, n);
    out[n] = 0;
    *text += n;
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 16;
}

/* Decimal, or hexadecimal behind "0x". */
static bool number(const char *word, uint64_t *out)
{
    unsigned base = word[0] == '0' && word[1] == 'x' ? 16 : 10;
    const char *p = base == 16 ? word + 2 : word;
    uint64_t n = 0;
    if (!*p) return false;
    for (; *p; p++) {
        unsigned d = (unsigned)digit(*p);
        if (d >= base || n > (UINT64_MAX - d) / base) return false;
        n = n * base + d;
    }
    *out = n;
    return true;
}

/* |text| is |n| numbers and no more. */
static bool numbers(const char *text, uint64_t *out, unsigned n)
{
    char word[WORD_MAX];
    for (unsigned i = 0; i < n; i++)
        if (!next_word(&text, word) || !number(word, &out[i])) return false;
    return !next_word(&text, word) && !*text;
}

/* Puts |value| into the |which|-th of the settings that |names| has. */
static int put(struct tern_settings *s, const char *names, unsigned which, uint64_t value)
{
    char name[WORD_MAX];
    for (unsigned i = 0; i <= which; i++)
        if (!next_word(&names, name)) return 0; /* the kernel's value has a part more than tern has settings */
    return tern_settings_set(s, name, value);
}

/* ---- forms ---- */

/* Does |value| stand in the list? "*" is every value. */
static int fixed(const char *list, const char *value)
{
    char word[WORD_MAX];
    if (!strcmp(list, "*")) return 0;
    while (next_word(&list, word))
        if (!strcmp(word, value)) return 0;
    return TERN_ERR_UNSUPPORTED;
}

static int map(struct tern_settings *s, const struct row *r, const char *value)
{
    char word[WORD_MAX];
    const char *list = r->info.values;
    size_t len = strlen(value);
    while (next_word(&list, word)) {
        uint64_t ours;
        if (strncmp(word, value, len) != 0 || word[len] != ':' || !number(word + len + 1, &ours)) continue;
        return put(s, r->info.setting, 0, ours);
    }
    return TERN_ERR_INVAL;
}

static int retries(struct tern_settings *s, const struct row *r, uint64_t n)
{
    tern_ns wait = 200 * TERN_MS, sum = wait;
    if (n > 255) return TERN_ERR_INVAL;
    for (uint64_t i = 0; i < n; i++) {
        wait = wait * 2 < s->rto_max ? wait * 2 : s->rto_max;
        sum += wait;
    }
    return put(s, r->info.setting, 0, sum < TERN_SEC ? TERN_SEC : sum);
}

static int several(struct tern_settings *s, const struct row *r, const char *value)
{
    struct tern_settings set = *s;
    uint64_t n[3];
    unsigned count = r->form == TRIPLE ? 3 : 2, from = r->form == TRIPLE;
    if (!numbers(value, n, count) || (count == 2 && n[0] > n[1])) return TERN_ERR_INVAL;
    for (unsigned i = from; i < count; i++) {
        int e = put(&set, r->info.setting, i - from, n[i]);
        if (e) return e;
    }
    *s = set;
    return 0;
}

static int one(struct tern_settings *s, const struct row *r, const char *value)
{
    uint64_t n;
    if (!numbers(value, &n, 1)) return TERN_ERR_INVAL;
    switch (r->form) {
    case BITS: return put(s, r->info.setting, 0, n & r->scale);
    case RETRIES: return retries(s, r, n);
    case RFC1323:
        if (n > 3) return TERN_ERR_INVAL;
        put(s, r->info.setting, 0, n == 1 || n == 3);
        return put(s, r->info.setting, 1, n == 1 || n == 2);
    default: return n > UINT64_MAX / r->scale ? TERN_ERR_INVAL : put(s, r->info.setting, 0, n * r->scale);
    }
}

/* ---- names ---- */

/* |**text| begins with |with|: moves behind it. */
static bool skip(const char **text, const char *with)
{
    size_t len = strlen(with);
    if (strncmp(*text, with, len) != 0) return false;
    *text += len;
    return true;
}

/* "net/ipv4/tcp_sack" and "/proc/sys/net/ipv4/tcp_sack" are the same name; and "tcp_cubic.hystart", as a kernel is told of a
 * module's parameters when it starts, and "/sys/module/tcp_cubic/parameters/hystart". */
static bool same_name(const char *have, const char *asked)
{
    bool module = skip(&asked, "/sys/module/");
    skip(&asked, "/proc/sys/");
    for (; *have; have++, asked++) {
        if (*have == '.' && module && !skip(&asked, "/parameters")) return false;
        if (*have != *asked && (*have != '.' || *asked != '/')) return false;
    }
    return !*asked;
}

static const struct row *find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (same_name(rows[i].info.name, name)) return &rows[i];
    return NULL;
}

const struct tern_sysctl_info *tern_sysctl_find(const char *name)
{
    const struct row *r = find(name);
    return r ? &r->info : NULL;
}

int tern_sysctl_set(struct tern_settings *s, const char *name, const char *value)
{
    const struct row *r = find(name);
    const struct tern_setting_info *own = r ? NULL : tern_setting_find(name);
    uint64_t n;
    if (own && tern_setting_number(own, value, &n) < 0 && !numbers(value, &n, 1)) return TERN_ERR_INVAL;
    if (!r) return own ? tern_settings_set(s, name, n) : TERN_ERR_INVAL;
    switch (r->form) {
    case FIXED: return fixed(r->info.values, value);
    case MAP: return map(s, r, value);
    case TRIPLE:
    case PAIR: return several(s, r, value);
    default: return one(s, r, value);
    }
}
