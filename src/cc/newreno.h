/* NewReno's operations for those who fall back on them, and what it remembers for an undo. */
#ifndef CC_NEWRENO_H
#define CC_NEWRENO_H

#include "cc.h"

/* The window before the last reduction; cwnd 0: it cannot be undone (any more). */
struct cc_undo {
    uint32_t cwnd, ssthresh;
};

/* What the state of those begins with whose reductions are NewReno's, and undone as its are (reno_...). */
struct cc_reno {
    struct cc_state head;
    struct cc_undo undo;
};

/* RFC 5681 3.1: one MSS for each cwnd of acknowledged bytes. */
enum tern_rule newreno_avoidance(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_init(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_ack(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_loss(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_recovered(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_rto(struct cc *cc, const struct cc_sample *s, bool first);
enum tern_rule newreno_on_idle(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_ecn(struct cc *cc, const struct cc_sample *s);
enum tern_rule newreno_on_syn_lost(struct cc *cc, const struct cc_sample *s);
enum tern_rule reno_on_loss(struct cc *cc, const struct cc_sample *s);
enum tern_rule reno_on_rto(struct cc *cc, const struct cc_sample *s, bool first);
enum tern_rule reno_on_undo(struct cc *cc, const struct cc_sample *s);
void cc_remember(const struct cc *cc, struct cc_undo *u);
enum tern_rule cc_undone(struct cc *cc, struct cc_undo *u);

#endif
