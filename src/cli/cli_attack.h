/* tern attack: the classes of attacks (base/attacks.h), one at a time, against a victim in a network namespace that was made for
 * it: a tern, or the kernel's own TCP.
 *
 * The pen is that namespace. The kernel (192.0.2.1) and a tern (192.0.2.2) stand in it, joined by a TUN device; one is the
 * victim, the other has an honest connection to it. The attacker has the addresses 198.51.100.0/24. Against tern he speaks and
 * listens on that TUN device; against the kernel on another one of the pen. What he says goes through pen_fire() alone, whose
 * descriptor is of that namespace; a pen that is not a namespace of its own cannot be opened, and there is no way out of it. */
#ifndef CLI_CLI_ATTACK_H
#define CLI_CLI_ATTACK_H

#include <jansson.h>

#include "cli_env.h"
#include "tcp.h"
#include "ip.h"

enum {
    PEN_ECHO = 7,
    PEN_CHARGEN = 19,
    PEN_BACKLOG = 128,
    HEARD_MAX = 1600,
    HEARD_N = 4096,
    CHECKS_MAX = 16,
};

/* A packet of the victim to an address of the attacker. */
struct heard {
    struct wire_ip ip;
    struct wire_tcp h; /* of TCP; |data| leads into |bytes| */
    struct tern_endpoint from, to;
    uint16_t id; /* the IP identification */
    uint8_t bytes[HEARD_MAX];
};

/* An honest connection between the kernel and tern, to the victim's echo. */
struct pair {
    struct pen *pen;
    int fd;                  /* the kernel's end, when tern is the victim; -1 */
    struct session *session; /* tern's end, when the kernel is; NULL: it has ended */
    char heard[64];
    size_t heard_n;
};

/* One thing that has to hold, and whether it did. */
struct check {
    const char *id;
    bool held;
    char text[240];
};

struct pen {
    struct options *options;
    struct env env;
    bool kernel; /* is the victim; otherwise tern */
    bool told;   /* by a ladder */
    const char *sysctl;
    struct watch wire;
    struct tern_link *evil; /* against the kernel: the attacker's TUN */
    int device;             /* against tern: the TUN's number */
    struct heard *queue;    /* what was heard, HEARD_N places */
    uint64_t heard_first, heard_end;
    struct pair beside;
    uint64_t said, said_bytes, answered, answered_bytes, missed;
    uint64_t to_itself; /* packets from the victim's address to it */
    size_t memory;      /* of the victim before the attack */
    struct tern_counters before;
    int figures;                  /* against the kernel: the directory of its counts and connections; -1 */
    struct kernel_counts *counts; /* what it had counted */
    struct server *servers;       /* against the kernel: its connections */
    struct watch listener[2];
    uint64_t accepted; /* by the kernel's application */
    char *block;       /* of chargen */
    struct ladder *ladder;
    struct tern_ladder *hushed;
    uint64_t hushed_at, unshown;
    struct check check[CHECKS_MAX];
    size_t check_n;
};

/* ---- the pen ---- */

/* |sysctl|: of the kernel as victim, as in struct assault. -1: go on; otherwise the exit status, after the complaint. pen_close()
 * is due in each case. */
int pen_open(struct pen *p, struct options *o, bool kernel, const char *sysctl);
int pen_close(struct pen *p, int status);

/* Time for answers. */
void pen_wait(struct pen *p, tern_ns span);
/* What is said between goes into no ladder. */
void pen_hush(struct pen *p, bool hush);

struct tern_endpoint pen_victim(const struct pen *p, uint16_t port);
struct tern_endpoint pen_evil(unsigned host, uint16_t port);
/* Bytes that the victim holds: tern in all, the kernel for the sockets that its application has. */
size_t pen_memory(struct pen *p);
/* The victim's connections with the attacker, whatever their state; the kernel's in TIME-WAIT, which last a minute, excepted. */
uint32_t pen_connections(struct pen *p);
/* Connections that came to the victim's application. */
uint64_t pen_accepted(struct pen *p);
/* The victim's application gives all connections up that it has with the attacker. */
void pen_abandon(struct pen *p);
/* It opens one to |to|. */
bool pen_dial(struct pen *p, const struct tern_endpoint *to);
/* Of tern: does it have a connection to |to| that it has opened, as it says? */
bool pen_called(const struct pen *p, const struct tern_endpoint *to);

bool pair_open(struct pair *c, struct pen *p);
/* Does it carry what is said over it, both ways? */
bool pair_talks(struct pair *c);
void pair_close(struct pair *c);
/* Tern's view of it; false: it has none any more. */
bool pair_status(const struct pair *c, struct tern_status *st);

/* ---- what the attacker says and hears ---- */

struct forged {
    struct tern_endpoint from, to;
    struct wire_tcp h;
    const uint8_t *options; /* as they stand, a multiple of 4 bytes; NULL: those of |h| */
    const uint8_t *data;    /* NULL: |len| times 'x' */
    size_t options_len, len;
    uint8_t offset; /* what the data offset says; 0: the truth */
    int lie;        /* what the IP header's length says more */
};

