/* The lesson `data`: numbers, segmentation, the cumulative acknowledgement, PSH and URG. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { BYTES = 5000 };

static const char urgent[] = "stop!";

struct flow {
    uint32_t n, push_n, ack_n, longest, first, last_ack;
    bool contiguous;
    const struct story_row *last;
};

/* A's data, in the order of sending, and B's acknowledgements. */
static struct flow follow(const struct story *s)
{
    struct flow f = {.contiguous = true};
    for (size_t i = 0; i < s->row_n; i++) {
        const struct story_row *row = &s->row[i];
        if (row->kind != STORY_SEGMENT) continue;
        if (row->side == STORY_B) {
            f.ack_n++;
            f.last_ack = row->seg.ack;
            continue;
        }
        if (!row->seg.len) continue;
        if (f.last)
            f.contiguous &= row->seg.seq == f.last->seg.seq + f.last->seg.len;
        else
            f.first = row->seg.seq;
        f.n++;
        f.push_n += (row->seg.flags & TH_PSH) != 0;
        if (row->seg.len > f.longest) f.longest = row->seg.len;
        f.last = row;
    }
    return f;
}

static void stream(struct lesson_run *r, struct lesson_pair *p)
{
    struct tern_status st;
    tern_conn_status(p->conn[STORY_A], &st);
    int64_t taken = sim_send(p->s, p->conn[STORY_A], lesson_bytes(r, BYTES));
    sim_run_quiet(p->s, TERN_NEVER);
    const struct story *s = lesson_ladder(r, p->s, _("One write, several segments"));
    struct flow f = follow(s);
    uint32_t bytes = taken > 0 ? (uint32_t)taken : 0;
    lesson_check(
        r, "segments", f.n >= (bytes + st.mss - 1) / st.mss && f.longest <= st.mss && f.n,
        _("%u bytes were written by one call and left in %u segments of at most %u bytes: TCP keeps bytes, not messages."), bytes,
        f.n, st.mss);
    lesson_check(r, "first-number", f.first == st.iss + 1, _("The first byte has number %u = %u + 1: the SYN took %u."), f.first,
                 st.iss, st.iss);
    lesson_check(r, "seq-counts-bytes", f.contiguous,
                 _("Each segment's number is that of its first byte: the one before, plus its length, and no 1 more."));
    lesson_check(r, "cumulative-ack", f.last_ack == st.iss + 1 + bytes,
                 _("The last acknowledgement says %u = %u + 1 + %u (modulo 2^32): all before it has arrived. It names the next "
                   "byte, not the last."),
                 f.last_ack, st.iss, bytes);
    lesson_check(r, "fewer-acks", f.ack_n <= f.n, _("%u acknowledgements were enough for %u segments: one may cover several."),
                 f.ack_n, f.n);
    bool last = f.last && f.last->seg.flags & TH_PSH;
    lesson_check(r, "psh-ends-the-write", last && f.push_n <= 1 + bytes / st.mss,
                 _("PSH is on the last segment of what was written: give it to the application, no more is coming now."));
    lesson_wrong(r, _("\"Acknowledgement = sequence number + 1.\" Only for a SYN or FIN without data; else it is the number plus "
                      "the bytes."));
}

static void hurry(struct lesson_run *r, struct lesson_pair *p)
{
    uint32_t n = sizeof urgent - 1;
    lesson_head(r, _("Urgent data"));
    tern_conn_send_with(p->conn[STORY_A], sim_now(p->s), urgent, n, TERN_SEND_URGENT);
    sim_run_quiet(p->s, TERN_NEVER);
    const struct story *s = lesson_ladder(r, p->s, _("URG"));
    const struct story_row *row = story_find(s, 0, STORY_A, TH_URG);
    uint32_t seq = row ? row->seg.seq : 0, urp = row ? row->seg.urp : 0;
    lesson_check(r, "urgent-pointer", row && row->seg.len == n && urp == n,
                 _("The segment begins at %u, the pointer is %u: together %u, the byte after the last urgent one (MUST-62)."),
                 seq, urp, seq + urp);
    size_t ahead = tern_conn_urgent(p->conn[STORY_B]), all = tern_conn_readable(p->conn[STORY_B]);
    int64_t read = sim_read(p->s, p->conn[STORY_B]);
    lesson_check(r, "urgent-stands-in-line", ahead == all && read == (int64_t)all,
                 _("The receiver knows that the urgent bytes end %zu bytes ahead, and reads them in line behind all the others."),
                 ahead);
    lesson_wrong(r, _("\"URG makes routers hurry.\" No router looks at it: it is a note from one application to the other."));
}

/* Three writes of a byte each, at once. */
static int small_writes(struct lesson_run *r)
{
    enum { WRITES = 3 };
    struct lesson_pair p;
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        for (int i = 0; i < WRITES; i++) {
            sim_send(p.s, p.conn[STORY_A], 1);
            sim_run_for(p.s, 0);
        }
        sim_run_quiet(p.s, TERN_NEVER);
        const struct story *s = lesson_ladder(r, p.s, _("Small writes"));
        struct flow f = follow(s);
        const struct story_row *one = story_find(s, 0, STORY_A, TH_PSH), *ack = story_find(s, 0, STORY_B, TH_ACK);
        tern_ns waited = one && ack ? ack->at - one->arrived : 0, delack = tern_stack_settings(sim_stack(p.s, STORY_B))->delack;
        if (lesson_without(r, "nagle"))
            lesson_check(r, "without:nagle", f.n == WRITES && f.longest == 1,
                         _("%u writes made %u segments: 40 bytes of headers and more for each single byte."), WRITES, f.n);
        else
            lesson_check(
                r, "nagle", f.n == 2 && f.last->seg.len == WRITES - 1,
                _("%u writes of a byte made %u segments: the first left at once, the others waited for its acknowledgement "
                  "and left together (Nagle)."),
                WRITES, f.n);
        if (lesson_without(r, "delayed-ack"))
            lesson_check(
                r, "without:delayed-ack", one && ack && waited == 0,
                _("The acknowledgement left in the instant of the arrival: a packet of its own, though the application's "
                  "answer could have carried it."));
        else if (!lesson_without(r, "nagle")) /* more than one segment, and the second is not waited for */
            lesson_check(r, "delayed-ack", one && ack && waited && waited <= delack,
                         _("The acknowledgement waited %g ms, in case the application answers and can carry it."),
                         in_seconds(waited) * 1000);
    }
    sim_free(p.s);
    return err;
}

static int run(struct lesson_run *r)
{
    struct lesson_pair p;
    if (!lesson_shows(r, NULL)) return small_writes(r);
    lesson_say(
        r,
        _("TCP carries a stream of numbered bytes. How the writer cut it into calls, and how the network cuts it into segments, "
          "the reader never learns. Every number you see below is that of a byte."));
    int err = pair_connect(r, NULL, &p);
    if (!err) {
        stream(r, &p);
        hurry(r, &p);
    }
    sim_free(p.s);
    return err ? err : small_writes(r);
}

static const char *const clauses[] = {"nagle", "delayed-ack", NULL};

const struct lesson lesson_data_ = {
    .name = "data",
    .title = N_("Data: numbers, acknowledgements, PSH and URG"),
    .summary = N_("A stream of bytes, cut into segments, and how both sides count it."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_BYTES | LESSON_MSS | LESSON_SEED | LESSON_V6,
    .without = clauses,
    .run = run,
    .question = N_("The initial sequence number is 4294967290 and 5000 bytes are sent. What does the last acknowledgement say?"),
    .answer = "tern explain data --isn 4294967290",
};
