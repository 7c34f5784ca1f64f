/* Settings by name: tern's own, or those of the kernel whose suite it is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run_setup.h"
#include "words.h"

/* ---- notes: what a script asks for and does not get ---- */

void setup_note(struct run *r, const char *what, const char *why)
{
    char *all = NULL, line[256];
    snprintf(line, sizeof line, "%s: %s", what, why);
    if (r->out->notes && strstr(r->out->notes, line)) return;
    if (asprintf(&all, "%s%s%s", r->out->notes ? r->out->notes : "", r->out->notes ? "\n" : "", line) < 0) return;
    free(r->out->notes);
    r->out->notes = all;
}

static void note_setting(struct run *r, const char *key, const char *value)
{
    char what[160];
    const struct tern_sysctl_info *info = tern_sysctl_find(key);
    const char *why = info ? info->text : "";
    snprintf(what, sizeof what, "%s=%s", key, value);
    setup_note(r, what, words(*why ? why : tern_strerror(TERN_ERR_UNSUPPORTED)));
}

/* ---- values ---- */

/* A number with the suffix of its unit: ns, us, ms, s of times; K, M, G of bytes. */
static bool quantity(const char *text, uint64_t *out)
{
    static const struct {
        const char *suffix;
        uint64_t factor;
    } units[] = {{"", 1},         {"ns", 1},   {"us", TERN_US}, {"ms", TERN_MS},
                 {"s", TERN_SEC}, {"K", 1024}, {"M", 1 << 20},  {"G", 1 << 30}};
    char *end;
    if (*text < '0' || *text > '9') return false;
    uint64_t n = strtoull(text, &end, 0);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end, units[i].suffix) == 0) return !__builtin_mul_overflow(n, units[i].factor, out);
    return false;
}

/* ---- names ---- */

static bool is_fastopen_key(const char *key)
{
    static const char name[] = "net.ipv4.tcp_fastopen_key";
    return strcmp(key, name) == 0;
}

static void canonical(const char *key, char *out, size_t cap)
{
    static const char proc[] = "/proc/sys/";
    if (strncmp(key, proc, sizeof proc - 1) == 0) key += sizeof proc - 1;
    snprintf(out, cap, "%s", key);
    if (strncmp(out, "net/", 4) != 0) return;
    for (char *p = out; *p; p++)
        if (*p == '/') *p = '.';
}

static int by_own_name(struct tern_settings *s, const char *key, const char *value)
{
    uint64_t n;
    for (size_t i = 0; tern_setting_info(i); i++)
        if (strcmp(tern_setting_info(i)->name, key) == 0)
            return quantity(value, &n) ? tern_settings_set(s, key, n) : TERN_ERR_INVAL;
    return TERN_ERR_NOTCONN;
}

bool setting_known(const char *key)
{
    char name[128];
    canonical(key, name, sizeof name);
    for (size_t i = 0; tern_setting_info(i); i++)
        if (strcmp(tern_setting_info(i)->name, name) == 0) return true;
    return tern_sysctl_find(name);
}

bool setting_apply(struct run *r, struct script_at at, const char *key, const char *value)
{
    static const char cubic[] = "/sys/module/tcp_cubic/parameters/";
    char name[128];
    canonical(key, name, sizeof name);
    if (is_fastopen_key(name)) {
        int n = tern_fastopen_keys_parse(value, r->fastopen_key);
        if (n > 0) {
            r->fastopen_key_n = (size_t)n;
            return setup_push(r);
        }
        run_break(r, at, _("%s: \"%s\" is no key."), name, value);
        return false;
    }
    if (strncmp(name, cubic, sizeof cubic - 1) == 0) {
        setup_note(r, name, _("CUBIC comes with a later issue."));
        return true;
    }
    int err = by_own_name(&r->settings, name, value);
    if (err == TERN_ERR_NOTCONN && tern_sysctl_find(name)) err = tern_sysctl_set(&r->settings, name, value);
    switch (err) {
    case 0:
        if (setup_push(r)) return true;
        break;
    case TERN_ERR_UNSUPPORTED: note_setting(r, name, value); return true;
    case TERN_ERR_NOTCONN: run_break(r, at, _("There is no setting \"%s\"."), name); return false;
    default: break;
    }
    run_break(r, at, _("The setting %s cannot be \"%s\"."), name, value);
    return false;
}

bool setup_push(struct run *r)
{
    if (!r->stack) return true;
    if (r->fastopen_key_n)
        tern_stack_fastopen_keys(r->stack, r->fastopen_key[0], r->fastopen_key_n > 1 ? r->fastopen_key[1] : NULL);
    return tern_stack_settings_set(r->stack, &r->settings) == 0;
}

bool setup_flush_metrics(struct run *r)
{
    if (r->stack) tern_stack_fastopen_forget(r->stack);
    return true;
}

int run_setting_check(const char *text)
{
    struct tern_settings s;
    char key[128], name[128];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof key) return TERN_ERR_INVAL;
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    canonical(key, name, sizeof name);
    if (is_fastopen_key(name)) {
        uint8_t keys[2][TERN_FASTOPEN_KEY_LEN];
        return tern_fastopen_keys_parse(equals + 1, keys) > 0 ? 0 : TERN_ERR_INVAL;
    }
    tern_settings_default(&s);
    int err = by_own_name(&s, name, equals + 1);
    return err == TERN_ERR_NOTCONN ? tern_sysctl_set(&s, name, equals + 1) : err;
}
