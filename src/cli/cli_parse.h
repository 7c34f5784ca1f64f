/* Texts of the command line. Pure functions: each returns 0, or TERN_ERR_INVAL and leaves |out| as it was. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include <tern/types.h>

/* An interface's address: "192.0.2.2/24", "2001:db8::2/64". */
struct prefix {
    struct tern_addr addr;
    uint8_t len; /* bits, of the address's own family */
};

/* Decimal digits only, at most |max|. */
int parse_number(const char *text, uint64_t max, uint64_t *out);
int parse_prefix(const char *text, struct prefix *out);
/* "80", ":80", "192.0.2.1:80", "[2001:db8::1]:80"; without an address, all zero. */
int parse_endpoint(const char *text, struct tern_endpoint *out);
/* "host:port" or "[host]:port" cut in two, in place. */
int parse_host_port(char *text, char **host, char **port);

/* Another address of the same network, for the kernel's end of a new TUN: the first host, or the second when that is taken. */
struct prefix prefix_neighbour(const struct prefix *own);

#endif
