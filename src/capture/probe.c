/* Probes: keepalive, and of a closed window. Both are segments that the receiver must answer though they bring nothing new. */
#include "look.h"

enum { KEEPALIVES_MAX = 3, TIMEOUTS_MAX = 4 }; /* unanswered, until the other end counts as gone */

void look_alive(struct look *k)
{
    k->y->silent_n = k->y->silent_keepalives = 0;
    k->y->half_open_told = false;
}

/* Sent in vain, one more time. Only who was heard can fall silent: with one direction captured nothing follows. */
static void silence(struct look *k, bool probe)
{
    struct half *x = k->x;
    uint32_t n = probe ? ++x->silent_keepalives : ++x->silent_n;
    if (x->half_open_told || n < (probe ? KEEPALIVES_MAX : TIMEOUTS_MAX) || !k->y->nxt_known || !k->y->ack_known) return;
    x->half_open_told = true;
    found(k, FINDING_HALF_OPEN, k->side,
          _("%s has tried %u times, and nothing came from %s for %.0f ms: %s is gone, or the way to it"), end_name(k, k->side), n,
          end_name(k, story_other(k->side)), ms(since(k->at, k->y->ack_at)), end_name(k, story_other(k->side)));
}

void look_silence(struct look *k) { silence(k, false); }

static void keepalive(struct look *k)
{
    k->x->keepalive = true;
    found(k, FINDING_KEEPALIVE, k->side, _("keepalive: %s asks, %.0f ms after the last segment, whether %s is still there"),
          end_name(k, k->side), ms(since(k->at, k->x->data_at > k->y->ack_at ? k->x->data_at : k->y->ack_at)),
          end_name(k, story_other(k->side)));
    silence(k, true);
}

static void zero_probe(struct look *k)
{
    found(k, FINDING_ZERO_PROBE, k->side, _("%s asks, %.0f ms after the window of %s closed, whether it is open again"),
          end_name(k, k->side), ms(since(k->at, k->y->zero_at)), end_name(k, story_other(k->side)));
    if (k->len == 0) return;
    k->x->probing = true;
    k->x->probe = k->seq;
    if (k->seq == k->x->nxt) {
        k->x->nxt = k->end;
        sendlog_add(&k->x->log, k->end, k->at, k->x->una);
    }
}

bool look_probe(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    if (k->flags & (TH_SYN | TH_FIN | TH_RST) || !(k->flags & TH_ACK) || k->len > 1 || !x->nxt_known || !x->una_known)
        return false;
    bool behind = k->seq == x->nxt - 1;
    if (y->zero && ((behind && (k->len == 0 || x->una == x->nxt || x->probing)) || (k->len == 1 && k->seq == x->nxt))) {
        zero_probe(k);
        return true;
    }
    if (!behind || x->una != x->nxt || (x->syn && x->nxt == x->iss + 1 && k->len == 0 && !y->nxt_known)) return false;
    keepalive(k);
    return true;
}
