/* tern states: the connections of every running tern of the user, and the kernel's, as ss and netstat print them. */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/errno.h>

#include "cli_states.h"
#include "states_print.h"
#include "states_table.h"
#include "words.h"

enum { INTERVAL_DEFAULT_MS = 500 };

struct wish {
    int kernel, watch, why, prometheus, counters, interval, count;
    char *format, *sort;
    struct states_filter *filter;
    bool json;
};

/* ---- order ---- */

static int by_number(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int by_end(const struct tern_endpoint *a, const struct tern_endpoint *b)
{
    int order = memcmp(a->addr.b, b->addr.b, sizeof a->addr.b);
    return order ? order : by_number(a->port, b->port);
}

static int by_local(const struct states_entry *a, const struct states_entry *b)
{
    int order = by_end(&a->st.local, &b->st.local);
    return order ? order : by_end(&a->st.remote, &b->st.remote);
}

static int by_remote(const struct states_entry *a, const struct states_entry *b)
{
    int order = by_end(&a->st.remote, &b->st.remote);
    return order ? order : by_end(&a->st.local, &b->st.local);
}

static int by_state(const struct states_entry *a, const struct states_entry *b)
{
    int order = by_number(a->st.state, b->st.state);
    return order ? order : by_local(a, b);
}

/* The fullest queue first. */
static int by_queue(const struct states_entry *a, const struct states_entry *b)
{
    int order = by_number((uint64_t)b->st.receive_queue + b->st.send_queue, (uint64_t)a->st.receive_queue + a->st.send_queue);
    return order ? order : by_local(a, b);
}

static const struct order {
    const char *name;
    int (*compare)(const struct states_entry *a, const struct states_entry *b);
} orders[] = {{"state", by_state}, {"local", by_local}, {"remote", by_remote}, {"queue", by_queue}};

static const struct order *order_named(const char *name)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (strcmp(orders[i].name, name ? name : "state") == 0) return &orders[i];
    return NULL;
}

static int compare(const void *a, const void *b, void *order)
{
    const struct states_entry *x = a, *y = b;
    int owners = by_number(x->owner, y->owner);
    return owners ? owners : ((const struct order *)order)->compare(x, y);
}

/* ---- one look ---- */

/* Fills |t|. -1: go on; otherwise the exit status, after the complaint. */
static int look(const struct wish *w, struct states_table *t)
{
    *t = (struct states_table){0};
    int answered = states_ask_terns(t), err = w->kernel ? states_ask_kernel(t) : 0;
    if (err < 0) return cli_fail("states", "cannot ask the kernel: %s", nl_geterror(-err));
    if (answered == 0 && !w->kernel && !w->watch)
        return cli_fail("states", "no tern of yours is running; start one, 'tern serve echo' for example");
    size_t kept = 0;
    for (size_t i = 0; i < t->entry_n; i++) {
        if (states_filter_match(w->filter, &t->entry[i].st))
            t->entry[kept++] = t->entry[i];
        else
            json_decref(t->entry[i].json);
    }
    t->entry_n = kept;
    const struct order *order = order_named(w->sort);
    if (kept > 1) qsort_r(t->entry, kept, sizeof *t->entry, compare, (void *)(uintptr_t)order);
    return -1;
}

static void print(const struct wish *w, const struct states_table *t, FILE *out)
{
    if (w->json)
        states_print_json(out, t);
    else if (w->prometheus)
        states_print_prometheus(out, t);
    else if (w->counters)
        states_print_counters(out, t);
    else if (w->format && strcmp(w->format, "netstat") == 0)
        states_print_netstat(out, t);
    else
        states_print_ss(out, t);
    if (w->why) states_print_why(out, t);
}

static int once(const struct wish *w)
{
    struct states_table t;
    int status = look(w, &t);
    if (status < 0) print(w, &t, stdout);
    states_table_free(&t);
    return status < 0 ? CLI_DONE : status;
}

/* ---- a live screen ---- */

static void show_screen(const char *text)
{
    erase();
    int row = 0;
    for (const char *line = text; *line && row < LINES; row++) {
        int n = (int)strcspn(line, "\n");
        mvaddnstr(row, 0, line, n);
        line += n + (line[n] == '\n');
    }
    refresh();
}

