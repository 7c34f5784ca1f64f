/* tern trace, in parts: what is wanted, where packets come from, how it is shown. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stdio.h>

#include "cli_options.h"
#include "story_show.h"
#include "watch.h"

#define TRACE_COMMAND "trace"

struct trace_wish {
    const char *command; /* in complaints */
    /* of popt */
    char *interface, *filter, *fail_on, *annotate;
    int conn, fold, count, seconds; /* 0: not given */
    int summary, absolute, relative, both, full, findings;
    /* read from those */
    bool json;
    const struct options *options; /* the jail's */
    bool fails[FINDING_N];         /* --fail-on */
    struct story_style style;
};

/* ---- where packets come from (trace_source.c) ---- */

/* Each packet, in order; |skip|: it does not pass the filter and is only numbered. False: stop. */
struct trace_packet {
    tern_ns at;
    const uint8_t *bytes;
    uint32_t len, wire_len;
    bool skip;
};
struct trace_sink {
    /* Of a source that was opened. -1: go on; otherwise the exit status, after the complaint. */
    int (*link)(void *ctx, const char *name, int dlt);
    bool (*packet)(void *ctx, const struct trace_packet *p);
    /* All that could be read was given, and a complaint follows: what is there is to be shown first. May be NULL. */
    void (*broken)(void *ctx);
    void *ctx;
    uint64_t taken; /* packets that passed the filter, of all sources so far: --count */
};
/* -1: all was read; otherwise the exit status, after the complaint. What could be read was given to |sink|. */
int trace_read_file(const struct trace_wish *w, const char *path, struct trace_sink *sink);
int trace_read_live(const struct trace_wish *w, struct trace_sink *sink);

/* ---- how it is shown (trace_show.c, trace_json.c) ---- */

struct trace_show {
    const struct trace_wish *wish;
    struct tern_out out;
    struct watch *watch;
    struct story_text *ladder;
    uint64_t *begun; /* --json: which connection was told last at each place of the story's connections */
    size_t begun_n;
    int err;                     /* sticky: TERN_ERR_* */
    uint64_t finding[FINDING_N]; /* of the connections that are shown */
    /* --annotate */
    char *comment;
    size_t comment_len;
};

void trace_show_row(void *show, const struct story *s, struct story_row *row);
void trace_show_conn(void *show, const struct watch_conn *c);
void trace_show_totals(struct trace_show *t);

void trace_json_row(struct trace_show *t, const struct story *s, const struct story_row *row);
void trace_json_conn(struct trace_show *t, const struct watch_conn *c);
void trace_json_totals(struct trace_show *t);

#endif
