#include "cli_env.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "words.h"

#define RING_N (1u << 15) /* more than one turn of the loop makes */

static uint64_t wall_clock_base(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * TERN_SEC + (uint64_t)t.tv_nsec - env_clock();
}

static int open_capture(struct show *s, const struct options *o)
{
    char err[200];
    struct tern_pcapng *file = tern_pcapng_open(o->pcap, 0, err, sizeof err);
    if (!file) return cli_fail(o->command, "--pcap %s: %s", o->pcap, err);
    struct tern_capture_config config = {
        .unix_ns = wall_clock_base(), .full_first = o->snap * 32, .full_last = o->snap * 32, .snap = o->snap};
    s->capture = tern_capture_new(file, &s->trace, &config);
    return s->capture ? -1 : cli_fail(o->command, "no memory for the capture");
}

bool show_utf8(void)
{
    setlocale(LC_CTYPE, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int show_ladder(struct show *s, const struct options *o, const struct tern_out *out, bool colour)
{
    if (o->json || !o->explain) return -1;
    struct tern_ladder_config config = {.out = *out,
                                        .fold = o->fold,
                                        .detail = o->brief ? TERN_LADDER_BRIEF : TERN_LADDER_NORMAL,
                                        .colour = colour,
                                        .ascii = !show_utf8(),
                                        .translate = words};
    tern_ladder_free(s->ladder);
    const char *columns = getenv("COLUMNS");
    uint64_t width;
    if (columns && parse_number(columns, 1000, &width) == 0) config.width = (uint32_t)width;
    s->ladder = tern_ladder_new(&config);
    return s->ladder ? -1 : cli_fail(o->command, "no memory for the ladder");
}

int show_open(struct show *s, const struct options *o, struct tern_stack *stack, FILE *file)
{
    *s = (struct show){0};
    bool shown = o->explain || o->pcap || o->json;
    if (!shown && !o->history) return -1;
    uint32_t size = shown ? RING_N : o->history;
    struct tern_event *ring = calloc(size, sizeof *ring);
    if (!ring) return cli_fail(o->command, "no memory for the trace");
    tern_trace_init(&s->trace, ring, size);
    tern_stack_trace(stack, &s->trace);
    s->file = file;
    if (o->json) s->json = file;
    int status = show_ladder(s, o, &(struct tern_out){tern_put_file, file}, isatty(fileno(file)) == 1);
    if (status < 0 && o->pcap) status = open_capture(s, o);
    return status;
}

void show_events(struct show *s)
{
    if (!s->ladder && !s->json) return;
    struct tern_out out = {tern_put_file, s->json};
    for (; s->seen < s->trace.end; s->seen++) {
        const struct tern_event *ev = tern_trace_get(&s->trace, s->seen);
        if (!ev) continue; /* overwritten */
        s->unflushed = true;
        s->rule[ev->rule] = true;
        if (s->ladder) tern_ladder_event(s->ladder, ev);
        if (s->json) tern_json_event(&out, ev, s->seen);
    }
}

void show_flush(struct show *s)
{
    if (!s->unflushed) return;
    s->unflushed = false;
    if (s->ladder) tern_ladder_flush(s->ladder);
    fflush(s->file);
}

int show_close(struct show *s, const struct options *o, int status)
{
    show_events(s);
    show_flush(s);
    tern_ladder_free(s->ladder);
    if (s->capture && tern_capture_close(s->capture) < 0 && status == CLI_DONE) {
        status = cli_fail(o->command, "--pcap %s: not everything could be written", o->pcap);
    }
    free(s->trace.ring);
    *s = (struct show){0};
    return status;
}
