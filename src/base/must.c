#include "must.h"

#ifdef TERN_EXPERIMENTS
unsigned must_off;
#endif