/* As the honest end of |c| would say it to the victim, in order. */
struct forged pen_as_peer(const struct pair *c, uint16_t flags);
void pen_fire(struct pen *p, const struct forged *f);
/* The same, and time for an answer. */
void pen_say(struct pen *p, const struct forged *f);
/* An ICMP error of |type|, |code| that quotes the victim's segment from |from| to |to| with number |at|. */
void pen_icmp(struct pen *p, const struct tern_endpoint *from, const struct tern_endpoint *to, uint8_t type, uint8_t code,
              uint32_t rest, uint32_t at);
/* The next packet that was heard; waits for it at most |span|. */
bool pen_hear(struct pen *p, struct heard *h, tern_ns span);
void pen_forget(struct pen *p);
/* Of the watch |wire|. */
void pen_wire_ready(struct watch *w, uint32_t events);

/* ---- the ladder of the kernel's packets (attack_ladder.c) ---- */

int pen_ladder_open(struct pen *p);
void pen_ladder_packet(struct pen *p, const uint8_t *packet, size_t len);
void pen_ladder_close(struct pen *p);

/* ---- the kernel as victim (attack_kernel.c) ---- */

int kernel_open(struct pen *p);
void kernel_close(struct pen *p);
size_t kernel_memory(const struct pen *p);
uint32_t kernel_connections(const struct pen *p);
/* The file |name| of the directory |figures|: in the jail no other can be read. NULL: errno says why not. */
FILE *kernel_figures(const struct pen *p, const char *name);
void kernel_abandon(struct pen *p);
bool kernel_dial(struct pen *p, const struct tern_endpoint *to);
void kernel_say_counts(struct pen *p); /* what it counted since pen_open() */
json_t *kernel_json_counts(const struct pen *p);

/* ---- a TCP that the attacker does by hand (attack_puppet.c) ---- */

struct puppet {
    struct pen *pen;
    struct tern_endpoint at, to;
    struct wire_tcp syn; /* options and window of its SYN */
    uint32_t first;      /* its ISN */
    seq32 iss, snd, irs, rcv;
    uint16_t wnd;
    bool ts, reset, fin;
    uint32_t clock, echo;
    uint8_t got[1 << 16], have[1 << 16]; /* the victim's bytes from its first on, and which of them came */
    uint32_t got_n, longest;             /* as many in order; the longest segment */
};

/* A puppet at 198.51.100.|host|, for the victim's |port|; |first| and |syn| may be changed before it opens. */
struct puppet *puppet_new(struct pen *p, unsigned host, uint16_t own, uint16_t port);
bool puppet_open(struct puppet *u);
/* |off| bytes beyond what it said last, which stays where it was. */
void puppet_say_at(struct puppet *u, uint16_t flags, int32_t off, const void *data, size_t len);
/* In order. */
void puppet_say(struct puppet *u, uint16_t flags, const void *data, size_t len);
/* What can be said with |flags|, from its next number. */
struct forged puppet_forge(const struct puppet *u, uint16_t flags);
/* Takes up |h|; false: it is not for |u|. */
bool puppet_take(struct puppet *u, const struct heard *h);
/* All but the first |n| bytes of what came is thrown away. */
void puppet_throw(struct puppet *u, uint32_t n);
/* Hears and acknowledges until it has |n| bytes in order, or |span| passes without more. */
bool puppet_read(struct puppet *u, uint32_t n, tern_ns span);
/* Does the victim's echo still return what it says? */
bool puppet_talks(struct puppet *u);
/* By RST; frees it. */
void puppet_drop(struct puppet *u);

/* ---- what came of it ---- */

/* Something that has to hold: a sentence that says what was seen. |id| is for programs. */
void pen_check(struct pen *p, const char *id, bool held, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* How a class is shown. */
struct assault {
    void (*run)(struct pen *p);
    const char *sent, *weak; /* N_() */
    bool quiet;              /* there may be no more answers than questions */
    bool holds;              /* the victim may hold more behind it */
    bool published;          /* --weak puts the published flaw back alone: without another guard of the class it would not show */
    const char *set;         /* settings for tern: "KEY=VALUE ..."; NULL */
    const char *sysctl;      /* for the kernel, below net/ipv4: "NAME=VALUE ..."; NULL */
};
const struct assault *assault_of(unsigned n);
/* "NAME=VALUE ..." by |set|. False: one is refused. */
bool attack_set(const char *text, bool (*set)(void *ctx, const char *name, const char *value), void *ctx);

/* attack_parse.c, ..._blind.c, ..._stream.c, ..._numbers.c, ..._peer.c, ..._resources.c */
void attack_options(struct pen *p);
void attack_header(struct pen *p);
void attack_urgent(struct pen *p);
void attack_isn(struct pen *p);
void attack_blind(struct pen *p);
void attack_challenge_oracle(struct pen *p);
void attack_challenge_leak(struct pen *p);
void attack_sack(struct pen *p);
void attack_segments(struct pen *p);
void attack_syn_flood(struct pen *p);
void attack_sockstress(struct pen *p);
void attack_stuck(struct pen *p);
void attack_timestamps(struct pen *p);
void attack_icmp(struct pen *p);
void attack_land(struct pen *p);
void attack_ack_storm(struct pen *p);
void attack_split_handshake(struct pen *p);
void attack_optimistic_ack(struct pen *p);
void attack_ack_division(struct pen *p);
void attack_counters(struct pen *p);
void attack_overlap(struct pen *p);
void attack_arithmetic(struct pen *p);
void attack_take_back(struct pen *p);
void attack_secrets(struct pen *p);
void attack_amplification(struct pen *p);

#endif
