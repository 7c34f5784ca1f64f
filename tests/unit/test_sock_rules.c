/* tern_listen_filter(). */
#include "socks_case.h"

#include <tern/filter.h>

static struct tern_filter rule(const char *text)
{
    struct tern_filter f;
    OK(tern_filter_parse(text, &f));
    return f;
}

/* Does a connection to port 80 of host 1 come about? */
static bool connects(void)
{
    struct sock *c = socks_new(&p, 0, SOCK_NONBLOCK);
    EQ(socks_connect(c, 1, 80), -EINPROGRESS);
    socks_run(&p);
    int64_t r = socks_connect(c, 1, 80);
    assert_true(r == 0 || r == -ECONNREFUSED);
    socks_close(c);
    socks_run(&p);
    return !r;
}

TEST(rules_may_come_after_listen)
{
    struct tern_filter f = rule("reset 192.0.2.1");
    struct sock *l = socks_listen(&p, 1, 80);
    assert_true(connects());
    OK(sock_filter_rules(l, &f, 1));
    assert_false(connects());
    OK(sock_filter_rules(l, NULL, 0));
    assert_true(connects());
    socks_close(l);
}

TEST(and_before)
{
    struct tern_filter f[2] = {rule("allow 192.0.2.7"), rule("reset any")};
    struct sock *l = socks_new(&p, 1, SOCK_NONBLOCK);
    OK(socks_bind(l, 1, 80));
    OK(sock_filter_rules(l, f, 1)); /* replaced */
    OK(sock_filter_rules(l, f, 2));
    OK(sock_listen(l, 16));
    assert_false(connects());
    f[0] = rule("allow 192.0.2.1");
    OK(sock_filter_rules(l, f, 2));
    assert_true(connects());
    socks_close(l);
}

TEST(what_cannot_be_is_refused_at_once)
{
    struct tern_filter f = rule("drop any");
    struct sock *end[2], *s = socks_new(&p, 1, 0);
    EQ(sock_filter_rules(s, NULL, 1), -EFAULT);
    f.action = 9;
    EQ(sock_filter_rules(s, &f, 1), -EINVAL);
    f = rule("drop any");
    socks_pair(&p, end, NULL);
    EQ(sock_filter_rules(end[0], &f, 1), -EINVAL);
    socks_close(end[0]);
    socks_close(end[1]);
    socks_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rules_may_come_after_listen),
        CASE(and_before),
        CASE(what_cannot_be_is_refused_at_once),
    };
    return RUN(tests);
}
