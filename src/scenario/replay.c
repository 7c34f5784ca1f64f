#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>

#include "study.h"
#include "words.h"

static json_t *head(uint64_t seed, const char *name)
{
    char title[64];
    snprintf(title, sizeof title, "drawn from seed %" PRIu64, seed);
    return json_pack("{s:i, s:s, s:s, s:s, s:i, s:I, s:i, s:[], s:[], s:o}", "tern_sim", 1, "scenario", name, "title", title,
                     "source", "", "runs", 1, "seed", (json_int_t)seed, "repeat", 1, "keys", "expect", "units", study_units());
}

bool replay_run(uint64_t seed, const struct trial_wish *wish, struct results *out, struct scenario_error *error)
{
    char name[40];
    struct trial_wish checked = *wish;
    struct lab_wrong why;
    struct lab_drawn *drawn = calloc(1, sizeof *drawn);
    snprintf(name, sizeof name, "replay-%" PRIu64, seed);
    if (!drawn) return scenario_complain(error, name, NULL, false, "%s", _("no memory"));
    lab_draw(seed, drawn);
    checked.check = true;
    json_t *run = trial_config(&drawn->cfg, 0, &checked, &why, error);
    free(drawn);
    if (!run && why.text) return scenario_complain(error, name, NULL, false, "%s", words(why.text));
    if (!run) return false;
    bool ok = !json_object_get(run, "fault");
    json_t *whole = json_pack("{s:i, s:I, s:[]}", "run", 0, "seed", (json_int_t)seed, "values");
    json_object_update(whole, run);
    json_decref(run);
    json_object_set_new(whole, "expect", json_array());
    json_object_set_new(whole, "ok", json_boolean(ok));
    out->head = head(seed, name);
    return results_add(out, whole) || scenario_complain(error, name, NULL, false, "%s", _("no memory"));
}
