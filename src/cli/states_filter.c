/* The filter of `tern states`, as ss has it:
 *
 *     [state STATE | exclude STATE]... [EXPRESSION]
 *     EXPRESSION: src|dst ADDRESS[/LENGTH][:PORT]   sport|dport OP PORT   not E   E and E   E E   E or E   ( E )
 *
 * An expression becomes a small program for a stack of truths. */
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_parse.h"
#include "states_table.h"
#include "words.h"

enum { OPS_MAX = 128, DEPTH_MAX = 32, ALL_STATES = (1 << TERN_STATE_N) - 1 };

enum op_kind { OP_ADDRESS, OP_PORT, OP_NOT, OP_AND, OP_OR };
enum comparison { IS, IS_NOT, BELOW, AT_MOST, ABOVE, AT_LEAST };

struct op {
    enum op_kind kind;
    bool remote;
    bool any_addr, any_port; /* OP_ADDRESS */
    struct tern_addr addr;
    unsigned prefix_len;
    uint16_t port;
    enum comparison comparison; /* OP_PORT */
};

struct states_filter {
    uint32_t states;
    struct op op[OPS_MAX];
    size_t n;
};

struct parser {
    const char *at;
    char word[128]; /* the token at hand; "" at the end */
    struct states_filter *f;
    char *error;
    size_t error_len;
    unsigned depth;
};

static void next(struct parser *p)
{
    size_t n = 0;
    while (isspace((unsigned char)*p->at)) p->at++;
    if (*p->at == '(' || *p->at == ')') {
        p->word[n++] = *p->at++;
    } else if (*p->at && strchr("=!<>", *p->at)) {
        while (*p->at && strchr("=!<>", *p->at) && n < 2) p->word[n++] = *p->at++;
    } else {
        while (*p->at && !isspace((unsigned char)*p->at) && !strchr("()=!<>", *p->at) && n < sizeof p->word - 1)
            p->word[n++] = *p->at++;
    }
    p->word[n] = '\0';
}

static bool complain(struct parser *p, const char *format)
{
    if (!*p->error) snprintf(p->error, p->error_len, format, *p->word ? p->word : _("the end"));
    return false;
}

static bool is(const struct parser *p, const char *word) { return strcmp(p->word, word) == 0; }

/* ---- states ---- */

#define BIT(state) (1u << TERN_##state)

static const struct {
    const char *name;
    uint32_t states;
} groups[] = {
    {"all", ALL_STATES},
    {"connected", ALL_STATES & ~(BIT(LISTEN) | BIT(CLOSED))},
    {"synchronized", ALL_STATES & ~(BIT(LISTEN) | BIT(CLOSED) | BIT(SYN_SENT))},
    {"bucket", BIT(SYN_RECEIVED) | BIT(TIME_WAIT)},
    {"big", ALL_STATES & ~(BIT(SYN_RECEIVED) | BIT(TIME_WAIT))},
    {"syn-recv", BIT(SYN_RECEIVED)},
    {"established", BIT(ESTABLISHED)},
    {"listening", BIT(LISTEN)},
    {"closed", BIT(CLOSED)},
};

/* "FIN_WAIT_1", "fin-wait-1" and "FINWAIT1" are one. */
static bool same_state(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_') a++;
        while (*b == '-' || *b == '_') b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
        if (!*a) return true;
    }
}

static uint32_t states_named(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (same_state(groups[i].name, name)) return groups[i].states;
    static const char *const ss_names[] = {
#define X(id, rfc, ss) ss,
        TERN_STATES(X)
#undef X
    };
    for (unsigned s = 0; s < TERN_STATE_N; s++)
        if (same_state(tern_state_name((enum tern_state)s), name) || same_state(ss_names[s], name)) return 1u << s;
    return 0;
}

