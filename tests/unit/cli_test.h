/* What the tests of `cli` share. */
#ifndef CLI_TEST_H
#define CLI_TEST_H

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define TEST(name) static void name(void **state __attribute__((unused)))

#endif
