/* tern attack: a class of attacks as a lesson. */
#include "cli_attack.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attacks.h"
#include "cli_demo.h"
#include "cli_states.h"
#include "peek.h"
#include "words.h"

struct wish {
    const struct attack_class *class;
    const struct assault *assault;
    bool kernel, weak, json;
};

/* By number or name; NULL: none. */
static const struct attack_class *find(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (!*end && number <= ATTACK_N) return attack_class((unsigned)number);
    for (unsigned n = 1; n <= ATTACK_N; n++)
        if (!strcmp(attack_class(n)->name, text)) return attack_class(n);
    return NULL;
}

static int print_json(json_t *o)
{
    bool ok = o && json_dumpf(o, stdout, JSON_COMPACT) == 0;
    json_decref(o);
    puts("");
    return ok ? CLI_DONE : cli_fail("attack", "no memory");
}

static int list(bool json)
{
    json_t *all = json ? json_array() : NULL;
    for (unsigned n = 1; n <= ATTACK_N; n++) {
        const struct attack_class *a = attack_class(n);
        if (!json)
            printf("%02u %s\n", n, a->name);
        else
            json_array_append_new(all, json_pack("{s:i, s:s, s:s, s:s}", "class", (int)n, "name", a->name, "cases", a->ids,
                                                 "text", words(a->text)));
    }
    return json ? print_json(all) : CLI_DONE;
}

/* ---- what came of it ---- */

void pen_check(struct pen *p, const char *id, bool held, const char *format, ...)
{
    if (p->check_n == CHECKS_MAX) return;
    struct check *c = &p->check[p->check_n++];
    va_list args;
    va_start(args, format);
    vsnprintf(c->text, sizeof c->text, format, args);
    va_end(args);
    c->id = id, c->held = held;
}

static bool was_checked(const struct pen *p, const char *id)
{
    for (size_t i = 0; i < p->check_n; i++)
        if (!strcmp(p->check[i].id, id)) return true;
    return false;
}

/* What has to hold in each class. */
static void check_always(struct pen *p, const struct assault *as)
{
    uint64_t said = p->said, answered = p->answered;
    size_t now = pen_memory(p), more = now > p->memory ? now - p->memory : 0;
    if (p->said == 0) pen_check(p, "sent", false, _("Something was sent."));
    if (!was_checked(p, "memory") && !as->holds)
        pen_check(p, "memory", more < 256 << 10, _("Memory is where it was, within %u KiB: the victim holds %llu bytes more."),
                  256u, (unsigned long long)more);
    if (as->quiet)
        pen_check(p, "quiet", answered <= said, _("There are no more answers than questions: %llu to %llu."),
                  (unsigned long long)answered, (unsigned long long)said);
    pen_check(p, "beside", pair_talks(&p->beside), _("The honest connection beside it lives, and carries data both ways."));
    if (p->missed) pen_check(p, "missed", false, _("All answers were heard: %llu were not."), (unsigned long long)p->missed);
}

/* What tern said of the packets that it did not take, and why. */
static void say_drops(const struct pen *p)
{
    struct tern_counters now;
    bool any = false;
    tern_stack_counters(p->env.host.stack, &now);
    for (unsigned i = 1; i < TERN_DROP_N; i++) {
        uint64_t n = now.drop[i] - p->before.drop[i];
        const struct tern_rule_info *why = tern_drop_info((enum tern_drop)i);
        if (n && !any) puts(_("What it refused:"));
        any |= n != 0;
        if (n) printf("  %6llu  %s: %s\n", (unsigned long long)n, why->name, words(why->text));
    }
}

static json_t *json_drops(const struct pen *p)
{
    struct tern_counters now;
    json_t *o = json_object();
    tern_stack_counters(p->env.host.stack, &now);
    for (unsigned i = 1; i < TERN_DROP_N; i++)
        if (now.drop[i] > p->before.drop[i])
            json_object_set_new(o, tern_drop_info((enum tern_drop)i)->name,
                                json_integer((json_int_t)(now.drop[i] - p->before.drop[i])));
    return o;
}

