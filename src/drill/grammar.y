/* The language's grammar. What a script says is checked and put together by the functions of read_*.c. */
%code requires {
#include "reader.h"
}

%code provides {
/* What the scanner says after a mistake that it told itself. */
#define T_WRONG T_SCRIPT_YYUNDEF
int script_scanlex(union SCRIPT_YYSTYPE *value, struct span *at, void *scanner);
int script_scanlex_init_extra(struct reader *r, void **scanner);
struct yy_buffer_state *script_scan_scan_buffer(char *text, size_t size, void *scanner);
}

%define api.pure full
%define api.prefix {script_yy}
%define api.token.prefix {T_}
%define api.location.type {struct span}
%define parse.error custom
/* So that a mistake is seen at once, and what was expected is known exactly. */
%define lr.type canonical-lr
%locations
%param {struct reader *r}
%initial-action { @$ = (struct span){1, 1, 0, 0}; }
%expect 0

%code {
#define YYMALLOC(size) arena_alloc(r->a, size)
#define YYFREE(old)    ((void)(old))

/* The place of a rule goes from its first part to its last; an empty one has no width. */
#define YYLLOC_DEFAULT(all, rhs, n)                                                                                              \
    do {                                                                                                                         \
        (all) = YYRHSLOC(rhs, (n) ? 1 : 0);                                                                                      \
        if (n) (all).to = YYRHSLOC(rhs, n).to;                                                                                   \
        else (all).from = (all).to;                                                                                              \
    } while (0)

#define NEED(x)                                                                                                                  \
    do {                                                                                                                         \
        if (!(x)) YYABORT;                                                                                                       \
    } while (0)

static int script_yylex(union SCRIPT_YYSTYPE *value, struct span *at, struct reader *r)
{
    int token = script_scanlex(value, at, r->scanner);
    /* The end is where the last token ended, whatever blanks and comments follow. */
    if (token == T_END) *at = r->end;
    else r->end = (struct span){r->line, r->column, r->offset, r->offset};
    return token;
}
static void script_yyerror(struct span *at, struct reader *r, const char *message);
static struct arena_list *list_of(struct reader *r, size_t size, const void *first);
}

%token END 0 "the end of the script"
%token OPTION "an option (--name=value)"
%token FLOAT "a time"
%token <token> INTEGER "a number" HEX "a hexadecimal number"
%token <token> WORD "a word" STRING "a string" COMMAND "a command (`...`)"
%token CODE "code (%{ ... }%)"
%token ELLIPSIS "..."
%token <token> ACK "ack" WIN "win" URG "urg" MSS "mss" WSCALE "wscale" SACKOK "sackOK" SACK "sack" TS "TS" VAL "val" ECR "ecr"
%token <token> NOP "nop" EOL "eol" MD5 "md5" AO "ao" FO "FO" FOEXP "FOEXP" ACCECN "ECN" E0B "e0b" E1B "e1b" CEB "ceb"
%token <token> ICMP "icmp" UDP "udp" MTU "mtu" ID "id" RAW "raw" TTL "ttl" HLIM "hlim" TOS "tos" CLASS "class" FLOW "flowlabel"
%token <token> NOECN "noecn" ECT0 "ect0" ECT1 "ect1" ECT01 "ect01" CE "ce"

%union {
    struct token token;
    uint32_t number;
    uint16_t flags;
    tern_ns ns;
    struct time_spec time;
    struct script_event event;
    struct script_packet packet;
    struct script_ip ip;
    struct ports ports;
    struct pair pair;
    struct blob blob;
    struct until until;
    struct seq seq;
    struct quote quote;
    struct maybe maybe;
    struct option_list options;
    struct script_tcp_option option;
    struct script_call call;
    struct arena_list *list;
    const struct script_expr *expr;
}

