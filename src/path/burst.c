#include "burst.h"

#include <stddef.h>

#include "path_words.h"

const char *burst_check(const struct burst_config *cfg)
{
    if (cfg->to_bad > CHANCE_ALL || cfg->to_good > CHANCE_ALL || cfg->bad_loss > CHANCE_ALL || cfg->good_loss > CHANCE_ALL)
        return N_("a probability is above 100 %");
    if (cfg->to_bad > 0 && cfg->to_good == 0) return N_("bursts of loss that never end: an outage is wanted");
    return NULL;
}

void burst_init(struct burst *b, const struct burst_config *cfg, uint64_t *seed)
{
    *b = (struct burst){.cfg = *cfg};
    if (b->cfg.bad_loss == 0) b->cfg.bad_loss = CHANCE_ALL;
    chance_seed(&b->rng, seed);
}

bool burst_next(struct burst *b)
{
    if (b->cfg.to_bad == 0 && b->cfg.good_loss == 0) return false;
    if (chance_happens(&b->rng, b->bad ? b->cfg.to_good : b->cfg.to_bad)) b->bad = !b->bad;
    return chance_happens(&b->rng, b->bad ? b->cfg.bad_loss : b->cfg.good_loss);
}