static void say(struct pen *p, uint64_t said, uint64_t answered, size_t held)
{
    if (p->unshown) printf(_("(%llu packets more are not shown.)\n"), (unsigned long long)p->unshown);
    printf(_("\n%llu packets were sent, the victim sent %llu meanwhile.\n"), (unsigned long long)said,
           (unsigned long long)answered);
    if (p->kernel)
        kernel_say_counts(p);
    else
        say_drops(p);
    puts(_("What has to hold:"));
    for (size_t i = 0; i < p->check_n; i++) printf("  %s  %s\n", p->check[i].held ? _("yes") : _("NO "), p->check[i].text);
    if (held == p->check_n)
        puts(p->kernel ? _("The kernel withstood it.") : _("tern withstood it."));
    else
        printf(p->kernel ? _("The kernel fell short: %zu of %zu held.\n") : _("tern fell short: %zu of %zu held.\n"), held,
               p->check_n);
}

static json_t *verdict(const struct wish *w, bool survived)
{
    return json_pack("{s:i, s:s, s:s, s:b, s:b}", "class", (int)w->class->n, "name", w->class->name, "against",
                     w->kernel ? "kernel" : "tern", "weak", (int)w->weak, "survived", (int)survived);
}

static int say_json(const struct pen *p, const struct wish *w, uint64_t said, uint64_t answered, bool survived)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < p->check_n; i++)
        json_array_append_new(
            checks, json_pack("{s:s, s:b, s:s}", "id", p->check[i].id, "held", (int)p->check[i].held, "text", p->check[i].text));
    json_t *j = verdict(w, survived);
    json_t *more = json_pack("{s:I, s:I, s:o, s:o}", "sent", (json_int_t)said, "answered", (json_int_t)answered, "counted",
                             p->kernel ? kernel_json_counts(p) : json_drops(p), "checks", checks);
    if (j && json_object_update_new(j, more) != 0) {
        json_decref(j);
        j = NULL;
    }
    return print_json(j);
}

static int judge(struct pen *p, const struct wish *w)
{
    uint64_t said = p->said, answered = p->answered;
    size_t held = 0;
    check_always(p, w->assault);
    for (size_t i = 0; i < p->check_n; i++) held += p->check[i].held;
    show_events(&p->env.show);
    show_flush(&p->env.show);
    tern_ladder_free(p->env.show.ladder); /* how all is taken down is no part of the lesson */
    p->env.show.ladder = NULL;
    pen_ladder_close(p);
    int status = CLI_DONE;
    if (w->json)
        status = say_json(p, w, said, answered, held == p->check_n);
    else
        say(p, said, answered, held);
    return status == CLI_DONE && held < p->check_n ? CLI_SHORT : status;
}

/* ---- running ---- */

bool attack_set(const char *text, bool (*set)(void *ctx, const char *name, const char *value), void *ctx)
{
    char copy[200], *at, *name;
    snprintf(copy, sizeof copy, "%s", text ? text : "");
    for (name = strtok_r(copy, " ", &at); name; name = strtok_r(NULL, " ", &at)) {
        char *value = strchr(name, '=');
        if (!value) return false;
        *value++ = '\0';
        if (!set(ctx, name, value)) return false;
    }
    return true;
}

static bool set_tern(void *settings, const char *name, const char *value) { return tern_sysctl_set(settings, name, value) == 0; }

static int fill_options(struct options *o, const struct wish *w)
{
    o->explain = !w->json;
    o->json = false;                /* is of the verdict, not of the events */
    o->history = 1 << 15;           /* events, for who looks into them */
    o->plain = true;                /* one segment is one packet */
    o->settings.synack_retries = 0; /* or their time would be a part of the show */
    o->settings.timestamps = 0;     /* or most would be refused for want of them */
    if (!w->kernel && !attack_set(w->assault->set, set_tern, &o->settings))
        return cli_fail("attack", "the settings do not go together, or memory is short");
    o->tun = strdup("tern0");
    parse_prefix(DEMO_OWN4 "/24", &o->addr[o->addr_n++]);
    parse_prefix(DEMO_PEER4 "/24", &o->peer[o->peer_n++]);
    return o->tun ? -1 : cli_fail("attack", "no memory");
}

static char *fell_short; /* the handler may look up nothing */

static char *last_words(const struct wish *w)
{
    if (!w->json) return strdup(_("\ntern fell short: an assertion ended it.\n"));
    json_t *j = verdict(w, false);
    json_object_set_new(j, "ended_by", json_string("assertion"));
    char *line = json_dumps(j, JSON_COMPACT), *text = NULL;
    json_decref(j);
    if (!line || asprintf(&text, "%s\n", line) < 0) text = NULL;
    free(line);
    return text;
}

/* A tern with a flaw notices that itself, and ends. */
static void on_abort(int signal)
{
    (void)signal;
    _exit(write(STDOUT_FILENO, fell_short, strlen(fell_short)) > 0 ? CLI_SHORT : CLI_FAILED);
}

