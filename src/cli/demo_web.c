/* tern demo --web: tern's HTTP server over tern's TCP serves the page to a browser, and sends it, as server-sent events, the rows
 * of the very connections that carry it.
 *
 * A row that is sent makes segments, and those would make rows. So rows go out in batches, and a connection that carries them
 * tells of its plain data and acknowledgements no more (story_live_fold()): without news nothing is sent, and the page comes to
 * rest. */
#include "cli_demo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli_draw.h"
#include "cut.h"
#include "page.h"
#include "story_live.h"
#include "story_show.h"
#include "words.h"

#define WEB_PORT    80
#define WEB_BATCH   (200 * TERN_MS)
#define WEB_STREAMS 8
#define WEB_FILE    "demo-web.html"

struct stream {
    struct session *session; /* NULL: free */
    size_t sent;             /* rows */
    bool folded;
};

/* The first bytes of a packet, and the number of the event that tells of it. */
struct head {
    uint64_t event;
    size_t len;
    uint8_t bytes[TERN_HEAD_MAX];
};

struct web {
    struct http_site site; /* first: what the server is given */
    struct demo *demo;
    struct story_live *live;
    uint64_t seen;              /* trace events */
    struct tern_loop_tap below; /* the capture's: it sees every packet, too */
    struct cut in;              /* of the packet that the stack looks at */
    struct head *head;          /* of the events that are not told yet; an answer's event may come before its packet */
    size_t head_n, head_cap;
    struct stream stream[WEB_STREAMS];
    struct child browser;
};

/* ---- the story so far ---- */

static const struct head *head_of(const struct web *w, uint64_t event)
{
    for (size_t i = 0; i < w->head_n; i++)
        if (w->head[i].event == event) return &w->head[i];
    return NULL;
}

/* Events before |end|. */
static void tell(struct web *w, uint64_t end)
{
    for (; w->seen < end; w->seen++) {
        const struct tern_event *ev = tern_trace_get(&w->demo->env.show.trace, w->seen);
        const struct head *head = head_of(w, w->seen);
        if (ev) story_live_event(w->live, ev, head ? head->bytes : NULL, head ? head->len : 0);
    }
    size_t kept = 0;
    for (size_t i = 0; i < w->head_n; i++)
        if (w->head[i].event >= end) w->head[kept++] = w->head[i];
    w->head_n = kept;
}

/* ---- the packets ---- */

static void keep_head(struct web *w, uint64_t event, const struct cut *cut)
{
    if (w->head_n == w->head_cap) {
        size_t cap = w->head_cap ? 2 * w->head_cap : 64;
        struct head *more = realloc(w->head, cap * sizeof *more);
        if (!more) return; /* the row goes without */
        w->head = more;
        w->head_cap = cap;
    }
    struct head *head = &w->head[w->head_n++];
    head->event = event;
    head->len = cut->head_len;
    memcpy(head->bytes, cut->head, cut->head_len);
}

/* Of several segments in one, the first; with the checksum that an offload would put there. */
static void take_head(const struct tern_pkt *pkt, struct cut *head)
{
    if (cut_segment(pkt, 0, head) < 0)
        head->head_len = 0;
    else
        cut_sum(head);
}

static void tap_in(void *ctx, tern_ns now, const struct tern_buf *buf)
{
    struct web *w = ctx;
    struct tern_pkt pkt;
    if (w->below.in) w->below.in(w->below.ctx, now, buf);
    cut_from_buf(buf, &pkt);
    take_head(&pkt, &w->in);
}

static void tap_in_done(void *ctx, tern_ns now, uint64_t from, uint64_t to)
{
    struct web *w = ctx;
    if (w->below.in_done) w->below.in_done(w->below.ctx, now, from, to);
    for (uint64_t i = from; i < to; i++) {
        const struct tern_event *ev = tern_trace_get(&w->demo->env.show.trace, i);
        if (!ev || (ev->type != TERN_EV_SEG_IN && ev->type != TERN_EV_DROP)) continue;
        keep_head(w, i, &w->in);
        return;
    }
}

/* The last of the packet's own events is the one that it leaves. */
static void tap_out(void *ctx, tern_ns now, const struct tern_pkt *pkt)
{
    struct web *w = ctx;
    struct cut head;
    if (w->below.out) w->below.out(w->below.ctx, now, pkt);
    if (pkt->event_n == 0) return;
    take_head(pkt, &head);
    keep_head(w, pkt->event_end - 1, &head);
}

