/* A script in packetdrill's language, as it was read: the contract between the reader and the runner.
 *
 * Both dialects are read by one grammar: google's (github.com/google/packetdrill) and the one of FreeBSD's suite
 * (github.com/freebsd-net/tcp-testsuite, which runs on NPLab's packetdrill). doc/drill.md describes the language.
 *
 * Everything hangs in one arena: struct script owns it, script_free() ends all of it at once, and nothing in it is ever changed
 * after script_parse() returned, so that several threads may run one script. Numbers are the script's own (a sequence number
 * counts from the initial one of its direction, a timestamp is as written); to bring them into the connection's numbers is the
 * runner's work. The reader checks what can be known from the text alone: ranges of numbers, sizes, what may stand where; names
 * (of calls, options, errno) are words here, the runner asks script_symbol(). */
#ifndef DRILL_SCRIPT_H
#define DRILL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/types.h>

struct script_arena;

/* Where a thing stands: both count from 1, a column is a byte. 0: nowhere (the command line). The file is script->path. */
struct script_at {
    uint32_t line, column;
};

/* Bytes. |data| has a 0 behind them. */
struct script_bytes {
    const char *data;
    size_t len;
};

/* ---- expressions: arguments and results of calls ---- */

enum script_expr_kind {
    EXPR_ELLIPSIS, /* ...                      anything will do */
    EXPR_INTEGER,  /* 12 -1 0x2f               |number| */
    EXPR_WORD,     /* SO_ERROR                 |text|: a symbol, see script_symbol() */
    EXPR_STRING,   /* "ab\x01" "cd"            |text|: unescaped, neighbours joined; |more|: "ab"... */
    EXPR_OR,       /* A | B | 1                |items|: two or more */
    EXPR_LIST,     /* [a, b] []                |items| */
    EXPR_STRUCT,   /* {a=1, b(2)=[...], 3}     |items|: each with |name| (NULL: without one), perhaps |size| */
    EXPR_FUNCTION, /* htons(80)                |text|: its name; |items|: its arguments */
};

/* Structs are read as they are written, whatever their members are called:
 *   {fd=3, events=POLLIN, revents=0}            {events=EPOLLIN, ptr=7}               {onoff=1, linger=0}
 *   {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}         {..., 1000}  (an iovec)
 *   {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[{cmsg_level=..., ...}]}
 * and AF_INET = 2 in a list of arguments is a struct's member without the struct: an EXPR_WORD with |name|. */
struct script_expr {
    enum script_expr_kind kind;
    struct script_at at;
    const char *name;               /* member of a struct: its name, or NULL */
    const struct script_expr *size; /* member of a struct: the 1 of msg_iov(1); NULL */
    int64_t number;
    struct script_bytes text;
    bool more; /* a string that goes on: "ab"... */
    bool hex;  /* an integer that was written 0x... */
    size_t items_n;
    const struct script_expr *const *items;
};

/* The member |name| of a struct; NULL: it has none, or |e| is no struct. */
const struct script_expr *script_member(const struct script_expr *e, const char *name);

/* ---- what happens ---- */

/* socket(..., SOCK_STREAM, IPPROTO_TCP) = 3          connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress) */
struct script_call {
    struct script_at at;
    const char *name;
    size_t args_n;
    const struct script_expr *const *args;
    const struct script_expr *result;
    const char *error; /* "EINPROGRESS"; NULL */
    const char
        *note;   /* what the brackets say; NULL. It may stand without an errno: = -1 (Invalid Argument), = 0x02 (flags O_RDWR) */
    bool blocks; /* 0...0.5 read(...): it starts at the event's time and returns at |until| */
    tern_ns until; /* of the same kind as the event's time: absolute, or relative to what was before */
};

enum {
    SCRIPT_FIN = 0x01,
    SCRIPT_SYN = 0x02,
    SCRIPT_RST = 0x04,
    SCRIPT_PSH = 0x08,
    SCRIPT_ACK = 0x10,
    SCRIPT_URG = 0x20,
    SCRIPT_ECE = 0x40, /* E */
    SCRIPT_CWR = 0x80, /* W */
    SCRIPT_AE = 0x100, /* A; the three as a number, "S.5", are AccECN's ACE field: AE is its 4, CWR 2, ECE 1 */
};

