#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "book_links.h"
#include "words.h"

struct written {
    char p[1 << 14];
    size_t len, limit; /* |limit|: of what may be written */
};

static int put(void *ctx, const char *text, size_t len)
{
    struct written *t = ctx;
    if (t->len + len >= t->limit) return -1;
    memcpy(t->p + t->len, text, len);
    t->len += len;
    t->p[t->len] = '\0';
    return 0;
}

/* The paragraph |msg| as HTML on the page of |self| (NULL: of none). */
static const char *linked(const char *self, const char *msg)
{
    static struct written t;
    struct book *b = book_new();
    struct book_links links;
    struct prose_links hook;
    assert_non_null(b);
    assert_true(book_links_begin(&links, b, self ? book_find(b, self, strlen(self)) : NULL, &hook));
    t = (struct written){.limit = sizeof t.p};
    struct tern_out out = {put, &t};
    struct prose p = {.out = &out, .html = true, .links = &hook, .before = PROSE_KIND_N};
    prose(&p, PROSE_PARA, msg);
    assert_int_equal(p.err, 0);
    book_links_end(&links);
    book_free(b);
    return t.p;
}

static void names_in_a_text_are_links(void **state)
{
    (void)state;
    assert_string_equal(linked(NULL, "after TIME-WAIT."), "<p>after <a href=\"state-time-wait.html\">TIME-WAIT</a>.</p>\n");
    assert_string_equal(linked(NULL, "收到ACK后"), "<p>收到<a href=\"flag-ack.html\">ACK</a>后</p>\n");
    /* once a page; not to the page itself; no part of a word; no word that may be any word */
    assert_string_equal(linked(NULL, "FIN FIN"), "<p><a href=\"flag-fin.html\">FIN</a> FIN</p>\n");
    assert_string_equal(linked("FIN", "a FIN"), "<p>a FIN</p>\n");
    assert_string_equal(linked(NULL, "FINs, EFIN, FIN_X, a window"), "<p>FINs, EFIN, FIN_X, a window</p>\n");
    /* in code each name, each time */
    assert_string_equal(linked(NULL, "`window` `window`"), "<p><code><a href=\"lesson-window.html\">window</a></code> "
                                                           "<code><a href=\"lesson-window.html\">window</a></code></p>\n");
    assert_string_equal(linked("why-2msl", "`tern explain why-2msl --msl 0`"),
                        "<p><code>tern explain why-2msl --msl 0</code></p>\n");
    assert_string_equal(linked(NULL, "`src/tcp/ack.c window.c`"), "<p><code>src/tcp/ack.c window.c</code></p>\n");
}

static void rfcs_are_links(void **state)
{
    (void)state;
#define RFC "<a href=\"https://www.rfc-editor.org/rfc/rfc"
    assert_string_equal(linked(NULL, "RFC 9293 3.10.7.4 fifth"),
                        "<p>" RFC "9293#section-3.10.7.4\">RFC 9293 3.10.7.4</a> fifth</p>\n");
    assert_string_equal(linked(NULL, "(RFC 5961), RFC 793."), "<p>(" RFC "5961\">RFC 5961</a>), " RFC "793\">RFC 793</a>.</p>\n");
    assert_string_equal(linked(NULL, "see RFC 9293 3.6. It"), "<p>see " RFC "9293#section-3.6\">RFC 9293 3.6</a>. It</p>\n");
    assert_string_equal(linked(NULL, "RFC 1337 and RFC x"), "<p>" RFC "1337\">RFC 1337</a> and RFC x</p>\n");
    assert_string_equal(linked(NULL, "RFC 9293 ... RFC "), "<p>" RFC "9293\">RFC 9293</a> ... RFC </p>\n");
}

static void what_is_html_is_masked(void **state)
{
    (void)state;
    assert_string_equal(linked(NULL, "a < b & \"c\" `<d>`"), "<p>a &lt; b &amp; &quot;c&quot; <code>&lt;d&gt;</code></p>\n");
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void each_file_has_a_name_of_its_own(void **state)
{
    (void)state;
    struct book *b = book_new();
    size_t n = book_file_n(b);
    const char **names = calloc(n, sizeof *names);
    assert_non_null(names);
    for (size_t i = 0; i < n; i++) {
        names[i] = book_file(b, i);
        assert_int_equal(strspn(names[i], "abcdefghijklmnopqrstuvwxyz0123456789-."), strlen(names[i]));
    }
    assert_string_equal(names[0], "index.html");
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 1; i < n; i++) assert_string_not_equal(names[i - 1], names[i]);
    free(names);
    book_free(b);
}

static void a_failed_write_is_told(void **state)
{
    (void)state;
    static struct written t;
    struct book *b = book_new();
    bool right;
    for (size_t i = 0; i < book_file_n(b); i += i == 0 ? 1 : book_file_n(b) - 2) {
        t = (struct written){.limit = 300};
        struct tern_out out = {put, &t};
        assert_int_equal(book_write(b, i, &out, &right), TERN_ERR_IO);
    }
    book_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_a_text_are_links), cmocka_unit_test(rfcs_are_links),
        cmocka_unit_test(what_is_html_is_masked),    cmocka_unit_test(each_file_has_a_name_of_its_own),
        cmocka_unit_test(a_failed_write_is_told),
    };
    return cmocka_run_group_tests_name("explain book", tests, NULL, NULL);
}
