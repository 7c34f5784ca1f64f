/* RSTs, and what most likely caused them. */
#include "look.h"

enum { SLACK = 1 << 20 }; /* where the window is not known */

/* RFC 5961 3.2, RFC 9293 3.10.7.4: its number must be in the receiver's window. */
static bool in_window(const struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    if (!y->ack_known || (x->nxt_known && k->seq == x->nxt)) return true;
    uint32_t wnd = window_known(y, x) ? y->wnd : SLACK;
    return k->seq - y->ack <= wnd || y->ack - k->seq <= 1;
}

static void refused(struct look *k)
{
    const struct half *y = k->y;
    const char *from = end_name(k, k->side), *to = end_name(k, story_other(k->side));
    if (y->syn_n > 1 || !(k->flags & TH_ACK))
        found(k, FINDING_RST_FIREWALL, k->side,
              _("%s refuses the SYN, but not at once or not as a host does: a firewall, rather than a port without a listener"),
              from);
    else
        found(k, FINDING_RST_REFUSED, k->side,
              _("%s refuses the SYN after %.1f ms: nobody listens on port %u (\"connection refused\" at %s)"), from,
              ms(since(k->at, y->syn_at)), k->f->conn.end[k->side].port, to);
}

static bool from_a_box(struct look *k)
{
    const struct half *x = k->x;
    if (!x->ttl_known || x->ttl == k->s->ip.ttl) return false;
    found(k, FINDING_RST_MIDDLEBOX, k->side,
          _("this RST has the TTL %u (identification %u), the other packets of %s have %u: it comes from a box on the way"),
          k->s->ip.ttl, k->s->id, end_name(k, k->side), x->ttl);
    if (k->row) k->row->forged = true;
    return true;
}

/* A connection of which both ends knew. */
static void aborted(struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    const char *from = end_name(k, k->side), *to = end_name(k, story_other(k->side));
    if (!(k->flags & TH_ACK))
        found(k, FINDING_RST_HALF_OPEN, k->side,
              _("%s answers with a RST that only repeats the number asked for: it does not know the connection any more "
                "(rebooted, or "
                "its program is gone)"),
              from);
    else if (k->f->conn.bytes[story_other(k->side)] > 0 && y->data_at > x->data_at)
        found(k, FINDING_RST_UNREAD, k->side,
              _("%s resets after data of %s: its application closed without reading it, or was killed"), from, to);
    else
        found(k, FINDING_RST_ABORT, k->side, _("%s resets: its application aborted (SO_LINGER with 0 seconds, or it was killed)"),
              from);
    if (!x->fin && !y->fin)
        found(k, FINDING_NO_FIN, k->side, _("the connection ends without any FIN: neither end knows whether all data arrived"));
}

enum verdict { ANOTHER_CASE, ACCEPTED, IGNORED };

/* While the connection is opened. */
static enum verdict opening(struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    if (k->f->conn.packets[k->side] == 0 && y->syn && !y->syn_ack && !y->ack_known) {
        if (k->flags & TH_ACK && k->ack != y->nxt && k->ack != y->iss + 1) {
            found(k, FINDING_RST_INVALID, k->side,
                  _("this RST acknowledges %u, the SYN had the number %u: its receiver must ignore it"), k->ack, y->iss);
            return IGNORED;
        }
        refused(k);
        return ACCEPTED;
    }
    if (!y->syn_ack || k->f->handshake_done || x->syn_ack) return ANOTHER_CASE;
    if (!x->syn || x->ack_known || k->f->conn.bytes[k->side] > 0) return ANOTHER_CASE;
    found(k, FINDING_RST_SYN_ACK, k->side,
          _("%s does not want the connection that %s accepts: a port scan, an old SYN, or a SYN in a false name"),
          end_name(k, k->side), end_name(k, story_other(k->side)));
    return ACCEPTED;
}

bool look_reset(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    enum verdict verdict = opening(k);
    if (verdict != ANOTHER_CASE) return verdict == ACCEPTED;
    if (x->rst || y->rst) {
        found(k, FINDING_RST_LATE, k->side, _("a RST once more: it answers what was on its way when the connection ended"));
        return true;
    }
    if (k->f->stray_syn[k->side] || k->f->stray_syn[story_other(k->side)]) {
        found(k, FINDING_RST_HALF_OPEN, k->side, _("%s ends the connection that was half-open"), end_name(k, k->side));
        return true;
    }
    if (!in_window(k)) {
        found(k, FINDING_RST_INVALID, k->side,
              _("this RST has the number %u, %s awaits %u: it must be ignored (forged, or very old)"), relative(x, k->seq),
              end_name(k, story_other(k->side)), relative(x, y->ack));
        if (k->row) k->row->forged = true;
        return false;
    }
    if (from_a_box(k)) return true;
    if (x->fin && y->fin && x->una_known && seq_ge(seq(x->una), seq(x->fin_end)))
        found(k, FINDING_RST_LATE, k->side, _("a RST after both ends had closed"));
    else if (x->fin)
        found(k, FINDING_RST_AFTER_CLOSE, k->side,
              _("%s had closed already, and data of %s still came: nobody is there to read it"), end_name(k, k->side),
              end_name(k, story_other(k->side)));
    else
        aborted(k);
    return true;
}
