#include "policer.h"

#include "path_words.h"

#define UNITS_A_BYTE (UINT64_C(8) * TERN_SEC)
enum { BURST_DEFAULT = 15000 };

const char *policer_check(const struct policer_config *cfg)
{
    if (cfg->bps > UINT64_C(1000000000000)) return N_("a policer's rate is above 1000 Gbit/s");
    if (cfg->burst > UINT64_C(1) << 30) return N_("a policer's bucket is above 1 GiB");
    return NULL;
}

void policer_init(struct policer *p, const struct policer_config *cfg)
{
    *p = (struct policer){.cfg = *cfg};
    if (p->cfg.burst == 0) p->cfg.burst = BURST_DEFAULT;
    p->tokens = p->cfg.burst * UNITS_A_BYTE;
}

/* A unit is what flows in at 1 bit/s in 1 ns, so nothing is ever rounded. */
static void fill(struct policer *p, tern_ns now)
{
    uint64_t full = p->cfg.burst * UNITS_A_BYTE, room = full - p->tokens;
    tern_ns passed = now - p->at;
    p->tokens = passed > room / p->cfg.bps ? full : p->tokens + passed * p->cfg.bps;
    p->at = now;
}

bool policer_pass(struct policer *p, tern_ns now, uint32_t len)
{
    if (p->cfg.bps == 0) return true;
    fill(p, now);
    uint64_t price = len * UNITS_A_BYTE;
    if (price > p->tokens) return false;
    p->tokens -= price;
    return true;
}
