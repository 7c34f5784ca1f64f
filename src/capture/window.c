/* Windows: closed and opened, filled, opened by crumbs, and taken for another size than they have. */
#include "look.h"

enum { MSS_DEFAULT = 536, SILLY_MANY = 2, UNSCALED_MANY = 3 };

static void closed_or_open(struct look *k, uint32_t wnd)
{
    struct half *x = k->x;
    if (wnd == 0 && !x->zero) {
        x->zero = true;
        x->zero_at = k->at;
        found(k, FINDING_ZERO_WINDOW, k->side,
              _("%s closes its window: its buffer is full, because the application at %s does not read (largest window so far: "
                "%u bytes)"),
              end_name(k, k->side), end_name(k, k->side), x->wnd_max);
    } else if (wnd > 0 && x->zero) {
        x->zero = false;
        found(k, FINDING_WINDOW_OPEN, k->side, _("%s opens its window again after %.0f ms: %u bytes"), end_name(k, k->side),
              ms(since(k->at, x->zero_at)), wnd);
    }
}

/* RFC 9293 3.8.6.2.2: a receiver opens a used-up window by a segment or half of its buffer, not by less. */
static void by_crumbs(struct look *k, uint32_t wnd, uint32_t edge)
{
    struct half *x = k->x;
    uint32_t least = x->mss_known ? x->mss : MSS_DEFAULT, opened = edge - x->edge;
    if (x->wnd_max / 2 < least) least = x->wnd_max / 2;
    if (!x->edge_known || !k->y->nxt_known || x->edge != k->y->nxt || seq_le(seq(edge), seq(x->edge))) return;
    if (opened >= least || wnd >= least) {
        x->silly_n = 0;
        return;
    }
    if (++x->silly_n == SILLY_MANY)
        found(k, FINDING_SILLY, k->side,
              _("%s opens its window by %u bytes only, again and again: small segments follow (%u bytes would be right)"),
              end_name(k, k->side), opened, least);
}

void look_window(struct look *k)
{
    struct half *x = k->x;
    bool syn = k->flags & TH_SYN, known = window_known(x, k->y);
    if (!(k->flags & TH_ACK) && !syn) return;
    if (!syn && x->ack_known && seq_lt(seq(k->ack), seq(x->ack))) return; /* overtaken by a newer one */
    uint32_t wnd = window_bytes(x, k->y, k->s->tcp.wnd, syn), edge = k->ack + wnd;
    if (!syn) {
        closed_or_open(k, wnd);
        if (known && wnd < k->f->conn.wnd_min[k->side]) k->f->conn.wnd_min[k->side] = wnd;
    }
    if (known && (k->flags & TH_ACK)) {
        uint32_t raw_edge = k->ack + k->s->tcp.wnd;
        by_crumbs(k, wnd, edge);
        if (!x->edge_known || seq_gt(seq(edge), seq(x->edge))) x->edge = edge;
        if (!x->edge_known || seq_gt(seq(raw_edge), seq(x->raw_edge))) x->raw_edge = raw_edge;
        x->edge_known = true;
    }
    x->wnd = wnd;
    x->wnd_raw = k->s->tcp.wnd;
    x->wnd_known = true;
    if (wnd > x->wnd_max) x->wnd_max = wnd;
}

/* Flights that end where the unscaled window would: the sender does not scale though both offered it. */
static void unscaled(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    if (x->scale_told || y->wnd == y->wnd_raw || !y->ack_known) return;
    if (seq_gt(seq(k->end), seq(y->raw_edge))) {
        x->scale_told = true; /* it does scale */
        return;
    }
    if (k->end != y->ack + y->wnd_raw || ++x->unscaled_n < UNSCALED_MANY) return;
    x->scale_told = true;
    found(k, FINDING_WSCALE, k->side,
          _("%s stops each time after %u bytes, where the window of %s would end without its scale (%u bytes with it): "
            "%s does "
            "not know of the scale"),
          end_name(k, k->side), y->wnd_raw, end_name(k, story_other(k->side)), y->wnd, end_name(k, k->side));
}

void look_fill(struct look *k)
{
    struct half *x = k->x, *y = k->y;
    if (k->len == 0 || !y->edge_known || !window_known(y, x) || !x->nxt_known) return;
    if (seq_le(seq(k->end), seq(x->nxt))) return; /* nothing new */
    uint32_t end = k->seq + k->len;               /* without the FIN */
    unscaled(k);
    if (end == y->edge && (!x->filled || x->filled_edge != y->edge)) {
        x->filled = true;
        x->filled_edge = y->edge;
        found(k, FINDING_WINDOW_FULL, k->side, _("%s has filled the window of %s (%u bytes) and must wait"), end_name(k, k->side),
              end_name(k, story_other(k->side)), y->wnd);
    }
    if (seq_le(seq(end), seq(y->edge)) || x->beyond_told || k->f->conn.finding[FINDING_CAPTURE_LOST] > 0 || k->len == 1) return;
    x->beyond_told = true;
    found(k, FINDING_BEYOND_WINDOW, k->side,
          _("%s sends %u bytes beyond the window that %s offered: it takes the window for larger (a lost scale option?), "
            "or the "
            "capture misses a window update"),
          end_name(k, k->side), end - y->edge, end_name(k, story_other(k->side)));
}
