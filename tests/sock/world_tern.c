/* tern's world: three nets, made anew for each case, in its process. */
#include "calls.h"
#include "cable.h"
#include "world.h"

#include <tern/tern.h>

const char world_name[] = "tern";
const bool world_is_tern = true;

static struct tern_net *net[3];

const char *world_make(void) { return NULL; }
void world_end(void) {}

static bool plug(enum side side, struct tern_link *link)
{
    struct tern_if_config nic = {.addr_n = 2, .prefix_len = {24, 64}};
    const char *text[2][2] = {{"192.0.2.1", "2001:db8::1"}, {"192.0.2.2", "2001:db8::2"}};
    for (int i = 0; i < 2; i++)
        if (tern_addr_parse(text[side][i], &nic.addr[i]) != 0) return false;
    return tern_net_add_link(net[side], link, &nic) >= 0;
}

bool world_enter(void)
{
    struct tern_link *a, *b;
    for (int i = 0; i < 3; i++) {
        net[i] = tern_net_new(&(struct tern_net_config){.thread = true});
        if (!net[i]) return false;
    }
    return cable_new(&a, &b) && plug(CLIENT, a) && plug(SERVER, b);
}

int s_socket(enum side side, int domain, int type, int protocol) { return tern_socket(net[side], domain, type, protocol); }

int s_epoll_create1(enum side side, int flags) { return tern_epoll_create1(net[side], flags); }

int s_epoll_create(enum side side, int size) { return tern_epoll_create(net[side], size); }