static void watch_packets(struct web *w)
{
    if (w->demo->env.show.capture) w->below = tern_capture_tap(w->demo->env.show.capture);
    tern_loop_tap(w->demo->env.loop, &(struct tern_loop_tap){tap_in, tap_in_done, tap_out, w});
}

/* ---- what is sent ---- */

/* Rows from |from| on, as a story of doc/story.md. */
static json_t *rows_json(const struct story *s, size_t from)
{
    json_t *conns = json_array(), *rows = json_array();
    for (uint32_t i = 0; i < s->conn_n; i++) json_array_append_new(conns, story_json_conn(s, i));
    for (size_t i = from; i < s->row_n; i++) json_array_append_new(rows, story_json_row(s, &s->row[i], NULL));
    return json_pack("{s:o, s:o}", "connections", conns, "rows", rows);
}

/* The same in English, and its texts in Chinese. NULL: no memory. */
static json_t *news(struct web *w, size_t from)
{
    const struct story *s = story_live_story(w->live);
    const char *reader = words_language();
    json_t *told[DRAW_LANGUAGE_N], *messages = json_object();
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        words_choose(draw_languages[i]);
        told[i] = rows_json(s, from);
    }
    words_choose(reader);
    page_translate(messages, told[DRAW_ENGLISH], told[DRAW_CHINESE]);
    json_decref(told[DRAW_CHINESE]);
    json_t *all = json_pack("{s:I, s:I, s:{s:o}}", "start", (json_int_t)s->start, "folded",
                            (json_int_t)story_live_folded(w->live), "messages", draw_languages[DRAW_CHINESE], messages);
    if (all && told[DRAW_ENGLISH]) json_object_update(all, told[DRAW_ENGLISH]);
    json_decref(told[DRAW_ENGLISH]);
    return all;
}

static void fold(struct web *w, struct stream *stream)
{
    struct tern_status st;
    tern_conn_status(stream->session->conn, &st);
    story_live_fold(w->live, &st.local, &st.remote);
    stream->folded = true;
}

/* One event: "data: JSON", and an empty line. */
static bool push(struct stream *stream, const char *text)
{
    size_t len = strlen(text) + sizeof "data: \n\n" - 1;
    char *event = malloc(len + 1);
    if (!event) return false;
    snprintf(event, len + 1, "data: %s\n\n", text);
    bool ok = http_push(stream->session, event, len);
    free(event);
    return ok;
}

static void send_news(struct web *w, struct stream *stream)
{
    size_t row_n = story_live_story(w->live)->row_n;
    if (stream->sent == row_n) return;
    json_t *j = news(w, stream->sent);
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    stream->sent = row_n;
    if (!stream->folded) fold(w, stream);
    if (text) push(stream, text);
    free(text);
    json_decref(j);
}

/* ---- the server ---- */

static bool answer_page(struct session *s)
{
    char *body = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&body, &len);
    if (!out) return false;
    char *states[DRAW_LANGUAGE_N];
    draw_states(states);
    struct page_config config = {.diagram = states[DRAW_ENGLISH], .chinese_diagram = states[DRAW_CHINESE], .live = "/events"};
    int err = page_write(&(struct tern_out){tern_put_file, out}, &config);
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) free(states[i]);
    if (fclose(out) == 0 && err == 0) http_answer(s, "text/html; charset=utf-8", body, len);
    free(body);
    return err == 0;
}

static bool answer_events(struct web *w, struct session *s)
{
    for (size_t i = 0; i < WEB_STREAMS; i++) {
        if (w->stream[i].session) continue;
        if (http_stream(s, "text/event-stream")) w->stream[i] = (struct stream){.session = s};
        return true;
    }
    return false;
}

static bool answer(struct http_site *site, struct session *s, const char *path)
{
    if (strcmp(path, "") == 0) return answer_page(s);
    return strcmp(path, "events") == 0 && answer_events((struct web *)site, s);
}

static void stream_end(struct http_site *site, struct session *s)
{
    struct web *w = (struct web *)site;
    for (size_t i = 0; i < WEB_STREAMS; i++)
        if (w->stream[i].session == s) w->stream[i].session = NULL;
}

/* ---- the browser ---- */

