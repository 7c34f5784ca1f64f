/* The text form of struct tern_impair. */
#include <tern/link.h>

#include <stdio.h>
#include <string.h>

#include "impair_lane.h"
#include "link_words.h"

struct unit {
    const char *name;
    uint64_t factor;
};

enum { KIND_RATE, KIND_TIME, KIND_CHANCE, KIND_COUNT, KIND_BYTES, KIND_MTU, KIND_FLAG, KIND_QUEUE, KIND_ECN };

static const struct unit rate_units[] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};
static const struct unit time_units[] = {{"ns", 1}, {"us", TERN_US}, {"ms", TERN_MS}, {"s", TERN_SEC}, {NULL, 0}};
static const struct unit chance_units[] = {{"%", 10000}, {"ppm", 1}, {NULL, 0}};
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};
static const struct unit byte_units[] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};

static const char *const queues[] = {
    [TERN_QUEUE_TAIL] = "tail", [TERN_QUEUE_RED] = "red", [TERN_QUEUE_CODEL] = "codel", [TERN_QUEUE_FQ_CODEL] = "fq_codel", NULL,
};
static const char *const fields[] = {
    [TERN_PATH_ECN_KEPT] = "kept",
    [TERN_PATH_ECN_BLEACHED] = "bleached",
    [TERN_PATH_ECN_REMARKED] = "remarked",
    [TERN_PATH_ECN_MARKED] = "marked",
    NULL,
};

static const struct {
    const struct unit *units; /* NULL: words */
    uint64_t max;
    const char *value, *example;
    const char *const *words; /* ended by NULL */
} kinds[] = {
    [KIND_RATE] = {rate_units, UINT64_C(1000000000000), "10M", N_("10M (bits a second: k, M or G; at most 1000G)"), NULL},
    [KIND_TIME] = {time_units, 3600 * TERN_SEC, "20ms", N_("20ms (us, ms or s; at most 3600s)"), NULL},
    [KIND_CHANCE] = {chance_units, 1000000, "0.1%", N_("0.1% (at most 100%)"), NULL},
    [KIND_COUNT] = {count_units, 1000000, "100", N_("100 (packets; at most 1000000)"), NULL},
    [KIND_BYTES] = {byte_units, 1000000000, "64k", N_("64k (bytes: k, M or G, of 1000; at most 1G)"), NULL},
    [KIND_MTU] = {count_units, 65535, "1400", N_("1400 (bytes; at most 65535)"), NULL},
    [KIND_FLAG] = {count_units, 1, "1", N_("1 (or 0)"), NULL},
    [KIND_QUEUE] = {NULL, 0, "codel", N_("codel (tail, red, codel or fq_codel)"), queues},
    [KIND_ECN] = {NULL, 0, "bleached", N_("bleached (kept, bleached, remarked or marked)"), fields},
};

#define KEY(name, kind, field, what)                                                                                             \
    {                                                                                                                            \
        name, kind, offsetof(struct tern_impair, field), sizeof(((struct tern_impair *)0)->field), what                          \
    }

