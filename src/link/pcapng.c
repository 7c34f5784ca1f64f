/* Writes pcapng (draft-ietf-opsawg-pcapng): a section header, one interface, an enhanced packet block each packet.
 * Numbers stand in the machine's order, which the section header tells. */
#include <tern/link.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_RAW = 101,
    OPT_END = 0,
    OPT_COMMENT = 1,
    OPT_FLAGS = 2,    /* of a packet: direction in the two lowest bits */
    OPT_TSRESOL = 9,  /* of an interface */
    OPT_USERAPPL = 4, /* of a section */
    TSRESOL_NANO = 9,
    COMMENT_MAX = 65535 /* an option's length has 16 bits */
};

struct tern_pcapng {
    FILE *file;
    uint32_t snap_len;
    uint16_t link_type;
    bool directed; /* each packet says whether it came or left */
    bool failed;
};

static void put(struct tern_pcapng *p, const void *bytes, size_t len)
{
    if (len > 0 && fwrite(bytes, 1, len, p->file) != len) p->failed = true;
}

static void put16(struct tern_pcapng *p, uint16_t v) { put(p, &v, sizeof v); }
static void put32(struct tern_pcapng *p, uint32_t v) { put(p, &v, sizeof v); }

static uint32_t padded(uint32_t len) { return (len + 3) & ~UINT32_C(3); }

static void put_padded(struct tern_pcapng *p, const void *bytes, uint32_t len)
{
    static const uint8_t zero[3] = {0};
    put(p, bytes, len);
    put(p, zero, padded(len) - len);
}

static uint32_t option_len(uint32_t len) { return 4 + padded(len); }

static void put_option(struct tern_pcapng *p, uint16_t code, const void *bytes, uint32_t len)
{
    put16(p, code);
    put16(p, (uint16_t)len);
    put_padded(p, bytes, len);
}

static void put_section(struct tern_pcapng *p)
{
    static const char name[] = "tern";
    uint32_t len = 28 + option_len(sizeof name - 1) + option_len(0);
    put32(p, BLOCK_SECTION);
    put32(p, len);
    put32(p, BYTE_ORDER_MAGIC);
    put16(p, 1); /* version 1.0 */
    put16(p, 0);
    put32(p, UINT32_MAX); /* the section's length is not known */
    put32(p, UINT32_MAX);
    put_option(p, OPT_USERAPPL, name, sizeof name - 1);
    put_option(p, OPT_END, NULL, 0);
    put32(p, len);
}

static void put_interface(struct tern_pcapng *p)
{
    const uint8_t resolution = TSRESOL_NANO;
    uint32_t len = 20 + option_len(sizeof resolution) + option_len(0);
    put32(p, BLOCK_INTERFACE);
    put32(p, len);
    put16(p, p->link_type);
    put16(p, 0);
    put32(p, p->snap_len);
    put_option(p, OPT_TSRESOL, &resolution, sizeof resolution);
    put_option(p, OPT_END, NULL, 0);
    put32(p, len);
}

static struct tern_pcapng *open_file(const char *path, uint16_t link_type, bool directed, uint32_t snap_len, char *err,
                                     size_t err_len)
{
    struct tern_pcapng *p = calloc(1, sizeof *p);
    FILE *file = p ? fopen(path, "wbe") : NULL;
    if (!file) {
        snprintf(err, err_len, "cannot write %s: %s", path, strerror(p ? errno : ENOMEM));
        free(p);
        return NULL;
    }
    p->file = file;
    p->snap_len = snap_len;
    p->link_type = link_type;
    p->directed = directed;
    put_section(p);
    put_interface(p);
    return p;
}

struct tern_pcapng *tern_pcapng_open(const char *path, uint32_t snap_len, char *err, size_t err_len)
{
    return open_file(path, LINKTYPE_RAW, true, snap_len, err, err_len);
}

struct tern_pcapng *tern_pcapng_open_link(const char *path, uint16_t link_type, uint32_t snap_len, char *err, size_t err_len)
{
    return open_file(path, link_type, false, snap_len, err, err_len);
}

int tern_pcapng_packet(struct tern_pcapng *p, uint64_t unix_ns, bool outbound, const void *bytes, uint32_t len, uint32_t full_len,
                       const char *comment)
{
    if (p->snap_len > 0 && len > p->snap_len) len = p->snap_len;
    size_t text_len = comment ? strlen(comment) : 0;
    uint32_t comment_len = text_len < COMMENT_MAX ? (uint32_t)text_len : COMMENT_MAX;
    const uint32_t flags = outbound ? 2 : 1;
    uint32_t block_len = 32 + padded(len) + option_len(0);
    if (p->directed) block_len += option_len(sizeof flags);
    if (comment_len > 0) block_len += option_len(comment_len);
    put32(p, BLOCK_PACKET);
    put32(p, block_len);
    put32(p, 0); /* the interface */
    put32(p, (uint32_t)(unix_ns >> 32));
    put32(p, (uint32_t)unix_ns);
    put32(p, len);
    put32(p, full_len);
    put_padded(p, bytes, len);
    if (comment_len > 0) put_option(p, OPT_COMMENT, comment, comment_len);
    if (p->directed) put_option(p, OPT_FLAGS, &flags, sizeof flags);
    put_option(p, OPT_END, NULL, 0);
    put32(p, block_len);
    return p->failed ? TERN_ERR_IO : 0;
}

int tern_pcapng_close(struct tern_pcapng *p)
{
    bool failed = p->failed;
    if (fclose(p->file) != 0) failed = true;
    free(p);
    return failed ? TERN_ERR_IO : 0;
}
