/* tern attack: a class of attacks as a lesson. */
#include "cli_attack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attacks.h"
#include "cli_demo.h"
#include "words.h"

static int list(void)
{
    for (unsigned n = 1; n <= ATTACK_N; n++) {
        const struct attack_class *a = attack_class(n);
        printf("%02u %s%s\n", n, a->name, assault_of(n) ? "" : _(" (in tests/attack only)"));
    }
    return CLI_DONE;
}

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

/* What tern said of the packets that it did not take, and why. */
static void say_drops(const struct pen *p, const struct tern_counters *now)
{
    bool any = false;
    for (unsigned i = 1; i < TERN_DROP_N; i++) {
        uint64_t n = now->drop[i] - p->before.drop[i];
        const struct tern_rule_info *why = tern_drop_info((enum tern_drop)i);
        if (n && !any) puts(_("What it refused:"));
        any |= n != 0;
        if (n) printf("  %6llu  %s: %s\n", (unsigned long long)n, why->name, words(why->text));
    }
}

static int judge(struct pen *p)
{
    struct tern_counters now;
    bool lives = p->env.host.live && pen_status(p).state == TERN_ESTABLISHED && pen_talks(p);
    show_flush(&p->env.show);
    tern_stack_counters(p->env.host.stack, &now);
    bool flat = now.memory_used <= p->before.memory_used + (256u << 10);
    bool quiet = p->answered <= p->said;
    printf(_("\n%llu packets were sent, tern sent %llu meanwhile.\n"), (unsigned long long)p->said,
           (unsigned long long)p->answered);
    say_drops(p, &now);
    puts(lives ? _("The connection beside it lives, and carries data both ways.") : _("The connection beside it is broken."));
    puts(flat ? _("Memory is where it was.") : _("Memory has grown."));
    puts(quiet ? _("There were no more answers than questions.") : _("There were more answers than questions."));
    return lives && flat && quiet && p->said ? CLI_DONE : CLI_SHORT;
}

static int fill_options(struct options *o)
{
    o->explain = true;
    o->settings.synack_retries = 0; /* or their time would be a part of the show */
    o->settings.timestamps = 0;     /* or most would be refused for want of them */
    o->tun = strdup("tern0");
    parse_prefix(DEMO_OWN4 "/24", &o->addr[o->addr_n++]);
    parse_prefix(DEMO_PEER4 "/24", &o->peer[o->peer_n++]);
    return o->tun ? -1 : cli_fail("attack", "no memory");
}

static int show(const struct attack_class *a, const struct assault *as, struct options *o)
{
    struct pen p;
    printf("%02u %s: %s (%s)\n\n", a->n, a->name, words(a->text), a->ids);
    printf(_("What is sent: %s.\nWhat a weak stack does: %s\n\n"), words(as->sent), words(as->weak));
    fflush(stdout);
    int status = fill_options(o);
    if (status >= 0) return status;
    status = pen_open(&p, o);
    if (status < 0) {
        as->run(&p);
        status = judge(&p);
    }
    return pen_close(&p, status);
}

int cmd_attack(int argc, const char **argv)
{
    struct options o;
    int listed = 0;
    struct poptOption own[] = {
        {"list", 'l', POPT_ARG_NONE, &listed, 0, N_("the classes, one a line"), NULL},
        POPT_TABLEEND,
    };
    struct usage usage = {
        .command = "attack",
        .operands = "CLASS | --list",
        .text = N_("Shows a class of attacks that have been used against TCP stacks, by its number or name: what is sent, what a "
                   "weak stack does, and what tern does, as a ladder. All of it happens in a network namespace that is made for "
                   "it, with nothing else in it; nothing can be sent anywhere else.\n\nExit status 3: tern fell short."),
        .example = "tern attack land",
        .own = own,
        .no_stack = true,
        .no_json = true,
    };
    int status = options_read(&o, &usage, argc, argv);
    const char *text = status < 0 ? options_operand(&o, 0) : NULL;
    const struct attack_class *a = text ? find(text) : NULL;
    const struct assault *as = a ? assault_of(a->n) : NULL;
    if (status < 0 && listed)
        status = text ? cli_usage("attack", "unwanted '%s'", text) : list();
    else if (status < 0 && (!text || options_operand_n(&o) > 1))
        status = cli_usage("attack", "which class? 'tern attack --list' has them");
    else if (status < 0 && !a)
        status = cli_usage("attack", "there is no class '%s': 'tern attack --list' has them", text);
    else if (status < 0 && !as)
        status = cli_fail("attack", "class '%s' cannot be shown yet; 'make attack' runs its tests", a->name);
    else if (status < 0)
        status = show(a, as, &o);
    options_free(&o);
    return status;
}
