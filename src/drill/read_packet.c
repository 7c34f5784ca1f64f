/* Packets: what they say is possible, and may stand where it stands. */
#include <stdio.h>
#include <string.h>

#include "reader.h"
#include "words.h"

bool read_range(struct reader *r, struct span at, struct number n, uint32_t max, uint32_t *out)
{
    if (!n.fits || n.value < 0 || n.value > max) return reader_fail(r, at, _("This number must be 0 to %u."), max);
    *out = (uint32_t)n.value;
    return true;
}

bool read_ip(struct reader *r, struct span at, struct script_ip *all, const struct script_ip *more)
{
    if ((all->ecn && more->ecn) || (all->has_ttl && more->has_ttl) || (all->has_flow && more->has_flow)) {
        return reader_fail(r, at, _("This is said twice."));
    }
    if (more->ecn) all->ecn = more->ecn;
    if (more->ecn == SCRIPT_ECN_TOS) all->tos = more->tos;
    if (more->has_ttl) all->ttl = more->ttl;
    if (more->has_flow) all->flow = more->flow;
    all->has_ttl |= more->has_ttl;
    all->has_flow |= more->has_flow;
    return true;
}

static uint16_t flag_bit(char c)
{
    static const char letters[] = "FSRP.UEWA"; /* from bit 0 on */
    const char *found = strchr(letters, c);
    return (uint16_t)(found && *found ? 1u << (found - letters) : 0u);
}

bool read_flags(struct reader *r, struct span at, const char *word, struct span rest, uint16_t *flags)
{
    char all[40]; /* more than there are flags: what does not fit comes after one that is wrong */
    snprintf(all, sizeof(all), "%s%.*s", word, (int)(rest.to - rest.from), reader_text(r, rest));
    *flags = 0;
    if (strcmp(all, "-") == 0) return true;
    bool counted = false;
    const uint16_t ecn = SCRIPT_ECE | SCRIPT_CWR | SCRIPT_AE;
    for (const char *c = all; *c; c++) {
        uint16_t bit = flag_bit(*c);
        bool number = *c >= '0' && *c <= '7';
        if (!bit && !number) {
            return reader_fail(r, at, _("The flag %c is none: there are F S R P . U E W A, and the digits 0 to 7 for AccECN."),
                               *c);
        }
        if (*flags & bit) return reader_fail(r, at, _("The flag %c is said twice."), *c);
        if ((number && (counted || *flags & ecn)) || (counted && bit & ecn)) {
            return reader_fail(r, at, _("AccECN's number stands instead of the flags E, W and A, and once."));
        }
        counted |= number;
        if (number) bit = (uint16_t)((*c - '0') << 6);
        *flags |= bit;
    }
    return true;
}

bool read_seq(struct reader *r, struct span at, const struct seq *seq)
{
    if (seq->seq + seq->len == seq->end) return true;
    return reader_fail(r, at, _("The range from %u to %u has not the length %u."), seq->seq, seq->end, seq->len);
}

bool read_quote(struct reader *r, struct span at, const struct seq *seq)
{
    return seq->kind == SEQ_RELATIVE || reader_fail(r, at, _("A quoted packet has its sequence numbers as 1:101(100)."));
}

void read_ports(struct script_packet *p, const struct ports *said, const struct ports *udp)
{
    p->has_ports = said->said;
    p->src = said->src;
    p->dst = said->dst;
    p->in_udp = udp->said;
    p->udp_src = udp->src;
    p->udp_dst = udp->dst;
}

bool read_tcp_options(struct reader *r, struct span at, struct script_tcp *t, const struct option_list *options)
{
    t->options_kind = options->kind;
    if (!options->list) return true;
    t->options = options->list->items;
    t->options_n = options->list->n;
    size_t len = 0;
    for (size_t i = 0; i < t->options_n; i++) len += t->options[i].wire_len;
    if (len > 40) return reader_fail(r, at, _("The options' length is %zu; a header has room for 40."), len);
    if (len % 4 != 0)
        return reader_fail(r, at, _("The options' length is %zu; fill them up to a multiple of 4 with nop or eol."), len);
    t->options_len = (uint8_t)len;
    return true;
}

static bool check_inbound(struct reader *r, struct span at, const struct script_packet *p)
{
    if (p->ip.ecn == SCRIPT_ECN_ECT01)
        return reader_fail(r, at, _("A packet to the stack (<) cannot be [ect01]: either, not both."));
    if (p->protocol != SCRIPT_TCP) return true;
    if (p->tcp.seq_kind == SEQ_ANY) return reader_fail(r, at, _("A packet to the stack (<) needs its sequence numbers."));
    if (p->tcp.options_kind == OPTIONS_ANY)
        return reader_fail(r, at, _("A packet to the stack (<) needs its options, not <...>."));
    return p->tcp.has_win || reader_fail(r, at, _("A packet to the stack (<) needs its window: win NUMBER."));
}

const struct script_packet *read_packet(struct reader *r, struct span at, const struct script_packet *p)
{
    if (!p->outbound && !check_inbound(r, at, p)) return NULL;
    struct script_packet *kept = arena_alloc(r->a, sizeof(*kept));
    *kept = *p;
    kept->at = (struct script_at){at.line, at.column};
    return kept;
}