%type <time> event_time
%type <ns> time
%type <event> action
%type <packet> head tcp udp icmp
%type <ip> opt_ip ip_info ip_item
%type <number> ecn u8 u16 u32 direction hex8 hex20
%type <ports> opt_ports opt_udp
%type <pair> block count
%type <blob> blob opt_blob
%type <until> opt_end
%type <seq> seq
%type <quote> opt_quote
%type <maybe> opt_ack opt_win opt_urg opt_mtu opt_id
%type <flags> flags
%type <options> opt_options
%type <list> option_list sack counts strings args arg_list or_list
%type <option> option
%type <call> call
%type <expr> expr plain value arg result
%type <token> word keyword opt_code opt_errno opt_note

%%

script: options init events cleanup ;

options: %empty | options OPTION { NEED(read_option(r, @2)); } ;
init: %empty | COMMAND { NEED(r->s->init = read_command(r, @1, $1.text)); } ;
cleanup: %empty | COMMAND { NEED(r->s->cleanup = read_command(r, @1, $1.text)); } ;

events: event | events event ;
event: event_time action { NEED(read_event(r, &$1, &$2)); } ;

event_time:
    time                       { $$ = (struct time_spec){@$, TIME_ABSOLUTE, $1, $1}; }
  | '+' time                   { $$ = (struct time_spec){@$, TIME_RELATIVE, $2, $2}; }
  | '*'                        { $$ = (struct time_spec){@$, TIME_ANY, 0, 0}; }
  | time '~' time              { $$ = (struct time_spec){@$, TIME_ABSOLUTE_RANGE, $1, $3}; }
  | '+' time '~' '+' time      { $$ = (struct time_spec){@$, TIME_RELATIVE_RANGE, $2, $5}; }
  ;
time: FLOAT { NEED(read_time(r, @1, &$$)); } | INTEGER { NEED(read_time(r, @1, &$$)); } ;

action:
    tcp                        { $$ = (struct script_event){.kind = EVENT_PACKET}; NEED($$.packet = read_packet(r, @$, &$1)); }
  | udp                        { $$ = (struct script_event){.kind = EVENT_PACKET}; NEED($$.packet = read_packet(r, @$, &$1)); }
  | icmp                       { $$ = (struct script_event){.kind = EVENT_PACKET}; NEED($$.packet = read_packet(r, @$, &$1)); }
  | call                       { $$ = (struct script_event){.kind = EVENT_CALL}; NEED($$.call = read_call(r, &$1)); }
  | COMMAND                    { $$ = (struct script_event){.kind = EVENT_COMMAND}; NEED($$.command = read_command(r, @1, $1.text)); }
  | CODE                       { $$ = (struct script_event){.kind = EVENT_CODE}; NEED($$.code = read_code(r, @1)); }
  ;

/* ---- packets ---- */

head: direction opt_ip { $$ = (struct script_packet){.outbound = $1, .ip = $2}; } ;
direction: '<' { $$ = 0; } | '>' { $$ = 1; } ;

opt_ip: %empty { $$ = (struct script_ip){0}; } | '(' ip_info ')' { $$ = $2; } | '[' ip_info ']' { $$ = $2; } ;
ip_info: ip_item | ip_info ',' ip_item { $$ = $1; NEED(read_ip(r, @3, &$$, &$3)); } ;
ip_item:
    ecn                        { $$ = (struct script_ip){.ecn = $1}; }
  | tos hex8                   { $$ = (struct script_ip){.ecn = SCRIPT_ECN_TOS, .tos = (uint8_t)$2}; }
  | ttl u8                     { $$ = (struct script_ip){.has_ttl = true, .ttl = (uint8_t)$2}; }
  | FLOW hex20                 { $$ = (struct script_ip){.has_flow = true, .flow = $2}; }
  ;
/* FreeBSD's scripts name IPv6's fields as they are called there. */
ttl: TTL | HLIM ;
tos: TOS | CLASS ;
ecn:
    NOECN { $$ = SCRIPT_ECN_NOT; } | ECT0 { $$ = SCRIPT_ECN_ECT0; } | ECT1 { $$ = SCRIPT_ECN_ECT1; }
  | ECT01 { $$ = SCRIPT_ECN_ECT01; } | CE { $$ = SCRIPT_ECN_CE; }
  ;
