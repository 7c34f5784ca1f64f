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

static int write_page(const char *command, const char *path, const struct page_config *config)
{
    FILE *file = fopen(path, "w");
    if (!file) return cli_fail(command, "cannot write %s: %s", path, strerror(errno));
    int err = page_write(&(struct tern_out){tern_put_file, file}, config);
    if (fclose(file) == 0 && err == 0) return CLI_DONE;
    return cli_fail(command, "cannot write %s: %s", path, err == TERN_ERR_NOMEM ? _("no memory") : strerror(errno));
}

int draw_page(const char *command, const char *path, json_t *stories[static DRAW_LANGUAGE_N], uint64_t limit)
{
    char *states[DRAW_LANGUAGE_N];
    draw_states(states);
    struct page_config config = {.stories = stories[DRAW_ENGLISH],
                                 .chinese = stories[DRAW_CHINESE],
                                 .diagram = states[DRAW_ENGLISH],
                                 .chinese_diagram = states[DRAW_CHINESE],
                                 .limit = limit};
    int status = config.stories && config.chinese ? write_page(command, path, &config) : cli_fail(command, "no memory");
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) free(states[i]);
    for (size_t i = 0; i < DRAW_LANGUAGE_N; i++) json_decref(stories[i]);
    return status;
}
