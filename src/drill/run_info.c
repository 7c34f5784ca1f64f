/* What fragments of code ask for: the members of Linux's struct tcp_info, of the youngest connection. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "run_internal.h"
#include "words.h"

#define MEMBERS(X)                                                                                                               \
    X(state)                                                                                                                     \
    X(ca_state)                                                                                                                  \
    X(retransmits)                                                                                                               \
    X(probes)                                                                                                                    \
    X(backoff)                                                                                                                   \
    X(options)                                                                                                                   \
    X(rto)                                                                                                                       \
    X(ato)                                                                                                                       \
    X(snd_mss)                                                                                                                   \
    X(rcv_mss)                                                                                                                   \
    X(unacked)                                                                                                                   \
    X(sacked)                                                                                                                    \
    X(lost)                                                                                                                      \
    X(retrans)                                                                                                                   \
    X(fackets)                                                                                                                   \
    X(last_data_sent)                                                                                                            \
    X(last_ack_sent)                                                                                                             \
    X(last_data_recv)                                                                                                            \
    X(last_ack_recv)                                                                                                             \
    X(pmtu)                                                                                                                      \
    X(rcv_ssthresh)                                                                                                              \
    X(rtt)                                                                                                                       \
    X(rttvar)                                                                                                                    \
    X(snd_ssthresh)                                                                                                              \
    X(snd_cwnd)                                                                                                                  \
    X(advmss)                                                                                                                    \
    X(reordering)                                                                                                                \
    X(rcv_rtt)                                                                                                                   \
    X(rcv_space)                                                                                                                 \
    X(total_retrans)                                                                                                             \
    X(pacing_rate)                                                                                                               \
    X(max_pacing_rate)                                                                                                           \
    X(bytes_acked)                                                                                                               \
    X(bytes_received)                                                                                                            \
    X(segs_out)                                                                                                                  \
    X(segs_in)                                                                                                                   \
    X(notsent_bytes)                                                                                                             \
    X(min_rtt)                                                                                                                   \
    X(data_segs_in)                                                                                                              \
    X(data_segs_out)                                                                                                             \
    X(delivery_rate)                                                                                                             \
    X(busy_time)                                                                                                                 \
    X(rwnd_limited)                                                                                                              \
    X(sndbuf_limited)                                                                                                            \
    X(delivered) X(delivered_ce) X(bytes_sent) X(bytes_retrans) X(dsack_dups) X(reord_seen) X(rcv_ooopack) X(snd_wnd)

static const struct {
    const char *name;
    size_t offset, size;
} members[] = {
#define X(name) {"tcpi_" #name, offsetof(struct tcp_info, tcpi_##name), sizeof(((struct tcp_info *)0)->tcpi_##name)},
    MEMBERS(X)
#undef X
};

void info_take(struct run *r)
{
    const struct fd *fd = r->flow ? fd_find(r, r->flow->fd) : NULL;
    r->info_len = sizeof r->info;
    memset(r->info, 0, sizeof r->info);
    r->info_there = fd && fd->kind == FD_SOCKET && sock_getsockopt(fd->sock, IPPROTO_TCP, TCP_INFO, r->info, &r->info_len) == 0;
    if (!r->info_there) run_fail(r, r->event->at, "%s", _("There is no socket whose TCP_INFO could be asked for."));
}

/* Those that are bits. */
static bool bit_member(const struct tcp_info *i, const char *name, int64_t *number)
{
    if (strcmp(name, "tcpi_snd_wscale") == 0)
        *number = i->tcpi_snd_wscale;
    else if (strcmp(name, "tcpi_rcv_wscale") == 0)
        *number = i->tcpi_rcv_wscale;
    else if (strcmp(name, "tcpi_delivery_rate_app_limited") == 0)
        *number = i->tcpi_delivery_rate_app_limited;
    else if (strcmp(name, "tcpi_fastopen_client_fail") == 0)
        *number = i->tcpi_fastopen_client_fail;
    else
        return false;
    return true;
}

bool info_member(struct run *r, const char *name, int64_t *number)
{
    struct tcp_info info;
    if (!r->info_there) return false;
    memcpy(&info, r->info, sizeof info);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(members[i].name, name) != 0) continue;
        uint64_t n = 0;
        const uint8_t *at = (const uint8_t *)&info + members[i].offset;
        if (members[i].size == 1) n = *at;
        if (members[i].size == 4) n = *(const uint32_t *)(const void *)at;
        if (members[i].size == 8) n = *(const uint64_t *)(const void *)at;
        *number = (int64_t)n;
        return true;
    }
    return bit_member(&info, name, number);
}
