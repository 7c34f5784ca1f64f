/* A site's own answers over two stacks in memory: http_answer(), http_stream(), http_push(), and what the session's end tells. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli_test.h"

#include "cli_demo.h"

enum { HTTP_PORT = 80, TURNS = 200000 };

/* ---- the browser: sends what it is told, keeps what comes ---- */

struct browser {
    const char *request;
    char *text;
    size_t len;
    bool deaf, over; /* deaf: reads nothing */
    struct session *session;
};

static void browser_open(struct session *s)
{
    struct browser *b = s->ctx;
    b->session = s;
    assert_int_equal(tern_conn_send(s->conn, s->host->now, b->request, strlen(b->request)), strlen(b->request));
}

static void browser_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct browser *b = s->ctx;
    if (b->deaf) return;
    char piece[4096];
    int64_t n;
    while ((n = tern_conn_recv(s->conn, s->host->now, piece, sizeof piece)) > 0) {
        b->text = realloc(b->text, b->len + (size_t)n + 1);
        assert_non_null(b->text);
        memcpy(b->text + b->len, piece, (size_t)n);
        b->len += (size_t)n;
        b->text[b->len] = '\0';
    }
    if (n == TERN_ERR_AGAIN) return;
    b->over = true;
    b->session = NULL;
    session_end(s);
}

static const struct service service_browser = {"browser", 0, browser_open, browser_ready, NULL};

/* ---- the site ---- */

struct news {
    struct http_site site; /* first */
    struct session *stream;
    unsigned begun, ended;
    bool refused; /* the stream was not wanted: HEAD */
};

static bool answer(struct http_site *site, struct session *s, const char *path)
{
    struct news *n = (struct news *)site;
    if (strcmp(path, "page") == 0) {
        http_answer(s, "text/html", "<p>\0page", 8); /* bytes, no string */
        return true;
    }
    if (strcmp(path, "events") != 0) return false;
    if (http_stream(s, "text/event-stream"))
        n->stream = s;
    else
        n->refused = true;
    n->begun++;
    return true;
}

static void stream_end(struct http_site *site, struct session *s)
{
    struct news *n = (struct news *)site;
    assert_ptr_equal(n->stream, s);
    n->stream = NULL;
    n->ended++;
}

/* ---- both ---- */

struct rig {
    struct demo d;
    struct news news;
};

static int set_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->d.site.dir = -1;
    tern_settings_default(&r->d.options.settings);
    assert_int_equal(demo_memory_open(&r->d), -1);
    r->news.site = (struct http_site){.dir = -1, .answer = answer, .stream_end = stream_end};
    struct tern_endpoint local = {.port = HTTP_PORT};
    assert_int_equal(host_listen(&r->d.env.host, &local, 8, &service_http, &r->news, NULL), 0);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;
    host_free(&r->d.env.host);
    demo_memory_close(&r->d);
    free(r);
    return 0;
}

static void call(struct rig *r, struct browser *b)
{
    struct tern_endpoint remote;
    demo_endpoint(&remote, DEMO_OWN4, HTTP_PORT);
    assert_int_equal(host_connect(&r->d.peer, &remote, &service_browser, b, NULL), 0);
}

/* For |ms| of virtual time. */
static void pass(struct rig *r, unsigned ms)
{
    tern_ns until = r->d.env.host.now + ms * TERN_MS;
    for (unsigned i = 0; i < TURNS && r->d.env.host.now < until; i++)
        if (demo_memory_step(&r->d, until) < 0) return;
}

