/* tern draw FILE, tern draw --live: the rows are collected into one story, once in each language that the page speaks. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_draw.h"
#include "trace.h"
#include "watch.h"
#include "words.h"

/* The packets as one language tells of them: what is found is said while they are read. */
struct collect {
    struct story story; /* of all connections: that of number n stands at index n - 1 */
    struct watch *watch;
    size_t max_rows;
    bool full; /* rows were left out */
};

struct drawing {
    const struct trace_wish *wish;
    struct draw_target page;
    struct collect told[DRAW_LANGUAGE_N];
    bool open; /* there is a source */
};

/* A connection of the watch's story, with what has become known of it since. Numbers count up by one, and each connection begins
 * with a row. */
static uint32_t copy_conn(struct story *to, const struct story_conn *from)
{
    uint32_t i = (uint32_t)(from->number - 1);
    if (to->conn_n <= i) story_add_conn(to, &from->end[STORY_A], &from->end[STORY_B]);
    if (to->out_of_memory) return 0;
    memcpy(to->conn[i].base, from->base, sizeof to->conn[i].base);
    memcpy(to->conn[i].base_known, from->base_known, sizeof to->conn[i].base_known);
    return i;
}

/* The row is moved: what it owns is ours afterwards. */
static void take_row(void *ctx, const struct story *s, struct story_row *row)
{
    struct collect *c = ctx;
    c->full |= c->story.row_n == c->max_rows;
    if (c->full) return;
    uint32_t conn = copy_conn(&c->story, &s->conn[row->conn]);
    if (c->story.out_of_memory) return;
    struct story_row *mine = story_add(&c->story, row->at, conn, (enum story_kind)row->kind, (enum story_side)row->side);
    if (!mine) return;
    *mine = *row;
    mine->conn = conn;
    row->note = NULL;
    row->note_n = 0;
    row->text = NULL;
}

/* ---- packets ---- */

static int on_link(void *ctx, const char *name, int dlt)
{
    struct drawing *d = ctx;
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++)
        if (!watch_link_type(d->told[i].watch, dlt))
            return cli_fail(d->wish->command, "%s: its link type (%d) is none of Ethernet, Linux cooked, loopback and raw IP",
                            name, dlt);
    d->open = true;
    if (!d->wish->interface) return -1;
    int status = draw_begin(&d->page); /* in the jail nothing can be opened */
    d->open = status < 0;
    if (d->open) fprintf(stderr, _("Capturing on %s; Ctrl-C ends it and writes %s.\n"), name, d->page.path);
    return status;
}

static bool on_packet(void *ctx, const struct trace_packet *p)
{
    struct drawing *d = ctx;
    const char *reader = words_language();
    bool room = true;
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        struct collect *c = &d->told[i];
        words_choose(draw_languages[i]);
        if (p->skip)
            watch_skip(c->watch);
        else
            watch_packet(c->watch, p->at, p->bytes, p->len, p->wire_len);
        room = room && !c->full && !c->story.out_of_memory;
    }
    words_choose(reader);
    return room;
}

/* ---- the page ---- */

static int write_page(struct drawing *d)
{
    const char *reader = words_language();
    json_t *stories[DRAW_LANGUAGE_N];
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        words_choose(draw_languages[i]);
        watch_end(d->told[i].watch);
        stories[i] = draw_stories(&d->told[i].story, 1);
    }
    words_choose(reader);
    return draw_end(&d->page, stories, d->told[0].full ? d->told[0].max_rows : 0);
}

/* The file without its directory, or where it was captured. NULL: no memory, and the page has a title of its own. */
static char *title_of(const struct trace_wish *wish, const char *from)
{
    char *title = NULL;
    const char *slash = wish->interface ? NULL : strrchr(from, '/');
    if (!wish->interface) return strdup(strcmp(from, "-") == 0 ? _("the standard input") : slash ? slash + 1 : from);
    return asprintf(&title, _("Captured on %s"), wish->interface) < 0 ? NULL : title;
}

int draw_capture(const struct trace_wish *wish, const char *from, const char *path, size_t max_rows)
{
    struct drawing d = {.wish = wish, .page = {.command = wish->command, .path = path}};
    int status = -1;
    const char *reader = words_language();
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        struct collect *c = &d.told[i];
        words_choose(draw_languages[i]);
        c->max_rows = max_rows;
        c->story.title = title_of(wish, from);
        c->watch = watch_new(&(struct watch_config){.row = take_row, .ctx = c, .heads = true});
    }
    words_choose(reader);
    for (size_t i = 0; i < DRAW_LANGUAGE_N && status < 0; i++)
        if (!d.told[i].watch) status = cli_fail(wish->command, "no memory");
    struct trace_sink sink = {.link = on_link, .packet = on_packet, .ctx = &d};
    if (status < 0) status = wish->interface ? trace_read_live(wish, &sink) : trace_read_file(wish, from, &sink);
    if (d.open && status != CLI_USAGE) { /* what could be read is shown */
        int written = write_page(&d);
        if (status < 0) status = written;
    }
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        watch_free(d.told[i].watch);
        story_free(&d.told[i].story);
    }
    return status;
}
