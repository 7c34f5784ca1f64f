/* Settings by name: tern's own, or those of the kernel whose suite it is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "run_setup.h"
#include "utf8.h"
#include "words.h"

/* ---- notes: what a script asks for and does not get ---- */

void setup_note(struct run *r, const char *what, const char *why)
{
    char *all = NULL, *line = NULL;
    const char *before = r->out->notes;
    if (asprintf(&line, "%s: %s", what, why) < 0) line = NULL;
    if (line) utf8_repair(line);
    bool told = !line || (before && strstr(before, line));
    if (!told && asprintf(&all, "%s%s%s", before ? before : "", before ? "\n" : "", line) >= 0) {
        free(r->out->notes);
        r->out->notes = all;
    }
    free(line);
}

static void note_setting(struct run *r, const char *key, const char *value)
{
    char what[160];
    const struct tern_sysctl_info *info = tern_sysctl_find(key);
    const char *why = info ? info->text : "";
    snprintf(what, sizeof what, "%s=%s", key, value);
    setup_note(r, what, words(*why ? why : tern_strerror(TERN_ERR_UNSUPPORTED)));
}

/* ---- names ---- */

/* What a run keeps beside the stack's settings. */
static bool is_fastopen_key(const char *key)
{
    const struct tern_sysctl_info *info = tern_sysctl_find(key);
    return info && strcmp(info->name, "net.ipv4.tcp_fastopen_key") == 0;
}

/* By tern's own name, or a kernel's. */
static int set_value(struct tern_settings *s, const char *name, const char *value)
{
    uint64_t n;
    const struct tern_setting_info *own = tern_setting_find(name);
    if (!own) return tern_sysctl_set(s, name, value);
    if (tern_setting_number(own, value, &n) < 0 && quantity_parse(value, own->unit, &n) < 0) return TERN_ERR_INVAL;
    return tern_settings_set(s, name, n);
}

bool setting_known(const char *key) { return tern_setting_find(key) || tern_sysctl_find(key); }

bool setting_apply(struct run *r, struct script_at at, const char *key, const char *value)
{
    if (is_fastopen_key(key)) {
        int n = tern_fastopen_keys_parse(value, r->fastopen_key);
        if (n > 0) {
            r->fastopen_key_n = (size_t)n;
            return setup_push(r);
        }
        run_break(r, at, _("%s: \"%s\" is no key."), key, value);
        return false;
    }
    if (!setting_known(key)) {
        run_break(r, at, _("There is no setting \"%s\"."), key);
        return false;
    }
    int err = set_value(&r->settings, key, value);
    if (err == TERN_ERR_UNSUPPORTED) note_setting(r, key, value);
    if (err == TERN_ERR_UNSUPPORTED || (err == 0 && setup_push(r))) return true;
    const char *wrong[2];
    if (err == 0 && tern_settings_check(&r->settings, wrong) < 0 && wrong[1]) {
        run_break(r, at, _("The setting %s cannot be \"%s\": %s would be above %s."), key, value, wrong[0], wrong[1]);
        return false;
    }
    run_break(r, at, _("The setting %s cannot be \"%s\"."), key, value);
    return false;
}

bool setup_push(struct run *r)
{
    if (!r->stack) return true;
    if (r->fastopen_key_n)
        tern_stack_fastopen_keys(r->stack, r->fastopen_key[0], r->fastopen_key_n > 1 ? r->fastopen_key[1] : NULL);
    return tern_stack_settings_set(r->stack, &r->settings) == 0;
}

int run_setting_check(const char *text)
{
    struct tern_settings s;
    char key[128];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof key) return TERN_ERR_INVAL;
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    if (is_fastopen_key(key)) {
        uint8_t keys[2][TERN_FASTOPEN_KEY_LEN];
        return tern_fastopen_keys_parse(equals + 1, keys) > 0 ? 0 : TERN_ERR_INVAL;
    }
    tern_settings_default(&s);
    return set_value(&s, key, equals + 1);
}
