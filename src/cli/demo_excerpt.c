/* A bulk transfer's ladder is long in the middle: its first and its last lines are printed. */
#include "cli_demo.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static void add_line(struct excerpt *x, const char *line, size_t len)
{
    if (x->n++ < EXCERPT_FIRST) {
        fwrite(line, 1, len, stdout);
        return;
    }
    char **place = &x->last[x->n % EXCERPT_LAST];
    free(*place);
    *place = strndup(line, len);
}

int excerpt_put(void *excerpt, const char *text, size_t len)
{
    struct excerpt *x = excerpt;
    for (size_t i = 0; i < len; i++) {
        if (x->line_len < sizeof x->line) x->line[x->line_len++] = text[i];
        if (text[i] != '\n') continue;
        add_line(x, x->line, x->line_len);
        x->line_len = 0;
    }
    return 0;
}

void excerpt_end(struct excerpt *x, const char *where)
{
    if (x->n > EXCERPT_FIRST + EXCERPT_LAST) {
        printf(_("\n    ... %zu lines are left out here; %s has every packet with its reason ...\n\n"),
               x->n - EXCERPT_FIRST - EXCERPT_LAST, where);
    }
    for (size_t i = 1; i <= EXCERPT_LAST; i++) {
        char **place = &x->last[(x->n + i) % EXCERPT_LAST];
        if (*place) fputs(*place, stdout);
        free(*place);
        *place = NULL;
    }
    *x = (struct excerpt){0};
}
