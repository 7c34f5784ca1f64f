/* A setting's value as people write it: by its name where it has one ("bbr", "on"), else as a quantity ("30 s", "4 MiB"). */
#ifndef SCENARIO_SETTING_TEXT_H
#define SCENARIO_SETTING_TEXT_H

#include <tern/stack.h>

#include "quantity.h"

/* Returns |out|. */
char *setting_text(const struct tern_setting_info *row, uint64_t value, char out[QUANTITY_LEN]);
/* False: |text| is no value, or one that the setting does not take, and |settings| is as it was. */
bool setting_take(const struct tern_setting_info *row, const char *text, struct tern_settings *settings);

/* Why they cannot be used together (tern_settings_check()), for the reader; NULL: they can, and |out| is as it was. */
#define SETTINGS_WRONG_LEN 400
char *settings_wrong(const struct tern_settings *settings, char out[SETTINGS_WRONG_LEN]);

#endif
