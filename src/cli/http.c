/* The HTTP server: GET and HEAD of the files of one directory, with keep-alive. */
#include "cli_http.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cli_services.h"

#define PIECE_LEN  61440      /* of a file, in one buffer of the pool */
#define DRAIN_MAX  (1 << 20)  /* bytes still read after the last answer, so that a RST does not overtake it */
#define STREAM_MAX (16 << 20) /* bytes of a stream that its reader may be behind */

struct exchange {
    struct http_message request;
    char in[8192]; /* received, not parsed yet */
    size_t in_len;
    char *text; /* the answer's head, and its body when that is text */
    size_t text_len, text_sent;
    int file;      /* -1: none */
    uint64_t left; /* bytes of it to send */
    struct tern_buf *held;
    bool answering, keep;
    bool closing; /* the last answer is sent: whatever comes is thrown away */
    bool stream;  /* the answer goes on, see http_push() */
    size_t drained;
};

/* ---- answers ---- */

struct reply {
    int status;
    const char *reason;
};

static const struct reply ok = {200, "OK"}, moved = {301, "Moved Permanently"}, bad = {400, "Bad Request"},
                          forbidden = {403, "Forbidden"}, not_found = {404, "Not Found"},
                          not_allowed = {405, "Method Not Allowed"}, uri_long = {414, "URI Too Long"},
                          head_long = {431, "Request Header Fields Too Large"}, trouble = {503, "Service Unavailable"};

static const char *const types[][2] = {
    {".html", "text/html; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".css", "text/css"},
    {".js", "text/javascript"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".svg", "image/svg+xml"},
    {".pdf", "application/pdf"},
};

static const char *type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(dot, types[i][0]) == 0) return types[i][1];
    }
    return "application/octet-stream";
}

#define NO_LENGTH UINT64_MAX /* the body ends with the connection */

/* The head of an answer whose body has |len| bytes of |type|. */
static void put_head(FILE *out, const struct exchange *x, const struct reply *r, const char *type, uint64_t len,
                     const char *extra)
{
    char date[40];
    struct tm tm;
    time_t now = time(NULL);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    fprintf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: tern/%s\r\nContent-Type: %s\r\n", r->status, r->reason, date,
            tern_version(), type);
    if (len != NO_LENGTH) fprintf(out, "Content-Length: %llu\r\n", (unsigned long long)len);
    fprintf(out, "%s%s\r\n", extra, x->keep ? "" : "Connection: close\r\n");
}

static bool is_head(const struct exchange *x) { return strcmp(http_message_method(&x->request), "HEAD") == 0; }

/* An answer that is all text. */
static void answer_text(struct exchange *x, const struct reply *r, const char *type, const char *body, size_t len,
                        const char *extra)
{
    FILE *out = open_memstream(&x->text, &x->text_len);
    if (!out) return; /* nothing to send: the connection closes */
    put_head(out, x, r, type, len, extra);
    if (!is_head(x)) fwrite(body, 1, len, out);
    fclose(out);
}

static void answer_error(struct exchange *x, const struct reply *r, const char *extra)
{
    char body[80];
    int len = snprintf(body, sizeof body, "%d %s\n", r->status, r->reason);
    answer_text(x, r, "text/plain", body, (size_t)len, extra);
}

static void answer_file(struct exchange *x, int fd, uint64_t len, const char *path)
{
    FILE *out = open_memstream(&x->text, &x->text_len);
    if (!out || is_head(x)) {
        close(fd);
    } else {
        x->file = fd;
        x->left = len;
    }
    if (!out) return;
    put_head(out, x, &ok, type_of(path), len, "");
    fclose(out);
}

/* ---- directories ---- */

static void put_html(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
    }
}

static void put_url(FILE *out, const char *name)
{
    for (; *name; name++) {
        bool plain = strchr("-._~", *name) || (*name >= '0' && *name <= '9') || ((*name | 32) >= 'a' && (*name | 32) <= 'z');
        fprintf(out, plain ? "%c" : "%%%02X", (unsigned char)*name);
    }
}

static int visible(const struct dirent *d) { return d->d_name[0] != '.'; }

static void answer_list(struct exchange *x, int fd)
{
    struct dirent **list;
    char *body = NULL;
    size_t len = 0;
    int n = scandirat(fd, ".", &list, visible, alphasort);
    FILE *out = n < 0 ? NULL : open_memstream(&body, &len);
    if (out) fputs("<!doctype html><title>Files</title><ul>\n", out);
    for (int i = 0; i < n; i++) {
        const char *slash = list[i]->d_type == DT_DIR ? "/" : "";
        if (out) {
            fputs("<li><a href=\"", out);
            put_url(out, list[i]->d_name);
            fprintf(out, "%s\">", slash);
            put_html(out, list[i]->d_name);
            fprintf(out, "%s</a>\n", slash);
        }
        free(list[i]);
    }
    if (n >= 0) free(list);
    if (!out) {
        answer_error(x, &trouble, "");
        return;
    }
    fputs("</ul>\n", out);
    fclose(out);
    answer_text(x, &ok, "text/html; charset=utf-8", body, len, "");
    free(body);
}

