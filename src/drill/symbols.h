/* The names that scripts use for numbers: SO_ERROR, EINPROGRESS, TCP_CA_Open ... */
#ifndef DRILL_SYMBOLS_H
#define DRILL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose headers the script was written for. The numbers are always Linux's where Linux has the thing: FreeBSD's SO_ERROR is the
 * same number here, because what counts is what is meant. */
enum script_dialect { DIALECT_LINUX, DIALECT_FREEBSD };

/* What only FreeBSD has, with numbers of our own that no level of Linux uses. */
enum {
    SCRIPT_FREEBSD_FIRST = 0x46420000,
    SCRIPT_TCP_NOOPT = SCRIPT_FREEBSD_FIRST, /* no options at all in the SYN */
    SCRIPT_TCP_NOPUSH,                       /* as TCP_CORK */
    SCRIPT_TCP_KEEPINIT,                     /* seconds that opening may take */
    SCRIPT_TCP_MD5SIG,                       /* an int, 1: keys are in the kernel's table (setkey) */
    SCRIPT_TCP_FASTOPEN,                     /* of a client, too: sendto() then opens */
    SCRIPT_TCP_FUNCTION_BLK,                 /* which of the kernel's TCPs: a struct */
    SCRIPT_TCP_REMOTE_UDP_ENCAPS_PORT,
    SCRIPT_TCP_RACK_PACE_ALWAYS,
    SCRIPT_TCP_RACK_PACE_MAX_SEG,
    SCRIPT_TCP_RACK_PACE_RATE_SS,
    SCRIPT_IPV6_USE_MIN_MTU,
    SCRIPT_SO_SETFIB,
    SCRIPT_SO_NOSIGPIPE,
    SCRIPT_SO_USELOOPBACK,
    SCRIPT_SO_REUSEPORT_LB,
    SCRIPT_MSG_EOF, /* a flag by itself, not to be or'ed by number: bit 30 */
};

/* The number of a name. False: the dialect has no such name. */
bool script_symbol(enum script_dialect dialect, const char *name, int64_t *number);

/* The name of an errno, "EINVAL"; NULL when there is none. */
const char *script_errno_name(int number);

/* Type and code of an ICMP message, of version 4 or 6: "unreachable", "host_unreachable"; "type_3", "code_1". |code| NULL: 0.
 * Returns 0; 1: the version has no such type; 2: the type has no such code. */
int script_icmp_number(int version, const char *type, const char *code, uint8_t *type_n, uint8_t *code_n);

#endif
