/* tern attack: the classes of attacks (base/attacks.h), one at a time, against a tern in a network namespace that was made for
 * it.
 *
 * The pen is that namespace: its only device is the TUN that this process opened in it, and there is no way out of it. What the
 * attacker says goes through pen_say() alone, whose socket is of that namespace and bound to that device; a pen that is not a
 * namespace of its own cannot be opened. */
#ifndef CLI_CLI_ATTACK_H
#define CLI_CLI_ATTACK_H

#include "cli_env.h"
#include "tcp.h"

struct pen {
    struct options *options;
    struct env env;
    int fd, device;    /* the attacker's, of the pen's TUN */
    int client;        /* a socket of the kernel's, connected to tern's echo */
    uint64_t said;     /* packets of the attacker */
    uint64_t answered; /* of tern, meanwhile */
    struct tern_counters before;
};

/* |status|: -1: go on; otherwise the exit status, after the complaint. pen_close() is due in each case. */
int pen_open(struct pen *p, struct options *o);
int pen_close(struct pen *p, int status);

/* The connection between the kernel's client and tern, as tern has it. */
struct tern_status pen_status(const struct pen *p);
/* Does it still carry what is said over it, both ways? */
bool pen_talks(struct pen *p);
/* Time for answers. */
void pen_wait(struct pen *p, tern_ns span);

struct forged {
    struct tern_endpoint from, to;
    struct wire_tcp h;
    const uint8_t *options; /* as they stand, a multiple of 4 bytes; NULL: those of |h| */
    size_t options_len, len;
    uint8_t offset; /* what the data offset says; 0: the truth */
};

/* From the client, in order, as if it were said in their connection. */
struct forged pen_as_client(const struct pen *p, uint16_t flags);
void pen_say(struct pen *p, const struct forged *f);
/* An ICMP error of |type|, |code| about tern's byte |at|. */
void pen_icmp(struct pen *p, uint8_t type, uint8_t code, uint32_t rest, uint32_t at);

/* How a class is shown. */
struct assault {
    void (*run)(struct pen *p);
    const char *sent, *weak; /* N_() */
};
const struct assault *assault_of(unsigned n); /* NULL: not yet */

#endif
