#include "cc.h"

#include <string.h>

static const struct cc_ops *const registry[] = {&cc_cubic, &cc_newreno, &cc_bbr, &cc_dctcp, &cc_fixed};

const struct cc_ops *cc_get(size_t i) { return i < sizeof registry / sizeof registry[0] ? registry[i] : NULL; }

const struct cc_ops *cc_find(const char *name)
{
    const struct cc_ops *ops;
    for (size_t i = 0; (ops = cc_get(i)) != NULL; i++)
        if (!strcmp(ops->name, name)) return ops;
    return NULL;
}

/* RFC 6928 2 */
uint32_t cc_initial_window(const struct cc_settings *set, uint32_t mss)
{
    uint32_t limit = set->initial_window * 1460;
    if (limit < 2 * mss) limit = 2 * mss;
    uint32_t wnd = set->initial_window * mss;
    return wnd < limit ? wnd : limit;
}
