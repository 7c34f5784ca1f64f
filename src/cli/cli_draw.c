#include "cli_draw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "page.h"
#include "words.h"

char *draw_states(void)
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

int draw_page(const char *command, const char *path, json_t *const *story, size_t n, uint64_t limit)
{
    FILE *file = fopen(path, "w");
    if (!file) return cli_fail(command, "cannot write %s: %s", path, strerror(errno));
    char *states = draw_states();
    struct page_config config = {.story = story, .story_n = n, .diagram = states, .limit = limit};
    int err = page_write(&(struct tern_out){tern_put_file, file}, &config);
    free(states);
    if (fclose(file) == 0 && err == 0) return CLI_DONE;
    return cli_fail(command, "cannot write %s: %s", path, err == TERN_ERR_NOMEM ? _("no memory") : strerror(errno));
}
