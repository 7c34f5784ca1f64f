/* What the files about packets share. */
#ifndef DRILL_RUN_PACKET_H
#define DRILL_RUN_PACKET_H

#include "ip.h"
#include "run_internal.h"

/* A packet of the script as bytes, room for TERN_PACKET_MAX. Returns the length; 0: run_fail() said why. */
uint32_t forge_tcp(struct run *r, const struct flow *f, const struct script_packet *p, uint8_t *out);
/* Type, code, and what |m| says to stand behind the checksum; the rest is 0. False: run_fail() said why. */
enum { ICMP_HEAD_LEN = 8 };
bool forge_icmp_head(struct run *r, const struct script_icmp *m, uint8_t out[ICMP_HEAD_LEN]);
uint32_t forge_icmp(struct run *r, const struct flow *f, const struct script_packet *p, uint8_t *out);

#endif
