/* Explicit congestion notification: what was agreed on, marks and what becomes of them, and a path that changes the ECN field or
 * the flags that tell of it (RFC 3168, RFC 9768). */
#include "ecn_field.h"
#include "look.h"

enum {
    FLAGS = TH_AE | TH_CWR | TH_ECE,
    SETUP = TH_CWR | TH_ECE,
    ENOUGH = 10,   /* segments with new data */
    IN_VAIN = 3,   /* marks that were acknowledged and not told of */
    BACKWARDS = 5, /* a counter modulo 8 that has moved by more was not yet there */
};

/* UNKNOWN: not both of a SYN and its SYN,ACK were seen. */
enum manner { UNKNOWN, NONE, CLASSIC, ACCURATE };

static unsigned field_of(const struct look *k) { return k->s->ip.tos & 3u; }

static enum manner agreed(const struct look *k)
{
    const struct half *server = k->x->syn_ack ? k->x : k->y, *client = k->x->syn_ack ? k->y : k->x;
    uint16_t asked = client->ecn.flags, said = server->ecn.flags;
    if (!server->syn_ack || client->syn_ack || !client->syn) return UNKNOWN;
    if (asked == SETUP) return (said & SETUP) == TH_ECE ? CLASSIC : NONE;
    if (asked != FLAGS || said == 0 || said == FLAGS) return NONE;
    return said == TH_ECE ? CLASSIC : ACCURATE;
}

static const char *field_name(unsigned field)
{
    static const char *const name[] = {[ECN_NOT] = "Not-ECT", [ECN_ECT1] = "ECT(1)", [ECN_ECT0] = "ECT(0)", [ECN_CE] = "CE"};
    return name[field & 3];
}

/* ---- the path changes what it should not ---- */

/* What |side| sent had |sent| here, and elsewhere on its way |came|. */
static void changed(struct look *k, enum story_side side, unsigned sent, unsigned came, const char *where)
{
    struct ecn_seen *e = &k->f->half[side].ecn;
    bool bleached = came == ECN_NOT;
    if (bleached ? e->bleached_told : e->mangled_told) return;
    *(bleached ? &e->bleached_told : &e->mangled_told) = true;
    if (bleached)
        found(k, FINDING_ECN_BLEACHED, side, _("%s of %s: %s here, Not-ECT there: a box on the way clears the ECN field"), where,
              end_name(k, side), field_name(sent));
    else
        found(k, FINDING_ECN_MANGLED, side, _("%s of %s: %s here, %s there: a box on the way changes the ECN field"), where,
              end_name(k, side), field_name(sent), field_name(came));
}

void look_ecn_twice(struct look *k, unsigned before, unsigned ttl_before)
{
    unsigned now = field_of(k);
    bool later = k->s->ip.ttl < ttl_before;
    unsigned sent = later ? before : now, came = later ? now : before;
    if (!ecn_possible(sent, came)) changed(k, k->side, sent, came, _("the same packet"));
}

/* The other end tells by |ace| with which field the SYN or SYN,ACK came, of which any of |e->fields| was sent. */
static void compare_told(struct look *k, unsigned ace, const char *which)
{
    const struct ecn_seen *e = &k->y->ecn;
    unsigned came, last = ECN_NOT;
    if (!ecn_told(ace, &came)) return;
    for (unsigned sent = 0; sent <= ECN_CE; sent++) {
        if (!(e->fields & 1u << sent)) continue;
        if (ecn_possible(sent, came)) return;
        last = sent;
    }
    changed(k, story_other(k->side), last, came, which);
}

static void flags_changed(struct look *k, const char *text)
{
    if (k->x->ecn.mangled_told) return;
    k->x->ecn.mangled_told = true;
    found(k, FINDING_ECN_MANGLED, k->side, "%s", text);
}

/* ---- SYNs ---- */

static void syn(struct look *k)
{
    struct ecn_seen *e = &k->x->ecn;
    uint16_t flags = k->flags & FLAGS;
    bool answer = k->flags & TH_ACK;
    if (k->x->syn_n > 1 && e->flags && !flags && !e->fallback_told) {
        e->fallback_told = true;
        found(k, FINDING_ECN_FALLBACK, k->side, _("%s sends it again without the ECN flags: what had them was not answered"),
              end_name(k, k->side));
    }
    e->fields |= (uint8_t)(1u << field_of(k));
    if (answer || flags) e->flags = flags;
    if (!answer || k->y->ecn.flags != FLAGS) return;
    if (flags == FLAGS)
        flags_changed(k, _("the SYN,ACK repeats the ECN flags of the SYN: who sent it copies flags that it does not know"));
    else if (agreed(k) == ACCURATE)
        compare_told(k, ecn_ace(flags), _("the SYN"));
}

/* RFC 9768 3.2.2.1: the client's first ACK, pure, tells with what field the SYN,ACK came. */
static bool answers_syn_ack(const struct look *k)
{
    const struct half *x = k->x, *y = k->y;
    return !x->syn_ack && k->len == 0 && !(k->flags & TH_FIN) && k->seq == x->iss + 1 && k->ack == y->iss + 1;
}

