/* tern demo: three conversations between tern and the kernel's TCP (or, with --memory, between two terns), checked and shown. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include <sys/types.h>

#include "cli_env.h"
#include "cli_http.h"

#define DEMO_OWN4        "192.0.2.2"
#define DEMO_OWN6        "2001:db8::2"
#define DEMO_PEER4       "192.0.2.1"
#define DEMO_PEER6       "2001:db8::1"
#define DEMO_BULK_LEN    (UINT64_C(64) << 20)
#define DEMO_CHAT_PORT   7000 /* and the next one */
#define DEMO_CLOSED_PORT 7999
#define DEMO_LIMIT       (60 * TERN_SEC) /* for each part */

#define EXCERPT_FIRST 40
#define EXCERPT_LAST  30

struct excerpt {
    size_t n; /* lines so far */
    char *last[EXCERPT_LAST];
    char line[2048];
    size_t line_len;
};

/* A |put| of struct tern_out. */
int excerpt_put(void *excerpt, const char *text, size_t len);
/* Prints what is held back. */
void excerpt_end(struct excerpt *x, const char *where);

struct demo {
    struct options options;
    int memory;          /* --memory: popt wants an int */
    int web;             /* --web */
    char *browser;       /* --browser; NULL: the user starts one */
    bool user_namespace; /* ours, since we are not root outside of it */
    struct env env;
    struct excerpt excerpt;
    char dir[64]; /* of the files, removed in the end; "": none yet */
    struct http_site site;
    unsigned char hash[crypto_hash_sha256_BYTES]; /* of the bulk file */
    /* --memory: the other tern, and the links between the two; env.host is this side */
    struct host peer;
    struct tern_link *link[2];
    struct tern_loop_tap tap;
};

/* Text for the reader; with --json nothing. */
void demo_say(const struct demo *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One turn; returns at |until| at the latest, in virtual time with --memory. 0 or TERN_ERR_IO. */
int demo_step(struct demo *d, tern_ns until);
/* Turns until |done|. False: it did not come within |limit|, or a signal came. */
bool demo_wait(struct demo *d, bool (*done)(void *ctx), void *ctx, tern_ns limit);
/* Why demo_wait() was in vain. */
const char *demo_late(const struct demo *d);
/* A pause, in which the last acknowledgements come and the ladder is written out. */
void demo_settle(struct demo *d);
void demo_endpoint(struct tern_endpoint *e, const char *addr, uint16_t port);

/* ---- demo_net.c: each returns -1 to go on, or the exit status after the complaint ---- */

/* A network namespace of our own; false: errno says why. */
bool own_namespace(void);
/* The same with lo up. */
int demo_namespace(void);

/* ---- demo_memory.c ---- */

int demo_memory_open(struct demo *d);
void demo_memory_close(struct demo *d);
int demo_memory_step(struct demo *d, tern_ns until);

/* ---- demo_child.c ---- */

struct child {
    struct watch watch; /* its pidfd */
    struct watch out_watch;
    struct env *env;
    pid_t pid;
    int in, out;     /* pipes to its stdin, from its stdout; -1 */
    char text[1024]; /* of its stdout */
    size_t text_len;
    bool exited;
    int status;                     /* as of waitpid() */
    void (*heard)(struct child *c); /* more |text|; NULL */
    void *ctx;
};

/* Whether |name| is a program in PATH or the directories of the system. */
bool child_find(const char *name, char path[static 256]);
/* Starts argv[0], which child_find() found. |talks|: pipes at its stdin and stdout. 0, or a negative errno. */
int child_start(struct child *c, struct env *e, const char *const *argv, bool talks);
/* Ends it, if it has not ended, and waits for it. */
void child_stop(struct child *c);

/* ---- the parts: CLI_DONE, CLI_SHORT: something differed, CLI_FAILED ---- */

/* ---- demo_web.c: CLI_SHORT: nobody came ---- */

int demo_web(struct demo *d);

int demo_bulk_make(struct demo *d);
int demo_bulk_serve(struct demo *d);
int demo_bulk_fetch(struct demo *d);
int demo_chat(struct demo *d, bool own_first);
int demo_refused(struct demo *d);

#endif
