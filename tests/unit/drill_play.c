#include "drill_play.h"

#include <string.h>

struct run_config play_cfg;
struct run_result play_res;

int play_start(void **state)
{
    (void)state;
    play_cfg = (struct run_config){0};
    return 0;
}

int play_stop(void **state)
{
    (void)state;
    run_result_free(&play_res);
    return 0;
}

void play(const char *text)
{
    struct script *s = NULL;
    struct script_error err;
    run_result_free(&play_res);
    if (script_parse("test.pkt", text, strlen(text), NULL, 0, &s, &err) < 0) fail_msg("%s", err.message);
    run_script(s, &play_cfg, &play_res);
    script_free(s);
}

void play_passes(const char *text)
{
    const struct run_result *res = &play_res;
    play(text);
    if (res->verdict != RUN_PASSED)
        fail_msg("line %u: %s\n%s\n%s", res->at.line, res->message, res->expected ? res->expected : "",
                 res->actual ? res->actual : "");
}

static void ends(const char *text, enum run_verdict verdict, unsigned line, const char *part)
{
    play(text);
    if (play_res.verdict != verdict || play_res.at.line != line || !strstr(play_res.message, part))
        fail_msg("%s\nverdict %d, line %u: %s", text, play_res.verdict, play_res.at.line,
                 play_res.message ? play_res.message : "");
}

void play_fails(const char *text, unsigned line, const char *part) { ends(text, RUN_FAILED, line, part); }
void play_breaks(const char *text, unsigned line, const char *part) { ends(text, RUN_BROKEN, line, part); }
