/* Words for events, shared by the writers. */
#ifndef DRAW_TEXT_H
#define DRAW_TEXT_H

#include <stdarg.h>

#include <tern/draw.h>

/* A text that is being written into storage of |cap| bytes, NUL-terminated all the time. What does not fit is left away. */
struct text {
    char *b;
    size_t cap, len;
    tern_translate translate;
};

/* An English one, or one without words. */
static inline struct text text_in(char *b, size_t cap)
{
    b[0] = '\0';
    return (struct text){b, cap, 0, NULL};
}

static inline struct text text_for(tern_translate translate, char *b, size_t cap)
{
    b[0] = '\0';
    return (struct text){b, cap, 0, translate};
}

/* The reader's words for |msgid|, which xgettext finds as -ktr:2 and -ktr_n:2,3. A language has one form for all numbers, or two
 * as English has. */
const char *tr(const struct text *t, const char *msgid) __attribute__((format_arg(2)));
const char *tr_n(const struct text *t, const char *one, const char *many, uint64_t n)
    __attribute__((format_arg(2), format_arg(3)));

__attribute__((format(printf, 2, 3))) void text_add(struct text *t, const char *format, ...);
void text_count(struct text *t, uint64_t n);     /* "1,234" */
void text_bytes(struct text *t, uint64_t n);     /* "512 bytes", "1.8 MB" */
void text_ms(struct text *t, tern_ns ns);        /* milliseconds: "40.000" */
void text_span(struct text *t, tern_ns ns);      /* "40.000 ms", "60.000 s" */
void text_flags(struct text *t, uint16_t flags); /* "SYN,ACK" */

/* |s| in a field of |columns| columns, at its right or at its left end. */
void text_right(struct text *t, const char *s, size_t columns);
void text_left(struct text *t, const char *s, size_t columns);

const char *call_name(unsigned call); /* of enum tern_call; "?" beyond it */

/* The rule of an event, or the reason of a drop. */
const struct tern_rule_info *event_info(const struct tern_event *ev);

/* "RFC 9293 3.10.2: text"; nothing for the rule NONE. */
void text_rule(struct text *t, const struct tern_rule_info *info);

/* What happened, without the rule: "SYN-SENT -> ESTABLISHED", "retransmission timer set: 200.000 ms". Nothing for a NOTE. */
void text_event(struct text *t, const struct tern_event *ev, const char *arrow);

/* The same with the rule: "retransmission timer set: 200.000 ms. RFC 6298 5.1: ..."; |above| is the rule that need not be said
 * again, or NULL. */
void text_happening(struct text *t, const struct tern_event *ev, const struct tern_rule_info *above, const char *arrow);

/* How many segments it is on the wire. */
uint32_t segment_n(const struct tern_ev_seg *seg);

static inline bool event_is_segment(const struct tern_event *ev)
{
    return ev->type == TERN_EV_SEG_IN || ev->type == TERN_EV_SEG_OUT;
}

static inline bool endpoint_eq(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    return a->port == b->port && tern_addr_eq(&a->addr, &b->addr);
}

int out_text(const struct tern_out *out, const char *text, size_t len); /* 0 or TERN_ERR_IO */

#endif
