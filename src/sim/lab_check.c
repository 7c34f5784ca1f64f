/* What a configuration may not be. */
#include <string.h>

#include "cc.h"
#include "lab_internal.h"
#include "words.h"

static bool wrong(struct lab_wrong *why, const char *text, enum lab_part part, size_t index)
{
    *why = (struct lab_wrong){text, part, index};
    return false;
}

static const char *check_cc(const char *name)
{
    if (memchr(name, '\0', LAB_CC_MAX) == NULL || (*name && !cc_find(name))) return N_("there is no such congestion control");
    return NULL;
}

static const char *check_node(const struct lab_config *cfg, const struct lab_node *n)
{
    uint32_t least = cfg->v6 ? 1280 : 576;
    if (n->router) return NULL;
    if (n->mtu > 0 && (n->mtu < least || n->mtu > TERN_PACKET_MAX)) return N_("a host's MTU is 576 (IPv6: 1280) to 65535");
    if (n->gso_max > TERN_PACKET_MAX) return N_("a super-segment is at most 65535 bytes long");
    return check_cc(n->cc);
}

static const char *check_link(const struct lab_config *cfg, const struct lab_link *l)
{
    if (l->a >= cfg->node_n || l->b >= cfg->node_n || l->a == l->b) return N_("a link joins two different nodes");
    for (int d = 0; d < 2; d++) {
        const char *text = lane_check(&l->lane[d]);
        if (text) return text;
    }
    return NULL;
}

static const char *check_sizes(const struct lab_flow *f)
{
    uint64_t most = UINT64_C(1) << 40;
    if (f->bytes > UINT64_C(1) << 62 || (f->app == LAB_REQUEST && f->bytes > most) || f->request > most)
        return N_("a flow has too many bytes");
    if (f->app == LAB_THIN && f->bytes > 1 << 20) return N_("a thin stream's message is at most 1 MiB long");
    if (f->app == LAB_DATAGRAM && f->bytes > 0 && (f->bytes < 48 || f->bytes > TERN_PACKET_MAX))
        return N_("a datagram is 48 to 65535 bytes long, with its headers");
    if (f->rate > UINT64_C(1000000000000) || f->read_rate > UINT64_C(1000000000000)) return N_("a rate is above 1000 Gbit/s");
    if (f->interval > 0 && f->interval < TERN_US) return N_("an interval is at least a microsecond");
    if (f->write_size > 1 << 20) return N_("at most 1 MiB is written at once");
    return NULL;
}

static const char *check_flow(const struct lab_config *cfg, const struct lab_flow *f)
{
    if (f->from >= cfg->node_n || f->to >= cfg->node_n || f->from == f->to) return N_("a flow joins two different hosts");
    if (cfg->node[f->from].router || cfg->node[f->to].router) return N_("a flow joins two different hosts");
    if (f->app > LAB_DATAGRAM) return N_("there is no such application");
    if (f->start >= cfg->duration) return N_("a flow begins before the end");
    if (f->stop > 0 && f->stop <= f->start) return N_("a flow stops after it has begun");
    if (f->tos & 3) return N_("a flow's TOS has no ECN bits");
    if (f->read_pause[1] < f->read_pause[0]) return N_("a pause of reading ends before it begins");
    const char *text = check_sizes(f);
    return text ? text : check_cc(f->cc);
}

bool lab_check(const struct lab_config *cfg, struct lab_wrong *why)
{
    const char *text;
    if (cfg->node_n < 2 || cfg->node_n > LAB_NODES_MAX) return wrong(why, N_("2 to 4096 nodes are wanted"), LAB_PART_NONE, 0);
    if (cfg->link_n > LAB_LINKS_MAX) return wrong(why, N_("at most 8192 links are possible"), LAB_PART_NONE, 0);
    if (cfg->flow_n > LAB_FLOWS_MAX) return wrong(why, N_("at most 4096 flows are possible"), LAB_PART_NONE, 0);
    if (cfg->duration == 0 || cfg->duration > 1000000 * TERN_SEC || cfg->grace > 1000000 * TERN_SEC)
        return wrong(why, N_("a run lasts up to 1,000,000 seconds"), LAB_PART_NONE, 0);
    for (size_t i = 0; i < cfg->node_n; i++)
        if ((text = check_node(cfg, &cfg->node[i])) != NULL) return wrong(why, text, LAB_PART_NODE, i);
    for (size_t i = 0; i < cfg->link_n; i++)
        if ((text = check_link(cfg, &cfg->link[i])) != NULL) return wrong(why, text, LAB_PART_LINK, i);
    for (size_t i = 0; i < cfg->flow_n; i++)
        if ((text = check_flow(cfg, &cfg->flow[i])) != NULL) return wrong(why, text, LAB_PART_FLOW, i);
    return true;
}
