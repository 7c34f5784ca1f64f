/* The table of lessons, in the order of the book. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lesson.h"
#include "words.h"

extern const struct lesson lesson_header_;
extern const struct lesson lesson_layers_;
extern const struct lesson lesson_tcb_;
extern const struct lesson lesson_handshake_;
extern const struct lesson lesson_why_three_;
extern const struct lesson lesson_isn_;
extern const struct lesson lesson_queues_;
extern const struct lesson lesson_syn_flood_;
extern const struct lesson lesson_data_;
extern const struct lesson lesson_retransmission_;
extern const struct lesson lesson_window_;
extern const struct lesson lesson_close_;
extern const struct lesson lesson_why_four_;
extern const struct lesson lesson_half_close_;
extern const struct lesson lesson_lost_last_ack_;
extern const struct lesson lesson_why_2msl_;
extern const struct lesson lesson_close_wait_;
extern const struct lesson lesson_direct_close_;
extern const struct lesson lesson_rst_;
extern const struct lesson lesson_keepalive_;
extern const struct lesson lesson_syn_scan_;
extern const struct lesson lesson_fin_scan_;
extern const struct lesson lesson_myths_;

const struct lesson *const lessons[] = {
    /* A line each, so that two people may add theirs at once. */
    /* clang-format off */
    &lesson_header_,
    &lesson_layers_,
    &lesson_tcb_,
    &lesson_handshake_,
    &lesson_why_three_,
    &lesson_isn_,
    &lesson_queues_,
    &lesson_syn_flood_,
    &lesson_data_,
    &lesson_retransmission_,
    &lesson_window_,
    &lesson_close_,
    &lesson_why_four_,
    &lesson_half_close_,
    &lesson_lost_last_ack_,
    &lesson_why_2msl_,
    &lesson_close_wait_,
    &lesson_direct_close_,
    &lesson_rst_,
    &lesson_keepalive_,
    &lesson_syn_scan_,
    &lesson_fin_scan_,
    &lesson_myths_,
    NULL,
    /* clang-format on */
};

const struct lesson *lesson_find(const char *name)
{
    for (size_t i = 0; lessons[i]; i++)
        if (strcasecmp(lessons[i]->name, name) == 0) return lessons[i];
    return NULL;
}

const struct lesson_option_info lesson_option_infos[] = {
    {LESSON_ISN, "isn N", "--isn 100,300",
     N_("a lesson's initial sequence numbers: of the client, of the server; or how they are chosen")},
    {LESSON_ISN_HOW, "isn random|clock|fixed", "--isn fixed",
     N_("a lesson's initial sequence numbers: of the client, of the server; or how they are chosen")},
    {LESSON_RTT, "rtt", "--rtt 200ms", N_("a lesson's round trip, such as 80ms")},
    {LESSON_LOSS_NTH, "loss-nth", "--loss-nth 2", N_("these packets of a lesson are lost, counted from 1 at both ends together")},
    {LESSON_MSL, "msl", "--msl 3s", N_("a lesson's maximum segment lifetime; TIME-WAIT lasts twice that")},
    {LESSON_BYTES, "bytes", "--bytes 5000", N_("how much a lesson sends")},
    {LESSON_MSS, "mss", "--mss 1000", N_("a lesson's maximum segment size")},
    {LESSON_BACKLOG, "backlog", "--backlog 2", N_("a lesson's listener: its accept queue, and as many half-open")},
    {LESSON_SEED, "seed", "--seed 7", N_("of all chance in a lesson")},
    {LESSON_V6, "ipv6", "--ipv6", N_("a lesson over IPv6")},
    {LESSON_SET, "set", "--set rto_min=300ms", N_("a setting of both ends' stacks; may be repeated")},
    {0, NULL, NULL, NULL},
};

const char *lesson_option_text(enum lesson_option bit)
{
    const struct lesson_option_info *o = lesson_option_infos;
    while (o->name && o->bit != bit) o++;
    return o->text;
}

void lesson_heeds(const struct lesson *l, char *out, size_t len)
{
    out[0] = '\0';
    for (const struct lesson_option_info *i = lesson_option_infos; i->name; i++) {
        size_t used = strlen(out);
        if (l->heeds & i->bit) snprintf(out + used, len - used, "%s--%s", used ? ", " : "", i->name);
    }
    for (size_t i = 0; l->without && l->without[i]; i++) {
        size_t used = strlen(out);
        snprintf(out + used, len - used, "%s--without %s", used ? ", " : "", l->without[i]);
    }
}
