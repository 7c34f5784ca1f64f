/* The lesson `fin-scan`: segments that begin no connection, against open, closed and silent ports. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { OPEN = 80, CLOSED = 81, FROM = 50000, SEQ = 100, ACKED = 7777 };

enum port { PORT_OPEN, PORT_CLOSED, PORT_SILENT, PORT_N };

static const struct scan {
    const char *name;
    uint16_t flags;
    uint16_t open, closed; /* the answers: flags; 0: none */
} scans[] = {
    {"SYN", TH_SYN, TH_SYN | TH_ACK, TH_RST | TH_ACK},
    {"FIN", TH_FIN, 0, TH_RST | TH_ACK},
    {"NULL", 0, 0, TH_RST | TH_ACK},
    {"XMAS", TH_FIN | TH_PSH | TH_URG, 0, TH_RST | TH_ACK},
    {"SYNFIN", TH_SYN | TH_FIN, 0, TH_RST | TH_ACK},
    {"ACK", TH_ACK, TH_RST, TH_RST},
};
enum { SCAN_N = sizeof scans / sizeof scans[0], BEGIN_NOTHING_N = SCAN_N - 2 };

/* What came of it all. */
struct found {
    uint16_t got[SCAN_N][PORT_N], why;
    uint32_t noted[PORT_N];
};

static const char *flags_name(uint16_t flags)
{
    if (flags == (TH_SYN | TH_ACK)) return "SYN,ACK";
    if (flags == (TH_RST | TH_ACK)) return "RST,ACK";
    return flags == TH_RST ? "RST" : "-";
}

/* What B answers to the |i|th scan of |port|; |*drop| is why it did not. */
static uint16_t ask(struct sim *s, unsigned i, enum port port, uint16_t *drop)
{
    size_t at = sim_story(s)->row_n;
    uint16_t from = (uint16_t)(FROM + i * PORT_N + port);
    sim_forge(s, &(struct sim_forged){.from = STORY_A,
                                      .from_port = from,
                                      .to_port = port == PORT_OPEN ? OPEN : CLOSED,
                                      .seq = SEQ,
                                      .ack = scans[i].flags & TH_ACK ? ACKED : 0,
                                      .flags = scans[i].flags,
                                      .wnd = 1024});
    sim_run_for(s, TERN_SEC);
    const struct story *story = sim_story(s);
    *drop = at < story->row_n ? story->row[at].drop : (uint16_t)TERN_DROP_NONE;
    const struct story_row *answer = story_find(story, at, STORY_B, 0);
    return answer ? answer->seg.flags : 0;
}

static void verdicts(struct lesson_run *r, const struct found *f)
{
    bool quiet = true, same = true, silent = true, all = true;
    lesson_line(r, "%s", _("       open       closed     silent"));
    for (unsigned i = 0; i < SCAN_N; i++) {
        lesson_line(r, "%-6s %-10s %-10s %-10s", scans[i].name, flags_name(f->got[i][PORT_OPEN]),
                    flags_name(f->got[i][PORT_CLOSED]), flags_name(f->got[i][PORT_SILENT]));
        all &= f->got[i][PORT_OPEN] == scans[i].open && f->got[i][PORT_CLOSED] == scans[i].closed;
        silent &= f->got[i][PORT_SILENT] == 0;
        if (scans[i].open == 0) quiet &= f->got[i][PORT_OPEN] == 0 && f->got[i][PORT_CLOSED] != 0;
        if (scans[i].flags == TH_ACK) same = f->got[i][PORT_OPEN] == f->got[i][PORT_CLOSED];
    }
    lesson_check(r, "table", all,
                 _("Each answer is what RFC 9293, 3.10.7.1 and 3.10.7.2, say for a closed and for a listening port."));
    lesson_check(
        r, "silence-means-open", quiet && f->why == TERN_DROP_LISTEN_NO_SYN,
        _("FIN, NULL and XMAS: an open port drops them, having nothing to do for a segment without SYN, ACK or RST; a closed one "
          "sends a RST. So silence means open."));
    lesson_check(r, "ack-tells-nothing", same,
                 _("ACK: a RST from both. It does not find open ports; it finds out what a firewall lets through."));
    lesson_check(
        r, "noted",
        f->noted[PORT_OPEN] == BEGIN_NOTHING_N && f->noted[PORT_CLOSED] == BEGIN_NOTHING_N &&
            f->noted[PORT_SILENT] == BEGIN_NOTHING_N,
        _("FIN, NULL, XMAS and SYN with FIN are nobody else's: each is an event at who was asked, with what it found out. "
          "%u found an open port, %u a closed one, %u nothing."),
        f->noted[PORT_OPEN], f->noted[PORT_CLOSED], f->noted[PORT_SILENT]);
    lesson_check(
        r, "silent-hides", silent,
        _("A port behind a filter that drops says nothing at all: to FIN, NULL and XMAS it looks the same as an open one."));
}

static int ask_all(struct lesson_run *r, bool silent, struct found *f)
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].silent = silent;
    struct sim *s = lesson_sim(r, &cfg);
    if (!s) return lesson_failed(r);
    if (!silent) sim_listen(s, STORY_B, OPEN, 0);
    for (unsigned i = 0; i < SCAN_N; i++) {
        uint16_t drop;
        if (silent) {
            f->got[i][PORT_SILENT] = ask(s, i, PORT_SILENT, &drop);
            continue;
        }
        f->got[i][PORT_OPEN] = ask(s, i, PORT_OPEN, &drop);
        if (scans[i].flags == TH_FIN) f->why = drop;
        f->got[i][PORT_CLOSED] = ask(s, i, PORT_CLOSED, &drop);
    }
    const struct story *story = lesson_ladder(r, s, silent ? _("The silent host") : _("The open and the closed port"));
    if (silent) {
        f->noted[PORT_SILENT] = seen_note(story, STORY_B, TERN_RULE_SCAN_SILENT);
    } else {
        f->noted[PORT_OPEN] = seen_note(story, STORY_B, TERN_RULE_SCAN_OPEN);
        f->noted[PORT_CLOSED] = seen_note(story, STORY_B, TERN_RULE_SCAN_CLOSED);
    }
    sim_free(s);
    return 0;
}

static int run(struct lesson_run *r)
{
    struct found f = {.why = TERN_DROP_NONE};
    lesson_say(r, _("Filters that stop SYNs from outside often let other segments pass. RFC 9293 says what a port without a "
                    "connection does with "
                    "each of them, and the difference gives the open ones away. XMAS has FIN, PSH and URG lit like a tree; NULL "
                    "has nothing."));
    int err = ask_all(r, false, &f);
    if (!err) err = ask_all(r, true, &f);
    if (err) return err;
    verdicts(r, &f);
    lesson_wrong(
        r, _("\"A FIN scan always works.\" Stacks that answer every one of them with a RST, against the RFC, look all closed."));
    return 0;
}

const struct lesson lesson_fin_scan_ = {
    .name = "fin-scan",
    .title = N_("FIN, NULL, XMAS and ACK scans"),
    .summary = N_("Segments that begin no connection, sent to open, closed and silent ports."),
    .heeds = LESSON_RTT | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("Are the answers the same over IPv6?"),
    .answer = "tern explain fin-scan --ipv6",
};