static void answer_moved(struct exchange *x)
{
    char extra[HTTP_URL_MAX + 32];
    const char *url = x->request.url;
    snprintf(extra, sizeof extra, "Location: %.*s/\r\n", (int)strcspn(url, "?#"), url);
    answer_error(x, &moved, extra);
}

static void answer_path(struct exchange *x, int dir, const char *path);

static void answer_dir(struct exchange *x, int fd, const char *path)
{
    size_t len = strlen(path);
    if (len > 0 && path[len - 1] != '/') {
        answer_moved(x);
    } else if (faccessat(fd, "index.html", F_OK, 0) == 0) {
        answer_path(x, fd, "index.html");
    } else {
        answer_list(x, fd);
    }
}

/* ---- paths ---- */

/* Nothing outside of |dir| opens, neither by ".." nor by a symbolic link. */
static int open_beneath(int dir, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, dir, path[0] ? path : ".", &how, sizeof how);
}

static const struct reply *reply_of_errno(int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return &not_found;
    case EACCES:
    case EPERM:
    case ELOOP:
    case EXDEV: return &forbidden;
    default: return &trouble;
    }
}

static void answer_path(struct exchange *x, int dir, const char *path)
{
    struct stat st;
    int fd = open_beneath(dir, path);
    if (fd < 0) {
        answer_error(x, reply_of_errno(errno), "");
    } else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        answer_file(x, fd, (uint64_t)st.st_size, path);
    } else {
        if (S_ISDIR(st.st_mode)) {
            answer_dir(x, fd, path);
        } else {
            answer_error(x, &forbidden, "");
        }
        close(fd);
    }
}

/* ---- requests ---- */

/* The answer to a request that cannot be read further: the connection ends with it. */
static void answer_last(struct exchange *x, const struct reply *r)
{
    x->keep = false;
    x->answering = true;
    answer_error(x, r, "");
}

static void answer(struct session *s, struct exchange *x, struct http_site *site)
{
    char path[HTTP_URL_MAX];
    const char *method = http_message_method(&x->request);
    x->answering = true;
    x->keep = http_message_keep_alive(&x->request);
    if (x->request.url_long) {
        answer_error(x, &uri_long, "");
    } else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        answer_error(x, &not_allowed, "Allow: GET, HEAD\r\n");
    } else if ((!x->request.host && x->request.parser.http_minor > 0) || http_path(x->request.url, path, sizeof path) < 0) {
        answer_error(x, &bad, "");
    } else if (!site->answer || !site->answer(site, s, path)) {
        answer_path(x, site->dir, path);
    }
}

/* Parses what came. */
static void parse(struct session *s, struct exchange *x, struct http_site *site)
{
    ssize_t n = http_message_feed(&x->request, x->in, x->in_len);
    if (n < 0) {
        x->in_len = 0;
        answer_last(x, &bad);
        return;
    }
    x->in_len -= (size_t)n;
    memmove(x->in, x->in + n, x->in_len);
    if (x->request.done) {
        answer(s, x, site);
        http_message_init(&x->request, false);
    } else if (!x->request.head_done && x->request.seen > HTTP_HEAD_MAX) {
        answer_last(x, &head_long);
    }
}

/* ---- sending; each returns 0: done, TERN_ERR_AGAIN, or an error ---- */

static int send_text(struct session *s, struct exchange *x)
{
    while (x->text_sent < x->text_len) {
        int64_t n = tern_conn_send(s->conn, s->host->now, x->text + x->text_sent, x->text_len - x->text_sent);
        if (n < 0) return (int)n == TERN_ERR_NOMEM ? TERN_ERR_AGAIN : (int)n;
        x->text_sent += (size_t)n;
    }
    return 0;
}

/* The file's next piece, read into a buffer that then goes to the stack as it is. */
static int read_piece(struct session *s, struct exchange *x)
{
    size_t want = x->left < PIECE_LEN ? (size_t)x->left : PIECE_LEN;
    struct tern_buf *b = tern_buf_get(tern_stack_pool(s->host->stack), want);
    if (!b) return TERN_ERR_AGAIN;
    ssize_t n = read(x->file, b->data, want);
    if (n <= 0) { /* it shrank: the length was promised already */
        tern_buf_unref(b);
        return TERN_ERR_IO;
    }
    b->len = (uint32_t)n;
    x->left -= (uint64_t)n;
    x->held = b;
    return 0;
}

static int send_file(struct session *s, struct exchange *x)
{
    while (x->held || x->left > 0) {
        int err = x->held ? 0 : read_piece(s, x);
        if (err == 0) err = service_send_held(s, &x->held);
        if (err < 0) return err;
    }
    return 0;
}

