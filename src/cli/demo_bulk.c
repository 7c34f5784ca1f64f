/* The bulk transfers of the demo: a file from tern's HTTP server to curl, and from a kernel-side server to tern. */
#include "cli_demo.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE_LEN   (1 << 20)
#define SERVER_PORT 8080

/* ---- the file ---- */

/* Pseudo-random, so that no byte can stand for another. */
int demo_bulk_make(struct demo *d)
{
    static unsigned char piece[PIECE_LEN];
    unsigned char seed[randombytes_SEEDBYTES] = "tern demo";
    char path[80];
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    snprintf(path, sizeof path, "%s/bulk", d->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = fd >= 0;
    for (uint64_t i = 0; ok && i < DEMO_BULK_LEN / PIECE_LEN; i++) {
        seed[sizeof seed - 1] = (unsigned char)i;
        randombytes_buf_deterministic(piece, sizeof piece, seed);
        crypto_hash_sha256_update(&hash, piece, sizeof piece);
        ok = write(fd, piece, sizeof piece) == (ssize_t)sizeof piece;
    }
    crypto_hash_sha256_final(&hash, d->hash);
    int err = errno;
    if (fd >= 0) close(fd);
    return ok ? CLI_DONE
              : cli_fail("demo", "cannot write %s: %s; set TMPDIR to a directory with 150 MB free", path, strerror(err));
}

static bool hash_file(const char *path, unsigned char out[static crypto_hash_sha256_BYTES])
{
    static unsigned char piece[PIECE_LEN];
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0) crypto_hash_sha256_update(&hash, piece, (size_t)n);
    if (fd >= 0) close(fd);
    crypto_hash_sha256_final(&hash, out);
    return n == 0;
}

static int verdict(struct demo *d, const unsigned char *hash, const char *what, double seconds)
{
    char text[2 * crypto_hash_sha256_BYTES + 1];
    demo_settle(d);
    bool equal = memcmp(hash, d->hash, sizeof d->hash) == 0;
    sodium_bin2hex(text, sizeof text, hash, crypto_hash_sha256_BYTES);
    demo_say(d, "%s: SHA-256 %.16s... %s; %.3f s, %.2f Gbit/s\n", what, text, equal ? _("equal") : _("DIFFERS"), seconds,
             seconds > 0 ? (double)DEMO_BULK_LEN * 8 / seconds / 1e9 : 0.0);
    return equal ? CLI_DONE : CLI_SHORT;
}

/* ---- tern fetches ---- */

static bool fetched(void *ctx) { return ((const struct http_fetch *)ctx)->done; }

static int fetch(struct demo *d, struct host *client, const char *host, uint16_t port, const char *what)
{
    struct tern_endpoint remote;
    demo_endpoint(&remote, host, port);
    struct http_fetch f = {.host = host, .path = "/bulk"};
    tern_ns begin = env_clock(); /* real time, in memory too */
    int err = host_connect(client, &remote, &service_fetch, &f, NULL);
    if (err < 0) return cli_fail("demo", "%s: %s", what, words(tern_strerror(err)));
    if (!demo_wait(d, fetched, &f, DEMO_LIMIT)) return cli_fail("demo", "%s: %s", what, demo_late(d));
    if (!f.whole) {
        return cli_fail("demo", "%s: %s", what,
                        f.error ? words(tern_strerror(f.error)) : _("the answer is not complete, or no 200 OK"));
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&f.hash, hash);
    return verdict(d, hash, what, (double)(env_clock() - begin) / 1e9);
}

/* ---- curl fetches ---- */

static bool child_over(void *ctx) { return ((const struct child *)ctx)->exited; }

static int curl(struct demo *d, const char *program)
{
    static const char url[] = "http://" DEMO_OWN4 "/bulk";
    char path[80];
    snprintf(path, sizeof path, "%s/got", d->dir);
    const char *argv[] = {program,         "-q", "-sS", "--noproxy", "*", "--max-time", "50", "-w",
                          "%{time_total}", "-o", path,  url,         NULL};
    struct child c = {0};
    int status = CLI_FAILED;
    if (child_start(&c, &d->env, argv, true) < 0) {
        cli_fail("demo", "cannot start curl");
    } else if (!demo_wait(d, child_over, &c, DEMO_LIMIT)) {
        cli_fail("demo", "curl: %s", demo_late(d));
    } else if (!WIFEXITED(c.status) || WEXITSTATUS(c.status) != 0) {
        cli_fail("demo", "curl failed with status %d", WEXITSTATUS(c.status));
    } else {
        unsigned char hash[crypto_hash_sha256_BYTES];
        double seconds = strtod(c.text, NULL);
        status = hash_file(path, hash) ? verdict(d, hash, _("(a) curl from tern, IPv4"), seconds) : CLI_SHORT;
    }
    child_stop(&c);
    unlink(path);
    return status;
}

