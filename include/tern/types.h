/* Types, errors and conventions that hold in every header of tern.
 *
 *  - Time is tern_ns: nanoseconds on any monotonic clock the caller likes. tern reads no clock itself. A time given to a stack is
 *    never before the last one given to it.
 *  - Calls return a count or 0, or a negative TERN_ERR_*. tern_strerror() has the text.
 *  - Ports are in host byte order. Addresses are 16 bytes in network order; IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
 *  - Lengths end in _len (bytes), counts in _n, instants in _at, durations in _ns.
 *  - One stack belongs to one thread at a time; nothing is shared between stacks. */
#ifndef TERN_TYPES_H
#define TERN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TERN_API __attribute__((visibility("default")))
#else
#define TERN_API
#endif

typedef uint64_t tern_ns;
#define TERN_NEVER UINT64_MAX /* no deadline */
#define TERN_US    UINT64_C(1000)
#define TERN_MS    UINT64_C(1000000)
#define TERN_SEC   UINT64_C(1000000000)

/* Every error that a call may return: name, value, text. */
#define TERN_ERRORS(X)                                                                                                           \
    X(AGAIN, -1, "the call would have to wait: try again when the connection says so")                                           \
    X(INVAL, -2, "an argument is out of its range")                                                                              \
    X(NOMEM, -3, "the memory cap is reached, or the allocator refused")                                                          \
    X(PIPE, -4, "the sending side is closed")                                                                                    \
    X(RESET, -5, "connection reset by the peer")                                                                                 \
    X(REFUSED, -6, "connection refused")                                                                                         \
    X(TIMEDOUT, -7, "the peer did not answer in time")                                                                           \
    X(CLOSING, -8, "connection closing")                                                                                         \
    X(NOTCONN, -9, "there is no connection")                                                                                     \
    X(ADDRINUSE, -10, "the local address and port are in use")                                                                   \
    X(ADDRNOTAVAIL, -11, "no local address or port is available")                                                                \
    X(UNREACH, -12, "no route to the destination")                                                                               \
    X(ABORTED, -13, "the connection was aborted by this side")                                                                   \
    X(MSGSIZE, -14, "the packet is too long")                                                                                    \
    X(UNSUPPORTED, -15, "not supported here")                                                                                    \
    X(IO, -16, "the link failed")                                                                                                \
    X(PROTO, -17, "the destination does not speak TCP")                                                                          \
    X(NETUNREACH, -18, "no route to the network of the destination")

enum tern_err {
#define X(name, value, text) TERN_ERR_##name = (value),
    TERN_ERRORS(X)
#undef X
};

/* The text of an error; "success" for 0 and above, "unknown error" for what no call returns. Never NULL. */
TERN_API const char *tern_strerror(int err);

/* The reader's words for an English text of tern's: gettext's msgid. A config that has none (NULL) writes English. Names,
 * numbers, and what programs read (JSON lines, the comments of a capture) stay English always. */
typedef const char *(*tern_translate)(const char *msgid);

/* The library's version, "MAJOR.MINOR.PATCH". The string is static. */
TERN_API const char *tern_version(void);

/* An allocator. |alloc| returns memory aligned for any object, or NULL; |free| gets the length given to |alloc|. */
struct tern_alloc {
    void *(*alloc)(void *ctx, size_t len);
    void (*free)(void *ctx, void *p, size_t len);
    void *ctx;
};

/* malloc() and free(). (The core itself calls neither.) */
TERN_API extern const struct tern_alloc tern_alloc_libc;

/* An IP address. The all-zero address means "any". */
struct tern_addr {
    uint8_t b[16];
};

struct tern_endpoint {
    struct tern_addr addr;
    uint16_t port;
};

#define TERN_ADDR_STRLEN     46 /* longest text of an address, NUL included */
#define TERN_ENDPOINT_STRLEN 56 /* "[address]:port" */

/* |b| holds 4 bytes in network order. */
TERN_API struct tern_addr tern_addr_v4(const uint8_t b[4]);
TERN_API bool tern_addr_is_v4(const struct tern_addr *a);
TERN_API bool tern_addr_is_any(const struct tern_addr *a); /* all zero, or ::ffff:0.0.0.0 */
TERN_API bool tern_addr_eq(const struct tern_addr *a, const struct tern_addr *b);

/* Reads "192.0.2.1" or "2001:db8::1". Returns 0 or TERN_ERR_INVAL, and then leaves |out| as it was. */
TERN_API int tern_addr_parse(const char *text, struct tern_addr *out);

/* Writes the address (RFC 5952) into |out| and returns |out|. */
TERN_API char *tern_addr_format(const struct tern_addr *a, char out[TERN_ADDR_STRLEN]);

/* "192.0.2.1:80" or "[2001:db8::1]:80"; returns |out|. */
TERN_API char *tern_endpoint_format(const struct tern_endpoint *e, char out[TERN_ENDPOINT_STRLEN]);

#ifdef __cplusplus
}
#endif
#endif
