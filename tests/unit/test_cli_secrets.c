/* Keys stay where the caller of the stack put them: nothing that tern writes
 * has one in it, and no core file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_env.h"
#include "cli_memory.h"
#include "sanitizer.h"
#include "cli_states.h"
#include "cli_test.h"
#include "hash.h"
#include "stack_internal.h"

enum { KEYS = 16, KEY = 16, RING = 4096, TURNS = 400 };

static const char md5_label[] = "a key of sixteen";

/* The test's own copies and pieces of memory are no more in a core file than
 * the stack's. */
static struct {
    void *p;
    size_t len;
} held[8];
static size_t held_n;

static void *hidden(size_t len)
{
    assert_true(held_n < sizeof held / sizeof held[0]);
    void *p = cli_memory.alloc(cli_memory.ctx, len);
    assert_non_null(p);
    held[held_n].p = p, held[held_n++].len = len;
    return memset(p, 0, len);
}

static int give_back(void **state)
{
    (void)state;
    while (held_n) {
        held_n--;
        cli_memory.free(cli_memory.ctx, held[held_n].p, held[held_n].len);
    }
    return 0;
}

struct keys {
    size_t n;
    uint8_t key[KEYS][KEY];
};

static void add_key(struct keys *k, const void *key)
{
    assert_true(k->n < KEYS);
    memcpy(k->key[k->n++], key, KEY);
}

static void keys_of(struct keys *k, struct tern_stack *s)
{
    uint8_t(*fo)[KEY] = hidden(2 * KEY);
    add_key(k, s->env.isn_key);
    add_key(k, s->env.ts_key);
    add_key(k, s->table_key);
    add_key(k, s->port_key);
    add_key(k, s->fo_secret);
    size_t n = tern_stack_fastopen_keys_get(s, fo);
    for (size_t i = 0; i < n; i++) add_key(k, fo[i]);
}

/* ---- what to look for, and in what ---- */

static bool has_bytes(const uint8_t *p, size_t len, const void *what, size_t n) { return memmem(p, len, what, n) != NULL; }

/* Half a key, as bytes or in hexadecimal, in either order. */
static bool has_half(const uint8_t *p, size_t len, const uint8_t *half)
{
    char hex[4][KEY + 1];
    for (int i = 0; i < KEY / 2; i++) {
        snprintf(hex[0] + 2 * i, 3, "%02x", half[i]);
        snprintf(hex[1] + 2 * i, 3, "%02X", half[i]);
        snprintf(hex[2] + 2 * i, 3, "%02x", half[KEY / 2 - 1 - i]);
        snprintf(hex[3] + 2 * i, 3, "%02X", half[KEY / 2 - 1 - i]);
    }
    bool found = has_bytes(p, len, half, KEY / 2);
    for (int i = 0; i < 4; i++) found |= has_bytes(p, len, hex[i], KEY);
    memset(hex, 0, sizeof hex);
    __asm__ volatile("" : : "r"(hex) : "memory"); /* the zeros are written */
    return found;
}

/* The number of the first key of which half is there, or -1. */
static int find_key(const struct keys *k, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < k->n; i++)
        if (has_half(p, len, k->key[i]) || has_half(p, len, k->key[i] + KEY / 2)) return (int)i;
    return -1;
}

/* ---- two stacks that talk, and all that is written of it ---- */

struct pair {
    struct tern_stack *s[2];
    struct tern_conn *c[2];
    struct tern_listener *l;
    struct tern_trace trace;
    struct tern_event *ring;
    struct tern_loop_tap tap; /* of the second */
    tern_ns now;
};

static struct tern_endpoint end_of(int i, uint16_t port)
{
    return (struct tern_endpoint){tern_addr_v4((const uint8_t[4]){192, 0, 2, (uint8_t)(i + 1)}), port};
}

