/* HTTP/1.1: files of a directory served, and one file fetched. The parser is a library's (http_parser or llhttp). */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <sodium.h>

#ifdef TERN_LLHTTP
#include <llhttp.h>
#else
#include <http_parser.h>
#endif

#include "cli_host.h"

#define HTTP_HEAD_MAX 65536 /* bytes of a request's head */
#define HTTP_URL_MAX  4096

/* ---- one message, read piece by piece ---- */

struct http_message {
#ifdef TERN_LLHTTP
    llhttp_t parser;
    llhttp_settings_t settings;
#else
    http_parser parser;
#endif
    char url[HTTP_URL_MAX];
    size_t url_len, seen; /* bytes of the message so far */
    char field[8];        /* the header being read: enough to know "Host" */
    size_t field_len;
    bool url_long, host, head_done, done;
    void (*body)(void *ctx, const char *data, size_t len); /* NULL: thrown away */
    void *ctx;
};

void http_message_init(struct http_message *m, bool response);
/* Takes up to |len| bytes, not beyond the message's end. Returns how many, or -1: malformed. */
ssize_t http_message_feed(struct http_message *m, const char *data, size_t len);
/* The peer has closed. True: the message is complete. */
bool http_message_finish(struct http_message *m);
const char *http_message_method(const struct http_message *m);
int http_message_status(const struct http_message *m);
bool http_message_keep_alive(const struct http_message *m);

/* The path of a request's target as a name relative to the root, decoded: "" for "/". Returns 0, or TERN_ERR_INVAL. */
int http_path(const char *url, char *out, size_t cap);

/* ---- the server ---- */

struct http_site {
    int dir; /* descriptor; nothing outside of it is served */
    /* Asked before the directory is: true when the path, decoded, was answered by one of the two below. NULL: files only. */
    bool (*answer)(struct http_site *site, struct session *s, const char *path);
    /* A session whose answer was a stream is over. */
    void (*stream_end)(struct http_site *site, struct session *s);
};

/* Answers with |len| bytes of |body|, which are copied. */
void http_answer(struct session *s, const char *type, const char *body, size_t len);
/* Begins an answer without end: the connection is the stream's until the peer closes it. False: only its head was asked for. */
bool http_stream(struct session *s, const char *type);
/* Adds to the stream. False: the peer is gone, or does not read; the session is over. */
bool http_push(struct session *s, const char *text, size_t len);

extern const struct service service_http; /* the listener's |ctx| is a struct http_site */

/* ---- the client ---- */

struct http_fetch {
    const char *host, *path; /* for the request */
    struct http_message message;
    crypto_hash_sha256_state hash; /* of the body */
    uint64_t body_len;
    int error;  /* TERN_ERR_*, 0 */
    bool done;  /* over, well or not */
    bool whole; /* a complete answer with status 200 */
};

extern const struct service service_fetch; /* |ctx| is a struct http_fetch, |host| and |path| filled in, the rest 0 */

#endif