hex8: HEX { NEED(read_range(r, @1, $1.number, 0xff, &$$)); } ;
hex20: HEX { NEED(read_range(r, @1, $1.number, 0xfffff, &$$)); } ;
u8: INTEGER { NEED(read_range(r, @1, $1.number, UINT8_MAX, &$$)); } ;
u16: INTEGER { NEED(read_range(r, @1, $1.number, UINT16_MAX, &$$)); } ;
u32: INTEGER { NEED(read_range(r, @1, $1.number, UINT32_MAX, &$$)); } ;

opt_ports: %empty { $$ = (struct ports){0}; } | u16 '>' u16 { $$ = (struct ports){true, (uint16_t)$1, (uint16_t)$3}; } ;
opt_udp:
    %empty                     { $$ = (struct ports){0}; }
  | '/' UDP '(' u16 '>' u16 ')' { $$ = (struct ports){true, (uint16_t)$4, (uint16_t)$6}; }
  ;

tcp:
    head opt_ports flags seq opt_ack opt_win opt_urg opt_options opt_udp {
        $$ = $1;
        $$.protocol = SCRIPT_TCP;
        read_ports(&$$, &$2, &$9);
        $$.tcp = (struct script_tcp){.flags = $3, .seq_kind = $4.kind, .seq = $4.seq, .end = $4.end, .len = $4.len,
            .has_ack = $5.said, .ack = $5.value, .has_win = $6.said, .win = (uint16_t)$6.value,
            .has_urg = $7.said, .urg = (uint16_t)$7.value};
        NEED(read_tcp_options(r, @8, &$$.tcp, &$8));
    }
  ;

flags:
    WORD flag_rest             { NEED(read_flags(r, @$, $1.text, @2, &$$)); }
  | flag_ack                   { NEED(read_flags(r, @$, "", @1, &$$)); }
  ;
flag_rest: %empty | flag_ack ;
flag_ack: '.' | FLOAT | '-' ;

seq:
    u32 ':' u32 '(' u16 ')'    { $$ = (struct seq){SEQ_RELATIVE, $1, $3, $5}; NEED(read_seq(r, @$, &$$)); }
  | u32 ':' u32 '(' u16 ')' '!' { $$ = (struct seq){SEQ_ABSOLUTE, $1, $3, $5}; NEED(read_seq(r, @$, &$$)); }
  | ELLIPSIS '(' u16 ')'       { $$ = (struct seq){SEQ_ANY, 0, $3, $3}; }
  ;
opt_ack: %empty { $$ = (struct maybe){0}; } | ACK u32 { $$ = (struct maybe){true, $2}; } ;
opt_win: %empty { $$ = (struct maybe){0}; } | WIN u16 { $$ = (struct maybe){true, $2}; } ;
opt_urg: %empty { $$ = (struct maybe){0}; } | URG u16 { $$ = (struct maybe){true, $2}; } ;

opt_options:
    %empty                     { $$ = (struct option_list){0}; }
  | '<' ELLIPSIS '>'           { $$ = (struct option_list){.kind = OPTIONS_ANY}; }
  | '<' option_list '>'        { $$ = (struct option_list){.list = $2}; }
  ;
option_list:
    option                     { $$ = list_of(r, sizeof($1), &$1); }
  | option_list ',' option     { $$ = $1; arena_append(r->a, $$, &$3); }
  ;
option:
    NOP                        { $$ = read_option_plain(r, @$, TCP_OPTION_NOP, 0); }
  | EOL                        { $$ = read_option_plain(r, @$, TCP_OPTION_EOL, 0); }
  | MSS u16                    { $$ = read_option_plain(r, @$, TCP_OPTION_MSS, $2); }
  | WSCALE u8                  { $$ = read_option_plain(r, @$, TCP_OPTION_WSCALE, $2); }
  | SACKOK                     { $$ = read_option_plain(r, @$, TCP_OPTION_SACK_OK, 0); }
  | SACK sack                  { NEED(read_option_sack(r, @$, $2, &$$)); }
  | TS VAL u32 ECR u32         { $$ = read_option_ts(r, @$, $3, $5); }
  | MD5 blob                   { NEED(read_option_blob(r, @$, TCP_OPTION_MD5, $2, &$$)); }
  | AO u8 u8 blob              { NEED(read_option_ao(r, @$, $2, $3, $4, &$$)); }
  | FO opt_blob                { NEED(read_option_blob(r, @$, TCP_OPTION_FO, $2, &$$)); }
  | FOEXP opt_blob             { NEED(read_option_blob(r, @$, TCP_OPTION_FOEXP, $2, &$$)); }
  | RAW blob                   { NEED(read_option_blob(r, @$, TCP_OPTION_RAW, $2, &$$)); }
  | ACCECN counts              { NEED(read_option_accecn(r, @$, $2, &$$)); }
  ;
