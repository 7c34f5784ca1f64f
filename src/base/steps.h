/* How much work is done, in steps that are the same on every machine: the blocks of code that are gone through. Counted in the
 * build named `experiments`, where gcc made it (-fsanitize-coverage=trace-pc); elsewhere there is no such variable. */
#ifndef BASE_STEPS_H
#define BASE_STEPS_H

#include <stdint.h>

extern uint64_t steps_done __attribute__((weak));

#endif
