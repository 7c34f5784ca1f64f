#include "cli_http.h"

#include <string.h>
#include <strings.h>

#ifdef TERN_LLHTTP
typedef llhttp_t parser_t;
#define METHOD_NAME(m) llhttp_method_name((llhttp_method_t)(m))
#else
typedef http_parser parser_t;
#define METHOD_NAME(m) http_method_str((enum http_method)(m))
#endif

static int on_url(parser_t *p, const char *at, size_t len)
{
    struct http_message *m = p->data;
    if (len >= sizeof m->url - m->url_len) {
        m->url_long = true;
        return 0;
    }
    memcpy(m->url + m->url_len, at, len);
    m->url_len += len;
    m->url[m->url_len] = '\0';
    return 0;
}

static int on_field(parser_t *p, const char *at, size_t len)
{
    struct http_message *m = p->data;
    size_t room = sizeof m->field - m->field_len;
    memcpy(m->field + m->field_len, at, len < room ? len : room);
    m->field_len += len < room ? len : room;
    return 0;
}

static int on_value(parser_t *p, const char *at, size_t len)
{
    (void)at, (void)len;
    struct http_message *m = p->data;
    if (m->field_len == 4 && strncasecmp(m->field, "Host", 4) == 0) m->host = true;
    m->field_len = 0;
    return 0;
}

static int on_head(parser_t *p)
{
    struct http_message *m = p->data;
    m->head_done = true;
    return 0;
}

static int on_body(parser_t *p, const char *at, size_t len)
{
    struct http_message *m = p->data;
    if (m->body) m->body(m->ctx, at, len);
    return 0;
}

/* What follows belongs to the next message: the parser stops here. */
static int on_done(parser_t *p)
{
    struct http_message *m = p->data;
    m->done = true;
#ifdef TERN_LLHTTP
    return HPE_PAUSED;
#else
    http_parser_pause(p, 1);
    return 0;
#endif
}

#define CALLBACKS                                                                                                                \
    .on_url = on_url, .on_header_field = on_field, .on_header_value = on_value, .on_headers_complete = on_head,                  \
    .on_body = on_body, .on_message_complete = on_done

#ifdef TERN_LLHTTP

static void init(struct http_message *m, bool response)
{
    llhttp_settings_init(&m->settings);
    m->settings = (llhttp_settings_t){CALLBACKS};
    llhttp_init(&m->parser, response ? HTTP_RESPONSE : HTTP_REQUEST, &m->settings);
}

static ssize_t feed(struct http_message *m, const char *data, size_t len)
{
    llhttp_errno_t err = llhttp_execute(&m->parser, data, len);
    if (err == HPE_OK) return (ssize_t)len;
    return err == HPE_PAUSED || err == HPE_PAUSED_UPGRADE ? llhttp_get_error_pos(&m->parser) - data : -1;
}

bool http_message_finish(struct http_message *m)
{
    if (!m->done) llhttp_finish(&m->parser);
    return m->done;
}

bool http_message_keep_alive(const struct http_message *m) { return llhttp_should_keep_alive(&m->parser); }

#else

static const http_parser_settings settings = {CALLBACKS};

static void init(struct http_message *m, bool response) { http_parser_init(&m->parser, response ? HTTP_RESPONSE : HTTP_REQUEST); }

static ssize_t feed(struct http_message *m, const char *data, size_t len)
{
    size_t n = http_parser_execute(&m->parser, &settings, data, len);
    enum http_errno err = HTTP_PARSER_ERRNO(&m->parser);
    return err == HPE_OK || err == HPE_PAUSED ? (ssize_t)n : -1;
}

bool http_message_finish(struct http_message *m)
{
    if (!m->done) http_parser_execute(&m->parser, &settings, NULL, 0);
    return m->done;
}

bool http_message_keep_alive(const struct http_message *m) { return http_should_keep_alive(&m->parser); }

#endif

void http_message_init(struct http_message *m, bool response)
{
    m->url[0] = '\0';
    m->url_len = m->seen = m->field_len = 0;
    m->url_long = m->host = m->head_done = m->done = false;
    init(m, response);
    m->parser.data = m;
}

ssize_t http_message_feed(struct http_message *m, const char *data, size_t len)
{
    ssize_t n = feed(m, data, len);
    if (n > 0) m->seen += (size_t)n;
    return n;
}

const char *http_message_method(const struct http_message *m) { return METHOD_NAME(m->parser.method); }

int http_message_status(const struct http_message *m) { return (int)m->parser.status_code; }

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
    return -1;
}

int http_path(const char *url, char *out, size_t cap)
{
    if (strncasecmp(url, "http://", 7) == 0) { /* absolute form, RFC 9112 3.2.2 */
        url = strchr(url + 7, '/');
        if (!url) url = "/";
    }
    if (*url != '/') return TERN_ERR_INVAL;
    url += strspn(url, "/");
    size_t n = 0;
    for (; *url && *url != '?' && *url != '#'; url++) {
        int c = (unsigned char)*url;
        if (c == '%') {
            int high = hex(url[1]), low = high < 0 ? -1 : hex(url[2]);
            if (low < 0) return TERN_ERR_INVAL;
            c = high * 16 + low;
            url += 2;
        }
        if (c == 0 || n + 1 >= cap) return TERN_ERR_INVAL;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return 0;
}