int demo_bulk_serve(struct demo *d)
{
    struct tern_endpoint local = {.port = 80};
    int err = host_listen(&d->env.host, &local, 128, &service_http, &d->site, NULL);
    if (err < 0) return cli_fail("demo", "cannot listen on port 80: %s", words(tern_strerror(err)));
    if (d->memory) return fetch(d, &d->peer, DEMO_OWN4, 80, _("(a) the other tern from tern, IPv4"));
    char program[256];
    if (!child_find("curl", program)) return cli_fail("demo", "curl is missing: install it, or run 'tern demo --memory'");
    return curl(d, program);
}

/* ---- the kernel's server ---- */

/* Its user stays who it is: without rights it can become nobody else. */
static bool write_nginx_conf(const struct demo *d, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) return false;
    fprintf(f,
            "daemon off; master_process off; user root root; pid %s/nginx.pid; error_log /dev/null;\n"
            "events {}\nhttp { access_log off; client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; "
            "uwsgi_temp_path %s;\n"
            "scgi_temp_path %s; server { listen [" DEMO_PEER6 "]:%d; root %s; } }\n",
            d->dir, d->dir, d->dir, d->dir, d->dir, d->dir, SERVER_PORT, d->dir);
    return fclose(f) == 0;
}

/* Starts nginx, or else busybox' server. -1: neither is here. */
static int start_server(struct demo *d, struct child *c)
{
    static const char at[] = "[" DEMO_PEER6 "]:8080";
    char program[256], conf[80];
    snprintf(conf, sizeof conf, "%s/nginx.conf", d->dir);
    const char *nginx[] = {program, "-p", d->dir, "-e", "/dev/null", "-c", conf, NULL};
    const char *busybox[] = {program, "httpd", "-f", "-p", at, "-h", d->dir, NULL};
    if (child_find("nginx", program) && write_nginx_conf(d, conf)) return child_start(c, &d->env, nginx, false);
    return child_find("busybox", program) ? child_start(c, &d->env, busybox, false) : -1;
}

/* Whether somebody listens on the kernel's side: /proc/net/tcp6 says so without a connection that would show in the demo. */
static bool listening(void)
{
    char line[256], want[8];
    bool found = false;
    snprintf(want, sizeof want, ":%04X", SERVER_PORT);
    FILE *f = fopen("/proc/self/net/tcp6", "r");
    while (f && !found && fgets(line, sizeof line, f)) {
        char local[64], state[8];
        if (sscanf(line, " %*s %63s %*s %7s", local, state) != 2) continue;
        const char *colon = strrchr(local, ':');
        found = colon && strcmp(colon, want) == 0 && strcmp(state, "0A") == 0;
    }
    if (f) fclose(f);
    return found;
}

static bool wait_for_server(struct demo *d, const struct child *c)
{
    tern_ns until = d->env.host.now + 10 * TERN_SEC;
    while (!c->exited && d->env.host.now < until && !d->env.stop) {
        if (listening()) return true;
        if (demo_step(d, d->env.host.now + 10 * TERN_MS) < 0) return false;
    }
    return false;
}

int demo_bulk_fetch(struct demo *d)
{
    if (d->memory) {
        struct tern_endpoint local = {.port = SERVER_PORT};
        int err = host_listen(&d->peer, &local, 128, &service_http, &d->site, NULL);
        if (err < 0) return cli_fail("demo", "cannot listen on port %d: %s", SERVER_PORT, words(tern_strerror(err)));
        return fetch(d, &d->env.host, DEMO_PEER6, SERVER_PORT, _("(b) tern from the other tern, IPv6"));
    }
    struct child c = {0};
    int status = CLI_FAILED;
    if (start_server(d, &c) < 0) {
        cli_fail("demo", "nginx and busybox are missing: install one of them, or run 'tern demo --memory'");
    } else if (!wait_for_server(d, &c)) {
        cli_fail("demo", "the kernel-side HTTP server does not come up");
    } else {
        status = fetch(d, &d->env.host, DEMO_PEER6, SERVER_PORT, _("(b) tern from the kernel's server, IPv6"));
    }
    child_stop(&c);
    return status;
}
