#include "capacity.h"

#include "path_words.h"

static const char *check_steps(const struct capacity_config *cfg)
{
    for (size_t i = 0; i < cfg->step_n; i++) {
        if (cfg->step[i].bps > CAPACITY_MAX) return N_("a rate is above 1000 Gbit/s");
        if (i > 0 && cfg->step[i].at <= cfg->step[i - 1].at) return N_("the steps of a rate are not in the order of time");
    }
    if (cfg->step[cfg->step_n - 1].bps == 0) return N_("the last step of a rate is 0: nothing would ever come through");
    return NULL;
}

static const char *check_trace(const struct capacity_config *cfg)
{
    for (size_t i = 1; i < cfg->trace_n; i++)
        if (cfg->trace_ms[i] < cfg->trace_ms[i - 1]) return N_("the milliseconds of a captured rate go backwards");
    if (cfg->trace_ms[cfg->trace_n - 1] == 0) return N_("a captured rate lasts no millisecond");
    return NULL;
}

const char *capacity_check(const struct capacity_config *cfg)
{
    if ((cfg->bps > 0) + (cfg->step_n > 0) + (cfg->trace_n > 0) > 1)
        return N_("a link has one rate: fixed, in steps, or captured");
    if (cfg->bps > CAPACITY_MAX) return N_("a rate is above 1000 Gbit/s");
    if (cfg->step_n > 0) return check_steps(cfg);
    return cfg->trace_n > 0 ? check_trace(cfg) : NULL;
}

void capacity_init(struct capacity *c, const struct capacity_config *cfg)
{
    *c = (struct capacity){.cfg = *cfg};
    if (c->cfg.trace_bytes == 0) c->cfg.trace_bytes = CAPACITY_TRACE_BYTES;
}

bool capacity_is_none(const struct capacity *c) { return c->cfg.bps == 0 && c->cfg.step_n == 0 && c->cfg.trace_n == 0; }

/* Bits times nanoseconds of a second: what is left of the packet, so that nothing is rounded but its very end. */
static tern_ns pass_steps(struct capacity *c, tern_ns from, uint32_t len)
{
    const struct capacity_step *step = c->cfg.step;
    uint64_t left = (uint64_t)len * 8 * TERN_SEC;
    while (c->at + 1 < c->cfg.step_n && step[c->at + 1].at <= from) c->at++;
    if (from < step[0].at) from = step[0].at;
    for (; c->at + 1 < c->cfg.step_n; c->at++) {
        tern_ns end = step[c->at + 1].at;
        uint64_t bps = step[c->at].bps;
        if (bps > 0 && left / bps <= end - from) break;
        left -= bps * (end - from);
        from = end;
    }
    return from + left / step[c->at].bps;
}

static tern_ns entry_at(const struct capacity *c) { return c->cycle + c->cfg.trace_ms[c->at] * TERN_MS; }

static void next_entry(struct capacity *c)
{
    c->left = c->cfg.trace_bytes;
    if (!c->traced) { /* the first one */
        c->traced = true;
        return;
    }
    if (++c->at < c->cfg.trace_n) return;
    c->at = 0;
    c->cycle += c->cfg.trace_ms[c->cfg.trace_n - 1] * TERN_MS;
}

static tern_ns pass_trace(struct capacity *c, tern_ns from, uint32_t len)
{
    tern_ns round = c->cfg.trace_ms[c->cfg.trace_n - 1] * TERN_MS;
    if (!c->traced) next_entry(c);
    if (from > c->cycle + round) { /* nobody came for whole rounds */
        c->cycle += (from - c->cycle) / round * round;
        c->at = 0;
        c->left = c->cfg.trace_bytes;
    }
    while (entry_at(c) < from) next_entry(c);
    while (len > c->left) {
        len -= c->left;
        next_entry(c);
    }
    c->left -= len;
    return entry_at(c);
}

tern_ns capacity_pass(struct capacity *c, tern_ns from, uint32_t len)
{
    if (c->cfg.bps > 0) return from + (uint64_t)len * 8 * TERN_SEC / c->cfg.bps;
    if (c->cfg.step_n > 0) return pass_steps(c, from, len);
    return c->cfg.trace_n > 0 ? pass_trace(c, from, len) : from;
}

/* ---- Mahimahi's text ---- */

/* The number in a line without its end; false: it is none. */
static bool read_ms(const char *text, size_t len, uint32_t *out)
{
    uint64_t ms = 0;
    if (len == 0) return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        ms = ms * 10 + (uint64_t)(text[i] - '0');
        if (ms > UINT32_MAX) return false;
    }
    *out = (uint32_t)ms;
    return true;
}

int64_t capacity_trace_parse(const char *text, size_t len, uint32_t *out, size_t cap, size_t *line)
{
    int64_t n = 0;
    uint32_t last = 0;
    for (size_t from = 0, end; from < len; from = end + 1) {
        for (end = from; end < len && text[end] != '\n'; end++) {
        }
        size_t stop = end;
        ++*line;
        while (stop > from && (text[stop - 1] == '\r' || text[stop - 1] == ' ')) stop--;
        if (stop == from || text[from] == '#') continue;
        uint32_t ms;
        if (!read_ms(text + from, stop - from, &ms) || ms < last) return -1;
        if ((uint64_t)n < cap) out[n] = ms;
        last = ms;
        n++;
    }
    return n;
}
