#include "must.h"

#ifdef TERN_EXPERIMENTS
unsigned must_off, guard_off;
const char *rule_off;

bool rule_holds(const char *id)
{
    const char *off = rule_off;
    while (off && *off && *off == *id) off++, id++;
    return !off || *off != *id;
}
#endif