sack: block { $$ = list_of(r, sizeof($1), &$1); } | sack block { $$ = $1; arena_append(r->a, $$, &$2); } ;
block: u32 ':' u32 { $$ = (struct pair){$1, $3}; } ;
counts: count { $$ = list_of(r, sizeof($1), &$1); } | counts count { $$ = $1; arena_append(r->a, $$, &$2); } ;
count: E0B u32 { $$ = (struct pair){T_E0B, $2}; } | CEB u32 { $$ = (struct pair){T_CEB, $2}; } | E1B u32 { $$ = (struct pair){T_E1B, $2}; } ;
opt_blob: %empty { $$ = (struct blob){@$, ""}; } | blob ;
blob:
    word                       { $$ = (struct blob){@1, $1.text}; }
  | INTEGER                    { $$ = (struct blob){@1, $1.text}; }
  | HEX                        { $$ = (struct blob){@1, $1.text}; }
  ;

udp:
    head UDP opt_ports '(' u16 ')' {
        $$ = $1;
        $$.protocol = SCRIPT_UDP;
        read_ports(&$$, &$3, &(struct ports){0});
        $$.udp_len = $5;
    }
  ;

icmp:
    head ICMP WORD opt_code opt_mtu opt_id opt_quote {
        $$ = $1;
        $$.protocol = SCRIPT_ICMP;
        read_ports(&$$, &(struct ports){0}, &$7.udp);
        $$.icmp = (struct script_icmp){.type = $3.text, .code = $4.text, .type_at = {@3.line, @3.column}, .code_at = {@4.line, @4.column},
            .has_mtu = $5.said, .mtu = $5.value, .has_id = $6.said, .id = (uint16_t)$6.value,
            .quote_kind = $7.kind, .quote_seq = $7.seq, .quote_len = $7.len};
    }
  ;
opt_code: %empty { $$ = (struct token){.text = NULL}; } | WORD ;
opt_mtu: %empty { $$ = (struct maybe){0}; } | MTU u32 { $$ = (struct maybe){true, $2}; } ;
opt_id: %empty { $$ = (struct maybe){0}; } | ID u16 { $$ = (struct maybe){true, $2}; } ;
opt_quote:
    %empty                     { $$ = (struct quote){.kind = QUOTE_NONE}; }
  | '[' seq opt_udp ']'        { $$ = (struct quote){QUOTE_TCP, $2.seq, $2.len, $3}; NEED(read_quote(r, @2, &$2)); }
  | '[' UDP '(' u16 ')' ']'    { $$ = (struct quote){.kind = QUOTE_UDP, .len = $4}; }
  | '[' RAW '(' u16 ')' ']'    { $$ = (struct quote){.kind = QUOTE_RAW, .len = $4}; }
  ;

/* ---- calls ---- */

call:
    opt_end word '(' args ')' '=' result opt_errno opt_note {
        $$ = (struct script_call){.at = {@2.line, @2.column}, .blocks = $1.said, .until = $1.ns, .name = $2.text, .args_n = $4->n,
            .args = $4->items, .result = $7, .error = $8.text, .note = $9.text};
    }
  ;
opt_end: %empty { $$ = (struct until){0}; } | ELLIPSIS time { $$ = (struct until){true, $2}; } ;
opt_errno: %empty { $$ = (struct token){.text = NULL}; } | WORD ;
opt_note: %empty { $$ = (struct token){.text = NULL}; } | '(' note ')' { $$ = (struct token){.text = reader_copy(r, @$, 1, 1)}; } ;
note: note_part | note note_part ;
note_part: word | INTEGER | HEX | FLOAT | STRING | '|' | ',' | '.' | '-' | '=' | '/' | ':' | '!' | '+' | '*' ;

