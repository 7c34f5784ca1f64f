#include "ladders.h"

#include <stdlib.h>
#include <string.h>

#include "story_show.h"
#include "tcp.h"
#include "words.h"

enum { PORT = 40000, SERVER_PORT = 80, CLOSED_PORT = 81 };

#define SOON (200 * TERN_MS)
#define END  (600 * TERN_SEC) /* far behind all timers of these runs */

/* An established connection, whose making is not part of the picture. */
static bool begin(struct sim *s, struct tern_conn **a, struct tern_conn **b)
{
    if (!sim_establish(s, a, b)) return false;
    struct story before = sim_take_story(s);
    story_free(&before);
    return true;
}

static bool finish(struct sim *s)
{
    sim_run_quiet(s, END);
    return true;
}

bool ladder_handshake(struct sim *s)
{
    struct tern_conn *a, *b;
    return sim_establish(s, &a, &b);
}

/* A closes first, B answers with its own close when it has read the end. */
bool ladder_close(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!begin(s, &a, &b)) return false;
    sim_close(s, a);
    sim_run_for(s, SOON);
    sim_close(s, b);
    return finish(s);
}

bool ladder_half_close(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!begin(s, &a, &b)) return false;
    sim_close(s, a);
    sim_run_for(s, SOON);
    sim_send_text(s, b, "the answer");
    sim_run_for(s, SOON);
    sim_read(s, a);
    sim_close(s, b);
    return finish(s);
}

bool ladder_simultaneous_open(struct sim *s)
{
    if (!sim_connect(s, STORY_A, PORT, SERVER_PORT) || !sim_connect(s, STORY_B, SERVER_PORT, PORT)) return false;
    sim_run_for(s, TERN_SEC);
    return true;
}

bool ladder_simultaneous_close(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!begin(s, &a, &b)) return false;
    sim_close(s, a);
    sim_close(s, b);
    return finish(s);
}

/* The FIN that acknowledges the FIN comes alone, because the acknowledgment before it was lost. */
bool ladder_direct_close(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!begin(s, &a, &b)) return false;
    sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_B, .nth = 1});
    sim_close(s, a);
    sim_run_for(s, 30 * TERN_MS); /* the FIN is there */
    sim_close(s, b);
    return finish(s);
}

bool ladder_lost_last_ack(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!begin(s, &a, &b)) return false;
    sim_close(s, a);
    sim_run_for(s, SOON);
    sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 1});
    sim_close(s, b);
    return finish(s);
}

/* RFC 9293 figure 8: an old SYN overtakes the new one. */
bool ladder_stale_syn(struct sim *s)
{
    if (!sim_listen(s, STORY_B, SERVER_PORT, 0) || !sim_connect(s, STORY_A, PORT, SERVER_PORT)) return false;
    sim_fault(s, &(struct sim_fault){.kind = SIM_DELAY, .from = STORY_A, .nth = 1, .flags = TH_SYN, .extra = SOON});
    sim_forge(s, &(struct sim_forged){.from = STORY_A,
                                      .from_port = PORT,
                                      .to_port = SERVER_PORT,
                                      .seq = 90,
                                      .flags = TH_SYN,
                                      .wnd = 64240,
                                      .delay = 5 * TERN_MS});
    sim_run_for(s, TERN_SEC);
    return true;
}

/* A SYN to a port where nobody listens; then a connection that is aborted. */
bool ladder_rst(struct sim *s)
{
    struct tern_conn *a, *b;
    if (!sim_connect(s, STORY_A, PORT + 1, CLOSED_PORT)) return false;
    sim_run_for(s, SOON);
    if (!sim_establish(s, &a, &b)) return false;
    sim_abort(s, a);
    return finish(s);
}

bool ladder_story(ladder_run *run, struct story *out)
{
    struct sim_config cfg;
    sim_config_default(&cfg);
    cfg.isn[STORY_A] = 100, cfg.isn[STORY_B] = 300; /* as in the figures of RFC 9293 */
    struct sim *s = sim_new(&cfg);
    if (!s) return false;
    bool ok = run(s);
    *out = sim_take_story(s);
    sim_free(s);
    if (ok && !out->out_of_memory) return true;
    story_free(out);
    return false;
}

typedef int show(const struct tern_out *out, const struct story_style *style, const struct story *s);

static int ladder_as(show *how, FILE *out, const struct diagram_style *style, ladder_run *run, const char *title)
{
    struct story story;
    if (!ladder_story(run, &story)) return TERN_ERR_NOMEM;
    if (title) {
        free(story.title);
        story.title = strdup(title);
    }
    const struct story_style look = {.width = style->width,
                                     .colour = style->colour,
                                     .dark = style->dark,
                                     .fold = UINT32_MAX,
                                     .detail = TERN_LADDER_BRIEF,
                                     .numbers = STORY_ABSOLUTE};
    const struct tern_out to = {.put = tern_put_file, .ctx = out};
    int r = how(&to, &look, &story);
    story_free(&story);
    return r;
}

int ladder_as_text(FILE *out, const struct diagram_style *style, ladder_run *run)
{
    return ladder_as(story_text_all, out, style, run, NULL);
}

int ladder_as_svg(FILE *out, const struct diagram_style *style, ladder_run *run, const char *title)
{
    return ladder_as(story_svg, out, style, run, title);
}
