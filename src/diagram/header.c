#include "header.h"

#include <string.h>

#include "checksum.h"
#include "ip.h"
#include "utf8.h"
#include "words.h"

/* ---- the segment and its fields ---- */

/* The fixed part; control bits one by one, as they stand. */
static const struct header_field fixed[] = {
    {N_("Source Port"), 0, 16},
    {N_("Destination Port"), 16, 16},
    {N_("Sequence Number"), 32, 32},
    {N_("Acknowledgment Number"), 64, 32},
    {N_("DOffset"), 96, 4},
    {N_("Rsrvd"), 100, 3},
    {"AE", 103, 1},
    {"CWR", 104, 1},
    {"ECE", 105, 1},
    {"URG", 106, 1},
    {"ACK", 107, 1},
    {"PSH", 108, 1},
    {"RST", 109, 1},
    {"SYN", 110, 1},
    {"FIN", 111, 1},
    {N_("Window"), 112, 16},
    {N_("Checksum"), 128, 16},
    {N_("Urgent Pointer"), 144, 16},
};

static const char *const notes[] = {
    N_("A real SYN of tern, from 192.0.2.1 to 198.51.100.1, as its own builder wrote it."),
    N_("Nine control bits and three reserved ones: ECN took CWR and ECE (RFC 3168), and AE (RFC 9768)."),
    N_("The data offset counts words of 4 bytes: 5 without options, 15 at most."),
    N_("The checksum also covers a pseudo-header: both addresses, the protocol, the length of the segment."),
    N_("The urgent pointer counts from the sequence number, and only with URG; the window from the acknowledgment number."),
};

const char *header_note(size_t i) { return i < sizeof notes / sizeof notes[0] ? notes[i] : NULL; }

static void add(struct header *h, const char *name, size_t at, size_t bytes)
{
    h->field[h->field_n++] = (struct header_field){name, (uint16_t)(at * 8), (uint16_t)(bytes * 8)};
}

/* The parts of an option's value. */
static void add_option_value(struct header *h, uint8_t kind, size_t at, size_t len)
{
    if (kind == TCPOPT_TIMESTAMPS && len == 8) {
        add(h, N_("Timestamp Value"), at, 4);
        add(h, N_("Timestamp Echo Reply"), at + 4, 4);
    } else if (len > 0) {
        add(h,
            kind == TCPOPT_MSS      ? N_("Maximum Segment Size")
            : kind == TCPOPT_WSCALE ? N_("Window Scale")
                                    : N_("Value"),
            at, len);
    }
}

static void add_options(struct header *h)
{
    for (size_t at = WIRE_TCP_HEADER_LEN; at < h->len;) {
        uint8_t kind = h->bytes[at];
        if (kind == TCPOPT_NOP || kind == TCPOPT_EOL) {
            add(h, kind == TCPOPT_NOP ? N_("No-Op") : N_("End"), at++, 1);
            continue;
        }
        uint8_t len = h->bytes[at + 1];
        add(h, N_("Kind"), at, 1);
        add(h, N_("Length"), at + 1, 1);
        add_option_value(h, kind, at + 2, len - 2u);
        at += len;
    }
}

void header_make(struct header *h)
{
    *h = (struct header){0};
    struct wire_tcp t;
    memset(&t, 0, sizeof t);
    t.src_port = 40000, t.dst_port = 80, t.seq = seq(305419896), t.flags = TH_SYN, t.wnd = 64240;
    t.opt.present = OPT_MSS | OPT_SACK_PERMITTED | OPT_TIMESTAMPS | OPT_WSCALE;
    t.opt.mss = 1460, t.opt.wscale = 7, t.opt.ts_val = 1000000, t.opt.ts_ecr = 0;
    h->len = (uint16_t)wire_tcp_build(&t, h->bytes);
    const struct tern_addr from = tern_addr_v4((const uint8_t[]){192, 0, 2, 1});
    const struct tern_addr to = tern_addr_v4((const uint8_t[]){198, 51, 100, 1});
    csum_put(h->bytes + 16, csum_add(csum_pseudo(&from, &to, IPPROTO_TCP_, h->len), h->bytes, h->len));
    memcpy(h->field, fixed, sizeof fixed);
    h->field_n = sizeof fixed / sizeof fixed[0];
    add_options(h);
}