static bool parse_states(struct parser *p)
{
    uint32_t wanted = 0, unwanted = 0;
    while (is(p, "state") || is(p, "exclude")) {
        bool want = is(p, "state");
        next(p);
        uint32_t states = states_named(p->word);
        if (!states) return complain(p, _("no state '%s'"));
        *(want ? &wanted : &unwanted) |= states;
        next(p);
    }
    p->f->states = (wanted ? wanted : ALL_STATES) & ~unwanted;
    return true;
}

/* ---- expressions ---- */

static bool emit(struct parser *p, struct op op)
{
    if (p->f->n == OPS_MAX) return complain(p, _("the filter is too long at '%s'"));
    p->f->op[p->f->n++] = op;
    return true;
}

static bool parse_port(const char *text, uint16_t *out)
{
    uint64_t n;
    if (*text == ':') text++;
    if (parse_number(text, UINT16_MAX, &n) == 0) {
        *out = (uint16_t)n;
        return true;
    }
    const struct servent *s = getservbyname(text, "tcp");
    if (s) *out = (uint16_t)((unsigned)s->s_port >> 8 | ((unsigned)s->s_port & 0xff) << 8);
    return s != NULL;
}

/* ADDRESS, ADDRESS/LENGTH, each with :PORT; an IPv6 address with a port stands in brackets. */
static bool parse_address(struct parser *p, struct op *op)
{
    char text[128], *addr = text, *rest;
    snprintf(text, sizeof text, "%s", p->word);
    if (*text == '[') {
        addr = text + 1;
        rest = strchr(addr, ']');
        if (!rest) return false;
        *rest++ = '\0';
    } else if (strchr(text, ':') && strchr(text, ':') == strrchr(text, ':')) {
        rest = strchr(text, ':');
        *rest++ = '\0';
    } else {
        rest = text + strlen(text);
    }
    char *slash = *rest == '/' ? rest : strchr(addr, '/'), *colon = strchr(rest, ':');
    if (colon) *colon++ = '\0';
    if (!colon && *rest && *rest != '/') colon = rest;
    if (slash) *slash++ = '\0';
    op->any_port = !colon || !*colon;
    if (!op->any_port && !parse_port(colon, &op->port)) return false;
    op->any_addr = !*addr || strcmp(addr, "*") == 0;
    if (op->any_addr) return !slash;
    if (tern_addr_parse(addr, &op->addr) < 0) return false;
    bool v4 = tern_addr_is_v4(&op->addr);
    uint64_t len = v4 ? 32 : 128;
    if (slash && parse_number(slash, len, &len) < 0) return false;
    op->prefix_len = (unsigned)len + (v4 ? 96 : 0);
    return true;
}

