/* The table of lessons, in the order of the book. */
#include <string.h>
#include <strings.h>

#include "lesson.h"

extern const struct lesson lesson_header_;
extern const struct lesson lesson_layers_;
extern const struct lesson lesson_tcb_;
extern const struct lesson lesson_handshake_;
extern const struct lesson lesson_why_three_;
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
    /* clang-format off: a line each, so that two people may add theirs at once */
    &lesson_header_,
    &lesson_layers_,
    &lesson_tcb_,
    &lesson_handshake_,
    &lesson_why_three_,
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
