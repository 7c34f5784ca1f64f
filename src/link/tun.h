/* The two halves of the TUN link: tun_up.c makes and configures the device, tun.c moves packets. */
#ifndef LINK_TUN_H
#define LINK_TUN_H

#include <tern/link.h>

/* Opens and attaches, sets the device up as |config| says, and reads its MTU. Returns the descriptor, or -1 with a line in |err|.
 */
int tun_attach(const struct tern_tun_config *config, uint32_t *mtu, char *err, size_t err_len);

#endif
