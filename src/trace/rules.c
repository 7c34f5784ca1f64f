#include <tern/rules.h>

#include <tern/trace.h>

static const struct tern_rule_info rules[TERN_RULE_N] = {
#define X(id, doc, section, text) [TERN_RULE_##id] = {#id, doc, section, text},
    TERN_RULES(X)
#undef X
};

static const struct tern_rule_info drops[TERN_DROP_N] = {
#define X(id, doc, section, text) [TERN_DROP_##id] = {#id, doc, section, text},
    TERN_DROPS(X)
#undef X
};

static const char *const states[TERN_STATE_N] = {
#define X(id, name, ss) [TERN_##id] = name,
    TERN_STATES(X)
#undef X
};

static const char *const timers[TERN_TIMER_N] = {
#define X(id, name) [TERN_TIMER_##id] = name,
    TERN_TIMERS(X)
#undef X
};

static const char *const events[TERN_EV_N] = {
#define X(id, name) [TERN_EV_##id] = name,
    TERN_EVENTS(X)
#undef X
};

const struct tern_rule_info *tern_rule_info(enum tern_rule rule)
{
    return &rules[(unsigned)rule < TERN_RULE_N ? rule : TERN_RULE_NONE];
}

const struct tern_rule_info *tern_drop_info(enum tern_drop drop)
{
    return &drops[(unsigned)drop < TERN_DROP_N ? drop : TERN_DROP_NONE];
}

const char *tern_state_name(enum tern_state s) { return (unsigned)s < TERN_STATE_N ? states[s] : "?"; }

const char *tern_timer_name(enum tern_timer t) { return (unsigned)t < TERN_TIMER_N ? timers[t] : "?"; }

const char *tern_event_name(enum tern_event_type t) { return (unsigned)t < TERN_EV_N ? events[t] : "?"; }
