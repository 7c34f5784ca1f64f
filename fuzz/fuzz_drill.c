/* Arbitrary bytes as a script: read within bounds or refused with a place inside the text; what was read keeps its promises, its
 * code runs, and so does the whole script, to a verdict that says what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "run.h"
#include "symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok) abort();
}

/* Every part of an expression can be looked at. */
static size_t walk(const struct script_expr *e)
{
    size_t n = 1;
    int64_t number;
    check(e->at.line > 0 && e->at.column > 0 && e->text.data[e->text.len] == '\0');
    if (e->kind == EXPR_WORD) n += script_symbol(DIALECT_LINUX, e->text.data, &number);
    if (e->size) n += walk(e->size);
    for (size_t i = 0; i < e->items_n; i++) n += walk(e->items[i]);
    return n + (script_member(e, "fd") != NULL);
}

static void look_at_packet(const struct script_packet *p)
{
    uint8_t type, code;
    size_t len = 0;
    const struct script_tcp *t = &p->tcp;
    check(p->outbound || p->protocol != SCRIPT_TCP ||
          (t->has_win && t->seq_kind != SEQ_ANY && t->options_kind == OPTIONS_LISTED));
    check(t->seq + t->len == t->end && t->flags < 0x200);
    for (size_t i = 0; i < t->options_n; i++) {
        const struct script_tcp_option *o = &t->options[i];
        check(o->wire_len > 0 && o->blocks_n <= 4);
        /* All but the two of one byte, and what was given raw, say how long they are. */
        check(o->kind == TCP_OPTION_NOP || o->kind == TCP_OPTION_EOL || o->kind == TCP_OPTION_RAW || o->wire[1] == o->wire_len);
        for (size_t k = 0; k < o->wire_len; k++, len++) (void)*(const volatile uint8_t *)&o->wire[k]; /* it can be read */
    }
    check(len == t->options_len && len <= 40 && len % 4 == 0);
    if (p->protocol == SCRIPT_ICMP) script_icmp_number(4 + 2 * (p->outbound != 0), p->icmp.type, p->icmp.code, &type, &code);
}

static bool value(void *ctx, const char *name, int64_t *number)
{
    (void)ctx;
    *number = (int64_t)strlen(name);
    return strncmp(name, "tcpi_", 5) == 0;
}

static void print(void *ctx, const char *text) { *(size_t *)ctx += strlen(text); }

static void look_at(const struct script *s)
{
    size_t printed = 0;
    struct script_error err;
    struct code_environment env = {.ctx = &printed, .variables = code_variables_new(), .value = value, .print = print};
    check(env.variables && s->events_n > 0);
    for (size_t i = 0; i < s->events_n; i++) {
        const struct script_event *e = &s->events[i];
        check(script_line(s, e->at.line).len >= e->at.column && e->time <= e->time_end);
        if (e->kind == EVENT_PACKET) look_at_packet(e->packet);
        if (e->kind == EVENT_CALL) walk(e->call->result);
        for (size_t k = 0; e->kind == EVENT_CALL && k < e->call->args_n; k++) walk(e->call->args[k]);
        if (e->kind == EVENT_CODE && code_run(s, e->code, &env, &err) != CODE_DONE) check(err.at.line > 0 && err.message[0]);
    }
    code_variables_free(env.variables);
}

/* With each profile, over the version that the bytes choose. */
static void run_it(const struct script *s, uint8_t choice)
{
    struct run_config cfg = {.profile = choice % RUN_PROFILE_N, .ip = choice / RUN_PROFILE_N % DRILL_IP_N};
    struct run_result res;
    run_script(s, &cfg, &res);
    check((res.verdict == RUN_PASSED) == !res.message);
    check(res.verdict != RUN_BROKEN || res.message[0]);
    run_result_free(&res);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct script_define defines[] = {{"NUMBER", "7"}, {"TEXT", "\"x\""}, {"COOKIE", "abcd"}, {"FreeBSD", NULL}};
    struct script *s;
    struct script_error err;
    char mark[SCRIPT_MARK_SIZE];
    if (script_parse("fuzz", (const char *)data, len, defines, 4, &s, &err) == 0) {
        look_at(s);
        run_it(s, data[len - 1]);
        script_free(s);
        return 0;
    }
    script_error_mark(&err, mark);
    check(!s && err.message[0] && mark[strlen(mark) - 1] == '^');
    check(err.at.line > 0 && err.at.column > 0 && err.width > 0 && err.source_from > 0 && err.source_from <= err.at.column);
    return 0;
}
