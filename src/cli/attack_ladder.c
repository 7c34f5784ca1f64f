/* Against the kernel: what passed, worked out of the packets as `tern trace` does it. */
#include "cli_attack.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "story_show.h"
#include "watch.h"
#include "words.h"

enum { RAW = 101 /* LINKTYPE_RAW */ };

struct ladder {
    struct watch *watch;
    struct story_text *text;
};

static void on_row(void *ctx, const struct story *s, struct story_row *row)
{
    struct ladder *l = ctx;
    (void)story_text_row(l->text, s, row);
}

int pen_ladder_open(struct pen *p)
{
    const struct tern_out out = {tern_put_file, stdout};
    const struct story_style style = {.width = 100, .colour = isatty(STDOUT_FILENO) == 1, .ascii = !show_utf8()};
    if (!p->told) return -1;
    struct ladder *l = p->ladder = calloc(1, sizeof *l);
    if (!l) return cli_fail("attack", "no memory for the ladder");
    const struct watch_config config = {.row = on_row, .ctx = l};
    l->text = story_text_new(&out, &style);
    l->watch = watch_new(&config);
    if (!l->watch || !l->text || !watch_link_type(l->watch, RAW)) return cli_fail("attack", "no memory for the ladder");
    return -1;
}

void pen_ladder_packet(struct pen *p, const uint8_t *packet, size_t len)
{
    struct timespec t;
    if (!p->ladder || p->hushed_at) return;
    clock_gettime(CLOCK_REALTIME, &t);
    watch_packet(p->ladder->watch, (tern_ns)t.tv_sec * TERN_SEC + (tern_ns)t.tv_nsec, packet, (uint32_t)len, (uint32_t)len);
}

void pen_ladder_close(struct pen *p)
{
    struct ladder *l = p->ladder;
    if (!l) return;
    if (l->watch) watch_end(l->watch);
    if (l->text) (void)story_text_end(l->text);
    watch_free(l->watch);
    free(l);
    p->ladder = NULL;
}
