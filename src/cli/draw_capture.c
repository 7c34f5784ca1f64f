/* tern draw FILE: the capture's rows are collected into one story. */
#include <jansson.h>
#include <pcap/pcap.h>
#include <string.h>

#include "cli_draw.h"
#include "watch.h"
#include "words.h"

struct collect {
    struct story story;
    size_t max_rows;
    uint64_t left_out;
};

/* The connection |i| of the watch's story, with what has become known of it since. */
static void copy_conn(struct story *to, const struct story *from, uint32_t i)
{
    while (to->conn_n <= i && !to->out_of_memory)
        story_add_conn(to, &from->conn[to->conn_n].end[STORY_A], &from->conn[to->conn_n].end[STORY_B]);
    if (to->out_of_memory) return;
    memcpy(to->conn[i].base, from->conn[i].base, sizeof to->conn[i].base);
    memcpy(to->conn[i].base_known, from->conn[i].base_known, sizeof to->conn[i].base_known);
}

/* The row is moved: what it owns is ours afterwards. */
static void take_row(void *ctx, const struct story *s, struct story_row *row)
{
    struct collect *c = ctx;
    if (c->story.row_n == c->max_rows) {
        c->left_out++;
        return;
    }
    copy_conn(&c->story, s, row->conn);
    if (c->story.out_of_memory) return;
    struct story_row *mine = story_add(&c->story, row->at, row->conn, (enum story_kind)row->kind, (enum story_side)row->side);
    if (!mine) return;
    *mine = *row;
    row->note = NULL;
    row->note_n = 0;
    row->text = NULL;
}

static void read_all(pcap_t *file, struct watch *w)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    while (pcap_next_ex(file, &head, &bytes) == 1) {
        tern_ns at = (tern_ns)head->ts.tv_sec * TERN_SEC + (tern_ns)head->ts.tv_usec;
        watch_packet(w, at, bytes, head->caplen, head->len);
    }
    watch_end(w);
}

static int write_page(struct collect *c, const char *path)
{
    json_t *story = c->story.out_of_memory ? NULL : story_json(&c->story);
    if (!story) return cli_fail("draw", "no memory");
    int status = draw_page("draw", path, &story, 1, c->left_out ? c->max_rows : 0);
    json_decref(story);
    return status;
}

int draw_capture(const char *from, const char *path, size_t max_rows)
{
    char err[PCAP_ERRBUF_SIZE];
    struct collect c = {.max_rows = max_rows};
    pcap_t *file = pcap_open_offline_with_tstamp_precision(from, PCAP_TSTAMP_PRECISION_NANO, err);
    if (!file) return cli_usage("draw", "'%s' is no lesson, and no file either: %s", from, err);
    struct watch_config config = {.row = take_row, .ctx = &c, .heads = true};
    struct watch *w = watch_new(&config);
    int status = w ? -1 : cli_fail("draw", "no memory");
    if (status < 0 && !watch_link_type(w, pcap_datalink(file)))
        status = cli_fail("draw", "%s: link type %d cannot be read", from, pcap_datalink(file));
    if (status < 0) {
        read_all(file, w);
        status = write_page(&c, path);
    }
    watch_free(w);
    pcap_close(file);
    story_free(&c.story);
    return status;
}