static void deliver(struct pair *p, int to, const struct tern_pkt *pkt)
{
    struct tern_buf *b = tern_buf_get(tern_stack_pool(p->s[to]), TERN_PACKET_MAX);
    assert_non_null(b);
    int len = tern_pkt_cut(pkt, 0, b->data, b->cap);
    assert_true(len > 0);
    b->len = (uint32_t)len;
    uint64_t from = p->trace.end;
    if (to == 1 && p->tap.in) p->tap.in(p->tap.ctx, p->now, b);
    if (tern_stack_input(p->s[to], 0, p->now, b) == TERN_INPUT_FOREIGN) tern_buf_unref(b);
    if (to == 1 && p->tap.in_done) p->tap.in_done(p->tap.ctx, p->now, from, p->trace.end);
}

static void run(struct pair *p)
{
    struct tern_ready r;
    for (int turn = 0; turn < TURNS; turn++, p->now += TERN_MS)
        for (int i = 0; i < 2; i++) {
            struct tern_pkt pkt;
            tern_stack_expire(p->s[i], p->now);
            while (tern_stack_next_event(p->s[i], &r))
                if (r.listener && !p->c[1]) p->c[1] = tern_listener_accept(r.listener);
            while (tern_stack_output(p->s[i], 0, p->now, &pkt, 1) == 1) {
                if (i == 1 && p->tap.out) p->tap.out(p->tap.ctx, p->now, &pkt);
                deliver(p, 1 - i, &pkt);
            }
        }
}

static void open_pair(struct pair *p)
{
    struct options o = {.command = "test"};
    tern_settings_default(&o.settings);
    for (int i = 0; i < 2; i++) {
        struct tern_if_config ic = {.mtu = 1500, .addr = {end_of(i, 0).addr}, .prefix_len = {24}, .addr_n = 1};
        p->s[i] = env_stack(&o, p->now);
        assert_non_null(p->s[i]);
        assert_int_equal(tern_stack_add_if(p->s[i], &ic), 0);
    }
    p->ring = calloc(RING, sizeof *p->ring);
    tern_trace_init(&p->trace, p->ring, RING);
    tern_stack_trace(p->s[1], &p->trace);
}

/* By Fast Open's cookies, and signed. */
static void talk(struct pair *p, bool sign)
{
    struct tern_endpoint to = end_of(1, sign ? 179 : 80), client = end_of(0, 0);
    struct tern_listen_config lc = {.local = {.port = to.port}};
    assert_int_equal(tern_stack_listen(p->s[1], &lc, &p->l), 0);
    assert_int_equal(tern_listener_set(p->l, TERN_OPT_FASTOPEN, 5), 0);
    if (sign) assert_int_equal(tern_listener_md5(p->l, &client.addr, 32, md5_label, KEY), 0);
    assert_int_equal(tern_stack_connect(p->s[0], NULL, &to, &p->c[0]), 0);
    if (sign)
        assert_int_equal(tern_conn_md5(p->c[0], p->now, md5_label, KEY), 0);
    else
        assert_int_equal(tern_conn_set(p->c[0], p->now, TERN_OPT_FASTOPEN, 1), 0);
    assert_int_equal(tern_conn_send(p->c[0], p->now, "hello", 5), 5);
    run(p);
    assert_non_null(p->c[1]);
    assert_int_equal(tern_conn_readable(p->c[1]), 5);
}

static void end_talk(struct pair *p)
{
    for (int i = 0; i < 2; i++) tern_conn_release(p->c[i], p->now), p->c[i] = NULL;
    tern_listener_close(p->l);
    run(p);
}

static void close_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) tern_stack_free(p->s[i]);
    free(p->ring);
}

