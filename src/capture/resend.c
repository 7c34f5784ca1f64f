/* What takes numbers: in order, behind a hole, into a hole, or sent again, and then why. */
#include <stdio.h>

#include "look.h"

#define TIMER_LEAST (190 * TERN_MS) /* the least retransmission timeout in use is 200 ms */

/* What comes sooner after a sign is an answer to it. */
static tern_ns answer_limit(const struct look *k) { return 50 * TERN_MS + round_trip(k) + round_trip(k) / 4; }

struct what {
    char text[64];
};

/* The numbers [from, to) as they are told. */
static const char *name_range(const struct look *k, uint32_t from, uint32_t to, struct what *out)
{
    const struct half *x = k->x;
    if (!k->row) return "";
    if (k->len == 0)
        snprintf(out->text, sizeof out->text, _("the FIN, number %u,"), relative(x, from));
    else
        snprintf(out->text, sizeof out->text, _("bytes %u to %u"), relative(x, from), relative(x, to - 1));
    return out->text;
}

static tern_ns age(const struct look *k)
{
    tern_ns first;
    return sendlog_time(&k->x->log, k->seq, &first) ? since(k->at, first) : since(k->at, k->x->data_at);
}

static void remember_again(struct look *k, uint32_t from, uint32_t to, bool needless)
{
    struct half *x = k->x;
    uint32_t place = x->again_n++ % AGAIN_KEPT;
    x->again[place] = (struct range){from, to};
    x->again_needless[place] = needless;
    x->again_at[place] = k->at;
    sendlog_again(&x->log, from, to);
    k->f->conn.retransmitted[k->side]++;
}

static void spurious(struct look *k, uint32_t from, uint32_t to)
{
    struct what what;
    remember_again(k, from, to, true);
    found(k, FINDING_RTX_SPURIOUS, k->side,
          _("%s sent again %.1f ms after the first time, but the acknowledgement was already seen"),
          name_range(k, from, to, &what), ms(age(k)));
}

static void fast(struct look *k, uint32_t from, uint32_t to)
{
    struct what what;
    struct half *x = k->x, *y = k->y;
    const char *range = name_range(k, from, to, &what);
    remember_again(k, from, to, false);
    if (x->sacked.n > 0)
        found(k, FINDING_RTX_FAST, k->side,
              _("%s sent again %.1f ms after the first time; selective acknowledgements told of the gap: fast retransmission"),
              range, ms(age(k)));
    else if (y->dups > 0)
        found(k, FINDING_RTX_FAST, k->side,
              _("%s sent again %.1f ms after the first time; %u duplicate acknowledgements before: fast retransmission"), range,
              ms(age(k)), y->dups);
    else
        found(k, FINDING_RTX_FAST, k->side,
              _("%s sent again %.1f ms after the first time, on a partial acknowledgement: fast retransmission goes on"), range,
              ms(age(k)));
}

static void timeout(struct look *k, uint32_t from, uint32_t to, bool fired)
{
    struct what what;
    const char *range = name_range(k, from, to, &what);
    remember_again(k, from, to, false);
    if (!fired) {
        found(k, FINDING_RTX_TIMEOUT, k->side, _("%s sent again %.1f ms after the first time: what the timeout took for lost"),
              range, ms(age(k)));
        return;
    }
    found(k, FINDING_RTX_TIMEOUT, k->side,
          _("%s sent again %.1f ms after the first time, nothing was heard meanwhile: the retransmission timer"), range,
          ms(age(k)));
    look_silence(k);
}

static void smaller(struct look *k, uint32_t from, uint32_t to)
{
    struct what what;
    const char *range = name_range(k, from, to, &what);
    remember_again(k, from, to, false);
    found(k, FINDING_PATH_MTU, k->side,
          _("%s sent again: a router's ICMP told %.1f ms before that packets above %u bytes do not get through"), range,
          ms(since(k->at, k->f->narrow.at)), k->f->narrow.mtu);
}

