/* What holds of every connection after every event: the core's own list, tcp_check(), and what the algorithms together owe. */
#include "conn.h"
#include "lab_internal.h"

struct look {
    struct lab *lab;
    size_t node;
};

/* RFC 9937 sets the window to what is in flight and may follow, which of small segments is less. */
static bool window_is_a_segment(const struct tern_status *st)
{
    if (st->state < TERN_ESTABLISHED || st->state == TERN_TIME_WAIT || st->error) return true;
    if (st->recovery == TERN_RECOVERY_FAST || st->recovery == TERN_RECOVERY_CWR) return true; /* the latter by setting prr_ecn */
    return st->cwnd >= st->mss;
}

static bool look(void *ctx, struct tern_conn *c, const struct tern_status *st)
{
    const struct look *l = ctx;
    if (!c || l->lab->failure.kind != LAB_OK) return true;
    const char *rule = tcp_check(c);
    if (!rule && !window_is_a_segment(st)) rule = "cwnd >= mss";
    if (!rule) return true;
    lab_fail(l->lab, LAB_INVARIANT, -1, (int32_t)l->node, st->id);
    l->lab->failure.rule = rule;
    return false;
}

void invariants_check(struct lab *lab, size_t node)
{
    struct look l = {lab, node};
    tern_stack_each(lab->machine[node].s, look, &l);
}
