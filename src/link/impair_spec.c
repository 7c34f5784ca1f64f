/* The text form of struct tern_impair. */
#include <tern/link.h>

#include <stdio.h>
#include <string.h>

#include "link_words.h"

struct unit {
    const char *name;
    uint64_t factor;
};

enum { KIND_RATE, KIND_TIME, KIND_CHANCE, KIND_COUNT };

static const struct unit rate_units[] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};
static const struct unit time_units[] = {{"ns", 1}, {"us", TERN_US}, {"ms", TERN_MS}, {"s", TERN_SEC}, {NULL, 0}};
static const struct unit chance_units[] = {{"%", 10000}, {"ppm", 1}, {NULL, 0}};
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};

static const struct {
    const struct unit *units;
    uint64_t max;
    const char *example;
} kinds[] = {
    [KIND_RATE] = {rate_units, UINT64_C(1000000000000), N_("10M (bits a second: k, M or G; at most 1000G)")},
    [KIND_TIME] = {time_units, 3600 * TERN_SEC, N_("20ms (us, ms or s; at most 3600s)")},
    [KIND_CHANCE] = {chance_units, 1000000, N_("0.1% (at most 100%)")},
    [KIND_COUNT] = {count_units, 1000000, N_("100 (packets; at most 1000000)")},
};

static const struct key {
    const char *name;
    int kind;
    size_t offset;
} keys[] = {
    {"rate", KIND_RATE, offsetof(struct tern_impair, rate)},
    {"delay", KIND_TIME, offsetof(struct tern_impair, delay)},
    {"jitter", KIND_TIME, offsetof(struct tern_impair, jitter)},
    {"loss", KIND_CHANCE, offsetof(struct tern_impair, loss_ppm)},
    {"reorder", KIND_CHANCE, offsetof(struct tern_impair, reorder_ppm)},
    {"dup", KIND_CHANCE, offsetof(struct tern_impair, dup_ppm)},
    {"mark", KIND_CHANCE, offsetof(struct tern_impair, mark_ppm)},
    {"corrupt", KIND_CHANCE, offsetof(struct tern_impair, corrupt_ppm)},
    {"swap", KIND_CHANCE, offsetof(struct tern_impair, swap_ppm)},
    {"queue", KIND_COUNT, offsetof(struct tern_impair, queue_n)},
};

static bool text_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* "1.5" and what follows: value * 10^9 and the length read; 0: not a number, or too large a one for any kind. */
static size_t read_number(const char *text, size_t len, uint64_t *whole, uint64_t *nano)
{
    size_t i = 0;
    for (*whole = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
        *whole = *whole * 10 + (uint64_t)(text[i] - '0');
        if (*whole > UINT64_C(1000000000000)) return 0;
    }
    *nano = 0;
    if (i == 0 || i == len || text[i] != '.') return i;
    size_t from = ++i;
    uint64_t digit = 100000000;
    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++, digit /= 10) *nano += (uint64_t)(text[i] - '0') * digit;
    return i > from ? i : 0;
}

static bool read_value(const char *text, size_t len, int kind, uint64_t *out)
{
    uint64_t whole, nano, max = kinds[kind].max;
    size_t n = read_number(text, len, &whole, &nano);
    if (n == 0) return false;
    if (n == len && whole == 0 && nano == 0) { /* nought needs no unit */
        *out = 0;
        return true;
    }
    const struct unit *u = kinds[kind].units;
    while (u->name && !text_is(text + n, len - n, u->name)) u++;
    if (!u->name || whole > max / u->factor) return false;
    *out = whole * u->factor + nano * u->factor / TERN_SEC;
    return *out <= max;
}

static void store(struct tern_impair *to, const struct key *k, uint64_t value)
{
    uint8_t *at = (uint8_t *)to + k->offset;
    uint32_t narrow = (uint32_t)value;
    if (k->kind == KIND_RATE || k->kind == KIND_TIME)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &narrow, sizeof narrow);
}

static int read_item(const char *item, size_t len, struct tern_impair *out, tern_translate translate, char *err, size_t err_len)
{
    const char *eq = memchr(item, '=', len);
    size_t name_len = eq ? (size_t)(eq - item) : len;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct key *k = &keys[i];
        uint64_t value;
        if (!text_is(item, name_len, k->name)) continue;
        if (eq && read_value(eq + 1, len - name_len - 1, k->kind, &value)) {
            store(out, k, value);
            return 0;
        }
        snprintf(err, err_len, in_words(translate, "\"%.*s\": give %s like %s=%s"), (int)len, item, k->name, k->name,
                 in_words(translate, kinds[k->kind].example));
        return TERN_ERR_INVAL;
    }
    snprintf(err, err_len,
             in_words(translate,
                      "\"%.*s\": no such key; there are rate, delay, jitter, loss, reorder, dup, mark, corrupt, swap, queue"),
             (int)len, item);
    return TERN_ERR_INVAL;
}

int tern_impair_parse(const char *spec, struct tern_impair *out, tern_translate translate, char *err, size_t err_len)
{
    struct tern_impair read = {0};
    while (*spec) {
        size_t len = strcspn(spec, ",");
        int r = read_item(spec, len < 200 ? len : 200, &read, translate, err, err_len);
        if (r < 0) return r;
        spec += len;
        if (*spec == ',') spec++;
    }
    *out = read;
    return 0;
}