static void probe(struct look *k, uint32_t from, uint32_t to)
{
    struct what what;
    const char *range = name_range(k, from, to, &what);
    remember_again(k, from, to, false);
    found(k, FINDING_RTX_PROBE, k->side,
          _("%s sent again %.1f ms after the first time, sooner than the timer: a tail loss probe"), range, ms(age(k)));
}

/* RFC 8985: what was sent again after |number| was first sent has arrived, so |number| is lost. */
static bool later_arrived(const struct half *x, uint32_t number)
{
    tern_ns first;
    if (!x->una_known || !sendlog_time(&x->log, number, &first)) return false;
    for (uint32_t i = 0; i < AGAIN_KEPT && i < x->again_n; i++)
        if (x->again_at[i] >= first && seq_le(seq(x->again[i].to), seq(x->una))) return true;
    return false;
}

/* The last segment, alone, while earlier ones wait as well: the timer would send the first. */
static bool is_tail_probe(const struct look *k)
{
    const struct half *x = k->x;
    return k->end == x->nxt && seq_gt(seq(k->seq), seq(x->una)) && x->recovery == RECOVERY_NONE;
}

static void sent_again(struct look *k, uint32_t from, uint32_t to)
{
    struct half *x = k->x, *y = k->y;
    if (x->una_known && y->ack_known && (seq_le(seq(to), seq(x->una)) || ranges_cover(&x->sacked, from, to))) {
        spurious(k, from, to);
        return;
    }
    if (path_mtu_again(k, from, to)) {
        smaller(k, from, to);
        return;
    }
    tern_ns heard = y->ack_at > x->data_at ? y->ack_at : x->data_at;
    bool answer = y->ack_known && (since(k->at, y->ack_at) <= answer_limit(k) || age(k) < TIMER_LEAST);
    bool signs = y->dups > 0 || x->sacked.n > 0 || later_arrived(x, from);
    bool going_on = x->recovery != RECOVERY_NONE && x->una_known && seq_lt(seq(x->una), seq(x->recover));
    if (answer && (signs || (going_on && x->recovery == RECOVERY_FAST)) && !(going_on && x->recovery == RECOVERY_TIMEOUT)) {
        fast(k, from, to);
        if (!going_on) x->recover = x->nxt;
        x->recovery = RECOVERY_FAST;
        return;
    }
    if (!going_on && is_tail_probe(k)) {
        probe(k, from, to);
        return;
    }
    bool goes_on = going_on && x->recovery == RECOVERY_TIMEOUT && since(k->at, heard) <= answer_limit(k);
    timeout(k, from, to, !goes_on);
    if (!goes_on || !going_on) x->recover = x->nxt;
    x->recovery = RECOVERY_TIMEOUT;
}

/* What made the hole in which |number| lies; NULL: too many have been made since. */
static struct pass *passed_over(struct half *x, uint32_t number)
{
    for (uint32_t i = 0; i < x->holes.n; i++) {
        const struct range *hole = &x->holes.r[i];
        if (!seq_lt(seq(number), seq(hole->to))) continue;
        for (uint32_t j = 0; j < RANGES_MAX && j < x->passed_n; j++)
            if (x->passed[j].to == hole->to) return &x->passed[j];
        return NULL;
    }
    return NULL;
}

void look_told(struct look *k, uint32_t from)
{
    struct half *y = k->y;
    if (y->holes.n == 0) return;
    for (uint32_t i = 0; i < RANGES_MAX && i < y->passed_n; i++) {
        struct pass *p = &y->passed[i];
        if (p->told_at == 0 && seq_le(seq(p->to), seq(from))) p->told_at = k->at;
    }
}

/* Numbers that were passed over came after all. Linux counts the identification up by one each packet of a connection: that tells
 * the order in which they left. Else a late one comes soon, and a second copy when the sender can have heard of the gap. */