static const struct key {
    const char *name;
    int kind;
    size_t offset, size;
    const char *what;
} keys[] = {
    KEY("rate", KIND_RATE, rate, N_("of the link, bits a second")),
    KEY("delay", KIND_TIME, delay, N_("one way")),
    KEY("jitter", KIND_TIME, jitter, N_("uniform in delay +- jitter; order is kept")),
    KEY("loss", KIND_CHANCE, loss_ppm, N_("of packets, by chance")),
    KEY("burst_begin", KIND_CHANCE, burst_begin_ppm, N_("losses in bursts (Gilbert and Elliott): a packet begins one")),
    KEY("burst_end", KIND_CHANCE, burst_end_ppm, N_("a packet ends it: 1 / the mean length")),
    KEY("burst_loss", KIND_CHANCE, burst_loss_ppm, N_("lost in a burst; without: all")),
    KEY("reorder", KIND_CHANCE, reorder_ppm, N_("leave their place: they skip the delay")),
    KEY("reorder_by", KIND_TIME, reorder_by, N_("or come so much later")),
    KEY("dup", KIND_CHANCE, dup_ppm, N_("come twice")),
    KEY("mark", KIND_CHANCE, mark_ppm, N_("ECN-capable ones marked by chance")),
    KEY("ecn", KIND_ECN, ecn, N_("every packet's field: bleached, ECT(0) remarked ECT(1), or marked CE")),
    KEY("outage", KIND_TIME, outage, N_("the link is down for so long")),
    KEY("outage_at", KIND_TIME, outage_at, N_("from then on; without: from the beginning")),
    KEY("outage_every", KIND_TIME, outage_every, N_("and again after so long; without: once")),
    KEY("corrupt", KIND_CHANCE, corrupt_ppm, N_("with a bit turned")),
    KEY("swap", KIND_CHANCE, swap_ppm, N_("with two words of the payload swapped: no checksum sees it")),
    KEY("ack_hold", KIND_TIME, ack_hold, N_("acknowledgements come together, those of so long a time")),
    KEY("mtu", KIND_MTU, mtu, N_("what is longer vanishes: a black hole")),
    KEY("policer", KIND_RATE, policer, N_("what exceeds this rate is dropped, without a queue")),
    KEY("policer_burst", KIND_BYTES, policer_burst, N_("that the policer's bucket holds; without: 15000")),
    KEY("queue", KIND_COUNT, queue_n, N_("packets that wait for the rate; without: 1000")),
    KEY("queue_bytes", KIND_BYTES, queue_bytes, N_("or bytes")),
    KEY("queue_kind", KIND_QUEUE, queue, N_("drop-tail; RED; CoDel, RFC 8289; FQ-CoDel, RFC 8290")),
    KEY("queue_ecn", KIND_FLAG, queue_ecn, N_("it marks ECN-capable packets where it would drop them early")),
    KEY("queue_mark", KIND_COUNT, queue_mark_n, N_("tail: ECN-capable packets that find so many are marked")),
    KEY("red_min", KIND_COUNT, red_min, N_("RED's least average; without: a third of red_max, or limit / 12, at least 5")),
    KEY("red_max", KIND_COUNT, red_max, N_("RED's most; without: three times red_min")),
    KEY("red_probability", KIND_CHANCE, red_ppm, N_("at red_max; without: 10%")),
    KEY("target", KIND_TIME, codel_target, N_("CoDel's delay that may stand; without: 5ms")),
    KEY("interval", KIND_TIME, codel_interval, N_("CoDel's time to react; without: 100ms")),
};
#define KEY_N (sizeof keys / sizeof keys[0])

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

static bool read_word(const char *text, size_t len, const char *const *words, uint64_t *out)
{
    for (*out = 0; words[*out]; ++*out)
        if (text_is(text, len, words[*out])) return true;
    return false;
}

static bool read_value(const char *text, size_t len, int kind, uint64_t *out)
{
    uint64_t whole, nano, max = kinds[kind].max;
    const struct unit *u = kinds[kind].units;
    if (!u) return read_word(text, len, kinds[kind].words, out);
    size_t n = read_number(text, len, &whole, &nano);
    if (n == 0) return false;
    if (n == len && whole == 0 && nano == 0) { /* nought needs no unit */
        *out = 0;
        return true;
    }
    while (u->name && !text_is(text + n, len - n, u->name)) u++;
    if (!u->name || whole > max / u->factor) return false;
    *out = whole * u->factor + nano * u->factor / TERN_SEC;
    return *out <= max;
}

static void store(struct tern_impair *to, const struct key *k, uint64_t value)
{
    uint8_t *at = (uint8_t *)to + k->offset;
    uint32_t narrow = (uint32_t)value;
    if (k->size == sizeof value)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &narrow, sizeof narrow);
}

/* "rate, delay, ..." */
static void list_keys(char *out, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < KEY_N && at < len; i++)
        at += (size_t)snprintf(out + at, len - at, "%s%s", i ? ", " : "", keys[i].name);
}

static int read_item(const char *item, size_t len, struct tern_impair *out, tern_translate translate, char *err, size_t err_len)
{
    const char *eq = memchr(item, '=', len);
    size_t name_len = eq ? (size_t)(eq - item) : len;
    for (size_t i = 0; i < KEY_N; i++) {
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
    char all[440];
    list_keys(all, sizeof all);
    snprintf(err, err_len, in_words(translate, "\"%.*s\": no such key; there are %s"), (int)len, item, all);
    return TERN_ERR_INVAL;
}

int tern_impair_parse(const char *spec, struct tern_impair *out, tern_translate translate, char *err, size_t err_len)
{
    struct tern_impair read = {0};
    const char *whole = spec;
    while (*spec) {
        size_t len = strcspn(spec, ",");
        int r = read_item(spec, len < 200 ? len : 200, &read, translate, err, err_len);
        if (r < 0) return r;
        spec += len;
        if (*spec == ',') spec++;
    }
    const char *wrong = impair_check(&read);
    if (wrong) {
        snprintf(err, err_len, "\"%.200s\": %s", whole, in_words(translate, wrong));
        return TERN_ERR_INVAL;
    }
    *out = read;
    return 0;
}

bool tern_impair_key(size_t i, const char **name, const char **example, const char **what)
{
    if (i >= KEY_N) return false;
    *name = keys[i].name;
    *example = kinds[keys[i].kind].value;
    *what = keys[i].what;
    return true;
}
