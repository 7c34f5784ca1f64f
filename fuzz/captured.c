#include "captured.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *copy_of(const uint8_t *p, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy) abort();
    memcpy(copy, p, len);
    return copy;
}

static uint64_t read_file(const uint8_t *data, size_t len, const struct captured *to)
{
    char err[PCAP_ERRBUF_SIZE];
    uint8_t *copy = copy_of(data, len); /* libpcap closes the stream */
    FILE *f = fmemopen(copy, len, "rb");
    if (!f) abort();
    pcap_t *p = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, err);
    uint64_t n = 0;
    if (!p) {
        fclose(f);
    } else {
        struct pcap_pkthdr *h;
        const uint8_t *bytes;
        to->link(to->ctx, pcap_datalink(p));
        for (; pcap_next_ex(p, &h, &bytes) == 1; n++)
            to->packet(to->ctx, (tern_ns)h->ts.tv_sec * TERN_SEC + (tern_ns)h->ts.tv_usec, bytes, h->caplen, h->len);
        pcap_close(p);
    }
    free(copy);
    return n;
}

static uint64_t read_packets(const uint8_t *data, size_t len, const struct captured *to)
{
    static const int types[] = {DLT_NULL, DLT_EN10MB, DLT_RAW, DLT_LOOP, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_IPV4, DLT_IPV6};
    tern_ns now = TERN_SEC;
    uint64_t n = 0;
    to->link(to->ctx, types[data[0] % 8]);
    for (size_t at = 1; at + 3 <= len; n++) {
        uint32_t wire_len = (uint32_t)data[at] << 8 | data[at + 1], here = wire_len;
        now += (tern_ns)data[at + 2] * data[at + 2] * 100 * TERN_US;
        at += 3;
        if (here > len - at) here = (uint32_t)(len - at);
        uint8_t *exact = copy_of(data + at, here);
        to->packet(to->ctx, now, exact, here, wire_len);
        free(exact);
        at += here;
    }
    return n;
}

uint64_t captured_read(const uint8_t *data, size_t len, const struct captured *to)
{
    if (len < 2) return 0;
    return data[0] & 1 ? read_packets(data + 1, len - 1, to) : read_file(data + 1, len - 1, to);
}