static void answer_done(struct exchange *x)
{
    free(x->text);
    x->text = NULL;
    x->text_len = x->text_sent = 0;
    if (x->file >= 0) close(x->file);
    x->file = -1;
    x->answering = false;
}

/* Throws away what comes after the last answer. 0: the peer has closed, or sends without end. */
static int drain(struct session *s, struct exchange *x)
{
    int64_t n;
    while ((n = tern_conn_recv(s->conn, s->host->now, x->in, sizeof x->in)) > 0) {
        x->drained += (size_t)n;
        if (x->drained > DRAIN_MAX) return 0;
    }
    return (int)n;
}

/* What is there of the stream; then the peer's FIN is waited for. */
static int send_stream(struct session *s, struct exchange *x)
{
    int err = send_text(s, x);
    if (err == 0) {
        free(x->text);
        x->text = NULL;
        x->text_len = x->text_sent = 0;
    }
    if (err < 0 && err != TERN_ERR_AGAIN) return err;
    return drain(s, x) == TERN_ERR_AGAIN ? TERN_ERR_AGAIN : TERN_ERR_CLOSING;
}

static int send_answer(struct session *s, struct exchange *x)
{
    if (x->stream) return send_stream(s, x);
    int err = send_text(s, x);
    if (err == 0) err = send_file(s, x);
    if (err < 0) return err;
    x->closing = !x->keep || x->text_len == 0;
    answer_done(x);
    if (x->closing) tern_conn_close(s->conn, s->host->now);
    return 0;
}

/* ---- the session ---- */

/* One step: parse, else receive. TERN_ERR_AGAIN: nothing to do now; 0: go on; otherwise the session is over. */
static int step(struct session *s, struct exchange *x)
{
    if (x->answering) return send_answer(s, x);
    if (x->closing) return drain(s, x) == TERN_ERR_AGAIN ? TERN_ERR_AGAIN : TERN_ERR_CLOSING;
    if (x->in_len == 0) {
        int64_t n = tern_conn_recv(s->conn, s->host->now, x->in, sizeof x->in);
        if (n <= 0) return n < 0 ? (int)n : TERN_ERR_CLOSING;
        x->in_len = (size_t)n;
    }
    parse(s, x, s->ctx);
    return 0;
}

static void http_open(struct session *s)
{
    struct exchange *x = calloc(1, sizeof *x);
    s->u.data = x;
    if (!x) return;
    x->file = -1;
    http_message_init(&x->request, false);
    tern_conn_set(s->conn, s->host->now, TERN_OPT_NODELAY, 1);
    tern_conn_set(s->conn, s->host->now, TERN_OPT_KEEPALIVE, 1);
}

static void http_ready(struct session *s, uint32_t events)
{
    (void)events;
    struct exchange *x = s->u.data;
    if (!x) {
        session_abort(s);
        return;
    }
    int err;
    while ((err = step(s, x)) == 0) continue;
    if (err == TERN_ERR_AGAIN) return;
    if (err == TERN_ERR_IO) {
        session_abort(s); /* the answer cannot be completed: the peer must see that */
    } else {
        session_end(s);
    }
}

static void http_end(struct session *s)
{
    struct exchange *x = s->u.data;
    if (!x) return;
    struct http_site *site = s->ctx;
    if (x->stream && site->stream_end) site->stream_end(site, s);
    answer_done(x);
    tern_buf_unref(x->held);
    free(x);
}

/* ---- answers of a site's own ---- */

void http_answer(struct session *s, const char *type, const char *body, size_t len)
{
    answer_text(s->u.data, &ok, type, body, len, "Cache-Control: no-store\r\n");
}

bool http_stream(struct session *s, const char *type)
{
    struct exchange *x = s->u.data;
    FILE *out = open_memstream(&x->text, &x->text_len);
    x->keep = false;
    if (!out) return false; /* nothing to send: the connection closes */
    put_head(out, x, &ok, type, NO_LENGTH, "Cache-Control: no-store\r\n");
    fclose(out);
    x->stream = !is_head(x);
    return x->stream;
}

bool http_push(struct session *s, const char *text, size_t len)
{
    struct exchange *x = s->u.data;
    size_t left = x->text_len - x->text_sent;
    char *more = left + len <= STREAM_MAX ? malloc(left + len + 1) : NULL;
    if (!more) {
        session_abort(s);
        return false;
    }
    if (left > 0) memcpy(more, x->text + x->text_sent, left);
    memcpy(more + left, text, len);
    free(x->text);
    x->text = more;
    x->text_len = left + len;
    x->text_sent = 0;
    int err = send_stream(s, x);
    if (err == TERN_ERR_AGAIN) return true;
    session_end(s);
    return false;
}

const struct service service_http = {"http", 80, http_open, http_ready, http_end};
