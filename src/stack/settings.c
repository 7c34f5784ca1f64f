/* The table of settings. */
#include <tern/stack.h>

#include <string.h>

#include "must.h"

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

/* What the numbers are called, from 0 on; behind a slash, what else they are. What is of unit "bool" is off or on. */
static const struct {
    const char *setting, *names;
} named[] = {
    {"congestion", "cubic newreno/reno bbr dctcp fixed"},
    {"drop_syn_fin", "off listen always"},
    {"ecn", "off rfc3168 accept accecn"},
    {"ecn_option", "never changes moved always"},
    {"hystart", "off rfc9406 linux"},
    {"icmp_abort", "none hard prohibited all"},
    {"mss_of_path", "off linux freebsd"},
    {"mtu_probing", "off black-hole always"},
    {"pacing", "off algorithm queue always"},
    {"prr", "at-once prr halving"},
    {"silent", "off all syn"},
    {"syn_cookies", "off full always"},
    {"syn_layout", "own linux freebsd"},
};

static const char *names_of(const struct tern_setting_info *row)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strcmp(named[i].setting, row->name) == 0) return named[i].names;
    return strcmp(row->unit, "bool") == 0 ? "off/no/false on/yes/true" : "";
}

const char *tern_setting_name(const struct tern_setting_info *row, uint64_t value, size_t *len)
{
    const char *at = names_of(row);
    for (; value && *at; value--) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    *len = strcspn(at, " /");
    return *len ? at : NULL;
}

int tern_setting_number(const struct tern_setting_info *row, const char *name, uint64_t *value)
{
    uint64_t n = 0;
    size_t len;
    for (const char *at = names_of(row); *at; at += len) {
        if (*at == ' ') n++;
        if (*at == ' ' || *at == '/') at++;
        len = strcspn(at, " /");
        if (strlen(name) != len || strncmp(at, name, len) != 0) continue;
        *value = n;
        return 0;
    }
    return TERN_ERR_INVAL;
}

int tern_settings_set(struct tern_settings *s, const char *name, uint64_t value)
{
    const struct tern_setting_info *row = tern_setting_find(name);
    if (!row || value < row->min || value > row->max) return TERN_ERR_INVAL;
    memcpy((char *)s + row->offset, &value, sizeof value);
    return 0;
}

uint64_t tern_settings_get(const struct tern_settings *s, const struct tern_setting_info *row)
{
    uint64_t value;
    memcpy(&value, (const char *)s + row->offset, sizeof value);
    return value;
}

/* ---- together ---- */

static const struct tern_setting_pair pairs[] = {
    {"rto_min", "rto_max", false},
    {"rto_initial", "rto_max", false},
    {"send_buffer", "send_buffer_max", true},
    {"receive_buffer", "receive_buffer_max", true},
    {"memory_low", "memory_high", false},
    {"dup_threshold", "reordering_max", false},
    {"mtu_least_mss", "mtu_base_mss", false},
    {"port_min", "port_max", false},
};

const struct tern_setting_pair *tern_setting_pair(size_t i) { return i < sizeof pairs / sizeof pairs[0] ? &pairs[i] : NULL; }

static int refuse(const char *wrong[2], const char *first, const char *second)
{
    if (wrong) wrong[0] = first, wrong[1] = second;
    return TERN_ERR_INVAL;
}

int tern_settings_check(const struct tern_settings *s, const char *wrong[2])
{
    for (size_t i = 0; i < ROWS; i++) {
        uint64_t v = tern_settings_get(s, &table[i]);
        if (v < table[i].min || v > table[i].max) return refuse(wrong, table[i].name, NULL);
    }
    for (const struct tern_setting_pair *p = pairs; p < pairs + sizeof pairs / sizeof pairs[0]; p++) {
        uint64_t low = tern_settings_get(s, tern_setting_find(p->low)), high = tern_settings_get(s, tern_setting_find(p->high));
        if (low > high && !(p->off && high == 0) && RULE(TERN 6)) return refuse(wrong, p->low, p->high);
    }
    return 0;
}
