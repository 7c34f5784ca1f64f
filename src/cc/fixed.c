/* A window that never changes, for experiments: what is in flight is bounded by setting fixed_window, and by the peer's window.
 */
#include "cc.h"

static enum tern_rule init(struct cc *cc, const struct cc_sample *s)
{
    cc->cwnd = s->set.fixed_window;
    cc->ssthresh = CC_SSTHRESH_MAX;
    return TERN_RULE_NONE;
}

static enum tern_rule keep(struct cc *cc, const struct cc_sample *s)
{
    (void)cc, (void)s;
    return TERN_RULE_NONE;
}

static enum tern_rule keep_rto(struct cc *cc, const struct cc_sample *s, bool first)
{
    (void)cc, (void)s, (void)first;
    return TERN_RULE_NONE;
}

const struct cc_ops cc_fixed = {
    .name = "fixed",
    .blind = true,
    .own_recovery = true, /* not even then does the window change */
    .init = init,
    .on_ack = keep,
    .on_loss = keep,
    .on_recovered = keep,
    .on_rto = keep_rto,
    .on_idle = keep,
    .on_ecn = keep,
    .on_syn_lost = keep,
};
