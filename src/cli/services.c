#include "cli_services.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A payload that fills little of its buffer is copied, so that the send queue does not pin the rest. */
static bool hand_over(const struct tern_buf *b) { return b->len >= b->cap / 4; }

int service_send_held(struct session *s, struct tern_buf **held)
{
    struct tern_buf *b = *held;
    int64_t n = TERN_ERR_AGAIN;
    if (hand_over(b)) n = tern_conn_send_buf(s->conn, s->host->now, b, 0);
    if (n >= 0) {
        *held = NULL;
        return 0;
    }
    if (n == TERN_ERR_AGAIN) n = tern_conn_send(s->conn, s->host->now, b->data, b->len);
    if (n < 0) return (int)n == TERN_ERR_NOMEM ? TERN_ERR_AGAIN : (int)n;
    b->data += n;
    b->len -= (uint32_t)n;
    if (b->len > 0) return TERN_ERR_AGAIN;
    tern_buf_unref(b);
    *held = NULL;
    return 0;
}

/* ---- echo ---- */

static void echo_open(struct session *s) { tern_conn_set(s->conn, s->host->now, TERN_OPT_NODELAY, 1); }

static void echo_ready(struct session *s, uint32_t events)
{
    (void)events;
    int err = 0;
    for (;;) {
        if (!s->u.held) s->u.held = tern_conn_recv_buf(s->conn, s->host->now, &err);
        if (!s->u.held) break;
        err = service_send_held(s, &s->u.held);
        if (err < 0) break;
    }
    if (err != TERN_ERR_AGAIN) session_end(s);
}

static void echo_end(struct session *s) { tern_buf_unref(s->u.held); }

const struct service service_echo = {"echo", 7, echo_open, echo_ready, echo_end};

/* ---- discard ---- */

/* Takes what came. 0: the peer has closed; TERN_ERR_AGAIN: it has not; or the error. */
static int drain(struct session *s)
{
    struct tern_buf *b;
    int err;
    while ((b = tern_conn_recv_buf(s->conn, s->host->now, &err)) != NULL) tern_buf_unref(b);
    return err;
}

static void discard_ready(struct session *s, uint32_t events)
{
    (void)events;
    if (drain(s) != TERN_ERR_AGAIN) session_end(s);
}

const struct service service_discard = {"discard", 9, NULL, discard_ready, NULL};

/* ---- chargen ---- */

char *chargen_block(void)
{
    char *block = malloc(CHARGEN_LEN);
    if (!block) return NULL;
    for (size_t i = 0; i < CHARGEN_LEN; i++) {
        size_t line = i / 74, column = i % 74;
        block[i] = column == 72 ? '\r' : column == 73 ? '\n' : (char)(' ' + (line + column) % 95);
    }
    return block;
}

/* The block goes by reference, again and again: what is queued costs no memory. */
static void chargen_ready(struct session *s, uint32_t events)
{
    if (events & (TERN_READABLE | TERN_PEER_CLOSED | TERN_ERROR)) {
        if (drain(s) != TERN_ERR_AGAIN) {
            session_abort(s); /* the stream has no end: who closes wants no more of it */
            return;
        }
    }
    const char *block = s->ctx;
    int64_t n;
    while ((n = tern_conn_send_static(s->conn, s->host->now, block + s->u.at, CHARGEN_LEN - s->u.at, 0)) > 0) {
        s->u.at = (s->u.at + (size_t)n) % CHARGEN_LEN;
    }
    if (n != TERN_ERR_AGAIN && n != TERN_ERR_NOMEM) session_end(s);
}

const struct service service_chargen = {"chargen", 19, NULL, chargen_ready, NULL};

/* ---- daytime ---- */

static void daytime_ready(struct session *s, uint32_t events)
{
    (void)events;
    char line[64];
    struct tm tm;
    time_t now = time(NULL);
    size_t len = strftime(line, sizeof line, "%A, %B %d, %Y %H:%M:%S-UTC\r\n", gmtime_r(&now, &tm));
    tern_conn_send(s->conn, s->host->now, line, len);
    session_end(s);
}

const struct service service_daytime = {"daytime", 13, NULL, daytime_ready, NULL};

/* ---- one byte each way ---- */

static void crr_ready(struct session *s, uint32_t events)
{
    (void)events;
    char byte[64];
    int64_t n = tern_conn_recv(s->conn, s->host->now, byte, sizeof byte);
    if (n == TERN_ERR_AGAIN) return;
    if (n > 0) tern_conn_send(s->conn, s->host->now, byte, 1);
    session_end(s);
}

const struct service service_crr = {"crr", 8, NULL, crr_ready, NULL};
