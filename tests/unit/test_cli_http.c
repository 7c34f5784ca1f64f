#include "cli_test.h"

#include "cli_http.h"

static char body[256];
static size_t body_len;

static void keep(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    assert_true(body_len + len < sizeof body);
    memcpy(body + body_len, data, len);
    body_len += len;
}

static struct http_message message(void)
{
    struct http_message m = {.body = keep};
    body_len = 0;
    return m;
}

/* Feeds |text| in pieces of |piece| bytes until the message is complete. Returns the bytes taken, or -1. */
static ssize_t feed(struct http_message *m, const char *text, size_t piece)
{
    size_t at = 0, len = strlen(text);
    while (at < len && !m->done) {
        ssize_t n = http_message_feed(m, text + at, len - at < piece ? len - at : piece);
        if (n < 0) return -1;
        at += (size_t)n;
    }
    return (ssize_t)at;
}

TEST(a_request_ends_where_the_next_begins)
{
    const char *first = "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
    char both[200];
    snprintf(both, sizeof both, "%sHEAD / HTTP/1.0\r\n\r\n", first);
    for (size_t piece = 1; piece < strlen(both) + 1; piece++) {
        struct http_message m = message();
        http_message_init(&m, false);
        assert_int_equal(feed(&m, both, piece), strlen(first));
        assert_true(m.done);
        assert_string_equal(m.url, "/a?b");
        assert_string_equal(http_message_method(&m), "GET");
        assert_true(http_message_keep_alive(&m));
        assert_true(m.host);
    }
}

TEST(what_follows_is_read_as_the_next_request)
{
    struct http_message m = message();
    http_message_init(&m, false);
    assert_true(feed(&m, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 100) > 0);
    http_message_init(&m, false);
    assert_false(m.done);
    assert_true(feed(&m, "HEAD /b HTTP/1.0\r\n\r\n", 100) > 0);
    assert_true(m.done);
    assert_string_equal(m.url, "/b");
    assert_string_equal(http_message_method(&m), "HEAD");
    assert_false(http_message_keep_alive(&m));
    assert_false(m.host);
}

TEST(a_host_header_is_found_in_any_case)
{
    struct http_message m = message();
    http_message_init(&m, false);
    feed(&m, "GET / HTTP/1.1\r\nHostess: no\r\nX-Host: no\r\n\r\n", 7);
    assert_false(m.host);
    http_message_init(&m, false);
    feed(&m, "GET / HTTP/1.1\r\nhOST: x\r\n\r\n", 7);
    assert_true(m.host);
    http_message_init(&m, false);
    feed(&m, "GET / HTTP/1.1\r\nEmpty:\r\nHost: x\r\n\r\n", 7);
    assert_true(m.host);
}

TEST(malformed_requests_are_refused)
{
    static const char *const bad[] = {"GET\r\n\r\n", "GET / HTTP/x.1\r\n\r\n", "\x16\x03\x01\x02",
                                      "GET / HTTP/1.1\r\nno colon\r\n\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_message m = message();
        http_message_init(&m, false);
        assert_int_equal(feed(&m, bad[i], 100), -1);
    }
}

TEST(an_url_that_is_too_long_is_marked)
{
    static char text[HTTP_URL_MAX + 100];
    size_t n = (size_t)snprintf(text, sizeof text, "GET /");
    memset(text + n, 'a', HTTP_URL_MAX);
    strcpy(text + n + HTTP_URL_MAX, " HTTP/1.1\r\nHost: x\r\n\r\n");
    struct http_message m = message();
    http_message_init(&m, false);
    assert_true(feed(&m, text, 1000) > 0);
    assert_true(m.done && m.url_long);
}

TEST(a_response_has_a_status_and_a_body)
{
    for (size_t piece = 1; piece < 60; piece++) {
        struct http_message m = message();
        http_message_init(&m, true);
        feed(&m, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", piece);
        assert_true(m.done);
        assert_int_equal(http_message_status(&m), 200);
        assert_int_equal(body_len, 5);
        assert_memory_equal(body, "hello", 5);
    }
}

TEST(a_chunked_response_is_put_together)
{
    struct http_message m = message();
    http_message_init(&m, true);
    feed(&m, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 3);
    assert_true(m.done);
    assert_int_equal(body_len, 5);
    assert_memory_equal(body, "hello", 5);
}

TEST(a_response_without_length_ends_with_the_connection)
{
    struct http_message m = message();
    http_message_init(&m, true);
    feed(&m, "HTTP/1.0 200 OK\r\n\r\nhello", 4);
    assert_false(m.done);
    assert_true(http_message_finish(&m));
    assert_int_equal(body_len, 5);
}

TEST(a_response_that_is_cut_short_is_not_complete)
{
    struct http_message m = message();
    http_message_init(&m, true);
    feed(&m, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", 4);
    assert_false(http_message_finish(&m));
}

TEST(a_path_is_decoded)
{
    static const char *const good[][2] = {
        {"/", ""},         {"/a/b", "a/b"},         {"/a?x=/y", "a"},    {"/a%20b%2fc", "a b/c"}, {"//a", "a"},  {"/a#f", "a"},
        {"/%41%6a", "Aj"}, {"http://x/a/b", "a/b"}, {"HTTP://x:80", ""}, {"/../a", "../a"},       {"/a/", "a/"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char out[64];
        assert_int_equal(http_path(good[i][0], out, sizeof out), 0);
        assert_string_equal(out, good[i][1]);
    }
}

TEST(a_malformed_path_is_refused)
{
    static const char *const bad[] = {"", "a", "*", "/%", "/%4", "/%4g", "/%g4", "/%00", "/a%00b", "/12345678"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char out[8];
        assert_int_equal(http_path(bad[i], out, sizeof out), TERN_ERR_INVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_ends_where_the_next_begins),
        cmocka_unit_test(what_follows_is_read_as_the_next_request),
        cmocka_unit_test(a_host_header_is_found_in_any_case),
        cmocka_unit_test(malformed_requests_are_refused),
        cmocka_unit_test(an_url_that_is_too_long_is_marked),
        cmocka_unit_test(a_response_has_a_status_and_a_body),
        cmocka_unit_test(a_chunked_response_is_put_together),
        cmocka_unit_test(a_response_without_length_ends_with_the_connection),
        cmocka_unit_test(a_response_that_is_cut_short_is_not_complete),
        cmocka_unit_test(a_path_is_decoded),
        cmocka_unit_test(a_malformed_path_is_refused),
    };
    return cmocka_run_group_tests_name("cli_http", tests, NULL, NULL);
}
