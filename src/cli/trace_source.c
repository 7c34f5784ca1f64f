/* Where packets come from: files of libpcap and an interface. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "trace.h"
#include "words.h"

enum {
    PROGRESS_FROM = 1 << 26, /* bytes: smaller files are read at once */
    PROGRESS_EACH = 1 << 16, /* packets */
    LIVE_SNAP = 262144,
    LIVE_BUFFER = 1 << 25,
    LIVE_TURN_MS = 100
};

struct source {
    pcap_t *pcap;
    const char *name;
    const struct trace_wish *wish;
    const struct trace_sink *sink;
    struct bpf_program filter;
    bool filtered, stopped;
    uint64_t n, size; /* packets so far; bytes of the file, 0: not known */
    bool progress;
};

static tern_ns time_of(const struct pcap_pkthdr *h)
{
    return h->ts.tv_sec < 0 || h->ts.tv_usec < 0 ? 0 : (tern_ns)h->ts.tv_sec * TERN_SEC + (tern_ns)h->ts.tv_usec;
}

static void give(struct source *s, const struct pcap_pkthdr *h, const uint8_t *bytes)
{
    s->n++;
    struct trace_packet p = {.at = time_of(h), .bytes = bytes, .len = h->caplen, .wire_len = h->len};
    p.skip = s->filtered && !pcap_offline_filter(&s->filter, h, bytes);
    if (!s->sink->packet(s->sink->ctx, &p)) s->stopped = true;
    if (s->wish->count > 0 && s->n >= (uint64_t)s->wish->count) s->stopped = true;
}

/* -1: go on. */
static int prepare(struct source *s)
{
    int status = s->sink->link(s->sink->ctx, s->name, pcap_datalink(s->pcap));
    if (status >= 0 || !s->wish->filter) return status;
    if (pcap_compile(s->pcap, &s->filter, s->wish->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return cli_usage(TRACE_COMMAND, "--filter '%s': %s", s->wish->filter, pcap_geterr(s->pcap));
    s->filtered = true;
    return -1;
}

static void finish(struct source *s)
{
    if (s->filtered) pcap_freecode(&s->filter);
    if (s->pcap) pcap_close(s->pcap);
}

/* ---- files ---- */

static void show_progress(const struct source *s)
{
    if (!s->progress || s->n % PROGRESS_EACH != 0) return;
    off_t at = ftello(pcap_file(s->pcap));
    if (at < 0) return;
    fprintf(stderr, "\r%3u %%", (unsigned)((uint64_t)at * 100 / s->size));
    fflush(stderr);
}

static void clear_progress(const struct source *s)
{
    if (s->progress && s->n >= PROGRESS_EACH) fputs("\r      \r", stderr);
}

/* A ladder that runs over the same terminal is progress enough. */
static void want_progress(struct source *s)
{
    struct stat st;
    FILE *f = pcap_file(s->pcap);
    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) return;
    s->size = (uint64_t)st.st_size;
    s->progress = s->size >= PROGRESS_FROM && isatty(STDERR_FILENO) && (s->wish->summary || !isatty(STDOUT_FILENO));
}

static int broken(const struct source *s)
{
    off_t at = pcap_file(s->pcap) ? ftello(pcap_file(s->pcap)) : -1;
    if (at < 0)
        return cli_fail(TRACE_COMMAND, "%s: cannot be read on behind packet %llu: %s", s->name, (unsigned long long)s->n,
                        pcap_geterr(s->pcap));
    return cli_fail(TRACE_COMMAND, "%s: cannot be read on behind packet %llu, near byte %lld: %s", s->name,
                    (unsigned long long)s->n, (long long)at, pcap_geterr(s->pcap));
}

int trace_read_file(const struct trace_wish *w, const char *path, const struct trace_sink *sink)
{
    char err[PCAP_ERRBUF_SIZE] = "";
    bool standard = strcmp(path, "-") == 0;
    struct source s = {.name = standard ? _("the standard input") : path, .wish = w, .sink = sink};
    s.pcap = standard ? pcap_fopen_offline_with_tstamp_precision(stdin, PCAP_TSTAMP_PRECISION_NANO, err)
                      : pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
    if (!s.pcap) return cli_fail(TRACE_COMMAND, "cannot read %s: %s", s.name, err);
    int status = prepare(&s);
    if (status < 0) want_progress(&s);
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    int got = 1;
    while (status < 0 && !s.stopped && (got = pcap_next_ex(s.pcap, &h, &bytes)) == 1) {
        give(&s, h, bytes);
        show_progress(&s);
    }
    clear_progress(&s);
    if (got == PCAP_ERROR) status = broken(&s);
    finish(&s);
    return status;
}

/* ---- live ---- */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static int activate(struct source *s)
{
    char err[PCAP_ERRBUF_SIZE] = "";
    s->pcap = pcap_create(s->name, err);
    if (!s->pcap) return cli_fail(TRACE_COMMAND, "-i %s: %s", s->name, err);
    pcap_set_snaplen(s->pcap, LIVE_SNAP);
    pcap_set_immediate_mode(s->pcap, 1);
    pcap_set_buffer_size(s->pcap, LIVE_BUFFER);
    bool nano = pcap_set_tstamp_precision(s->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int got = pcap_activate(s->pcap);
    if (got < 0) {
        const char *why = pcap_geterr(s->pcap);
        return cli_fail(TRACE_COMMAND, "-i %s: %s", s->name, *why ? why : pcap_statustostr(got));
    }
    if (!nano || pcap_get_tstamp_precision(s->pcap) != PCAP_TSTAMP_PRECISION_NANO)
        return cli_fail(TRACE_COMMAND, "-i %s: it has no times in nanoseconds", s->name);
    return pcap_setnonblock(s->pcap, 1, err) == 0 ? -1 : cli_fail(TRACE_COMMAND, "-i %s: %s", s->name, err);
}

static tern_ns clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

static int listen_on(struct source *s)
{
    struct pollfd poll_on = {.fd = pcap_get_selectable_fd(s->pcap), .events = POLLIN};
    tern_ns until = s->wish->seconds > 0 ? clock_now() + (tern_ns)s->wish->seconds * TERN_SEC : TERN_NEVER;
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    while (!s->stopped && !interrupted && clock_now() < until) {
        int got = pcap_next_ex(s->pcap, &h, &bytes);
        if (got == PCAP_ERROR) return cli_fail(TRACE_COMMAND, "-i %s: %s", s->name, pcap_geterr(s->pcap));
        if (got == 1) {
            give(s, h, bytes);
        } else {
            fflush(stdout);
            poll(&poll_on, 1, LIVE_TURN_MS);
        }
    }
    struct pcap_stat st;
    if (pcap_stats(s->pcap, &st) == 0 && st.ps_drop > 0)
        fprintf(stderr, _("tern trace: the kernel had no room for %u packets\n"), st.ps_drop);
    return -1;
}

int trace_read_live(const struct trace_wish *w, const struct trace_sink *sink)
{
    struct source s = {.name = w->interface, .wish = w, .sink = sink};
    struct sigaction stop = {.sa_handler = interrupt}, before_int, before_term;
    int status = activate(&s);
    if (status < 0) status = prepare(&s);
    if (status < 0) {
        sigaction(SIGINT, &stop, &before_int);
        sigaction(SIGTERM, &stop, &before_term);
        status = listen_on(&s);
        sigaction(SIGINT, &before_int, NULL);
        sigaction(SIGTERM, &before_term, NULL);
    }
    finish(&s);
    return status;
}