/* Until q, or --count looks. */
static int watch(struct wish *w)
{
    if (!isatty(STDOUT_FILENO)) return cli_usage("states", "--watch wants a terminal");
    const char *locale = setlocale(LC_CTYPE, "");
    if (!locale || MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
    initscr();
    cbreak();
    noecho();
    curs_set(0);
    timeout(w->interval);
    int status = -1;
    for (int n = 0; status < 0 && (w->count == 0 || n < w->count); n++) {
        char *text = NULL;
        size_t len;
        struct states_table t;
        FILE *file = open_memstream(&text, &len);
        status = look(w, &t);
        if (file && status < 0) {
            fprintf(file, _("tern states, every %d ms; q ends it\n"), w->interval);
            print(w, &t, file);
        }
        if (file) fclose(file);
        if (text) show_screen(text);
        free(text);
        states_table_free(&t);
        if (status < 0 && getch() == 'q') break;
    }
    endwin();
    return status < 0 ? CLI_DONE : status;
}

/* ---- */

static char *join_operands(const struct options *o)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    if (!file) return NULL;
    for (size_t i = 0; i < options_operand_n(o); i++) fprintf(file, "%s ", options_operand(o, i));
    fclose(file);
    return text;
}

static int read_wish(struct wish *w, const struct options *o)
{
    char error[200], *text = join_operands(o);
    w->json = o->json;
    if (w->format && strcmp(w->format, "ss") != 0 && strcmp(w->format, "netstat") != 0)
        return free(text), cli_usage("states", "--format '%s': ss or netstat", w->format);
    if (!order_named(w->sort)) return free(text), cli_usage("states", "--sort '%s': state, local, remote or queue", w->sort);
    if (w->interval < 50 || w->interval > 3600000)
        return free(text), cli_usage("states", "--interval %d: 50 to 3600000 ms", w->interval);
    if (w->count < 0) return free(text), cli_usage("states", "--count %d: 0 or more", w->count);
    if ((w->json != 0) + w->prometheus + w->counters + (w->format != NULL) > 1)
        return free(text), cli_usage("states", "one of --format, --counters, --prometheus and --json");
    if ((w->json || w->prometheus) && (w->watch || w->why))
        return free(text), cli_usage("states", "--watch and --why do not go with --json or --prometheus");
    w->filter = states_filter_parse(text ? text : "", error, sizeof error);
    free(text);
    return w->filter ? -1 : cli_usage("states", "%s", error);
}

int cmd_states(int argc, const char **argv)
{
    struct wish w = {.interval = INTERVAL_DEFAULT_MS};
    struct poptOption own[] = {
        {"format", 'f', POPT_ARG_STRING, &w.format, 0, N_("the table as ss or as netstat prints it"), "ss|netstat"},
        {"kernel", 'k', POPT_ARG_NONE, &w.kernel, 0, N_("the kernel's sockets of this network namespace, too"), NULL},
        {"sort", 's', POPT_ARG_STRING, &w.sort, 0, N_("the order of each tern's connections"), "state|local|remote|queue"},
        {"watch", 'w', POPT_ARG_NONE, &w.watch, 0, N_("a live screen; q ends it"), NULL},
        {"interval", 'i', POPT_ARG_INT, &w.interval, 0, N_("between two looks of --watch, milliseconds"), "NUMBER"},
        {"count", 'n', POPT_ARG_INT, &w.count, 0, N_("so many looks of --watch; 0: without end"), "NUMBER"},
        {"why", 'y', POPT_ARG_NONE, &w.why, 0, N_("the last events of each connection, with their reasons"), NULL},
        {"counters", 'c', POPT_ARG_NONE, &w.counters, 0, N_("the counters of each tern, as nstat prints the kernel's"), NULL},
        {"prometheus", 'p', POPT_ARG_NONE, &w.prometheus, 0, N_("counters and states in Prometheus' text format"), NULL},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "states",
        .operands = "[OPTION...] [FILTER]",
        .text = N_("Prints the connections of every running tern of this user, as ss -tanoi prints the kernel's: state, queues, "
                   "addresses, timers with the time left, round trips, congestion window and counters. FILTER is as ss has it: "
                   "[state STATE | exclude STATE]... and an expression of src and dst ADDRESS[/LENGTH][:PORT], sport and dport "
                   "with = != < <= > >=, and, or, not and parentheses."),
        .example = "tern states state time-wait 'dport = 80 or src 192.0.2.0/24'",
        .own = own,
        .no_stack = true,
    };
    struct options o;
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = read_wish(&w, &o);
    if (status < 0) status = w.watch ? watch(&w) : once(&w);
    states_filter_free(w.filter);
    free(w.format);
    free(w.sort);
    options_free(&o);
    return status;
}
