#include "steps.h"

#if defined TERN_EXPERIMENTS && defined __GNUC__ && !defined __clang__
uint64_t steps_done;

/* The compiler calls it at each block of what is made with that option, but for this function. */
void __sanitizer_cov_trace_pc(void);
__attribute__((no_sanitize_coverage)) void __sanitizer_cov_trace_pc(void) { steps_done++; }
#endif
