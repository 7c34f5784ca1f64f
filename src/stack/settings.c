/* The table of settings. */
#include <tern/stack.h>

#include <string.h>

static const struct tern_setting_info table[] = {
#define X(name, def, min, max, unit, text) {#name, unit, text, def, min, max, offsetof(struct tern_settings, name)},
    TERN_SETTINGS(X)
#undef X
};

enum { ROWS = sizeof table / sizeof table[0] };

const struct tern_setting_info *tern_setting_info(size_t i) { return i < ROWS ? &table[i] : NULL; }

void tern_settings_default(struct tern_settings *s)
{
#define X(name, def, min, max, unit, text) s->name = (uint64_t)(def);
    TERN_SETTINGS(X)
#undef X
}

const struct tern_setting_info *tern_setting_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

int tern_settings_set(struct tern_settings *s, const char *name, uint64_t value)
{
    const struct tern_setting_info *row = tern_setting_find(name);
    if (!row || value < row->min || value > row->max) return TERN_ERR_INVAL;
    memcpy((char *)s + row->offset, &value, sizeof value);
    return 0;
}
