#include "drill_dump.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char out[1 << 16];
static size_t used;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out + used, sizeof(out) - used, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof(out) - used);
    used += (size_t)n;
}

static void expr(const struct script_expr *e);

static void items(const struct script_expr *e, const char *open, const char *between, const char *close)
{
    say("%s", open);
    for (size_t i = 0; i < e->items_n; i++) {
        say("%s", i ? between : "");
        expr(e->items[i]);
    }
    say("%s", close);
}

static void string(const struct script_bytes *b)
{
    say("\"");
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->data[i];
        if (c >= ' ' && c < 0x7f)
            say("%c", c);
        else
            say("\\x%02x", c);
    }
    say("\"");
}

static void expr(const struct script_expr *e)
{
    if (e->name) say("%s", e->name);
    if (e->size) {
        say("(");
        expr(e->size);
        say(")");
    }
    if (e->name) say("=");
    switch (e->kind) {
    case EXPR_ELLIPSIS: say("..."); break;
    case EXPR_INTEGER: say(e->hex ? "0x%llx" : "%lld", (long long)e->number); break;
    case EXPR_WORD: say("%s", e->text.data); break;
    case EXPR_STRING:
        string(&e->text);
        say("%s", e->more ? "..." : "");
        break;
    case EXPR_OR: items(e, "", "|", ""); break;
    case EXPR_LIST: items(e, "[", ",", "]"); break;
    case EXPR_STRUCT: items(e, "{", ",", "}"); break;
    case EXPR_FUNCTION:
        say("%s", e->text.data);
        items(e, "(", ",", ")");
        break;
    }
}

static void call(const struct script_call *c)
{
    if (c->blocks) say("until %llu ", (unsigned long long)c->until);
    say("%s(", c->name);
    for (size_t i = 0; i < c->args_n; i++) {
        say("%s", i ? "," : "");
        expr(c->args[i]);
    }
    say(")=");
    expr(c->result);
    if (c->error) say(" %s", c->error);
    if (c->note) say(" '%s'", c->note);
}

static void ip(const struct script_ip *i)
{
    static const char *const ecn[] = {"", "noecn ", "ect0 ", "ect1 ", "ce ", "ect01 ", "tos "};
    say("%s", ecn[i->ecn]);
    if (i->ecn == SCRIPT_ECN_TOS) say("%02x ", i->tos);
    if (i->has_ttl) say("ttl %u ", i->ttl);
    if (i->has_flow) say("flow %05x ", i->flow);
}

static void option(const struct script_tcp_option *o)
{
    static const char *const names[] = {"nop", "eol", "mss",   "wscale", "sackOK", "sack", "TS",
                                        "md5", "FO",  "FOEXP", "ECN",    "raw",    "ao"};
    say(" <%s", names[o->kind]);
    for (size_t i = 0; i < o->wire_len; i++) say("%s%02x", i ? "" : " ", o->wire[i]);
    for (size_t i = 0; i < o->blocks_n; i++) say(" %u-%u", o->block[i][0], o->block[i][1]);
    if (o->value || o->echo) say(" %u/%u", o->value, o->echo);
    say("%s>", o->valid ? " valid" : "");
}

static void tcp(const struct script_tcp *t)
{
    static const char *const kinds[] = {"", "!", "any"};
    say("%03x %u:%u(%u)%s", t->flags, t->seq, t->end, t->len, kinds[t->seq_kind]);
    if (t->has_ack) say(" ack %u", t->ack);
    if (t->has_win) say(" win %u", t->win);
    if (t->has_urg) say(" urg %u", t->urg);
    if (t->options_kind == OPTIONS_ANY) say(" <...>");
    for (size_t i = 0; i < t->options_n; i++) option(&t->options[i]);
}

static void icmp(const struct script_icmp *i)
{
    static const char *const quotes[] = {"", "tcp", "udp", "raw"};
    say("icmp %s %s", i->type, i->code ? i->code : "-");
    if (i->has_mtu) say(" mtu %u", i->mtu);
    if (i->has_id) say(" id %u", i->id);
    if (i->quote_kind != QUOTE_NONE) say(" [%s %u %u]", quotes[i->quote_kind], i->quote_seq, i->quote_len);
}

static void packet(const struct script_packet *p)
{
    say("%s ", p->outbound ? "out" : "in");
    ip(&p->ip);
    if (p->has_ports) say("%u>%u ", p->src, p->dst);
    if (p->protocol == SCRIPT_TCP)
        tcp(&p->tcp);
    else if (p->protocol == SCRIPT_ICMP)
        icmp(&p->icmp);
    else
        say("udp %u", p->udp_len);
    if (p->in_udp) say(" /udp %u>%u", p->udp_src, p->udp_dst);
}

static void event(const struct script_event *e)
{
    static const char *const times[] = {"", "+", "*", "", "+"};
    say("%u:%u@%s", e->at.line, e->at.column, times[e->time_kind]);
    if (e->time_kind != TIME_ANY) say("%llu", (unsigned long long)e->time);
    if (e->time_end != e->time) say("~%llu", (unsigned long long)e->time_end);
    say(" ");
    if (e->kind == EVENT_PACKET)
        packet(e->packet);
    else if (e->kind == EVENT_CALL)
        call(e->call);
    else if (e->kind == EVENT_COMMAND)
        say("`%s`", e->command->text);
    else
        say("%%{%s}%%", e->code->text);
    say(";");
}

const char *drill_dump(const struct script *s)
{
    used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < s->options_n; i++)
        say("--%s=%s;", s->options[i].name, s->options[i].value ? s->options[i].value : "(none)");
    if (s->init) say("init `%s`;", s->init->text);
    for (size_t i = 0; i < s->events_n; i++) event(&s->events[i]);
    if (s->cleanup) say("end `%s`;", s->cleanup->text);
    return out;
}