args: %empty { $$ = list_of(r, sizeof(struct script_expr *), NULL); } | arg_list ;
arg_list:
    arg                        { $$ = list_of(r, sizeof($1), &$1); }
  | arg_list ',' arg           { $$ = $1; arena_append(r->a, $$, &$3); }
  ;
arg:
    expr
  | word '=' expr              { $$ = read_member(r, @1, $1.text, NULL, $3); }
  | word '(' args ')' '=' expr { NEED($$ = read_sized(r, @1, @3, $1.text, $3, $6)); }
  ;

expr: value | or_list { $$ = read_items(r, @$, EXPR_OR, NULL, $1); } ;
or_list:
    value '|' value            { $$ = list_of(r, sizeof($1), &$1); arena_append(r->a, $$, &$3); }
  | or_list '|' value          { $$ = $1; arena_append(r->a, $$, &$3); }
  ;
value: plain | word '(' args ')' { $$ = read_items(r, @$, EXPR_FUNCTION, $1.text, $3); } ;
result: plain ;
plain:
    ELLIPSIS                   { $$ = read_expr(r, @$, EXPR_ELLIPSIS); }
  | INTEGER                    { NEED($$ = read_number(r, @$, &$1)); }
  | HEX                        { NEED($$ = read_number(r, @$, &$1)); }
  | word                       { $$ = read_word(r, @$, $1.text); }
  | strings                    { $$ = read_strings(r, @$, $1, false); }
  | strings ELLIPSIS           { $$ = read_strings(r, @$, $1, true); }
  | '[' args ']'               { $$ = read_items(r, @$, EXPR_LIST, NULL, $2); }
  | '{' args '}'               { $$ = read_items(r, @$, EXPR_STRUCT, NULL, $2); }
  ;
strings:
    STRING                     { $$ = list_of(r, sizeof($1.bytes), &$1.bytes); }
  | strings STRING             { $$ = $1; arena_append(r->a, $$, &$2.bytes); }
  ;

/* A name may be a word of the packets, too. */
word: WORD | keyword ;
keyword:
    ACK | WIN | URG | MSS | WSCALE | SACKOK | SACK | TS | VAL | ECR | NOP | EOL | MD5 | AO | FO | FOEXP | ACCECN | E0B | E1B | CEB
  | ICMP | UDP | MTU | ID | RAW | TTL | HLIM | TOS | CLASS | FLOW | NOECN | ECT0 | ECT1 | ECT01 | CE
  ;

%%

static void script_yyerror(struct span *at, struct reader *r, const char *message)
{
    reader_fail(r, *at, "%s", message); /* only ever "memory exhausted": brackets in brackets are limited before that */
}

static struct arena_list *list_of(struct reader *r, size_t size, const void *first)
{
    struct arena_list *list = arena_alloc(r->a, sizeof(*list));
    list->size = size;
    if (first) arena_append(r->a, list, first);
    return list;
}

enum { EXPECTED_MAX = 10 };

static int yyreport_syntax_error(const yypcontext_t *context, struct reader *r)
{
    yysymbol_kind_t all[YYNTOKENS];
    const char *names[EXPECTED_MAX];
    int n = yypcontext_expected_tokens(context, all, YYNTOKENS), names_n = 0;
    bool word = false;
    for (int i = 0; i < n; i++) word |= all[i] == YYSYMBOL_WORD;
    for (int i = 0; i < n; i++) {
        /* Where any word may stand, those of the packets need not be told. */
        if (word && all[i] >= YYSYMBOL_ACK && all[i] <= YYSYMBOL_CE) continue;
        if (names_n == EXPECTED_MAX) break;
        names[names_n++] = yysymbol_name(all[i]);
    }
    reader_unexpected(r, *yypcontext_location(context), yypcontext_token(context) == YYSYMBOL_YYEOF, names, names_n);
    return 0;
}
