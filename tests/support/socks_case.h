/* A pair of hosts for each test: |p| is started before it and stopped after it. */
#ifndef SUPPORT_SOCKS_CASE_H
#define SUPPORT_SOCKS_CASE_H

#include "socks.h"

static struct socks p;

static int case_begin(void **state)
{
    (void)state;
    socks_start(&p, NULL);
    return 0;
}

static int case_end(void **state)
{
    (void)state;
    socks_stop(&p);
    return 0;
}

#undef CASE
#define CASE(f) cmocka_unit_test_setup_teardown(f, case_begin, case_end)

#endif