/* What the IP header's two bits are, or must be. */
enum script_ecn {
    SCRIPT_ECN_UNSAID,
    SCRIPT_ECN_NOT,   /* [noecn] */
    SCRIPT_ECN_ECT0,  /* [ect0] */
    SCRIPT_ECN_ECT1,  /* [ect1] */
    SCRIPT_ECN_CE,    /* [ce] */
    SCRIPT_ECN_ECT01, /* [ect01]: ECT(0) or ECT(1); outbound only */
    SCRIPT_ECN_TOS,   /* [tos 0x..]: the whole octet, in |tos| */
};

/* [ect0]  (tos 0x2f)  [flowlabel 0x1]  [ttl 7]  [ect0, flowlabel 0x1]; FreeBSD writes (class 0x28) and (hlim 4) for IPv6 */
struct script_ip {
    enum script_ecn ecn;
    uint8_t tos;
    bool has_ttl, has_flow;
    uint8_t ttl;
    uint32_t flow; /* 20 bits */
};

enum script_tcp_option_kind {
    TCP_OPTION_NOP,
    TCP_OPTION_EOL,
    TCP_OPTION_MSS,
    TCP_OPTION_WSCALE,
    TCP_OPTION_SACK_OK,
    TCP_OPTION_SACK,
    TCP_OPTION_TS,
    TCP_OPTION_MD5,
    TCP_OPTION_FO,
    TCP_OPTION_FOEXP, /* the experimental kind 254 with the magic f989 */
    TCP_OPTION_ACCECN,
    TCP_OPTION_RAW, /* tern's own: raw 1e04abcd, any bytes, their kind and length included */
    TCP_OPTION_AO,  /* tern's own: ao KEYID RNEXTKEYID MAC */
};

struct script_tcp_option {
    enum script_tcp_option_kind kind;
    struct script_at at;
    uint32_t value;       /* mss, wscale, TS val */
    uint32_t echo;        /* TS ecr */
    bool valid;           /* md5 valid, ao 1 2 valid: whatever the script's key gives; |wire| has zeroes there */
    uint8_t blocks_n;     /* sack: at most 4 fit */
    uint32_t block[4][2]; /* left and right edge */
    uint8_t wire_len;     /* kind, length and contents as they are sent, with the script's numbers (sack, TS) */
    const uint8_t *wire;
};

enum script_seq_kind {
    SEQ_RELATIVE, /* 1:101(100)     counts from the initial sequence number */
    SEQ_ABSOLUTE, /* 0:0(0)!        FreeBSD: the number in the header itself */
    SEQ_ANY,      /* ...(0)         FreeBSD: any, only the length is told; outbound only */
};

enum script_options_kind {
    OPTIONS_LISTED, /* exactly these, in this order; none when the packet has no <> */
    OPTIONS_ANY,    /* <...>: not looked at; outbound only */
};

struct script_tcp {
    uint16_t flags; /* SCRIPT_*; ACK is the '.' */
    enum script_seq_kind seq_kind;
    uint32_t seq, end, len; /* end = seq + len */
    bool has_ack, has_win, has_urg;
    uint32_t ack;
    uint16_t win; /* as in the header, unscaled. Inbound it is always said; outbound, unsaid is any */
    uint16_t urg;
    enum script_options_kind options_kind;
    size_t options_n;
    uint8_t options_len; /* their length on the wire: a multiple of 4, at most 40 */
    const struct script_tcp_option *options;
};

enum script_quote_kind {
    QUOTE_NONE, /* icmp unreachable host_unreachable             what the script saw last */
    QUOTE_TCP,  /* icmp unreachable host_unreachable [1:1001(1000)] */
    QUOTE_UDP,  /* [udp (100)] */
    QUOTE_RAW,  /* [raw (100)] */
};

struct script_icmp {
    const char *type, *code; /* words; |code| NULL: 0. script_icmp_number() knows the numbers */
    struct script_at type_at, code_at;
    bool has_mtu, has_id;
    uint32_t mtu;
    uint16_t id; /* of an echo */
    enum script_quote_kind quote_kind;
    uint32_t quote_seq, quote_len;
};

enum script_protocol { SCRIPT_TCP, SCRIPT_UDP, SCRIPT_ICMP };

/* > S. 0:0(0) ack 1 win 65535 <mss 1460>          < [ect0] 8080 > 5000 P. 1:11(10) ack 1 win 100          > udp (100) */
struct script_packet {
    struct script_at at;
    bool outbound; /* > : from the stack; else < : into it */
    struct script_ip ip;
    bool has_ports; /* said in the packet: which of several connections */
    uint16_t src, dst;
    bool in_udp; /* TCP over UDP (FreeBSD): /udp(1 > 9811); of an ICMP message: of what it quotes */
    uint16_t udp_src, udp_dst;
    enum script_protocol protocol;
    struct script_tcp tcp;
    struct script_icmp icmp;
    uint32_t udp_len; /* of the payload */
};

