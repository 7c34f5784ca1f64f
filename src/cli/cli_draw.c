#include "cli_draw.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "page.h"
#include "words.h"

const char *const draw_languages[DRAW_LANGUAGE_N] = {[DRAW_ENGLISH] = "en", [DRAW_CHINESE] = "zh_CN"};

static char *states_svg(void)
{
    char *svg = NULL;
    size_t len;
    FILE *out = open_memstream(&svg, &len);
    if (!out) return NULL;
    int err = diagram_write("states", DIAGRAM_SVG, &(struct diagram_style){0}, &(struct tern_out){tern_put_file, out});
    if (fclose(out) == 0 && err == 0) return svg;
    free(svg);
    return NULL;
}

void draw_states(char *svg[static DRAW_LANGUAGE_N])
{
    const char *reader = words_language();
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) {
        words_choose(draw_languages[i]);
        svg[i] = states_svg();
    }
    words_choose(reader);
}

json_t *draw_stories(const struct story *story, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++) {
        if (json_array_append_new(list, story_json(&story[i])) == 0) continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

int draw_begin(struct draw_target *t)
{
    t->file = fopen(t->path, "w");
    if (!t->file) return cli_fail(t->command, "cannot write %s: %s", t->path, strerror(errno));
    draw_states(t->states);
    return -1;
}

static int write_page(const struct draw_target *t, const struct page_config *config)
{
    int err = page_write(&(struct tern_out){tern_put_file, t->file}, config);
    if (fclose(t->file) == 0 && err == 0) return CLI_DONE;
    return cli_fail(t->command, "cannot write %s: %s", t->path, err == TERN_ERR_NOMEM ? _("no memory") : strerror(errno));
}

int draw_end(struct draw_target *t, json_t *stories[static DRAW_LANGUAGE_N], uint64_t limit)
{
    int status = t->file ? -1 : draw_begin(t);
    struct page_config config = {.stories = stories[DRAW_ENGLISH],
                                 .chinese = stories[DRAW_CHINESE],
                                 .diagram = t->states[DRAW_ENGLISH],
                                 .chinese_diagram = t->states[DRAW_CHINESE],
                                 .limit = limit};
    if (status < 0) status = config.stories && config.chinese ? write_page(t, &config) : cli_fail(t->command, "no memory");
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) free(t->states[i]);
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) json_decref(stories[i]);
    return status;
}
