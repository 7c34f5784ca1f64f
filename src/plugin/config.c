/* What --so_flags says. */
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(const char *what, const char *word)
{
    fprintf(stderr, "libtern-packetdrill: %s: %s (--so_flags=local=ADDRESS/BITS,mtu=N,profile=NAME,sysctl,NAME=VALUE)\n", what,
            word);
    exit(2);
}

static bool number(const char *text, uint32_t most, uint32_t *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (end == text || *end || n > most) return false;
    *out = (uint32_t)n;
    return true;
}

static void add_address(struct plugin_config *c, char *text)
{
    uint32_t bits;
    char *slash = strchr(text, '/');
    if (!slash || c->nic.addr_n == TERN_IF_ADDRS_MAX) refuse("not ADDRESS/BITS, or too many", text);
    *slash = 0;
    if (tern_addr_parse(text, &c->nic.addr[c->nic.addr_n]) < 0) refuse("no address", text);
    if (!number(slash + 1, 128, &bits)) refuse("no number of bits", slash + 1);
    c->nic.prefix_len[c->nic.addr_n++] = (uint8_t)bits;
}

int plugin_set(struct plugin_config *c, const char *name, const char *value)
{
    if (strcmp(name, "net.ipv4.tcp_fastopen_key") != 0) return tern_sysctl_set(&c->set, name, value);
    int n = tern_fastopen_keys_parse(value, c->fastopen_key);
    if (n > 0) c->fastopen_key_n = n;
    return n < 0 ? n : 0;
}

static void understand(struct plugin_config *c, char *word)
{
    char *value = strchr(word, '=');
    if (value) *value++ = 0;
    if (!value && strcmp(word, "sysctl") == 0)
        plugin_read_sysctls(c);
    else if (!value)
        refuse("not understood", word);
    else if (strcmp(word, "local") == 0)
        add_address(c, value);
    else if (strcmp(word, "mtu") == 0) {
        if (!number(value, TERN_PACKET_MAX, &c->nic.mtu)) refuse("no MTU", value);
    } else if (strcmp(word, "profile") == 0) {
        if (tern_profile_set(&c->set, value) < 0) refuse("no such profile", value);
    } else if (plugin_set(c, word, value) < 0)
        refuse("no such setting, or out of its range", word);
}

void plugin_configure(struct plugin_config *c, const char *flags)
{
    tern_settings_default(&c->set);
    c->nic.mtu = 1500;
    c->nic.gso_max = TERN_PACKET_MAX;
    char *text = strdup(flags), *rest = text;
    if (!text) abort();
    for (char *word; (word = strsep(&rest, ","));)
        if (*word) understand(c, word);
    free(text);
    if (c->nic.addr_n) return;
    /* packetdrill's own defaults */
    char v4[] = "192.168.0.1/16", v6[] = "fd3d:0a0b:17d6::1/48";
    add_address(c, v4);
    add_address(c, v6);
}
