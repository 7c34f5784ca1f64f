#include "segment_words.h"

#include <inttypes.h>

#include "seq.h"
#include "tcp.h"

static void add_number(struct text *t, const char *name, uint32_t n, const struct seq_side *of, enum number_style style)
{
    if (style == NUMBERS_ABSOLUTE || !of->base_known)
        text_add(t, " %s\t%" PRIu32, name, n);
    else if (style == NUMBERS_BOTH)
        text_add(t, " %s\t%" PRIu32 "\t(%" PRIu32 ")", name, n - of->base, n);
    else
        text_add(t, " %s\t%" PRIu32, name, n - of->base);
}

static uint32_t shown(uint32_t n, const struct seq_side *of, enum number_style style)
{
    return style != NUMBERS_ABSOLUTE && of->base_known ? n - of->base : n;
}

const char *accecn_name(const struct tern_ev_seg *s, unsigned i)
{
    static const char *const name[] = {"e0b", "ceb", "e1b"};
    return name[s->accecn_kind == TCPOPT_ACCECN1 ? 2 - i : i];
}

static void add_options(struct text *t, const struct tern_ev_seg *s, const struct seq_side *acked, enum number_style style)
{
    if (s->mss) text_add(t, " mss\t%u", s->mss);
    if ((s->flags & TH_SYN) && s->wscale != 255) text_add(t, " wscale\t%u", s->wscale);
    if (s->sack_permitted) text_add(t, " sack-permitted");
    if ((s->flags & TH_SYN) && s->timestamps) text_add(t, " timestamps");
    for (unsigned i = 0; i < s->sack_n && i < 4; i++)
        text_add(t, " sack\t%" PRIu32 ":%" PRIu32, shown(s->sack[i][0], acked, style), shown(s->sack[i][1], acked, style));
    if (s->ao) text_add(t, " ao keyid\t%u rnext\t%u mac\t", s->ao_key_id, s->ao_next_key_id);
    for (unsigned i = 0; s->ao && i < s->ao_mac_len && i < sizeof s->ao_mac; i++) text_add(t, "%02x", s->ao_mac[i]);
    if (s->accecn_kind) text_add(t, " AccECN");
    for (unsigned i = 0; i < s->accecn_n && i < 3; i++) text_add(t, " %s\t%" PRIu32, accecn_name(s, i), s->accecn[i]);
}

void segment_label(struct text *t, const struct tern_ev_seg *s, const struct seq_side *own, const struct seq_side *other,
                   enum number_style style)
{
    struct seq_side sender = *own;
    if ((s->flags & TH_SYN) && !own->base_known) sender.base_known = true, sender.base = s->seq;
    text_flags(t, s->flags);
    add_number(t, "seq", s->seq, &sender, style);
    if (s->flags & TH_ACK) add_number(t, "ack", s->ack, other, style);
    if (s->len) text_add(t, " len\t%" PRIu32, s->len);
    uint32_t n = segment_n(s);
    if (n > 1) text_add(t, tr_n(t, " (%u\tsegment)", " (%u\tsegments)", n), n);
    if (!(s->flags & TH_RST)) text_add(t, " win\t%" PRIu32, s->wnd);
    if (s->flags & TH_URG) text_add(t, " urg\t%u", s->urp);
    add_options(t, s, other, style);
}

/* RFC 9293 3.4: an acknowledgement names the next number expected; SYN and FIN take one each. */
void segment_arithmetic(struct text *t, const struct tern_ev_seg *s, const struct seq_side *other, enum number_style style)
{
    if (!(s->flags & TH_ACK) || !other->base_known || !other->acked_known || !seq_gt(seq(s->ack), seq(other->acked))) return;
    uint32_t more = s->ack - other->acked;
    bool syn = other->acked == other->base, fin = other->fin && s->ack == other->fin_end && more > syn;
    char buf[80];
    struct text sum = text_in(buf, sizeof buf);
    text_add(&sum, "ack\t%" PRIu32 "\t=\t%" PRIu32, shown(s->ack, other, style), shown(other->acked, other, style));
    if (syn) text_add(&sum, "+1");
    if (more > 0u + syn + fin) text_add(&sum, "+%" PRIu32, more - syn - fin);
    if (fin) text_add(&sum, "+1");
    if (syn && fin)
        text_add(t, tr(t, "%s: the SYN took a number, the FIN took a number"), buf);
    else if (syn)
        text_add(t, tr(t, "%s: the SYN took a number"), buf);
    else if (fin)
        text_add(t, tr(t, "%s: the FIN took a number"), buf);
    else
        text_add(t, "%s", buf);
}

void segment_learn(struct seq_side *own, struct seq_side *other, const struct tern_ev_seg *s)
{
    if (s->flags & TH_SYN) {
        if (!own->acked_known || own->base != s->seq) *own = (struct seq_side){.acked = s->seq, .acked_known = true};
        own->base = s->seq;
        own->base_known = true;
    }
    if (s->flags & TH_FIN) {
        own->fin = true;
        own->fin_end = s->seq + s->len + !!(s->flags & TH_SYN) + 1;
    }
    if (!(s->flags & TH_ACK) || (s->flags & TH_RST)) return;
    if (!other->acked_known || seq_gt(seq(s->ack), seq(other->acked))) other->acked = s->ack;
    other->acked_known = true;
}