static bool was_overtaken(const struct look *k, const struct pass *by)
{
    const struct half *x = k->x, *y = k->y;
    if (!by) return false;
    if (k->s->ip.version == 4 && k->s->id != 0 && by->id != 0) {
        uint16_t ahead = (uint16_t)(by->id - k->s->id);
        if (ahead > 0 && ahead < 1024) return true;
        if (ahead > UINT16_MAX - 1024) return false;
    }
    bool sacks = y->ack_known && ((x->sack_permitted && y->sack_permitted) || x->sacked.n > 0);
    if (sacks && by->told_at == 0) return since(k->at, by->at) < TIMER_LEAST;
    if (sacks && y->rtt.least > 0) return since(k->at, by->told_at) < y->rtt.least * 3 / 4;
    tern_ns rtt = x->rtt.least + y->rtt.least, limit = rtt > 0 ? rtt * 3 / 4 : 3 * TERN_MS;
    return since(k->at, by->at) < limit && (sacks || y->dups < 3);
}

static void fill_hole(struct look *k, uint32_t from, uint32_t to)
{
    struct half *x = k->x;
    struct what what;
    struct pass *by = passed_over(x, from);
    if (was_overtaken(k, by))
        found(k, FINDING_OUT_OF_ORDER, k->side, _("%s came %.1f ms late: segments sent after it were faster"),
              name_range(k, from, to, &what), ms(since(k->at, by->at)));
    else
        sent_again(k, from, to);
    ranges_cut(&x->holes, from, to);
    if (by && by->to == to) by->to = from; /* what is left of the hole ends there */
}

static void old_numbers(struct look *k)
{
    struct half *x = k->x;
    struct range hole;
    uint32_t to = seq_lt(seq(k->end), seq(x->nxt)) ? k->end : x->nxt;
    if (x->probing && k->seq == x->probe && to == k->seq + 1) {
        x->probing = false; /* the byte of a window probe, in the segment that it belongs to */
    } else if (ranges_meet(&x->holes, k->seq, to, &hole)) {
        fill_hole(k, hole.from, hole.to);
    } else {
        sent_again(k, k->seq, to);
    }
}

/* Does a segment without data tell that numbers were passed over? Not when they are beyond what may be sent. */
static bool is_ahead(const struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    return k->flags & TH_ACK && seq_gt(seq(k->seq), seq(x->nxt)) && y->edge_known && seq_le(seq(k->seq), seq(y->edge));
}

/* Behind what was expected: what lies between was lost before, comes later, or the capture missed it. */
static void open_hole(struct look *k)
{
    struct half *x = k->x;
    if (k->seq - x->nxt > UINT32_C(1) << 30) { /* no window is that large: other numbers altogether */
        x->una_known = false;
    } else {
        ranges_add(&x->holes, x->nxt, k->seq);
        x->passed[x->passed_n++ % RANGES_MAX] = (struct pass){.to = k->seq, .id = k->s->id, .at = k->at};
        if (x->passed_n == 2 * RANGES_MAX) x->passed_n = RANGES_MAX;
    }
    x->nxt = k->seq;
}

void look_data(struct look *k)
{
    struct half *x = k->x;
    if (!x->nxt_known) {
        x->nxt_known = true;
        x->nxt = k->seq;
        x->first = k->seq - 1;
    }
    if (k->end == k->seq) {
        if (is_ahead(k)) open_hole(k);
        return;
    }
    if (seq_gt(seq(k->seq), seq(x->nxt))) open_hole(k);
    if (seq_lt(seq(k->seq), seq(x->nxt)) && !(k->flags & TH_SYN)) old_numbers(k);
    if (seq_gt(seq(k->end), seq(x->nxt))) {
        x->nxt = k->end;
        sendlog_add(&x->log, k->end, k->at, x->una);
    }
    if (k->flags & TH_FIN) {
        x->fin = true;
        x->fin_end = k->end;
    }
    x->data_at = k->at;
    uint32_t flight = x->nxt - x->una;
    if (x->una_known && seq_ge(seq(x->nxt), seq(x->una)) && flight > k->f->conn.flight_max[k->side])
        k->f->conn.flight_max[k->side] = flight;
}
