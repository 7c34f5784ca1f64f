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
    READ_AHEAD = 1 << 18,
    LIVE_SNAP = 262144,
    LIVE_BUFFER = 1 << 25,
    LIVE_TURN_MS = 100
};

struct source {
    pcap_t *pcap;
    const char *name;
    const struct trace_wish *wish;
    struct trace_sink *sink;
    struct bpf_program filter;
    bool filtered, stopped;
    uint64_t n, size; /* packets so far; bytes of the file, 0: not known */
    bool progress;
};

static tern_ns time_of(const struct pcap_pkthdr *h)
{
    return h->ts.tv_sec < 0 || h->ts.tv_usec < 0 ? 0 : (tern_ns)h->ts.tv_sec * TERN_SEC + (tern_ns)h->ts.tv_usec;
}

static bool has_enough(const struct source *s) { return s->wish->count > 0 && s->sink->taken >= (uint64_t)s->wish->count; }

static void give(struct source *s, const struct pcap_pkthdr *h, const uint8_t *bytes)
{
    s->n++;
    struct trace_packet p = {.at = time_of(h), .bytes = bytes, .len = h->caplen, .wire_len = h->len};
    p.skip = s->filtered && !pcap_offline_filter(&s->filter, h, bytes);
    if (!s->sink->packet(s->sink->ctx, &p)) s->stopped = true;
    if (!p.skip) s->sink->taken++;
    if (has_enough(s)) s->stopped = true;
}

/* Of an interface the kernel leaves out what does not match; of a file all packets are numbered. -1: go on. */
static int prepare(struct source *s)
{
    const char *command = s->wish->command, *filter = s->wish->filter;
    if (filter) {
        if (pcap_compile(s->pcap, &s->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
            return cli_usage(command, "--filter '%s': %s", filter, pcap_geterr(s->pcap));
        s->filtered = true;
        if (s->wish->interface && pcap_setfilter(s->pcap, &s->filter) != 0)
            return cli_fail(command, "--filter '%s': %s", filter, pcap_geterr(s->pcap));
    }
    return s->sink->link(s->sink->ctx, s->name, pcap_datalink(s->pcap));
}

/* What is there is shown before the complaint. */
static void show_rest(const struct source *s)
{
    if (s->sink->broken) s->sink->broken(s->sink->ctx);
}

static void finish(struct source *s)
{
    if (s->filtered) pcap_freecode(&s->filter);
    if (s->pcap) pcap_close(s->pcap);
}

/* ---- Ctrl-C: what was read until then is shown ---- */

static volatile sig_atomic_t interrupted;
static struct sigaction before_int, before_term;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Before a source is told of: who hears of it may send the signal at once. The second signal ends the program. */
static void catch_interrupts(void)
{
    const struct sigaction stop = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &stop, &before_int);
    sigaction(SIGTERM, &stop, &before_term);
}

static void release_interrupts(void)
{
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
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
    const char *command = s->wish->command;
    unsigned long long n = s->n;
    off_t at = ftello(pcap_file(s->pcap));
    show_rest(s);
    if (interrupted) return cli_fail(command, "%s: interrupted behind packet %llu", s->name, n);
    const char *why = pcap_geterr(s->pcap);
    if (at < 0) return cli_fail(command, "%s: cannot be read on behind packet %llu: %s", s->name, n, why);
    return cli_fail(command, "%s: cannot be read on behind packet %llu, near byte %lld: %s", s->name, n, (long long)at, why);
}

/* By the first byte, which stays in place: is it worth being given to libpcap? -1: it is. */
static int check_kind(const struct source *s, FILE *f)
{
    enum { GZIP = 0x1f, ZSTD = 0x28, XZ = 0xfd, BZIP2 = 'B' };
    const char *command = s->wish->command;
    int first = getc(f);
    if (first == EOF && ferror(f)) return cli_fail(command, "cannot read %s: %s", s->name, strerror(errno));
    if (first == EOF) return cli_fail(command, "%s is empty: not even the head of a capture is there", s->name);
    if (first == GZIP || first == ZSTD || first == XZ || first == BZIP2)
        return cli_fail(command, "%s seems to be compressed: unpack it first, or through a pipe into 'tern %s -'", s->name,
                        command);
    ungetc(first, f);
    return -1;
}

static int open_file(struct source *s, const char *path)
{
    char err[PCAP_ERRBUF_SIZE] = "";
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!f) return cli_fail(s->wish->command, "cannot read %s: %s", s->name, strerror(errno));
    static char ahead[READ_AHEAD]; /* of the one file that is open */
    setvbuf(f, ahead, _IOFBF, sizeof ahead);
    int status = check_kind(s, f);
    if (status < 0) s->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, err);
    if (status < 0 && !s->pcap) status = cli_fail(s->wish->command, "%s is neither pcap nor pcapng: %s", s->name, err);
    if (!s->pcap && f != stdin) fclose(f);
    return status;
}

