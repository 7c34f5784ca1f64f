/* From a scenario to the laboratory's configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario_reader.h"
#include "setting_text.h"
#include "words.h"

struct build {
    struct reader r;
    struct scenario *s;
    struct lab_node *node;
    struct lab_link *link;
    struct lab_flow *flow;
    size_t node_n, link_n, flow_n;
};

static bool wrong(const struct build *b, const struct toml_node *at, const char *format, const char *what)
{
    return scenario_complain(b->r.error, b->r.file, at, false, words(format), what);
}

static bool no_memory(const struct build *b)
{
    scenario_complain(b->r.error, b->r.file, NULL, false, "%s", _("no memory"));
    return false;
}

static int find_node(const struct build *b, const char *name)
{
    for (size_t i = 0; i < b->node_n; i++)
        if (strcmp(b->node[i].name, name) == 0) return (int)i;
    return -1;
}

static void node_names(const struct build *b, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < b->node_n && n < cap; i++) {
        if (b->node[i].router) continue;
        int len = snprintf(out + n, cap - n, "%s%s", n ? ", " : "", b->node[i].name);
        n += len > 0 ? (size_t)len : 0;
    }
}

static bool no_host(const struct build *b, const struct toml_node *at, const char *name)
{
    char names[200];
    node_names(b, names, sizeof names);
    return scenario_complain(b->r.error, b->r.file, at, false, _("there is no host \"%s\"; there are: %s"), name, names);
}

/* ---- topologies ---- */

static void name_node(struct build *b, size_t i, const char *stem, size_t number)
{
    if (number)
        snprintf(b->node[i].name, LAB_NAME_MAX, "%.8s%zu", stem, number);
    else
        snprintf(b->node[i].name, LAB_NAME_MAX, "%.8s", stem);
}

/* Links that lead to a host have its name. */
static void name_links(struct build *b, size_t bottlenecks)
{
    for (size_t i = 0; i < b->link_n; i++) {
        struct lab_link *l = &b->link[i];
        if (i >= bottlenecks)
            memcpy(l->name, b->node[b->node[l->a].router ? l->b : l->a].name, LAB_NAME_MAX);
        else if (bottlenecks == 1)
            snprintf(l->name, LAB_NAME_MAX, "bottleneck");
        else
            snprintf(l->name, LAB_NAME_MAX, "bottleneck%zu", i + 1);
    }
}

static bool room(struct build *b, size_t nodes, size_t links)
{
    b->node = scenario_alloc(b->s, nodes * sizeof *b->node);
    b->link = scenario_alloc(b->s, links * sizeof *b->link);
    b->node_n = nodes;
    return b->node && b->link ? true : no_memory(b);
}

static void both_lanes(struct lab_link *to, const struct scenario_link *from)
{
    memcpy(to->lane, from->lane, sizeof to->lane);
    to->silent = from->silent;
}

static bool pair(struct build *b)
{
    if (!room(b, 2, 1)) return false;
    b->link_n = lab_pair(b->node, b->link, &b->s->bottleneck.lane[0]);
    name_node(b, 0, "a", 0);
    name_node(b, 1, "b", 0);
    return true;
}

static bool dumbbell(struct build *b)
{
    size_t n = b->s->pairs ? b->s->pairs : b->flow_n;
    if (n > 1000) n = 1000;
    if (!room(b, 2 * n + 2, 2 * n + 1)) return false;
    b->link_n = lab_dumbbell(n, b->node, b->link, &b->s->bottleneck.lane[0], &b->s->access.lane[0]);
    for (size_t i = 0; i < n; i++) {
        name_node(b, i, "a", i + 1);
        name_node(b, n + i, "b", i + 1);
    }
    name_node(b, 2 * n, "left", 0);
    name_node(b, 2 * n + 1, "right", 0);
    return true;
}

static bool parking_lot(struct build *b)
{
    size_t n = b->s->hops;
    if (!room(b, 3 * n + 3, 3 * n + 2)) return false;
    b->link_n = lab_parking_lot(n, b->node, b->link, &b->s->bottleneck.lane[0], &b->s->access.lane[0]);
    name_node(b, n + 1, "a", 0);
    name_node(b, n + 2, "b", 0);
    for (size_t i = 0; i <= n; i++) snprintf(b->node[i].name, LAB_NAME_MAX, "r%zu", i);
    for (size_t i = 0; i < n; i++) {
        name_node(b, n + 3 + 2 * i, "c", i + 1);
        name_node(b, n + 4 + 2 * i, "d", i + 1);
    }
    return true;
}