static bool parse_comparison(struct parser *p, enum comparison *out)
{
    static const struct {
        const char *sign, *word;
        enum comparison is;
    } signs[] = {{"=", "eq", IS},       {"==", "eq", IS},   {"!=", "ne", IS_NOT},  {"<", "lt", BELOW},
                 {"<=", "le", AT_MOST}, {">", "gt", ABOVE}, {">=", "ge", AT_LEAST}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (is(p, signs[i].sign) || is(p, signs[i].word)) {
            *out = signs[i].is;
            return true;
        }
    return false;
}

static bool parse_or(struct parser *p);

static bool parse_one(struct parser *p)
{
    if (is(p, "not") || is(p, "!")) {
        next(p);
        if (++p->depth > DEPTH_MAX) return complain(p, _("the filter is too deep at '%s'"));
        bool right = parse_one(p) && emit(p, (struct op){.kind = OP_NOT});
        p->depth--;
        return right;
    }
    if (is(p, "(")) {
        next(p);
        if (++p->depth > DEPTH_MAX) return complain(p, _("the filter is too deep at '%s'"));
        if (!parse_or(p)) return false;
        p->depth--;
        if (!is(p, ")")) return complain(p, _("')' is wanted before '%s'"));
        next(p);
        return true;
    }
    struct op op = {.remote = is(p, "dst") || is(p, "dport")};
    if (is(p, "src") || is(p, "dst")) {
        next(p);
        if (is(p, "=") || is(p, "==")) next(p);
        if (!*p->word || !parse_address(p, &op)) return complain(p, _("'%s' is not ADDRESS[/LENGTH][:PORT]"));
    } else if (is(p, "sport") || is(p, "dport")) {
        op.kind = OP_PORT;
        next(p);
        if (!parse_comparison(p, &op.comparison)) return complain(p, _("= != < <= > or >= is wanted before '%s'"));
        next(p);
        if (!parse_port(p->word, &op.port)) return complain(p, _("'%s' is not a port"));
    } else {
        return complain(p, _("src, dst, sport, dport, not or '(' is wanted before '%s'"));
    }
    next(p);
    return emit(p, op);
}

static bool begins_another(const struct parser *p)
{
    return *p->word && !is(p, "or") && !is(p, "||") && !is(p, "|") && !is(p, ")");
}

static bool parse_and(struct parser *p)
{
    if (!parse_one(p)) return false;
    while (begins_another(p)) {
        if (is(p, "and") || is(p, "&&") || is(p, "&")) next(p);
        if (!parse_one(p) || !emit(p, (struct op){.kind = OP_AND})) return false;
    }
    return true;
}

static bool parse_or(struct parser *p)
{
    if (!parse_and(p)) return false;
    while (is(p, "or") || is(p, "||") || is(p, "|")) {
        next(p);
        if (!parse_and(p) || !emit(p, (struct op){.kind = OP_OR})) return false;
    }
    return true;
}

struct states_filter *states_filter_parse(const char *text, char *error, size_t error_len)
{
    struct parser p = {.at = text, .f = calloc(1, sizeof *p.f), .error = error, .error_len = error_len};
    *error = '\0';
    if (!p.f) {
        snprintf(error, error_len, "%s", _("no memory"));
        return NULL;
    }
    next(&p);
    bool right = parse_states(&p) && (!*p.word || parse_or(&p));
    if (right && *p.word) right = complain(&p, _("unwanted '%s'"));
    if (right) return p.f;
    free(p.f);
    return NULL;
}

/* ---- matching ---- */

static bool address_matches(const struct op *op, const struct tern_endpoint *e)
{
    if (!op->any_port && op->port != e->port) return false;
    if (op->any_addr) return true;
    unsigned whole = op->prefix_len / 8, bits = op->prefix_len % 8;
    if (memcmp(op->addr.b, e->addr.b, whole) != 0) return false;
    return bits == 0 || (op->addr.b[whole] ^ e->addr.b[whole]) >> (8 - bits) == 0;
}

static bool port_matches(const struct op *op, uint16_t port)
{
    switch (op->comparison) {
    case IS: return port == op->port;
    case IS_NOT: return port != op->port;
    case BELOW: return port < op->port;
    case AT_MOST: return port <= op->port;
    case ABOVE: return port > op->port;
    case AT_LEAST: break;
    }
    return port >= op->port;
}

bool states_filter_match(const struct states_filter *f, const struct tern_status *st)
{
    bool stack[OPS_MAX + 1] = {true};
    size_t n = 0;
    if (!(f->states >> st->state & 1)) return false;
    for (size_t i = 0; i < f->n; i++) {
        const struct op *op = &f->op[i];
        const struct tern_endpoint *e = op->remote ? &st->remote : &st->local;
        switch (op->kind) {
        case OP_ADDRESS: stack[n++] = address_matches(op, e); break;
        case OP_PORT: stack[n++] = port_matches(op, e->port); break;
        case OP_NOT: stack[n - 1] = !stack[n - 1]; break;
        case OP_AND:
            n--;
            stack[n - 1] = stack[n - 1] && stack[n];
            break;
        case OP_OR:
            n--;
            stack[n - 1] = stack[n - 1] || stack[n];
            break;
        }
    }
    return stack[0];
}

void states_filter_free(struct states_filter *f) { free(f); }