void header_value(const struct header *h, const struct header_field *f, char out[HEADER_VALUE_MAX])
{
    uint64_t v = 0;
    for (unsigned i = f->bit; i < f->bit + f->bits; i++) v = v << 1 | (h->bytes[i / 8] >> (7 - i % 8) & 1);
    bool checksum = f->bit == 128;
    snprintf(out, HEADER_VALUE_MAX, checksum ? "0x%04llx" : "%llu", (unsigned long long)v);
}

/* ---- text: two columns a bit, as in the RFC, and a frame ---- */

enum { BIT = 2, LEFT = 4 };

static void rule(FILE *out)
{
    fprintf(out, "%*s+", LEFT, "");
    for (int i = 0; i < HEADER_ROW_BITS; i++) fputs("-+", out);
    fputc('\n', out);
}

static void cell(FILE *out, const char *text, size_t width)
{
    size_t fit = utf8_fit(text, width), columns = utf8_columns_n(text, fit), left = (width - columns) / 2;
    fprintf(out, "%*s%.*s%*s|", (int)left, "", (int)fit, text, (int)(width - columns - left), "");
}

/* Line |i| of a cell: of one bit its name's letters downwards, else the name and the value. */
static void cell_line(FILE *out, const struct header *h, const struct header_field *f, unsigned bits, bool rest, int i)
{
    char text[64] = "", value[HEADER_VALUE_MAX];
    header_value(h, f, value);
    const char *name = words(f->name);
    if (bits == 1 && i < 3 && (size_t)i < strlen(name))
        snprintf(text, sizeof text, "%c", name[i]);
    else if (bits > 1 && i == 1)
        snprintf(text, sizeof text, "%s%s", name, rest ? " ..." : "");
    else if (i == (bits == 1 ? 3 : 2))
        snprintf(text, sizeof text, "%s", value);
    cell(out, text, bits * BIT - 1);
}

static bool row_has_bits(const struct header *h, unsigned row)
{
    for (uint16_t i = 0; i < h->field_n; i++)
        if (h->field[i].bit / HEADER_ROW_BITS == row && h->field[i].bits == 1) return true;
    return false;
}

static void text_row(FILE *out, const struct header *h, unsigned row)
{
    bool tall = row_has_bits(h, row);
    for (int i = tall ? 0 : 1; i < (tall ? 4 : 3); i++) {
        if (i == (tall ? 0 : 1))
            fprintf(out, "%*u |", LEFT - 1, row * 4);
        else
            fprintf(out, "%*s|", LEFT, "");
        for (uint16_t k = 0; k < h->field_n; k++) {
            const struct header_field *f = &h->field[k];
            unsigned from = f->bit, to = from + f->bits, start = row * HEADER_ROW_BITS, end = start + HEADER_ROW_BITS;
            if (to <= start || from >= end) continue;
            unsigned a = from > start ? from : start, b = to < end ? to : end;
            cell_line(out, h, f, b - a, from < start || to > end, i);
        }
        fputc('\n', out);
    }
}

int header_text(FILE *out, const struct diagram_style *style)
{
    size_t width = style->width ? style->width : 80;
    struct header h;
    header_make(&h);
    fprintf(out, "%*s", LEFT + 1, "");
    for (int i = 0; i < HEADER_ROW_BITS; i++) fprintf(out, "%-*c", BIT, i % 10 == 0 ? '0' + i / 10 : ' ');
    fprintf(out, "\n%*s", LEFT + 1, "");
    for (int i = 0; i < HEADER_ROW_BITS; i++) fprintf(out, "%-*d", BIT, i % 10);
    fputc('\n', out);
    rule(out);
    for (unsigned row = 0; row * 4 < h.len; row++) {
        text_row(out, &h, row);
        rule(out);
    }
    fputc('\n', out);
    for (size_t i = 0; header_note(i); i++) {
        const char *text = words(header_note(i));
        while (*text) {
            size_t n = utf8_line(text, width);
            fprintf(out, "%.*s\n", (int)n, text);
            text += n;
            while (*text == ' ') text++;
        }
    }
    return 0;
}
