/* Writers of what a stack did: trace events as a text ladder, as JSON lines, as the comments of a capture; connections as a
 * table. All write through struct tern_out. None of them is needed to run a stack. */
#ifndef TERN_DRAW_H
#define TERN_DRAW_H

#include <tern/conn.h>
#include <tern/link.h>
#include <tern/loop.h>
#include <tern/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where text goes: |put| takes |len| bytes and returns 0, or anything else when it failed. Text is UTF-8, or ASCII where asked
 * for. */
struct tern_out {
    int (*put)(void *ctx, const char *text, size_t len);
    void *ctx;
};

/* A |put| whose |ctx| is a FILE of <stdio.h>. */
TERN_API int tern_put_file(void *file, const char *text, size_t len);

/* ---- ladder ---- */

/* How much a ladder tells. Segments with their rules, state changes, drops, timers that fired, and the calls OPEN, CLOSE, ABORT
 * are always shown. */
enum tern_ladder_detail {
    TERN_LADDER_NORMAL, /* and further rules, timers set and stopped, every call */
    TERN_LADDER_BRIEF,
    TERN_LADDER_FULL /* and windows, congestion windows, round trips */
};

struct tern_ladder_config {
    struct tern_out out;
    uint32_t width; /* columns; 0: 100. Below 60 counts as 60, above 400 as 400 */
    uint32_t conn;  /* number of the only connection to show; 0: all */
    uint32_t fold;  /* of a run of plain data and acknowledgements so many are shown, and the last one; 0: 4; UINT32_MAX: all */
    enum tern_ladder_detail detail;
    bool colour; /* ANSI colours */
    bool ascii;  /* no UTF-8; what |translate| returns is not touched by this */
    tern_translate translate;
};

/* A ladder of one stack's events: its side on the left, its peer on the right. The peer's state is inferred from the segments (as
 * it must be if it received what was sent), until tern_ladder_peer_event() tells it. */
struct tern_ladder;

/* NULL: out of memory. */
TERN_API struct tern_ladder *tern_ladder_new(const struct tern_ladder_config *config);
/* The next event, in order. A segment is written when the events that belong to it have been seen: with the next one, or by
 * tern_ladder_flush(). Returns 0; TERN_ERR_IO when |put| failed (sticky); TERN_ERR_NOMEM. */
TERN_API int tern_ladder_event(struct tern_ladder *l, const struct tern_event *ev);
/* The next event of the peer, when it is a tern, too, on the same clock: to be given in the order of time among the others. Its
 * state is then the true one, and its state changes, timers and drops stand on the right. Events of connections not seen yet are
 * passed over. */
TERN_API int tern_ladder_peer_event(struct tern_ladder *l, const struct tern_event *ev);
TERN_API int tern_ladder_flush(struct tern_ladder *l);
TERN_API void tern_ladder_free(struct tern_ladder *l); /* does not flush; NULL is allowed */

/* ---- JSON lines: doc/events.md is the schema ---- */

/* Event number |n| as one line. Returns 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
TERN_API int tern_json_event(const struct tern_out *out, const struct tern_event *ev, uint64_t n);

/* ---- comments ---- */

/* What the events [from, to) of |t| say, for a reader of a capture: a line for each, the segment's own first. Written into |out|,
 * NUL included at most |cap| bytes: what does not fit is left away at a line's end. Returns the length, 0 when there is no event
 * (any more). */
TERN_API size_t tern_comment(const struct tern_trace *t, uint64_t from, uint64_t to, char *out, size_t cap);

/* ---- capture ---- */

struct tern_capture_config {
    uint64_t unix_ns;    /* wall-clock time at the moment 0 of the loop's clock */
    uint32_t full_first; /* payload bytes at the beginning of each direction of a connection that are written whole ... */
    uint32_t full_last;  /* ... and bytes before its FIN or RST; they are held in memory meanwhile */
    uint32_t snap;       /* bytes of other packets: at least 128; 0: everything is written whole */
};

/* A tap that writes each packet into a pcapng file with the comment that its events make. Packets with SYN, FIN or RST are whole.
 * A transport checksum that an offload left unfinished is completed, and the comment says so. */
struct tern_capture;

/* Takes over |file| (closed with the capture, or at once on failure); |trace| is the one of the stack. NULL: out of memory. */
TERN_API struct tern_capture *tern_capture_new(struct tern_pcapng *file, const struct tern_trace *trace,
                                               const struct tern_capture_config *config);
/* The tap to give to tern_loop_tap(), valid until the capture is closed. */
TERN_API struct tern_loop_tap tern_capture_tap(struct tern_capture *c);

struct tern_capture_counters {
    uint64_t packets;   /* seen */
    uint64_t commented; /* written with a comment */
    uint64_t completed; /* checksums that the writer completed */
    uint64_t cut;       /* written without all of their payload */
};
TERN_API void tern_capture_counters(const struct tern_capture *c, struct tern_capture_counters *out);
/* Writes what is held, and closes the file. 0, or TERN_ERR_IO or TERN_ERR_NOMEM when anything was not written. NULL is allowed.
 */
TERN_API int tern_capture_close(struct tern_capture *c);

/* ---- states ---- */

struct tern_states_config {
    tern_ns now;              /* for the time that timers have left */
    bool wide;                /* one line for each connection; otherwise a second one, indented, has the figures */
    tern_translate translate; /* of the header and of errors; not for tern_states_json() */
};

/* The |n| connections at |st| as a table with a header, in their order, as `ss -tanoi` prints them. 0 or TERN_ERR_IO. */
TERN_API int tern_states_text(const struct tern_out *out, const struct tern_states_config *config, const struct tern_status *st,
                              size_t n);
/* The same, one JSON object a line (doc/events.md). 0, TERN_ERR_IO, TERN_ERR_NOMEM. */
TERN_API int tern_states_json(const struct tern_out *out, const struct tern_states_config *config, const struct tern_status *st,
                              size_t n);

#ifdef __cplusplus
}
#endif
#endif
