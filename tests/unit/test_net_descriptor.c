/* The table of descriptors: real numbers, references, races. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptor.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CASE(name) cmocka_unit_test(name)

static void let_go(struct object *o) { atomic_fetch_sub(&o->refs, 1); }

/* A number for |o|, which gets a reference. */
static int number_for(struct object *o)
{
    int fd = descriptor_reserve(0);
    assert_true(fd >= 0);
    atomic_fetch_add(&o->refs, 1);
    assert_null(descriptor_install(fd, o, false));
    return fd;
}

TEST(the_lowest_number_is_given)
{
    struct object o = {1};
    int kernel = open("/dev/null", O_RDONLY | O_CLOEXEC), a = number_for(&o), b = number_for(&o);
    assert_true(kernel >= 0);
    assert_int_equal(a, kernel + 1);
    assert_int_equal(b, kernel + 2);
    close(kernel);
    assert_int_equal(number_for(&o), kernel);
    assert_ptr_equal(descriptor_take(a), &o);
    assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), a); /* free for the kernel, too */
    close(a);
    assert_ptr_equal(descriptor_take(b), &o);
    assert_ptr_equal(descriptor_take(kernel), &o);
}

TEST(the_kernels_calls_on_a_number_fail)
{
    struct object o = {1};
    char byte;
    int fd = number_for(&o);
    assert_int_equal(read(fd, &byte, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0); /* it never survives exec */
    assert_ptr_equal(descriptor_take(fd), &o);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

TEST(a_lookup_is_a_reference)
{
    struct object o = {1};
    int fd = number_for(&o);
    assert_ptr_equal(descriptor_get(fd), &o);
    assert_int_equal(o.refs, 3);
    assert_ptr_equal(descriptor_take(fd), &o);
    assert_int_equal(o.refs, 3); /* the number's is the taker's */
    assert_null(descriptor_get(fd));
    assert_null(descriptor_take(fd));
}

TEST(what_is_none_of_ours_is_told_apart)
{
    int kernel = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_null(descriptor_get(kernel));
    assert_int_equal(descriptor_errno(kernel), ENOTSOCK);
    close(kernel);
    assert_int_equal(descriptor_errno(kernel), EBADF);
    const int odd[] = {-1, INT32_MIN, INT32_MAX, 1 << 22};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        bool value;
        assert_null(descriptor_get(odd[i]));
        assert_null(descriptor_take(odd[i]));
        assert_false(descriptor_cloexec(odd[i], &value));
        assert_false(descriptor_set_cloexec(odd[i], true));
        assert_int_equal(descriptor_errno(odd[i]), EBADF);
    }
}

TEST(close_on_exec_is_the_numbers_own)
{
    struct object o = {1};
    bool value = true;
    int a = number_for(&o), b = number_for(&o);
    assert_true(descriptor_set_cloexec(a, true));
    assert_true(descriptor_cloexec(a, &value) && value);
    assert_true(descriptor_cloexec(b, &value) && !value);
    assert_ptr_equal(descriptor_get(a), &o);
    assert_true(descriptor_set_cloexec(a, false));
    assert_true(descriptor_cloexec(a, &value) && !value);
    descriptor_take(a), descriptor_take(b);
    assert_false(descriptor_set_cloexec(a, true));
}

TEST(limits_are_the_kernels)
{
    struct object o = {1};
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int first = number_for(&o);
    few = (struct rlimit){(rlim_t)first + 2, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int second = number_for(&o);
    assert_int_equal(descriptor_reserve(0), -EMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(descriptor_reserve(INT32_MAX), -EINVAL);
    int high = descriptor_reserve(100);
    assert_true(high >= 100);
    descriptor_cancel(high);
    assert_int_equal(fcntl(high, F_GETFD), -1);
    descriptor_take(first), descriptor_take(second);
}

TEST(a_number_closed_behind_our_back_is_noticed)
{
    struct object old = {1}, new = {1};
    int fd = number_for(&old);
    close(fd);
    int again = descriptor_reserve(0);
    assert_int_equal(again, fd);
    assert_ptr_equal(descriptor_install(again, &new, false), &old);
    assert_ptr_equal(descriptor_get(fd), &new);
    descriptor_take(fd);
}

TEST(a_child_has_none)
{
    struct object o = {1};
    int fd = number_for(&o), status = -1;
    pid_t child = fork();
    if (child == 0) _exit(descriptor_get(fd) == NULL && descriptor_errno(fd) == EBADF ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ptr_equal(descriptor_take(fd), &o);
}

static bool is(struct object *o, void *ctx) { return o == ctx; }

TEST(a_sweep_takes_what_it_is_told)
{
    struct object mine = {1}, other = {1};
    int a = number_for(&mine), b = number_for(&other), c = number_for(&mine);
    descriptor_sweep(is, let_go, &mine);
    assert_int_equal(mine.refs, 1);
    assert_null(descriptor_get(a));
    assert_null(descriptor_get(c));
    assert_int_equal(fcntl(a, F_GETFD), -1);
    assert_ptr_equal(descriptor_take(b), &other);
}

/* ---- races: an object that is let go of too early is seen by its mark, one too late by its count ---- */

enum { RACERS = 4, ROUNDS = 4000, MARK = 0x5a };

struct marked {
    struct object object;
    _Atomic int mark;
};

static struct marked marked[RACERS];
static _Atomic int numbers[RACERS];

static char no_number[] = "no number", twice[] = "a number was given twice", odd_one[] = "a number stands for something else";

static void *race(void *arg)
{
    unsigned me = (unsigned)(uintptr_t)arg, seed = me + 1;
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245 + 12345;
        struct marked *m = &marked[seed >> 16 & (RACERS - 1)];
        struct object *o;
        if (seed >> 20 & 1) {
            int fd = descriptor_reserve(0);
            if (fd < 0) return no_number;
            atomic_fetch_add(&m->object.refs, 1);
            o = descriptor_install(fd, &m->object, false);
            if (o) return twice;
            if ((fd = atomic_exchange(&numbers[me], fd)) >= 0 && (o = descriptor_take(fd)) != NULL) let_go(o);
        } else {
            int fd = atomic_exchange(&numbers[seed >> 21 & (RACERS - 1)], -1);
            if (fd < 0) continue;
            if ((o = descriptor_get(fd)) != NULL) {
                if (((struct marked *)(void *)o)->mark != MARK) return odd_one;
                let_go(o);
            }
            if ((o = descriptor_take(fd)) != NULL) let_go(o);
        }
    }
    return NULL;
}

TEST(threads_race)
{
    pthread_t thread[RACERS];
    for (int i = 0; i < RACERS; i++) {
        marked[i].object.refs = 1;
        marked[i].mark = MARK;
        numbers[i] = -1;
    }
    for (uintptr_t i = 0; i < RACERS; i++) assert_int_equal(pthread_create(&thread[i], NULL, race, (void *)i), 0);
    for (int i = 0; i < RACERS; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        if (wrong) fail_msg("%s", (const char *)wrong);
    }
    for (int i = 0; i < RACERS; i++) {
        descriptor_sweep(is, let_go, &marked[i].object);
        assert_int_equal(marked[i].object.refs, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_lowest_number_is_given),
        CASE(the_kernels_calls_on_a_number_fail),
        CASE(a_lookup_is_a_reference),
        CASE(what_is_none_of_ours_is_told_apart),
        CASE(close_on_exec_is_the_numbers_own),
        CASE(limits_are_the_kernels),
        CASE(a_number_closed_behind_our_back_is_noticed),
        CASE(a_child_has_none),
        CASE(a_sweep_takes_what_it_is_told),
        CASE(threads_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
