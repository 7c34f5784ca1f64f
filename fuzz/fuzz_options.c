/* Arbitrary bytes as TCP options: parsed within bounds, and what was understood survives being built and parsed again. */
#include "wire_gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok) abort();
}

/* Every byte that the result points to can be read. */
static unsigned touch(const struct wire_tcp_options *o)
{
    unsigned sum = 0;
    for (int i = 0; o->present & OPT_MD5 && i < 16; i++) sum += o->md5[i];
    for (int i = 0; o->present & OPT_AO && i < o->ao_mac_len; i++) sum += o->ao_mac[i];
    for (int i = 0; o->present & OPT_FASTOPEN && i < o->fastopen_len; i++) sum += o->fastopen[i];
    for (int i = 0; o->present & OPT_EXPERIMENT && i < o->exp_len; i++) sum += o->exp[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct wire_tcp t = {.data = data}, back;
    wire_tcp_options_parse(data, len, &t.opt);
    check(touch(&t.opt) <= 255 * 4 * len);
    check(t.opt.sack_n <= 4 && (t.opt.sack_n > 0) == !!(t.opt.present & OPT_SACK));
    check(t.opt.present < OPT_MALFORMED << 1);

    uint8_t out[WIRE_TCP_HEADER_LEN + WIRE_TCP_OPTIONS_MAX];
    size_t options_len = wire_tcp_options_len(&t.opt), built = wire_tcp_build(&t, out);
    check(options_len % 4 == 0);
    check(built == (options_len > WIRE_TCP_OPTIONS_MAX ? 0 : WIRE_TCP_HEADER_LEN + options_len));
    if (built) {
        check(wire_tcp_parse(out, built, &back) == WIRE_OK);
        check(same_options(&t.opt, &back.opt));
        check(!(back.opt.present & (OPT_UNKNOWN | OPT_MALFORMED)));
    }
    return 0;
}
