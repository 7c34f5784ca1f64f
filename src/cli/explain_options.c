/* `tern explain`: what the reader may change of a lesson, read from the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli_explain.h"
#include "quantity.h"
#include "words.h"

static const char explain_name[] = "explain";

enum { MSS_LEAST_V4 = 536, MSS_LEAST_V6 = 1220, BYTES_MOST = 1 << 20, BACKLOG_MOST = 64 };

static int read_time(const char *option, const char *text, tern_ns least, tern_ns most, tern_ns *out)
{
    uint64_t v;
    if (quantity_parse(text, "ns", &v) == 0 && v >= least && v <= most) {
        *out = v;
        return -1;
    }
    return cli_usage(explain_name, "--%s '%s': a time from %llu ms to %llu s is wanted, such as 80ms", option, text,
                     (unsigned long long)(least / TERN_MS), (unsigned long long)(most / TERN_SEC));
}

static int read_count(const char *option, const char *text, uint64_t least, uint64_t most, uint32_t *out)
{
    uint64_t v;
    if (quantity_parse(text, "bytes", &v) == 0 && v >= least && v <= most) {
        *out = (uint32_t)v;
        return -1;
    }
    return cli_usage(explain_name, "--%s '%s': a number from %llu to %llu is wanted", option, text, (unsigned long long)least,
                     (unsigned long long)most);
}

/* "1,4,5": up to |max| numbers, each at most |most|. Returns how many, 0 when it is wrong. */
static uint32_t read_list(const char *text, uint64_t most, uint64_t *out, uint32_t max)
{
    uint32_t n = 0;
    for (;;) {
        char one[24];
        size_t len = strcspn(text, ",");
        if (n == max || len >= sizeof one) return 0;
        memcpy(one, text, len);
        one[len] = '\0';
        if (parse_number(one, most, &out[n++]) < 0) return 0;
        if (!text[len]) return n;
        text += len + 1;
    }
}

static int read_isn(struct lesson_options *o, const char *text)
{
    static const char *const how[] = {[LESSON_ISN_RANDOM] = "random", [LESSON_ISN_CLOCK] = "clock", [LESSON_ISN_FIXED] = "fixed"};
    for (uint8_t i = LESSON_ISN_RANDOM; i <= LESSON_ISN_FIXED; i++) {
        if (strcmp(text, how[i]) != 0) continue;
        o->isn_how = i;
        o->given |= LESSON_ISN_HOW;
        return -1;
    }
    uint64_t isn[STORY_SIDE_N];
    uint32_t n = read_list(text, UINT32_MAX, isn, STORY_SIDE_N);
    if (n == 0) return cli_usage(explain_name, "--isn '%s': N, N,N (client and server), random, clock or fixed is wanted", text);
    for (uint32_t i = 0; i < n; i++) o->isn[i] = (int64_t)isn[i];
    o->given |= LESSON_ISN;
    return -1;
}

static int read_loss(struct lesson_options *o, const char *text)
{
    uint64_t nth[LESSON_LOSS_MAX];
    uint32_t n = read_list(text, UINT32_MAX, nth, LESSON_LOSS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (nth[i] == 0) n = 0;
        o->loss_nth[i] = (uint32_t)nth[i];
    }
    if (n == 0) {
        return cli_usage(explain_name, "--loss-nth '%s': up to %d numbers of packets, from 1, are wanted, such as 2,5", text,
                         LESSON_LOSS_MAX);
    }
    o->loss_n = n;
    o->given |= LESSON_LOSS_NTH;
    return -1;
}

static int read_settings(struct lesson_options *o, char *const *list)
{
    int status = -1;
    for (; list && *list && status < 0; list++) {
        size_t row;
        status = options_setting(explain_name, *list, &o->settings, &row);
        if (status < 0) o->setting_given[row] = true;
        o->given |= LESSON_SET;
    }
    return status < 0 ? options_settings(explain_name, &o->settings) : status;
}

static int read_without(struct lesson_options *o, char *const *list)
{
    for (; list && *list; list++) {
        if (o->without_n == LESSON_WITHOUT_MAX) {
            return cli_usage(explain_name, "--without may be given %d times", LESSON_WITHOUT_MAX);
        }
        o->without[o->without_n++] = *list;
    }
    return -1;
}

static int read_sizes(struct lesson_options *o, const struct explain_texts *t)
{
    int status = -1;
    if (t->bytes) {
        o->given |= LESSON_BYTES;
        status = read_count("bytes", t->bytes, 1, BYTES_MOST, &o->bytes);
    }
    if (status < 0 && t->mss) {
        o->given |= LESSON_MSS;
        status = read_count("mss", t->mss, o->v6 ? MSS_LEAST_V6 : MSS_LEAST_V4, 65475, &o->mss);
    }
    if (status < 0 && t->backlog) {
        o->given |= LESSON_BACKLOG;
        status = read_count("backlog", t->backlog, 1, BACKLOG_MOST, &o->backlog);
    }
    return status;
}

int explain_read(const struct explain_texts *t, struct lesson_options *o)
{
    int status = -1;
    lesson_options_default(o);
    o->v6 = t->ipv6 != 0;
    if (t->ipv6) o->given |= LESSON_V6;
    if (t->isn) status = read_isn(o, t->isn);
    if (status < 0 && t->rtt) {
        o->given |= LESSON_RTT;
        /* Beyond a second the SYN goes twice, and each lesson would be about that; the way is half of it. */
        status = read_time("rtt", t->rtt, TERN_MS, TERN_SEC, &o->rtt);
        o->rtt -= o->rtt % 2;
    }
    if (status < 0 && t->msl) {
        o->given |= LESSON_MSL;
        status = read_time("msl", t->msl, 0, 120 * TERN_SEC, &o->msl);
    }
    if (status < 0 && t->loss_nth) status = read_loss(o, t->loss_nth);
    if (status < 0) status = read_sizes(o, t);
    if (status < 0 && t->seed) {
        o->given |= LESSON_SEED;
        if (parse_number(t->seed, UINT64_MAX, &o->seed) < 0 || o->seed == 0) {
            status = cli_usage(explain_name, "--seed '%s': a number from 1 is wanted", t->seed);
        }
    }
    if (status < 0) status = read_settings(o, t->set);
    if (status < 0) status = read_without(o, t->without);
    return status;
}

/* ---- what a lesson heeds ---- */

static bool can_do_without(const struct lesson *l, const char *name)
{
    for (size_t i = 0; l->without && l->without[i]; i++)
        if (strcmp(l->without[i], name) == 0) return true;
    return false;
}

int explain_check(const struct lesson *l, const struct lesson_options *o)
{
    char list[1024];
    lesson_heeds(l, list, sizeof list);
    const char *can = list[0] ? list : _("nothing");
    for (const struct lesson_option_info *i = lesson_option_infos; i->name; i++) {
        if (o->given & i->bit & ~l->heeds) {
            return cli_usage(explain_name, "the lesson '%s' does not heed --%s; what it heeds: %s", l->name, i->name, can);
        }
    }
    for (uint32_t i = 0; i < o->without_n; i++) {
        if (!can_do_without(l, o->without[i])) {
            return cli_usage(explain_name, "the lesson '%s' does not show --without '%s'; what it heeds: %s", l->name,
                             o->without[i], can);
        }
    }
    return -1;
}
