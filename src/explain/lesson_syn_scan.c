/* The lesson `syn-scan`: what a scanner learns from a SYN, and when. */
#include "lesson_seen.h"
#include "tcp.h"
#include "words.h"

enum { OPEN = 80, CLOSED = 81, FROM = 50000, SEQ = 100 };

static const struct story_row *first_of(const struct story *s, enum story_side side, uint16_t flags)
{
    const struct story_row *row = story_find(s, 0, side, flags);
    return row && !row->forged ? row : NULL;
}

static const struct story *probe(struct lesson_run *r, struct sim *s, uint16_t port, const char *title)
{
    sim_forge(s, &(struct sim_forged){.from = STORY_A,
                                      .from_port = FROM,
                                      .to_port = port,
                                      .seq = SEQ,
                                      .flags = TH_SYN,
                                      .wnd = 1024,
                                      .delay = lesson_options(r)->rtt / 2});
    sim_run_for(s, 4 * lesson_options(r)->rtt + 2 * TERN_SEC);
    return lesson_ladder(r, s, title);
}

static double round_trip(const struct story *s, const struct story_row *row)
{
    return row && s->row_n ? (double)(row->arrived - story_find(s, 0, STORY_A, TH_SYN)->at) / (double)TERN_MS : 0;
}

static int loud(struct lesson_run *r)
{
    struct tern_listener_info info;
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, OPEN, 0);
    const struct story *story = probe(r, s, OPEN, _("An open port"));
    const struct story_row *synack = first_of(story, STORY_B, TH_SYN | TH_ACK), *rst = first_of(story, STORY_A, TH_RST);
    double rtt = (double)lesson_options(r)->rtt / (double)TERN_MS;
    lesson_check(r, "open", synack && round_trip(story, synack) == rtt,
                 _("SYN,ACK after %g ms, one round trip: something listens."), round_trip(story, synack));
    lesson_check(r, "own-stack-resets", rst && synack && rst->seg.seq == synack->seg.ack,
                 _("The scanner's own stack knows of no SYN and answers with a RST at %u: nobody has to clean up."),
                 rst ? rst->seg.seq : 0);
    tern_listener_info(l, &info);
    lesson_check(r, "nothing-to-accept", info.half_n == 0 && info.accepted_n == 0 && !tern_listener_accept(l),
                 _("The half-open connection is gone, accept returned nothing: the application's log is empty. Hence the name "
                   "stealth scan."));
    lesson_check(r, "noted", seen_note(story, STORY_B, TERN_RULE_SCAN_SYN) == 1,
                 _("The TCP below has noted it, though: an event says that a SYN scan came, and what it knows now."));
    story = probe(r, s, CLOSED, _("A closed port"));
    const struct story_row *no = first_of(story, STORY_B, TH_RST);
    lesson_check(r, "closed", no && no->seg.ack == SEQ + 1 && round_trip(story, no) == rtt,
                 _("RST,ACK after %g ms: nothing listens, but the host is up, which the scanner has learnt, too."),
                 round_trip(story, no));
    sim_free(s);
    return 0;
}

static int silent(struct lesson_run *r)
{
    struct sim_config cfg;
    lesson_sim_config(&cfg);
    cfg.settings[STORY_B].silent = 1;
    struct sim *s = lesson_sim(r, &cfg);
    if (!s) return lesson_failed(r);
    const struct story *story = probe(r, s, CLOSED, _("A silent port"));
    lesson_check(r, "silent", !story_find(story, 0, STORY_B, 0),
                 _("No answer: dropped here, by a firewall, or lost on the way? The scanner must wait for its own timeout and "
                   "try again."));
    sim_free(s);
    return 0;
}

/* The same question asked by a whole connection. */
static int connected(struct lesson_run *r)
{
    struct sim *s = lesson_sim(r, NULL);
    if (!s) return lesson_failed(r);
    struct tern_listener *l = sim_listen(s, STORY_B, OPEN, 0);
    struct tern_conn *a = sim_connect(s, STORY_A, FROM, OPEN);
    sim_run_for(s, 4 * lesson_options(r)->rtt);
    if (a) sim_abort(s, a);
    sim_run_for(s, TERN_SEC);
    lesson_ladder(r, s, _("For comparison: a whole connection"));
    struct tern_conn *b = tern_listener_accept(l);
    lesson_check(r, "connect-is-seen", b && tern_conn_error(b) == TERN_ERR_RESET,
                 _("A scan by connect learns the same, but accept returns a connection: the application sees it, and its end."));
    sim_free(s);
    return 0;
}

static int run(struct lesson_run *r)
{
    lesson_say(
        r,
        _("A scanner writes SYN packets by itself, past its own TCP, and looks at what comes back. One packet asks, the kind of "
          "answer tells the state of the port, and no connection is ever made."));
    int err = loud(r);
    if (!err) err = silent(r);
    if (!err) err = connected(r);
    if (err) return err;
    lesson_wrong(
        r, _("\"A port that answers a SYN is insecure.\" It is in service. Whether the service is safe, TCP does not know."));
    return 0;
}

const struct lesson lesson_syn_scan_ = {
    .name = "syn-scan",
    .title = N_("The SYN scan: what one packet tells"),
    .summary = N_("Open, closed, silent: what a scanner learns from a SYN, and when."),
    .heeds = LESSON_ISN | LESSON_RTT | LESSON_SEED | LESSON_V6,
    .run = run,
    .question = N_("Is a scan over a path of 300 ms slower for open ports than for closed ones?"),
    .answer = "tern explain syn-scan --rtt 300ms",
};
