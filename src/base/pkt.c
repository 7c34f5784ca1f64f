#include <tern/packet.h>

#include <assert.h>
#include <limits.h>
#include <string.h>

int tern_pkt_flatten(const struct tern_pkt *pkt, uint8_t *out, size_t cap)
{
    assert(pkt->head_len <= TERN_HEAD_MAX && pkt->slices_n <= TERN_SLICES_MAX);
    size_t len = pkt->head_len;
    for (unsigned i = 0; i < pkt->slices_n; i++) len += pkt->slice[i].len;
    if (len > cap || len > INT_MAX) return TERN_ERR_MSGSIZE;
    memcpy(out, pkt->head, pkt->head_len);
    out += pkt->head_len;
    for (unsigned i = 0; i < pkt->slices_n; i++) {
        if (pkt->slice[i].len > 0) memcpy(out, pkt->slice[i].base, pkt->slice[i].len);
        out += pkt->slice[i].len;
    }
    return (int)len;
}
