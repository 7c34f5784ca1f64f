/* The HTTP client: one GET, whose body is hashed. */
#include "cli_http.h"

#include <stdio.h>

static void take_body(void *ctx, const char *data, size_t len)
{
    struct http_fetch *f = ctx;
    f->body_len += len;
    crypto_hash_sha256_update(&f->hash, (const unsigned char *)data, len);
}

static void fetch_open(struct session *s)
{
    struct http_fetch *f = s->ctx;
    f->message.body = take_body;
    f->message.ctx = f;
    http_message_init(&f->message, true);
    crypto_hash_sha256_init(&f->hash);
    char request[600];
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f->path, f->host);
    /* It waits for ESTABLISHED in the send buffer. */
    if (len < 0 || (size_t)len >= sizeof request) f->error = TERN_ERR_INVAL;
    if (f->error == 0 && tern_conn_send(s->conn, s->host->now, request, (size_t)len) != len) f->error = TERN_ERR_NOMEM;
}

static void over(struct session *s, int error)
{
    struct http_fetch *f = s->ctx;
    f->done = true;
    f->error = error;
    f->whole = f->message.done && http_message_status(&f->message) == 200;
    session_end(s);
}

/* False: the answer is complete, or malformed. */
static bool feed(struct http_fetch *f, const struct tern_buf *b)
{
    if (f->message.done) return false;
    return http_message_feed(&f->message, (const char *)b->data, b->len) >= 0 && !f->message.done;
}

static void fetch_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct http_fetch *f = s->ctx;
    struct tern_buf *b;
    int err = f->error;
    bool more = err == 0;
    while (more && (b = tern_conn_recv_buf(s->conn, s->host->now, &err)) != NULL) {
        more = feed(f, b);
        tern_buf_unref(b);
    }
    if (!more || err != TERN_ERR_AGAIN) {
        if (err == 0) http_message_finish(&f->message);
        over(s, err == TERN_ERR_AGAIN ? 0 : err);
    }
}

const struct service service_fetch = {"fetch", 0, fetch_open, fetch_ready, NULL};