static int end_of(struct build *b, const struct scenario_link *l, const char *name)
{
    int node = *name ? find_node(b, name) : -1;
    if (node < 0) no_host(b, l->at, name);
    return node;
}

static bool network(struct build *b)
{
    struct scenario *s = b->s;
    if (!room(b, s->host_n + 1, s->link_n + 1)) return false;
    b->node_n = s->host_n;
    b->link_n = s->link_n;
    for (size_t i = 0; i < s->host_n; i++) {
        memcpy(b->node[i].name, s->host[i].name, LAB_NAME_MAX);
        b->node[i].router = s->host[i].router;
    }
    for (size_t i = 0; i < s->link_n; i++) {
        const struct scenario_link *l = &s->link[i];
        int x = end_of(b, l, l->a), y = x < 0 ? -1 : end_of(b, l, l->b);
        if (x < 0 || y < 0) return false;
        memcpy(b->link[i].name, l->name, LAB_NAME_MAX);
        b->link[i].a = (uint16_t)x;
        b->link[i].b = (uint16_t)y;
        both_lanes(&b->link[i], l);
    }
    return true;
}

/* What [[link]] says of links that the topology made. */
static bool change_links(struct build *b)
{
    for (size_t i = 0; i < b->s->link_n; i++) {
        const struct scenario_link *said = &b->s->link[i];
        struct scenario_link l = {0};
        size_t k = 0;
        while (k < b->link_n && strcmp(b->link[k].name, said->name) != 0) k++;
        if (k == b->link_n) return wrong(b, said->at, N_("this topology has no link \"%s\""), said->name);
        memcpy(l.lane, b->link[k].lane, sizeof l.lane);
        l.silent = b->link[k].silent;
        if (!reader_table(&b->r, said->at, SCHEMA_LINK, &l)) return false;
        both_lanes(&b->link[k], &l);
    }
    return true;
}

static bool topology(struct build *b)
{
    struct scenario *s = b->s;
    if (s->shape == SCENARIO_NETWORK) return network(b);
    bool ok = s->shape == SCENARIO_PAIR ? pair(b) : s->shape == SCENARIO_DUMBBELL ? dumbbell(b) : parking_lot(b);
    size_t bottlenecks = s->shape == SCENARIO_PARKING_LOT ? s->hops : 1;
    for (size_t i = 0; ok && i < b->link_n; i++) both_lanes(&b->link[i], i < bottlenecks ? &s->bottleneck : &s->access);
    if (!ok) return false;
    name_links(b, bottlenecks);
    return change_links(b);
}

/* ---- hosts ---- */

static bool set_up(struct build *b, struct lab_node *node, const struct scenario_host *h)
{
    memcpy(node->cc, h->cc, sizeof node->cc);
    node->mtu = h->mtu;
    node->gso_max = h->gso;
    node->memory_cap = h->memory;
    node->set_up = true;
    tern_settings_default(&node->settings);
    if (*h->profile) tern_profile_set(&node->settings, h->profile);
    const struct scenario_sets *all = &b->s->stack.set;
    for (size_t i = 0; i < all->n; i++)
        if (!reader_setting(&b->r, &all->list[i], &node->settings)) return false;
    for (size_t i = 0; h->set.list != all->list && i < h->set.n; i++)
        if (!reader_setting(&b->r, &h->set.list[i], &node->settings)) return false;
    char why[SETTINGS_WRONG_LEN];
    if (!settings_wrong(&node->settings, why)) return true;
    const struct scenario_sets *last = h->set.n ? &h->set : all;
    return scenario_complain(b->r.error, b->r.file, last->list[last->n - 1].at, false, _("the settings do not go together: %s"),
                             why);
}

static bool hosts(struct build *b)
{
    for (size_t i = 0; i < b->node_n; i++)
        if (!b->node[i].router && !set_up(b, &b->node[i], &b->s->stack)) return false;
    for (size_t i = 0; i < b->s->host_n; i++) {
        const struct scenario_host *h = &b->s->host[i];
        int node = find_node(b, h->name);
        if (node < 0) return no_host(b, h->at, h->name);
        if (!b->node[node].router && !set_up(b, &b->node[node], h)) return false;
    }
    return true;
}

/* ---- flows ---- */