/* `...`: the text between the backquotes, as it stands. */
struct script_command {
    struct script_at at;
    const char *text;
};

struct code_statement;

/* %{ ... }%: see code.h, which also runs it. */
struct script_code {
    struct script_at at; /* of the first character of |text| */
    const char *text;
    const struct code_statement *body;
};

enum script_time_kind {
    TIME_ABSOLUTE,       /* 1.5        since the script began */
    TIME_RELATIVE,       /* +0.1       since the event before */
    TIME_ANY,            /* *          outbound packets only, as the ranges */
    TIME_ABSOLUTE_RANGE, /* 1.0~1.5 */
    TIME_RELATIVE_RANGE, /* +0.1~+0.2 */
};

enum script_event_kind { EVENT_PACKET, EVENT_CALL, EVENT_COMMAND, EVENT_CODE };

struct script_event {
    struct script_at at; /* of its time */
    enum script_time_kind time_kind;
    tern_ns time, time_end; /* exact: read as decimals. time_end: of the ranges */
    enum script_event_kind kind;
    const struct script_packet *packet;
    const struct script_call *call;
    const struct script_command *command;
    const struct script_code *code;
};

/* --name=value, --name */
struct script_option {
    struct script_at at;
    const char *name, *value; /* value: NULL without one; quotes taken off */
};

struct script {
    const char *path;
    struct script_bytes source; /* the text itself, for messages: script_line() */
    size_t options_n;
    const struct script_option *options; /* at the head of the script, in order; --define was obeyed by the reader */
    const struct script_command *init;   /* `...` before the first event; NULL */
    size_t events_n;
    const struct script_event *events;
    const struct script_command *cleanup; /* `...` after the last event; NULL */
    struct script_arena *arena;
};

/* ---- reading ---- */

/* -D NAME=VALUE. A word of the script that is NAME (and no word of the packets' language) becomes VALUE: an integer, a "string",
 * a `command`, or else a word, also where a cookie is expected. NULL as the value, -D NAME alone, is for #ifdef, which looks at
 * the names only: FreeBSD's suite asks for FreeBSD (what it does) and STANDARD (what the RFC says). */
struct script_define {
    const char *name, *value;
};

/* What is wrong with a script. */
struct script_error {
    char path[256];
    struct script_at at;  /* line 0: no place in particular (the file cannot be opened) */
    uint32_t width;       /* columns that are meant, from |at| on; at least 1 */
    char message[512];    /* a sentence in the reader's language: what was found, what was expected */
    char source[200];     /* the line, or the part of it around the place, with tabs as blanks */
    uint32_t source_from; /* the column that |source| starts at */
};

enum {
    SCRIPT_SIZE_MAX = 4 << 20, /* bytes of a script */
    SCRIPT_DEPTH_MAX = 64,     /* brackets within brackets */
};

/* Reads |len| bytes as a script; |path| is for messages. 0 and *out, to be freed; or -1 and |err| (NULL: not wanted).
 * Reentrant: touches nothing but its arguments. */
int script_parse(const char *path, const char *text, size_t len, const struct script_define *defines, size_t defines_n,
                 struct script **out, struct script_error *err);
/* The same of a file. */
int script_load(const char *path, const struct script_define *defines, size_t defines_n, struct script **out,
                struct script_error *err);
void script_free(struct script *s); /* NULL is fine */

/* What stands below |err->source| to show the place: blanks, and a mark as wide as what is meant. "" when there is no place. */
enum { SCRIPT_MARK_SIZE = 2 * sizeof(((struct script_error *)0)->source) };
void script_error_mark(const struct script_error *err, char out[SCRIPT_MARK_SIZE]);

/* An error about a place in a script that was read: for the runner's own. |format| as printf()'s. */
void script_error_at(const struct script *s, struct script_at at, uint32_t width, struct script_error *err, const char *format,
                     ...) __attribute__((format(printf, 5, 6)));

/* Line |line| of the script, without its end; len 0 and data "" beyond it. Not terminated at |len|. */
struct script_bytes script_line(const struct script *s, uint32_t line);

/* The last option |name| in the script's head; NULL. */
const struct script_option *script_option(const struct script *s, const char *name);

#endif
