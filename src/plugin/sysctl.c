/* The sysctls of the network namespace that the tool runs in, as settings. */
#include "plugin.h"

#include <stdio.h>
#include <string.h>

void plugin_read_sysctls(struct plugin_config *c)
{
    const struct tern_sysctl_info *row;
    for (size_t i = 0; (row = tern_sysctl_info(i)); i++) {
        char path[256] = "/proc/sys/", value[256];
        if (strncmp(row->name, "net.ipv", 7) != 0) continue; /* FreeBSD's */
        snprintf(path + strlen(path), sizeof path - strlen(path), "%s", row->name);
        for (char *dot = path + strlen("/proc/sys/"); (dot = strchr(dot, '.'));) *dot = '/';
        FILE *f = fopen(path, "r");
        if (!f) continue;
        if (fgets(value, sizeof value, f)) {
            value[strcspn(value, "\n")] = 0;
            if (plugin_set(c, row->name, value) < 0)
                fprintf(stderr, "libtern-packetdrill: the kernel's %s = %s is no setting of tern's: ignored\n", row->name, value);
        }
        fclose(f);
    }
}
