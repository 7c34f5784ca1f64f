/* Which rows are plain and may be folded, and what the writers must remember of a connection to say what a row changed. */
#ifndef STORY_STORY_PLAIN_H
#define STORY_STORY_PLAIN_H

#include "plain.h"
#include "segment_words.h"
#include "story.h"

/* Of a connection, up to a row. */
struct story_seen {
    uint64_t number;                    /* the connection's; 0: nothing is remembered */
    struct seq_side side[STORY_SIDE_N]; /* numbers, as the segments told them */
    tern_ns arrived[STORY_SIDE_N];      /* the latest arrival of what the side sent; 0: none */
    struct story_tcb tcb[STORY_SIDE_N];
};

/* The story of connection |conn| begins. */
void story_seen_begin(struct story_seen *seen, const struct story *s, uint32_t conn);
/* |row| was told: what follows is compared with it. */
void story_seen_row(struct story_seen *seen, const struct story *s, const struct story_row *row);

/* Data or an acknowledgement in the middle of a transfer, or what goes with it, after |before|. */
bool story_is_plain(const struct story_row *row, const struct story_seen *before);

/* A run of plain segments, of which the first |show| and the last one are shown. */
struct story_run {
    uint64_t n;
};
enum story_place { STORY_SHOWN, STORY_HELD /* shown unless another one is held after it */, STORY_LEFT_OUT };
enum story_place story_run_next(struct story_run *run, const struct story_row *row, bool plain, uint32_t show);

/* The event that a timer's, a call's or a change's row is about; NULL: it has none. */
const struct tern_event *story_main_event(const struct story_row *row);

/* The relative time |at| as milliseconds in at most 8 columns, of less precision when it is long. */
void story_time(struct text *t, const struct story *s, tern_ns at);

/* "client 192.0.2.1:40000" */
void story_end_name(struct text *t, const struct story *s, uint32_t conn, enum story_side side);
/* The words on a row's arrow, "[forged]" and the like before them. */
void story_label(struct text *t, const struct story_row *row, const struct story_seen *seen, enum number_style numbers);
/* "warning: " and the text. */
void story_finding(struct text *t, const struct story_note *note);

#endif