/* ---- what the receiver tells ---- */

static void count_in(struct look *k)
{
    struct ecn_seen *e = &k->x->ecn;
    unsigned ace = ecn_ace(k->flags), moved = (ace - e->ace) & ACE_MAX;
    if (answers_syn_ack(k)) {
        compare_told(k, ace, _("the SYN,ACK"));
        if (!ace) flags_changed(k, _("the counter of marks begins with 0: a box on the way clears the flags"));
        e->ace = ace == ecn_tells(ECN_CE) ? ACE_FIRST + 1 : ACE_FIRST;
        e->heard = true;
        return;
    }
    if (!e->heard) {
        e->heard = true;
        e->ace = (uint8_t)ace; /* of the server: with the first one there may have been marks */
        moved = (ace - ACE_FIRST) & ACE_MAX;
    }
    if (!moved || (moved > BACKWARDS && k->x->ack_known && k->ack == k->x->ack)) return;
    e->ace = (uint8_t)ace;
    e->told = true;
    found(k, FINDING_ECN_ECHO, k->side, _("its counter of marks moves by %u: so many packets have come with CE"), moved);
}

static void echo_in(struct look *k)
{
    struct ecn_seen *e = &k->x->ecn;
    bool echo = k->flags & TH_ECE;
    if (echo && !e->echoing)
        found(k, FINDING_ECN_ECHO, k->side, _("ECE: %s has received a packet that was marked, and says so until CWR comes"),
              end_name(k, k->side));
    e->echoing = echo;
    e->told = e->told || echo;
}

/* Marks of the other end's data that this segment acknowledges: is anything ever said of them? */
static void marks_acked(struct look *k)
{
    struct ecn_seen *e = &k->y->ecn;
    if (!e->waits || seq_lt(seq(k->ack), seq(e->marked_end))) return;
    e->waits = false;
    if (k->x->ecn.told || ++e->in_vain != IN_VAIN) return;
    found(k, FINDING_ECN_NOT_ECHOED, k->side,
          _("acknowledges what came marked (CE), for the %u. time, and never said so: the sender does not slow down"), IN_VAIN);
}

/* RFC 9768 3.2.1: its counters of bytes begin with 1, 0, 1. */
static void bytes_in(struct look *k)
{
    const struct ecn_seen *e = &k->y->ecn;
    const struct wire_tcp_options *o = &k->s->tcp.opt;
    if (o->accecn_n < 3 || e->capable_n < ENOUGH || seq_lt(seq(k->ack), seq(e->capable_end))) return;
    if (o->accecn[0] != 1 || o->accecn[1] != 0 || o->accecn[2] != 1) return;
    changed(k, story_other(k->side), ECN_ECT0, ECN_NOT, _("the data"));
}

/* ---- data ---- */

static void new_data(struct look *k, enum manner manner, unsigned field)
{
    struct ecn_seen *e = &k->x->ecn;
    if (manner == NONE) {
        if (field != ECN_NOT && !e->mangled_told) {
            e->mangled_told = true;
            found(k, FINDING_ECN_MANGLED, k->side,
                  _("%s, though the SYNs did not agree on ECN: a box on the way writes into the field, or takes it for a type of "
                    "service"),
                  field_name(field));
        }
        return;
    }
    if (field == ECN_CE) e->waits = true, e->marked_end = k->end;
    if (field != ECN_NOT && ++e->capable_n <= ENOUGH) e->capable_end = k->end;
    if (field != ECN_NOT || e->capable_n || ++e->plain_n != ENOUGH) return;
    found(k, FINDING_ECN_UNUSED, k->side,
          _("the %u. segment with new data without ECT, though both ends agreed on ECN: %s does not use it, or a box before this "
            "place clears the field"),
          ENOUGH, end_name(k, k->side));
}

/* RFC 3168 6.1.2: on the first new data after the window went down. */
static void reduced(struct look *k)
{
    bool said = k->flags & TH_CWR;
    if (said && !k->x->ecn.reduced)
        found(k, FINDING_ECN_REDUCED, k->side, _("CWR: %s has made its congestion window smaller"), end_name(k, k->side));
    k->x->ecn.reduced = said;
}

void look_ecn(struct look *k)
{
    if (k->flags & TH_SYN) {
        syn(k);
        return;
    }
    enum manner manner = agreed(k);
    unsigned field = field_of(k);
    if (manner == UNKNOWN) return;
    bool fresh = k->len && k->x->nxt_known && seq_ge(seq(k->seq), seq(k->x->nxt));
    if (manner != NONE && field == ECN_CE)
        found(k, FINDING_ECN_MARKED, k->side, _("a router has marked it (CE): its queue grows"));
    if (manner == CLASSIC) echo_in(k);
    if (manner == CLASSIC && fresh) reduced(k);
    if (manner == ACCURATE) count_in(k);
    if (manner == ACCURATE) bytes_in(k);
    if (manner != NONE) marks_acked(k);
    if (fresh) new_data(k, manner, field);
}