static int run(struct pen *p, const struct wish *w)
{
    if (w->weak && !stack_put_flaw_back(p->env.host.stack, w->class->n, w->assault->published))
        return cli_fail("attack", "no flaw can be put back into this tern");
    if (w->weak && (fell_short = last_words(w)) != NULL) signal(SIGABRT, on_abort);
    w->assault->run(p);
    int status = judge(p, w);
    if (!w->weak) return status;
    fflush(stdout);
    _exit(status); /* what the flaw has left of the stack is not taken down */
}

/* From here on the only packets are the attack's and their answers. */
static int confine(const struct pen *p)
{
    unsigned who = JAIL_STACK | JAIL_RELAY | JAIL_ATTACK | (p->kernel ? JAIL_FILES : 0);
    return options_jail(
        p->options,
        &(struct jail){.who = who, .files = p->figures, .socket_dir = states_directory(p->env.states), .own_net = true});
}

static int show(const struct wish *w, struct options *o)
{
    static struct pen p;
    const struct attack_class *a = w->class;
    assert(a);
    setvbuf(stdout, NULL, _IOLBF, 0); /* on_abort() finds nothing that is still to be written */
    if (!w->json) {
        printf("%02u %s: %s (%s)\n\n", a->n, a->name, words(a->text), a->ids);
        printf(_("What is sent: %s.\nWhat a weak stack does: %s\n\n"), words(w->assault->sent), words(w->assault->weak));
        if (w->weak) puts(_("This tern has the flaw put back in.\n"));
        fflush(stdout);
    }
    int status = fill_options(o, w);
    if (status >= 0) return status;
    status = pen_open(&p, o, w->kernel, w->assault->sysctl);
    if (status < 0) status = confine(&p);
    if (status < 0) status = run(&p, w);
    return pen_close(&p, status);
}

static int read_wish(struct wish *w, const struct options *o, const char *against, int weak)
{
    const char *text = options_operand(o, 0);
    if (!text || options_operand_n(o) > 1) return cli_usage("attack", "which class? 'tern attack --list' has them");
    w->class = find(text);
    if (!w->class) return cli_usage("attack", "there is no class '%s': 'tern attack --list' has them", text);
    w->assault = assault_of(w->class->n);
    w->kernel = against && !strcmp(against, "kernel");
    w->weak = weak != 0;
    w->json = o->json;
    if (against && !w->kernel && strcmp(against, "tern") != 0)
        return cli_usage("attack", "--against %s: it is tern or kernel", against);
    if (w->kernel && weak) return cli_usage("attack", "--weak is for tern: no flaw can be put into the kernel");
    return -1;
}

int cmd_attack(int argc, const char **argv)
{
    struct options o;
    struct wish w = {0};
    int listed = 0, weak = 0;
    char *against = NULL;
    struct poptOption own[] = {
        {"list", 'l', POPT_ARG_NONE, &listed, 0, N_("the classes, one a line"), NULL},
        {"against", 'a', POPT_ARG_STRING, &against, 0, N_("tern (the default), or the kernel's own TCP"), "tern|kernel"},
        {"weak", 'w', POPT_ARG_NONE, &weak, 0, N_("against a tern with the flaw put back in"), NULL},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "attack",
        .operands = "CLASS | --list",
        .text =
            N_("Shows a class of attacks that have been used against TCP stacks, by its number or name: what is sent, what a "
               "weak stack does, and what the victim does, as a ladder; then what has to hold, and whether it did. The victim is "
               "tern or, with --against kernel, the kernel's own TCP. All of it happens in a network namespace that is made for "
               "it, with nothing else in it; nothing can be sent anywhere else.\n\nTwo of the flaws that --weak puts back do not "
               "show "
               "here: of 3, since an application would have to ask for the urgent mark, and of 11, since memory would have to be "
               "short.\n\nExit status 3: the victim fell short."),
        .example = "tern attack land\ntern attack overlap --against kernel",
        .own = own,
        .no_stack = true,
        .jail = true,
    };
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0 && listed)
        status = options_operand(&o, 0) ? cli_usage("attack", "unwanted '%s'", options_operand(&o, 0)) : list(o.json);
    else if (status < 0)
        status = read_wish(&w, &o, against, weak);
    if (status < 0 && weak) status = cli_experiments(argc, argv);
    if (status < 0) status = show(&w, &o);
    options_free(&o);
    free(against);
    return status;
}