static void invite(const struct web *w)
{
    demo_say(w->demo, _("tern serves http://%s/ in a network namespace of its own.\n"), DEMO_OWN4);
    if (w->demo->browser) return;
    demo_say(w->demo, _("A browser goes there by: nsenter --target %d %s chromium http://%s/\nSIGINT ends it.\n"), (int)getpid(),
             w->demo->user_namespace ? "--user --preserve-credentials --net" : "--net", DEMO_OWN4);
}

static int start_browser(struct web *w)
{
    if (!w->demo->browser) return -1;
    char command[4096];
    int n = snprintf(command, sizeof command, "exec %s http://%s/", w->demo->browser, DEMO_OWN4);
    if (n < 0 || (size_t)n >= sizeof command) return cli_usage("demo", "--browser: the command is too long");
    int err = child_start(&w->browser, &w->demo->env, (const char *const[]){"/bin/sh", "-c", command, NULL}, false);
    return err < 0 ? cli_fail("demo", "cannot start the browser: %s", strerror(-err)) : -1;
}

/* ---- the order of things ---- */

static uint64_t alive(const struct web *w)
{
    struct tern_counters c;
    tern_stack_counters(w->demo->env.host.stack, &c);
    return c.conn_n + c.time_wait_n;
}

/* Until the signal, or until the browser has gone and its connections are over. */
static int serve(struct web *w)
{
    struct demo *d = w->demo;
    tern_ns patience = TERN_NEVER;
    for (;;) {
        if (d->env.stop) return d->browser ? CLI_FAILED : CLI_DONE;
        if (d->browser && w->browser.exited && patience == TERN_NEVER) patience = d->env.host.now + DEMO_LIMIT;
        if (patience != TERN_NEVER && (alive(w) == 0 || d->env.host.now >= patience)) return CLI_DONE;
        tern_ns batch = d->env.host.now + WEB_BATCH;
        while (!d->env.stop && d->env.host.now < batch) {
            uint64_t end = d->env.show.trace.end; /* the packets of all events until here leave in this step */
            if (demo_step(d, batch) < 0) return cli_fail("demo", "the TUN device is gone");
            tell(w, end);
        }
        for (size_t i = 0; i < WEB_STREAMS; i++)
            if (w->stream[i].session) send_news(w, &w->stream[i]);
    }
}

/* The server's own record: the ladder, and the page with all that was told. */
static int conclude(struct web *w)
{
    tell(w, w->demo->env.show.trace.end);
    const struct story *s = story_live_story(w->live);
    struct story_style style = {.numbers = STORY_RELATIVE};
    if (!w->demo->options.json) story_text_all(&(struct tern_out){tern_put_file, stdout}, &style, s);
    const char *reader = words_language();
    json_t *stories[DRAW_LANGUAGE_N];
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        words_choose(draw_languages[i]);
        stories[i] = draw_stories(s, 1);
    }
    words_choose(reader);
    int status = draw_end(&(struct draw_target){.command = "demo", .path = WEB_FILE}, stories, 0);
    if (status != CLI_DONE) return status;
    demo_say(w->demo, _("%s has the same as a page; %llu segments that only carried rows are counted, not shown.\n"), WEB_FILE,
             (unsigned long long)story_live_folded(w->live));
    return s->row_n > 0 ? CLI_DONE : CLI_SHORT;
}

int demo_web(struct demo *d)
{
    struct web w = {
        .site = {.dir = d->site.dir, .answer = answer, .stream_end = stream_end}, .demo = d, .live = story_live_new()};
    if (!w.live) return cli_fail("demo", "no memory");
    watch_packets(&w);
    struct tern_endpoint local = {.port = WEB_PORT};
    int err = host_listen(&d->env.host, &local, 64, &service_http, &w.site, NULL);
    int status = err < 0 ? cli_fail("demo", "cannot listen on port %u: %s", WEB_PORT, words(tern_strerror(err))) : -1;
    if (status < 0) {
        invite(&w);
        status = start_browser(&w);
    }
    if (status < 0) status = serve(&w);
    child_stop(&w.browser);
    int ended = conclude(&w);
    host_abort_all(&d->env.host); /* sessions refer to |w|, and so does the tap */
    tern_loop_tap(d->env.loop, &w.below);
    free(w.head);
    story_live_free(w.live);
    return status == CLI_DONE ? ended : status;
}
