/* What can be said only when nothing more comes. */
#include "look.h"

#define QUIET (60 * TERN_SEC) /* so long without a segment: it does not just end with the capture */

bool flow_over(const struct flow *f)
{
    const struct half *a = &f->half[STORY_A], *b = &f->half[STORY_B];
    if (a->rst || b->rst || (a->fin && b->fin)) return true;
    return f->conn.packets[STORY_B] == 0 && !a->syn_ack && a->syn && f->conn.packets[STORY_A] == a->syn_n; /* never answered */
}

void look_end(struct look *k, tern_ns last_at)
{
    struct flow *f = k->f;
    const struct half *a = &f->half[STORY_A], *b = &f->half[STORY_B];
    tern_ns quiet = since(last_at, f->conn.last_at);
    bool heard = f->conn.packets[STORY_B] > 0;
    if (a->syn && !a->syn_ack && !heard && f->conn.packets[STORY_A] == a->syn_n && (a->syn_n > 1 || quiet >= TERN_SEC)) {
        found(k, FINDING_NO_ANSWER, STORY_A,
              _("no answer from %s: nobody is there, or a firewall drops the SYN in silence (SYNs sent: %u)"),
              end_name(k, STORY_B), a->syn_n);
        return;
    }
    if (flow_over(f) || a->fin || b->fin || !heard || quiet < QUIET) return;
    found(k, FINDING_NO_FIN, STORY_A, _("no segment for the last %.0f s of the capture, and no FIN: the connection just stops"),
          (double)quiet / 1e9);
}
