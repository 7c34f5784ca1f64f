/* MUST(n) stands where the code does what RFC 9293's requirement MUST-n asks for, and is the constant true; likewise
 * RULE(RFC 8985 6.2) with a core rule of another document, by the ID of its row in doc/rfc-map.list. In the build named
 * `experiments` one of them can be switched off: what happens then is a mistake that somebody could make, and `make mutants` sees
 * that a test notices. Clauses that lessons show stand in tcp/experiment.h instead. All are gathered into doc/rfc-map.md.
 *
 * GUARD(n) is the same for what withstands class n of the attacks (base/attacks.h): switched off, it is the published flaw. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stdbool.h>

enum { MUST_N = 69 };

#ifdef TERN_EXPERIMENTS
extern unsigned must_off;    /* the number of the one that is switched off, in all stacks; 0: none */
extern const char *rule_off; /* likewise, by its ID; NULL: none */
bool rule_holds(const char *id);
extern unsigned guard_off; /* likewise: the class of attacks */
#define MUST(n)  (must_off != (n))
#define GUARD(n) (guard_off != (n))
#define RULE(id) rule_holds(#id)
#else
#define MUST(n)  true
#define GUARD(n) true
#define RULE(id) true
#endif

#endif
