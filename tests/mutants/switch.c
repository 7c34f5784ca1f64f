/* Linked into the test programs of `make mutants`, together with the layers whose clauses can be switched off, in place of the
 * normal ones. The environment says what to do before any test runs:
 *
 *     TERN_MUTANT   what is switched off, in every stack: MUST-n, ATTACK-n or another document's rule (base/must.h), or a clause
 *                   of tcp/experiment.h by its name
 *     TERN_TEST     which tests run: a pattern with * and ?
 */
#include <tern/stack.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attacks.h"
#include "experiment.h"
#include "must.h"
#include "steps.h"

static const char *clause; /* NULL: none of experiment.h's */

/* The linker leads every call of tern_stack_new() here (-Wl,--wrap). */
struct tern_stack *__real_tern_stack_new(const struct tern_stack_config *config);
struct tern_stack *__wrap_tern_stack_new(const struct tern_stack_config *config);

struct tern_stack *__wrap_tern_stack_new(const struct tern_stack_config *config)
{
    struct tern_stack *s = __real_tern_stack_new(config);
    if (s && clause) experiment_switch_off(s, clause);
    return s;
}

/* What is moved counts as steps, too, a line of the cache each (-Wl,--wrap=memmove). */
void *__real_memmove(void *to, const void *from, size_t n);
void *__wrap_memmove(void *to, const void *from, size_t n);

void *__wrap_memmove(void *to, const void *from, size_t n)
{
    steps_done += n / 64;
    return __real_memmove(to, from, n);
}

static bool is_clause(const char *name)
{
    for (unsigned i = 0; i < EXPERIMENT_CLAUSE_N; i++)
        if (!strcmp(experiment_info(i)->name, name)) return true;
    return false;
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *mutant = getenv("TERN_MUTANT"), *test = getenv("TERN_TEST");
    unsigned n;
    if (test) cmocka_set_test_filter(test);
    if (!mutant) return;
    if (is_clause(mutant))
        clause = mutant;
    else if (sscanf(mutant, "MUST-%u", &n) == 1 && n >= 1 && n <= MUST_N)
        must_off = n;
    else if (sscanf(mutant, "ATTACK-%u", &n) == 1 && attack_class(n))
        guard_off = n;
    else if (!strncmp(mutant, "RFC ", 4) || !strncmp(mutant, "BBR ", 4) || !strncmp(mutant, "TERN ", 5))
        rule_off = mutant;
    else {
        fprintf(stderr, "TERN_MUTANT=%s: there is no such mutant\n", mutant);
        exit(2);
    }
}