static bool end_node(const struct build *b, const struct scenario_flow *f, const char *said, const char *side, size_t nth,
                     uint16_t *out)
{
    char name[LAB_NAME_MAX];
    if (*said)
        snprintf(name, sizeof name, "%s", said);
    else if (b->s->shape == SCENARIO_DUMBBELL)
        snprintf(name, sizeof name, "%s%zu", side, nth % ((b->node_n - 2) / 2) + 1);
    else
        snprintf(name, sizeof name, "%s", side);
    int node = find_node(b, name);
    if (node < 0) return no_host(b, f->at, name);
    *out = (uint16_t)node;
    return true;
}

static size_t count_flows(const struct scenario *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->flow_n; i++) n += s->flow[i].copies;
    return n;
}

static bool one_flow(struct build *b, const struct scenario_flow *f, uint32_t copy, size_t nth)
{
    struct lab_flow *out = &b->flow[nth];
    *out = f->flow;
    if (f->copies > 1) snprintf(out->name, sizeof out->name, "%.20s-%u", f->flow.name, copy + 1);
    out->start += copy * f->stagger;
    return end_node(b, f, f->from, "a", nth, &out->from) && end_node(b, f, f->to, "b", nth, &out->to);
}

static bool flows(struct build *b)
{
    size_t nth = 0;
    for (size_t i = 0; i < b->s->flow_n; i++)
        for (uint32_t k = 0; k < b->s->flow[i].copies; k++)
            if (!one_flow(b, &b->s->flow[i], k, nth++)) return false;
    return true;
}

static bool links_known(const struct build *b)
{
    for (size_t i = 0; i < b->s->expect_n; i++) {
        const struct scenario_expect *e = &b->s->expect[i];
        const char *names[] = {e->link, *e->link ? e->over : ""};
        for (size_t k = 0; k < 2; k++) {
            size_t len = strlen(names[k]), at = 0;
            if (len > 5 && strcmp(names[k] + len - 5, ".back") == 0) len -= 5;
            while (at < b->link_n && !(strncmp(b->link[at].name, names[k], len) == 0 && !b->link[at].name[len])) at++;
            if (len && at == b->link_n) return wrong(b, e->at, N_("this topology has no link \"%s\""), names[k]);
        }
    }
    return true;
}

bool scenario_lab(struct scenario *s, const char *file, struct lab_config *out, struct scenario_error *error)
{
    struct build b = {.r = {.s = s, .file = file, .error = error}, .s = s, .flow_n = count_flows(s)};
    if (b.flow_n > LAB_FLOWS_MAX)
        return scenario_complain(error, file, NULL, false, _("there are more than %d flows"), LAB_FLOWS_MAX);
    b.flow = scenario_alloc(s, b.flow_n * sizeof *b.flow);
    if (!b.flow) return no_memory(&b);
    if (!topology(&b) || !hosts(&b) || !flows(&b) || !links_known(&b)) return false;
    lab_config_default(out);
    out->node = b.node;
    out->link = b.link;
    out->flow = b.flow;
    out->node_n = b.node_n;
    out->link_n = b.link_n;
    out->flow_n = b.flow_n;
    out->v6 = s->v6;
    out->duration = s->duration;
    out->grace = s->grace;
    out->sample = s->sample;
    out->seed = s->seed;
    return true;
}

void scenario_wrong(const struct scenario *s, const char *file, const struct lab_config *cfg, const struct lab_wrong *wrong_part,
                    struct scenario_error *error)
{
    const struct toml_node *at = NULL;
    const char *name = "";
    size_t i = wrong_part->index;
    if (wrong_part->part == LAB_PART_FLOW) {
        name = cfg->flow[i].name;
        for (size_t k = 0, n = 0; k < s->flow_n && !at; k++) {
            n += s->flow[k].copies;
            if (i < n) at = s->flow[k].at;
        }
    } else if (wrong_part->part == LAB_PART_LINK) {
        name = cfg->link[i].name;
        for (size_t k = 0; k < s->link_n; k++)
            if (strcmp(s->link[k].name, name) == 0) at = s->link[k].at;
        if (!at) at = strncmp(name, "bottleneck", 10) == 0 ? s->bottleneck.at : s->access.at;
    } else if (wrong_part->part == LAB_PART_NODE) {
        name = cfg->node[i].name;
        for (size_t k = 0; k < s->host_n; k++)
            if (strcmp(s->host[k].name, name) == 0) at = s->host[k].at;
        if (!at) at = s->stack.at;
    }
    scenario_complain(error, file, at, false, "%s%s%s", name, *name ? ": " : "", words(wrong_part->text));
}
