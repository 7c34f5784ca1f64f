#include "rtt_sample.h"

#include <stdlib.h>
#include <string.h>

/* Which place the |n|-th measurement takes: any with the same chance, and the same in every run. */
static uint32_t place_of(uint32_t n)
{
    uint32_t x = n * UINT32_C(2654435761);
    x ^= x >> 16;
    return x % n;
}

static void keep(struct rtt_sample *r, tern_ns rtt)
{
    uint64_t us = (rtt + 500) / TERN_US;
    uint32_t value = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    uint32_t at = r->n <= RTT_KEPT ? r->n - 1 : place_of(r->n);
    if (at < RTT_KEPT) r->us[at] = value;
}

/* RFC 6298 2.2, 2.3 */
void rtt_sample_add(struct rtt_sample *r, tern_ns rtt)
{
    if (rtt == 0) rtt = 1;
    if (r->n < UINT32_MAX) r->n++;
    keep(r, rtt);
    if (r->srtt == 0) {
        r->srtt = r->least = rtt;
        r->rttvar = rtt / 2;
        return;
    }
    if (rtt < r->least) r->least = rtt;
    tern_ns off = rtt > r->srtt ? rtt - r->srtt : r->srtt - rtt;
    r->rttvar = r->rttvar - r->rttvar / 4 + off / 4;
    r->srtt = r->srtt - r->srtt / 8 + rtt / 8;
}

static int compare(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

tern_ns rtt_sample_median(const struct rtt_sample *r)
{
    uint32_t sorted[RTT_KEPT], n = r->n < RTT_KEPT ? r->n : RTT_KEPT;
    if (n == 0) return 0;
    memcpy(sorted, r->us, n * sizeof sorted[0]);
    qsort(sorted, n, sizeof sorted[0], compare);
    return sorted[n / 2] * TERN_US;
}

tern_ns rtt_sample_rto(const struct rtt_sample *r)
{
    tern_ns rto = r->srtt + 4 * r->rttvar;
    return rto < TERN_SEC ? TERN_SEC : rto;
}
