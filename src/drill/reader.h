/* What the scanner, the grammar and the functions that build the tree share while one script is read. */
#ifndef DRILL_READER_H
#define DRILL_READER_H

#include "arena.h"
#include "script.h"

/* A piece of the text: where it starts, and which bytes it is. */
struct span {
    uint32_t line, column, from, to;
};

struct number {
    int64_t value;
    bool fits; /* else only its text is good for something: a cookie of many digits */
    bool hex;
};

/* What a token says: a number and its text, a word, a string's bytes, a command's text. */
struct token {
    struct number number;
    const char *text;
    struct script_bytes bytes;
};

struct time_spec {
    struct span at;
    enum script_time_kind kind;
    tern_ns time, time_end;
};

struct until {
    bool said;
    tern_ns ns;
};

struct ports {
    bool said;
    uint16_t src, dst;
};

/* A number that may be missing. */
struct maybe {
    bool said;
    uint32_t value;
};

struct pair {
    uint32_t a, b;
};

/* Hexadecimal digits, not yet looked at. */
struct blob {
    struct span at;
    const char *text;
};

struct seq {
    enum script_seq_kind kind;
    uint32_t seq, end, len;
};

struct quote {
    enum script_quote_kind kind;
    uint32_t seq, len;
    struct ports udp;
};

struct option_list {
    enum script_options_kind kind;
    struct arena_list *list; /* of struct script_tcp_option; NULL: none */
};

struct reader {
    struct script *s;
    struct script_arena *a;
    struct script_error *err; /* never NULL */
    bool failed;              /* |err| is written: the first mistake is told, no other */
    void *scanner;

    /* -D and --define, the last of a name counts. */
    struct arena_list defines; /* of struct script_define */

    /* The scanner's place, #ifdef and brackets. */
    uint32_t line, column, offset;
    struct span end; /* behind the last token */
    int depth;
    struct arena_list conditions; /* of struct condition */

    struct arena_list options, events; /* of struct script_option, struct script_event */
};

/* An #ifdef that is open. */
struct condition {
    struct span at;
    bool holds, had_else, outer_held;
};

/* ---- the scanner's part (reader_words.c) ---- */

/* Tells the first mistake. Always false. */
bool reader_fail(struct reader *r, struct span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *reader_text(const struct reader *r, struct span at); /* where it starts in the source */
char *reader_copy(struct reader *r, struct span at, uint32_t skip_front, uint32_t skip_back);

struct number reader_integer(const char *text, size_t len);
struct number reader_hex(const char *text, size_t len);
/* What a packet's word is (ACK, WIN ...), or 0. */
int reader_keyword(const char *text, size_t len);
/* NULL: not defined. */
const struct script_define *reader_define(const struct reader *r, const char *name);
bool reader_add_define(struct reader *r, struct span at, const char *name, const char *value);
/* "a\x01" without its quotes, unescaped. */
bool reader_string(struct reader *r, struct span at, const char *text, size_t len, struct script_bytes *out);
/* A line #ifdef, #else ...; afterwards, whether what follows counts. */
bool reader_directive(struct reader *r, struct span at, bool *counts);
/* At the end: no #ifdef is left open. */
bool reader_directives_end(struct reader *r);
/* What begins at |at| has no end, or no meaning. Always false. */
bool reader_stray(struct reader *r, struct span at);
bool reader_bracket(struct reader *r, struct span at, char c);

/* ---- the grammar's part; what returns bool or a pointer returns false or NULL after reader_fail() ---- */

/* |expected|: what could have stood at |at|. */
void reader_unexpected(struct reader *r, struct span at, bool end, const char *const *expected, int n);

/* read_events.c */
bool read_option(struct reader *r, struct span at);
bool read_time(struct reader *r, struct span at, tern_ns *ns);
bool read_event(struct reader *r, const struct time_spec *t, const struct script_event *what);
const struct script_command *read_command(struct reader *r, struct span at, const char *text);
const struct script_code *read_code(struct reader *r, struct span at);

/* read_packet.c */
bool read_range(struct reader *r, struct span at, struct number n, uint32_t max, uint32_t *out);
bool read_ip(struct reader *r, struct span at, struct script_ip *all, const struct script_ip *more);
/* |word|: the letters; |rest|: the dot behind them, with a digit if it is AccECN's. */
bool read_flags(struct reader *r, struct span at, const char *word, struct span rest, uint16_t *flags);
bool read_seq(struct reader *r, struct span at, const struct seq *seq);
bool read_quote(struct reader *r, struct span at, const struct seq *seq);
void read_ports(struct script_packet *p, const struct ports *said, const struct ports *udp);
bool read_tcp_options(struct reader *r, struct span at, struct script_tcp *t, const struct option_list *options);
const struct script_packet *read_packet(struct reader *r, struct span at, const struct script_packet *p);

/* read_tcp_option.c */
struct script_tcp_option read_option_plain(struct reader *r, struct span at, enum script_tcp_option_kind kind, uint32_t value);
struct script_tcp_option read_option_ts(struct reader *r, struct span at, uint32_t val, uint32_t ecr);
bool read_option_sack(struct reader *r, struct span at, const struct arena_list *blocks, struct script_tcp_option *o);
bool read_option_accecn(struct reader *r, struct span at, const struct arena_list *counts, struct script_tcp_option *o);
bool read_option_blob(struct reader *r, struct span at, enum script_tcp_option_kind kind, struct blob b,
                      struct script_tcp_option *o);
bool read_option_ao(struct reader *r, struct span at, uint32_t key_id, uint32_t next_id, struct blob mac,
                    struct script_tcp_option *o);

/* read_call.c */
const struct script_call *read_call(struct reader *r, const struct script_call *c);
struct script_expr *read_expr(struct reader *r, struct span at, enum script_expr_kind kind);
const struct script_expr *read_number(struct reader *r, struct span at, const struct token *t);
const struct script_expr *read_word(struct reader *r, struct span at, const char *text);
const struct script_expr *read_items(struct reader *r, struct span at, enum script_expr_kind kind, const char *name,
                                     const struct arena_list *items);
const struct script_expr *read_member(struct reader *r, struct span at, const char *name, const struct script_expr *size,
                                      const struct script_expr *value);
/* msg_iov(1)=[...]: |size| has to be one expression. */
const struct script_expr *read_sized(struct reader *r, struct span at, struct span size_at, const char *name,
                                     const struct arena_list *size, const struct script_expr *value);
/* Strings that stand side by side are one. */
const struct script_expr *read_strings(struct reader *r, struct span at, const struct arena_list *parts, bool more);

#endif
