#include "plot.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "words.h"

enum { LINES_MAX = 12, PANEL_HEIGHT = 210, WIDTH = 900 };

struct panel {
    const char *title;
    bool lane;
    int column;
    const char *scale; /* what a value is divided by */
};

static const struct panel panels[] = {
    {N_("congestion window (KiB)"), false, 2, "1024.0"}, {N_("sending rate (Mbit/s)"), false, 3, "1e6"},
    {N_("round-trip time (ms)"), false, 4, "1e6"},       {N_("queueing delay (ms)"), true, 2, "1e6"},
    {N_("in flight (KiB)"), false, 5, "1024.0"},
};
enum { PANEL_N = sizeof panels / sizeof panels[0] };

/* In gnuplot's single quotation marks; its enhanced text is off. */
static void quoted(FILE *out, const char *text)
{
    putc('\'', out);
    for (; *text; text++) {
        if (*text == '\'') putc('\'', out);
        putc(*text, out);
    }
    putc('\'', out);
}

static bool drawn(const struct trial_line *l)
{
    if (!l->lane) return l->n > 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->point[i].queue_delay) return true;
    return false;
}

static void data(FILE *out, const struct trial_line *l, size_t i)
{
    fprintf(out, "$line%zu << EOD\n", i);
    for (size_t k = 0; k < l->n; k++) {
        const struct trial_point *p = &l->point[k];
        fprintf(out, "%" PRIu64 ".%09" PRIu64 " ", p->at / TERN_SEC, p->at % TERN_SEC);
        if (l->lane)
            fprintf(out, "%" PRIu64 " %" PRIu64 "\n", p->queue_delay, p->queue_bytes);
        else if (p->open)
            fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", p->cwnd, p->rate, p->rtt, p->in_flight);
        else
            fputs("NaN NaN NaN NaN\n", out);
    }
    fputs("EOD\n", out);
}

/* The legend ends with those that have no place in it. */
static void name_rest(FILE *out, size_t n)
{
    char text[80];
    snprintf(text, sizeof text, _("and %zu more"), n);
    fputs(", NaN with lines lc rgb 'white' title ", out);
    quoted(out, text);
}

static void draw_panel(FILE *out, const struct trial_plot *p, const struct panel *panel)
{
    size_t n = 0;
    fputs("set title ", out);
    quoted(out, words(panel->title));
    fputs("\nplot [0:*] [0:*] ", out);
    for (size_t i = 0; i < p->n; i++) {
        if (p->line[i].lane != panel->lane || !drawn(&p->line[i]) || n++ >= LINES_MAX) continue;
        fprintf(out, "%s$line%zu using 1:($%d/%s) with lines lw 1.3 lc %zu title ", n > 1 ? ", " : "", i, panel->column,
                panel->scale, n);
        quoted(out, p->line[i].name);
    }
    if (n > LINES_MAX) name_rest(out, n - LINES_MAX);
    fputs(n ? "\n" : "NaN notitle\n", out);
}

static void script(FILE *out, const struct trial_plot *p, const struct scenario *s, const char *file)
{
    fprintf(out, "set terminal svg size %d,%d dynamic noenhanced background rgb 'white' font 'sans-serif,12'\nset output ", WIDTH,
            PANEL_N * PANEL_HEIGHT + 60);
    quoted(out, file);
    fputs("\nset encoding utf8\nset samples 2\nset grid lc rgb '#dddddd'\nset key outside right top\nset border 3\nset tics "
          "nomirror\n"
          "set linetype 1 lc rgb '#0060ad'\nset linetype 2 lc rgb '#dd181f'\n",
          out);
    for (size_t i = 0; i < p->n; i++)
        if (drawn(&p->line[i])) data(out, &p->line[i], i);
    fprintf(out, "set xrange [0:%" PRIu64 "]\nset multiplot layout %d,1 margins 0.08,0.82,0.05,0.93 spacing 0,0.06 title ",
            p->duration / TERN_SEC, PANEL_N);
    quoted(out, s->title);
    fputs(" font 'sans-serif,14'\n", out);
    for (size_t i = 0; i < PANEL_N; i++) {
        if (i + 1 == PANEL_N) {
            fputs("set xlabel ", out);
            quoted(out, _("time (s)"));
            fputc('\n', out);
        }
        draw_panel(out, p, &panels[i]);
    }
    fputs("unset multiplot\nset output\n", out);
}

/* gnuplot with |in| as its standard input. 0, or what errno would be; -1: it failed. */
static int gnuplot(int in)
{
    static char name[] = "gnuplot";
    char *argv[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    int err = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (err) return err;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

bool plot_write(const struct trial_plot *p, const struct scenario *s, const char *directory, const char *name, char *err,
                size_t cap)
{
    char file[4096];
    snprintf(file, sizeof file, "%s/%s.svg", directory, name);
    FILE *f = tmpfile();
    if (!f) {
        snprintf(err, cap, _("--plot: no temporary file: %s"), strerror(errno));
        return false;
    }
    script(f, p, s, file);
    rewind(f);
    int failed = ferror(f) ? -1 : gnuplot(fileno(f));
    fclose(f);
    if (failed == ENOENT)
        snprintf(err, cap, "%s", _("--plot: gnuplot is not installed: 'apt install gnuplot-nox' brings it"));
    else if (failed)
        snprintf(err, cap, _("--plot: gnuplot could not write %s"), file);
    return failed == 0;
}