static void write_all(struct pair *p, FILE *out)
{
    struct tern_out to = {tern_put_file, out};
    struct tern_ladder_config config = {.out = to, .detail = TERN_LADDER_FULL};
    struct tern_ladder *ladder = tern_ladder_new(&config);
    char comment[4096];
    for (uint64_t n = 0; n < p->trace.end; n++) {
        const struct tern_event *ev = tern_trace_get(&p->trace, n);
        assert_non_null(ev);
        tern_json_event(&to, ev, n);
        tern_ladder_event(ladder, ev);
        fwrite(comment, 1, tern_comment(&p->trace, n, n + 1, comment, sizeof comment), out);
    }
    tern_ladder_flush(ladder);
    tern_ladder_free(ladder);
    for (int json = 0; json < 2; json++)
        for (int i = 0; i < 2; i++) {
            size_t len;
            char *text = states_text(p->s[i], p->now, json, &len);
            assert_non_null(text);
            fwrite(text, 1, len, out);
            free(text);
        }
    fwrite(p->ring, sizeof *p->ring, (size_t)p->trace.end, out); /* an event holds none either */
}

static uint8_t *slurp(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *len = (size_t)st.st_size;
    uint8_t *p = malloc(*len);
    assert_int_equal(read(fd, p, *len), st.st_size);
    close(fd);
    return p;
}

/* ---- outputs ---- */

TEST(nothing_that_is_written_holds_a_key)
{
    struct pair p = {.now = TERN_SEC};
    struct keys *k = hidden(sizeof *k);
    char path[] = "/tmp/tern-secrets-XXXXXX", err[200], *text = NULL;
    size_t len, file_len;
    close(mkstemp(path));
    open_pair(&p);
    struct tern_pcapng *file = tern_pcapng_open(path, 0, err, sizeof err);
    struct tern_capture *capture = tern_capture_new(file, &p.trace, &(struct tern_capture_config){0});
    assert_non_null(capture);
    p.tap = tern_capture_tap(capture);
    talk(&p, false);
    end_talk(&p);
    talk(&p, true);
    for (int i = 0; i < 2; i++) keys_of(k, p.s[i]);
    add_key(k, md5_label);
    FILE *out = open_memstream(&text, &len);
    write_all(&p, out);
    fclose(out);
    assert_true(len > 10000);
    assert_int_equal(find_key(k, (const uint8_t *)text, len), -1);
    p.tap = (struct tern_loop_tap){0};
    assert_int_equal(tern_capture_close(capture), 0);
    uint8_t *bytes = slurp(path, &file_len);
    assert_true(file_len > 2000);
    assert_int_equal(find_key(k, bytes, file_len), -1);
    free(text);
    /* and one that is there is found */
    out = open_memstream(&text, &len);
    for (int i = 0; i < KEY; i++) fprintf(out, "%02x", k->key[1][i]);
    fclose(out);
    assert_int_equal(find_key(k, (const uint8_t *)text, len), 1);
    free(text);
    free(bytes);
    unlink(path);
    end_talk(&p);
    close_pair(&p);
}

/* ---- core files ---- */

/* What a core file would hold of this process: given to |look| piece by piece,
 * until that finds something. */
static bool each_dumped(bool (*look)(void *ctx, const uint8_t *p, size_t len), void *ctx)
{
    enum { PIECE = 1 << 16, OVERLAP = 64 };
    char line[512];
    unsigned long from = 0, to = 0;
    char rights[8] = "";
    bool found = false, stack = false;
    uint8_t *piece = hidden(PIECE + OVERLAP);
    FILE *maps = fopen("/proc/self/smaps", "re");
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    assert_true(maps && mem >= 0);
    while (!found && fgets(line, sizeof line, maps)) {
        unsigned long begin, end;
        char may[8];
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, may) == 3) {
            from = begin, to = end;
            memcpy(rights, may, sizeof may);
            stack = strstr(line, "[stack]") != NULL;
        }
        if (strncmp(line, "VmFlags:", 8) != 0 || strstr(line, " dd") || rights[1] != 'w' || stack) continue;
        for (unsigned long at = from; at < to && !found; at += PIECE) {
            size_t want = to - at < PIECE + OVERLAP ? to - at : PIECE + OVERLAP;
            ssize_t n = pread(mem, piece, want, (off_t)at);
            if (n > 0) found = look(ctx, piece, (size_t)n);
        }
    }
    fclose(maps);
    close(mem);
    return found;
}

