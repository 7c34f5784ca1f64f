#include "setting_text.h"

#include <stdio.h>
#include <string.h>

char *setting_text(const struct tern_setting_info *row, uint64_t value, char out[QUANTITY_LEN])
{
    size_t len;
    const char *name = tern_setting_name(row, value, &len);
    if (name)
        snprintf(out, QUANTITY_LEN, "%.*s", (int)len, name);
    else if (strcmp(row->unit, "ns") == 0 || strcmp(row->unit, "bytes") == 0)
        quantity_exact(value, row->unit, out);
    else
        snprintf(out, QUANTITY_LEN, "%llu", (unsigned long long)value); /* what has no multiples stands beside its unit */
    return out;
}

bool setting_take(const struct tern_setting_info *row, const char *text, struct tern_settings *settings)
{
    uint64_t v;
    if (tern_setting_number(row, text, &v) < 0 && quantity_parse(text, row->unit, &v) < 0) return false;
    return tern_settings_set(settings, row->name, v) == 0;
}
