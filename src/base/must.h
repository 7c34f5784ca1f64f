/* MUST(n) stands where the code does what RFC 9293's requirement MUST-n asks for, and is the constant true. In the build named
 * `experiments` one of them can be switched off: what happens then is a mistake that somebody could make, and `make mutants` sees
 * that a test notices. Clauses that lessons show stand in tcp/experiment.h instead. Both are gathered into doc/rfc-map.md. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stdbool.h>

enum { MUST_N = 69 };

#ifdef TERN_EXPERIMENTS
extern unsigned must_off; /* the number of the one that is switched off, in all stacks; 0: none */
#define MUST(n) (must_off != (n))
#else
#define MUST(n) true
#endif

#endif
