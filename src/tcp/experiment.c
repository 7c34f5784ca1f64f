#include "experiment.h"

#include <string.h>

#include "conn.h"

static const struct experiment_info table[] = {
#define X(id, name, doc, section, text) {name, doc, section, text},
    EXPERIMENT_CLAUSES(X)
#undef X
};

const struct experiment_info *experiment_info(unsigned clause) { return clause < EXPERIMENT_CLAUSE_N ? &table[clause] : NULL; }

bool experiment_build(void)
{
#ifdef TERN_EXPERIMENTS
    return true;
#else
    return false;
#endif
}
