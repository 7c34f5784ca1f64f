#include "setting_text.h"

#include <stdio.h>
#include <string.h>

#include "words.h"

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

static char *value_text(const struct tern_settings *settings, const char *name, char out[QUANTITY_LEN])
{
    const struct tern_setting_info *row = tern_setting_find(name);
    return setting_text(row, tern_settings_get(settings, row), out);
}

char *settings_wrong(const struct tern_settings *settings, char out[SETTINGS_WRONG_LEN])
{
    const char *wrong[2];
    char first[QUANTITY_LEN], second[QUANTITY_LEN];
    if (tern_settings_check(settings, wrong) == 0) return NULL;
    value_text(settings, wrong[0], first);
    if (wrong[1])
        snprintf(out, SETTINGS_WRONG_LEN, _("%s (%s) is above %s (%s)"), wrong[0], first, wrong[1],
                 value_text(settings, wrong[1], second));
    else
        snprintf(out, SETTINGS_WRONG_LEN, _("%s cannot be %s"), wrong[0], first);
    return out;
}