/* Through a pipe packets may come as they are captured: what they told goes out before the next one is waited for. */
static void flush_while_waiting(const struct source *s)
{
    struct pollfd from = {.fd = fileno(pcap_file(s->pcap)), .events = POLLIN};
    if (s->size == 0 && poll(&from, 1, 0) == 0) fflush(stdout);
}

static int read_on(struct source *s)
{
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    int got = 1;
    want_progress(s);
    while (!s->stopped && !interrupted && (got = pcap_next_ex(s->pcap, &h, &bytes)) == 1) {
        give(s, h, bytes);
        show_progress(s);
        flush_while_waiting(s);
    }
    clear_progress(s);
    return got == PCAP_ERROR || interrupted ? broken(s) : -1;
}

int trace_read_file(const struct trace_wish *w, const char *path, struct trace_sink *sink)
{
    struct source s = {.name = strcmp(path, "-") == 0 ? _("the standard input") : path, .wish = w, .sink = sink};
    if (has_enough(&s)) return -1;
    catch_interrupts();
    int status = open_file(&s, path);
    if (status < 0) status = prepare(&s);
    if (status < 0) status = read_on(&s);
    release_interrupts();
    finish(&s);
    return status;
}

/* ---- live ---- */

static int activate(struct source *s)
{
    char err[PCAP_ERRBUF_SIZE] = "";
    s->pcap = pcap_create(s->name, err);
    if (!s->pcap) return cli_fail(s->wish->command, "-i %s: %s", s->name, err);
    pcap_set_snaplen(s->pcap, LIVE_SNAP);
    pcap_set_immediate_mode(s->pcap, 1);
    pcap_set_buffer_size(s->pcap, LIVE_BUFFER);
    bool nano = pcap_set_tstamp_precision(s->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int got = pcap_activate(s->pcap);
    if (got < 0) {
        const char *why = pcap_geterr(s->pcap);
        return cli_fail(s->wish->command, "-i %s: %s", s->name, *why ? why : pcap_statustostr(got));
    }
    if (!nano || pcap_get_tstamp_precision(s->pcap) != PCAP_TSTAMP_PRECISION_NANO)
        return cli_fail(s->wish->command, "-i %s: it has no times in nanoseconds", s->name);
    return pcap_setnonblock(s->pcap, 1, err) == 0 ? -1 : cli_fail(s->wish->command, "-i %s: %s", s->name, err);
}

static tern_ns clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec;
}

/* What came before the end, by the packets' own clock, and was not read yet. */
static void read_left(struct source *s)
{
    struct timespec now;
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    clock_gettime(CLOCK_REALTIME, &now);
    tern_ns end = (tern_ns)now.tv_sec * TERN_SEC + (tern_ns)now.tv_nsec;
    while (!s->stopped && pcap_next_ex(s->pcap, &h, &bytes) == 1 && time_of(h) <= end) give(s, h, bytes);
}

static int listen_on(struct source *s)
{
    struct pollfd poll_on = {.fd = pcap_get_selectable_fd(s->pcap), .events = POLLIN};
    tern_ns until = s->wish->seconds > 0 ? clock_now() + (tern_ns)s->wish->seconds * TERN_SEC : TERN_NEVER;
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    while (!s->stopped && !interrupted && clock_now() < until) {
        int got = pcap_next_ex(s->pcap, &h, &bytes);
        if (got == PCAP_ERROR) {
            show_rest(s);
            return cli_fail(s->wish->command, "-i %s: %s", s->name, pcap_geterr(s->pcap));
        }
        if (got == 1) {
            give(s, h, bytes);
        } else {
            fflush(stdout);
            poll(&poll_on, 1, LIVE_TURN_MS);
        }
    }
    read_left(s);
    struct pcap_stat st;
    if (pcap_stats(s->pcap, &st) == 0 && st.ps_drop > 0)
        fprintf(stderr, _("tern %s: the kernel had no room for %u packets\n"), s->wish->command, st.ps_drop);
    return -1;
}

int trace_read_live(const struct trace_wish *w, struct trace_sink *sink)
{
    struct source s = {.name = w->interface, .wish = w, .sink = sink};
    catch_interrupts();
    int status = activate(&s);
    if (status < 0) status = prepare(&s);
    if (status < 0) status = options_jail(w->options, &(struct jail){.who = JAIL_TRACE, .files = -1, .socket_dir = -1});
    if (status < 0) status = listen_on(&s);
    release_interrupts();
    finish(&s);
    return status;
}