static const char *body_of(const struct browser *b)
{
    assert_non_null(b->text);
    const char *end = strstr(b->text, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

TEST(an_answer_is_bytes_of_a_length)
{
    struct rig *r = *state;
    struct browser b = {.request = "GET /page?x HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 100);
    assert_non_null(strstr(b.text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(b.text, "Content-Type: text/html\r\n"));
    assert_non_null(strstr(b.text, "Content-Length: 8\r\n"));
    assert_non_null(strstr(b.text, "Cache-Control: no-store\r\n"));
    assert_memory_equal(body_of(&b), "<p>\0page", 8);
    assert_int_equal(b.text + b.len - body_of(&b), 8);
    assert_false(b.over); /* the connection is kept */
    free(b.text);
}

TEST(two_answers_on_one_connection)
{
    struct rig *r = *state;
    struct browser b = {.request =
                            "GET /page HTTP/1.1\r\nHost: x\r\n\r\nHEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"};
    call(r, &b);
    pass(r, 1000);
    const char *second = body_of(&b) + 8;
    assert_memory_equal(second, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(second, "Content-Length: 8\r\n"));
    assert_string_equal(strstr(second, "\r\n\r\n"), "\r\n\r\n"); /* HEAD has no body */
    assert_true(b.over);
    free(b.text);
}

TEST(a_stream_grows_until_its_reader_goes)
{
    struct rig *r = *state;
    struct browser b = {.request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 100);
    assert_non_null(r->news.stream);
    assert_non_null(strstr(b.text, "Content-Type: text/event-stream\r\n"));
    assert_null(strstr(b.text, "Content-Length"));
    assert_string_equal(body_of(&b), "");
    assert_true(http_push(r->news.stream, "data: 1\n\n", 9));
    pass(r, 100);
    assert_true(http_push(r->news.stream, "data: 2\n\n", 9));
    assert_true(http_push(r->news.stream, "data: 3\n\n", 9));
    pass(r, 100);
    assert_string_equal(body_of(&b), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert_int_equal(r->news.ended, 0);
    session_end(b.session); /* the tab is closed */
    pass(r, 1000);
    assert_int_equal(r->news.ended, 1);
    assert_null(r->news.stream);
    free(b.text);
}

TEST(a_stream_that_is_reset_ends)
{
    struct rig *r = *state;
    struct browser b = {.request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 100);
    session_abort(b.session);
    pass(r, 100);
    assert_int_equal(r->news.ended, 1);
    free(b.text);
}

TEST(the_head_of_a_stream_is_no_stream)
{
    struct rig *r = *state;
    struct browser b = {.request = "HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 1000);
    assert_true(r->news.refused);
    assert_null(r->news.stream);
    assert_non_null(strstr(b.text, "HTTP/1.1 200 OK\r\n"));
    assert_true(b.over); /* what has no length ends with the connection */
    assert_int_equal(r->news.ended, 0);
    free(b.text);
}

TEST(what_the_reader_sends_on_is_thrown_away)
{
    struct rig *r = *state;
    struct browser b = {.request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\nGET /page HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 100);
    assert_non_null(r->news.stream);
    assert_true(http_push(r->news.stream, "data: 1\n\n", 9));
    pass(r, 100);
    assert_string_equal(body_of(&b), "data: 1\n\n");
    assert_int_equal(r->news.begun, 1);
    free(b.text);
}

TEST(a_reader_that_does_not_read_is_left)
{
    struct rig *r = *state;
    struct browser b = {.request = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"};
    call(r, &b);
    pass(r, 100);
    b.deaf = true;
    static char megabyte[1 << 20];
    memset(megabyte, 'x', sizeof megabyte);
    unsigned pushed = 0;
    while (pushed < 64 && http_push(r->news.stream, megabyte, sizeof megabyte)) {
        pushed++;
        pass(r, 10);
    }
    assert_in_range(pushed, 16, 40); /* what the limit and both windows hold */
    assert_int_equal(r->news.ended, 1);
    assert_null(r->news.stream);
    free(b.text);
}

TEST(a_path_that_is_not_the_sites_own_is_a_file)
{
    struct rig *r = *state;
    char name[] = "/tmp/tern-test-XXXXXX";
    assert_non_null(mkdtemp(name));
    char path[64];
    snprintf(path, sizeof path, "%s/file.txt", name);
    FILE *hold = fopen(path, "w");
    assert_non_null(hold);
    fputs("hello", hold);
    fclose(hold);
    r->news.site.dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct browser b = {.request = "GET /file.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"};
    struct browser none = {.request = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"};
    call(r, &b);
    call(r, &none);
    pass(r, 1000);
    assert_string_equal(body_of(&b), "hello");
    assert_non_null(strstr(none.text, "HTTP/1.1 404 Not Found\r\n"));
    close(r->news.site.dir);
    unlink(path);
    rmdir(name);
    free(b.text);
    free(none.text);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(an_answer_is_bytes_of_a_length),       SITE_TEST(two_answers_on_one_connection),
        SITE_TEST(a_stream_grows_until_its_reader_goes), SITE_TEST(a_stream_that_is_reset_ends),
        SITE_TEST(the_head_of_a_stream_is_no_stream),    SITE_TEST(what_the_reader_sends_on_is_thrown_away),
        SITE_TEST(a_reader_that_does_not_read_is_left),  SITE_TEST(a_path_that_is_not_the_sites_own_is_a_file),
    };
    return cmocka_run_group_tests_name("cli_http_site", tests, NULL, NULL);
}
