/* The capture reader: a hostile file, and hostile packets (captured.h). The first byte of the input chooses further: 2, with
 * rows; then 8, 16, 32 and 64 choose how the ladder is drawn, 128 its language. Whatever comes, each packet is counted once, each
 * row is whole and can be written as text and as JSON that can be read again, and memory stays bounded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "captured.h"
#include "story_show.h"
#include "watch.h"
#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CONNS = 16 };

struct told {
    uint64_t rows, conns, last;
    struct story_text *ladder;
    unsigned behind; /* bytes that a character of the ladder still lacks */
};

static void check(bool ok)
{
    if (!ok) abort();
}

/* Whole characters, and no control characters: a terminal would take them for orders. */
static int put_text(void *ctx, const char *text, size_t len)
{
    struct told *t = ctx;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c & 0xc0) == 0x80) {
            check(t->behind > 0);
            t->behind--;
            continue;
        }
        check(t->behind == 0 && c != 0x7f && (c >= ' ' || c == '\n' || c == '\033'));
        t->behind = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    }
    return 0;
}

/* A text that is no UTF-8 would be missing. */
static void check_texts(const struct story_row *row, const json_t *o)
{
    check(row->kind != STORY_SEGMENT || json_object_get(o, "label"));
    for (uint32_t i = 0; i < row->note_n; i++)
        check(json_object_get(json_array_get(json_object_get(o, "notes"), i), "text") != NULL);
}

static void write_json(const struct story *s, const struct story_row *row)
{
    json_t *both = json_pack("[o,o]", story_json_conn(s, row->conn), story_json_row(s, row, NULL)), *again;
    char *text = both ? json_dumps(both, JSON_COMPACT) : NULL;
    check(text != NULL);
    again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    check(again && json_equal(both, again));
    check_texts(row, json_array_get(both, 1));
    free(text);
    json_decref(again);
    json_decref(both);
}

static struct story_text *begin_ladder(struct told *told, unsigned how)
{
    check(words_choose(how & 128 ? "zh_CN" : "en"));
    const struct story_style style = {.width = how & 8 ? 70 : 120,
                                      .detail = how & 16 ? TERN_LADDER_FULL : TERN_LADDER_NORMAL,
                                      .numbers = how & 32 ? STORY_BOTH : STORY_RELATIVE,
                                      .fold = how & 64 ? UINT32_MAX : 0,
                                      .colour = how & 64,
                                      .ascii = how & 8,
                                      .arithmetic = how & 16};
    struct story_text *ladder = story_text_new(&(struct tern_out){put_text, told}, &style);
    check(ladder != NULL);
    return ladder;
}

static void on_row(void *ctx, const struct story *s, struct story_row *row)
{
    struct told *t = ctx;
    t->rows++;
    check(s->conn[row->conn].number > 0);
    check(story_text_row(t->ladder, s, row) == 0);
    write_json(s, row);
    check(row->conn < s->conn_n && s->conn_n <= CONNS && row->side < STORY_SIDE_N);
    check(row->head_len <= STORY_HEAD_MAX && row->seg.sack_n <= 4);
    for (uint32_t i = 0; i < row->note_n; i++) {
        check(row->note[i].finding < FINDING_N && row->note[i].text != NULL);
        check(strlen(row->note[i].text) < 4096);
    }
    for (unsigned i = 0; i < STORY_SIDE_N; i++) check(row->tcb[i].state < TERN_STATE_N);
}

static void on_conn(void *ctx, const struct watch_conn *c)
{
    struct told *t = ctx;
    t->conns++;
    check(c->packets[0] + c->packets[1] > 0);
}

static void take_link(void *ctx, int dlt)
{
    watch_link_type(ctx, dlt);
} /* of an unknown one each packet counts as another protocol */

static void take_packet(void *ctx, tern_ns at, const uint8_t *p, uint32_t len, uint32_t wire_len)
{
    watch_packet(ctx, at, p, len, wire_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2) return 0;
    struct told told = {0};
    const struct watch_config cfg = {.row = data[0] & 2 ? on_row : NULL, .ctx = &told, .conns_max = CONNS, .heads = data[0] & 4};
    struct watch *w = watch_new(&cfg);
    check(w != NULL);
    watch_on_conn(w, on_conn, &told);
    told.ladder = begin_ladder(&told, data[0]);
    uint64_t n = captured_read(data, len, &(struct captured){take_link, take_packet, w});
    watch_end(w);
    check(story_text_end(told.ladder) == 0 && told.behind == 0);
    struct watch_totals t;
    watch_totals(w, &t);
    check(t.packets == n && t.tcp + t.not_tcp + t.unreadable == n);
    check(told.conns == t.conns && told.rows <= t.tcp + t.conns);
    watch_free(w);
    return 0;
}