static bool look_for_keys(void *ctx, const uint8_t *p, size_t len) { return find_key(ctx, p, len) >= 0; }

/* Any 16 bytes out of which the first half of the stack's key for numbers is
 * made. */
static bool look_for_secret(void *ctx, const uint8_t *p, size_t len)
{
    const uint8_t label[2] = {'i', 0};
    for (size_t i = 0; i + KEY <= len; i += 4) {
        uint64_t v = hash_keyed(p + i, label, sizeof label);
        const uint8_t *key = ctx;
        bool same = true;
        for (int k = 0; k < 8 && same; k++) same = key[k] == (uint8_t)(v >> (8 * k));
        if (same) return true;
    }
    return false;
}

TEST(a_core_file_holds_no_key)
{
    struct pair p = {.now = TERN_SEC};
    struct keys *k = hidden(sizeof *k);
    if (SANITIZED) skip();
    open_pair(&p);
    talk(&p, false);
    for (int i = 0; i < 2; i++) keys_of(k, p.s[i]);
    assert_false(each_dumped(look_for_keys, k));
    for (int i = 0; i < 2; i++) assert_false(each_dumped(look_for_secret, p.s[i]->env.isn_key));
    end_talk(&p);
    close_pair(&p);
}

/* The test above can fail: in ordinary memory a key is found, and so is a
 * secret. */
TEST(a_key_in_ordinary_memory_would_be_found)
{
    struct pair p = {.now = TERN_SEC};
    struct keys *k = hidden(sizeof *k);
    if (SANITIZED) skip();
    open_pair(&p);
    keys_of(k, p.s[0]);
    uint8_t *copy = malloc(KEY);
    memcpy(copy, k->key[3] + KEY / 2, KEY / 2);
    __asm__ volatile("" : : "r"(copy) : "memory");
    assert_true(each_dumped(look_for_keys, k));
    free(copy);
    static struct tern_stack_config config = {.alloc = &cli_memory, .secret = "not so secret .", .now = TERN_SEC};
    struct tern_stack *s = tern_stack_new(&config);
    assert_true(each_dumped(look_for_secret, s->env.isn_key));
    tern_stack_free(s);
    close_pair(&p);
}

/* ---- the memory itself ---- */

TEST(blocks_are_aligned_and_their_own)
{
    enum { N = 2000 };
    static uint8_t *block[N];
    static size_t len[N];
    uint32_t x = 1;
    for (int round = 0; round < 20; round++)
        for (int i = 0; i < N; i++) {
            x = x * 1664525u + 1013904223u;
            if (block[i]) {
                for (size_t b = 0; b < len[i]; b += 61) assert_int_equal(block[i][b], (uint8_t)i);
                cli_memory.free(cli_memory.ctx, block[i], len[i]);
                block[i] = NULL;
                if (x & 1) continue;
            }
            len[i] = 1 + (x >> 8) % (i % 100 == 0 ? 300000 : 9000);
            block[i] = cli_memory.alloc(cli_memory.ctx, len[i]);
            assert_non_null(block[i]);
            assert_int_equal((uintptr_t)block[i] % _Alignof(max_align_t), 0);
            memset(block[i], i, len[i]);
        }
    for (int i = 0; i < N; i++)
        if (block[i]) cli_memory.free(cli_memory.ctx, block[i], len[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_that_is_written_holds_a_key, give_back),
        cmocka_unit_test_teardown(a_core_file_holds_no_key, give_back),
        cmocka_unit_test_teardown(a_key_in_ordinary_memory_would_be_found, give_back),
        cmocka_unit_test(blocks_are_aligned_and_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
