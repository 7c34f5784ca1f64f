/* Profiles: what a stack of somebody else's does by default, as rows of settings. tern's own defaults need none. */
#include <tern/stack.h>

#include <string.h>

static const struct tern_profile_row rows[] = {
    /* RFC 9293 and its companions to the letter, where tern's default is another: doc/design.md says why. */
    {"rfc", "rto_min", "1000000000"},
    {"rfc", "rto_min_var", "0"},
    {"rfc", "rfc1337", "0"},
    {"rfc", "bbr_any_loss", "1"},
    {"rfc", "bbr_rounds", "0"},
    {"rfc", "bbr_rtt_near", "0"},
    {"rfc", "quick_acks", "0"},
    {"rfc", "sack_delay", "0"},

    /* Linux, as it comes. */
    {"linux", "syn_layout", "1"},
    {"linux", "quick_least", "0"},
    {"linux", "send_whole", "1280"},
    {"linux", "slow_start_half", "1"},
    {"linux", "ssthresh_cwnd", "1"},
    {"linux", "cubic_linux", "1"},
    {"linux", "pacing", "1"},
    {"linux", "prr_ecn", "1"},
    {"linux", "syn_crossed", "1"},
    {"linux", "tcp_cubic.hystart", "1"},
    {"linux", "cwnd_validation", "0"},
    {"linux", "dup_counted", "1"},
    {"linux", "probe_empty", "1"},
    {"linux", "burst_push", "1"},
    {"linux", "nagle_small", "1"},
    {"linux", "icmp_abort", "3"},
    {"linux", "half_open_evict", "0"},
    {"linux", "synack_more", "40"},
    {"linux", "ao_unmatched", "1"},
    {"linux", "closing_reset", "1"},
    {"linux", "timestamps_needed", "0"},
    {"linux", "mss_of_path", "1"},
    {"linux", "net.ipv4.tcp_mtu_probe_floor", "48"},
    {"linux", "net.ipv4.tcp_min_tso_segs", "2"},
    {"linux", "net.ipv4.tcp_rmem", "4096 131072 6291456"},
    {"linux", "net.ipv4.tcp_wmem", "4096 16384 4194304"},
    {"linux", "net.ipv4.tcp_adv_win_scale", "1"},
    {"linux", "net.ipv4.tcp_syn_retries", "6"},
    {"linux", "net.ipv4.tcp_synack_retries", "5"},
    {"linux", "net.ipv4.tcp_retries1", "3"},
    {"linux", "net.ipv4.tcp_retries2", "15"},
    {"linux", "net.ipv4.tcp_rto_min_us", "200000"},
    {"linux", "net.ipv4.tcp_rto_max_ms", "120000"},
    {"linux", "net.ipv4.tcp_fin_timeout", "60"},
    {"linux", "net.ipv4.tcp_keepalive_time", "7200"},
    {"linux", "net.ipv4.tcp_keepalive_intvl", "75"},
    {"linux", "net.ipv4.tcp_keepalive_probes", "9"},
    {"linux", "net.ipv4.tcp_slow_start_after_idle", "1"},
    {"linux", "net.ipv4.tcp_reordering", "3"},
    {"linux", "net.ipv4.tcp_max_reordering", "300"},
    {"linux", "net.ipv4.tcp_recovery", "1"},
    {"linux", "net.ipv4.tcp_early_retrans", "3"},
    {"linux", "net.ipv4.tcp_frto", "2"},
    {"linux", "net.ipv4.tcp_mtu_probing", "0"},
    {"linux", "net.ipv4.tcp_fastopen", "1"},
    {"linux", "net.ipv4.tcp_fastopen_blackhole_timeout_sec", "0"},
    {"linux", "fastopen_refused", "0"},
    {"linux", "net.ipv4.tcp_ecn", "2"},
    {"linux", "net.ipv4.tcp_rfc1337", "0"},

    /* FreeBSD, as it comes. */
    {"freebsd", "syn_layout", "2"},
    {"freebsd", "rto_min_var", "0"},
    {"freebsd", "pacing", "1"},
    {"freebsd", "quick_acks", "0"},
    {"freebsd", "receive_segments", "1"},
    {"freebsd", "receive_exact", "1"},
    {"freebsd", "closing_reset", "1"},
    {"freebsd", "mss_of_path", "2"},
    {"freebsd", "ack_second", "1"},
    {"freebsd", "bsd_errors", "1"},
    {"freebsd", "listen_quiet", "1"},
    {"freebsd", "fin_again", "1"},
    {"freebsd", "fin_ack_again", "1"},
    {"freebsd", "time_wait_quiet", "1"},
    {"freebsd", "rfc1337", "1"},
    {"freebsd", "port_min", "49152"},
    {"freebsd", "port_max", "65535"},
    {"freebsd", "kern.ipc.maxsockbuf", "2097152"},
    {"freebsd", "net.inet.tcp.recvspace", "65536"},
    {"freebsd", "net.inet.tcp.sendspace", "32768"},
    {"freebsd", "net.inet.tcp.rexmit_initial", "1000"},
    {"freebsd", "net.inet.tcp.rexmit_min", "30"},
    {"freebsd", "net.inet.tcp.rexmit_slop", "200"},
    {"freebsd", "rto_max", "64000000000"},
    {"freebsd", "net.inet.tcp.rexmit_drop_options", "0"},
    {"freebsd", "net.inet.tcp.syncache.rexmtlimit", "3"},
    {"freebsd", "net.inet.tcp.keepinit", "75000"},
    {"freebsd", "net.inet.tcp.keepidle", "7200000"},
    {"freebsd", "net.inet.tcp.keepintvl", "75000"},
    {"freebsd", "net.inet.tcp.keepcnt", "8"},
    {"freebsd", "net.inet.tcp.delacktime", "40"},
    {"freebsd", "sack_delay", "0"},
    {"freebsd", "net.inet.tcp.msl", "30000"},
    {"freebsd", "net.inet.tcp.finwait2_timeout", "60000"},
    {"freebsd", "net.inet.tcp.insecure_rst", "0"},
    {"freebsd", "net.inet.tcp.insecure_syn", "0"},
    {"freebsd", "net.inet.tcp.drop_synfin", "0"},
    {"freebsd", "net.inet.tcp.icmp_may_rst", "1"},
    {"freebsd", "net.inet.tcp.ecn.enable", "2"},
    {"freebsd", "net.inet.tcp.pmtud_blackhole_detection", "0"},
    {"freebsd", "rack", "0"},
    {"freebsd", "tlp", "0"},
    {"freebsd", "frto", "0"},
    {"freebsd", "cwnd_validation", "0"},
    {"freebsd", "net.inet.tcp.fastopen.path_disable_time", "900"},
};

const struct tern_profile_row *tern_profile_row(size_t i) { return i < sizeof rows / sizeof rows[0] ? &rows[i] : NULL; }

int tern_profile_set(struct tern_settings *s, const char *profile)
{
    struct tern_settings set;
    bool known = false;
    tern_settings_default(&set);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tern_profile_row *r = &rows[i];
        if (strcmp(r->profile, profile) != 0) continue;
        known = true;
        int e = tern_sysctl_set(&set, r->name, r->value);
        if (e) return e;
    }
    if (!known) return TERN_ERR_INVAL;
    *s = set;
    return 0;
}
