/* The classes of attacks that have been used against TCP stacks, and that this one is to survive: the only list of them. GUARD(n)
 * of base/must.h stands where the code does; `proves: ATTACK-n` at a test that fails without it; `make attack` shows that it
 * does. */
#ifndef BASE_ATTACKS_H
#define BASE_ATTACKS_H

#include <stddef.h>

/* number, name, published cases, what is done, what is switched off besides GUARD(number) to see that its tests notice: clauses
 * of tcp/experiment.h by their names, MUST-n, RULE's IDs, with commas between them */
#define ATTACK_CLASSES(X)                                                                                                        \
    X(1, "options", "CVE-2020-24337, CVE-2018-16522", "options whose length is 0 or reaches over the header's end", "MUST-7")    \
    X(2, "header", "CVE-2020-24341, Ripple20 (CVE-2020-11896 to 11914)",                                                         \
      "a data offset, header length or total length that lies", "")                                                              \
    X(3, "urgent", "URGENT/11 (CVE-2019-12255, 12260, 12261, 12263)", "an urgent pointer to where no data is", "")               \
    X(4, "isn", "NUMBER:JACK (CVE-2020-27213, 27630 to 27636), CVE-2024-10026",                                                  \
      "initial sequence numbers that an outsider can compute", "keyed-isn, isn-clock")                                           \
    X(5, "blind", "CVE-2004-0230", "RST, SYN and data from somebody who guesses the numbers", "rst-validation, syn-challenge")   \
    X(6, "challenge-oracle", "CVE-2016-5696", "a count of challenge ACKs that tells one peer of another", "")                    \
    X(7, "challenge-leak", "CVE-2026-4247", "segments outside the window, each of which leaves a buffer behind", "")             \
    X(8, "sack", "SACK Panic, SACK Slowness (CVE-2019-11477, 11478, 11479, 5599)",                                               \
      "a tiny MSS, and SACK blocks that make the sender search", "")                                                             \
    X(9, "segments", "SegmentSmack, FragmentSmack (CVE-2018-5390, 5391, 6922)",                                                  \
      "tiny pieces out of order, each of which costs more than it brings", "")                                                   \
    X(10, "syn-flood", "RFC 4987", "SYNs from addresses that do not answer", "half-open-limit, RFC 4987 3.4, TERN 1")            \
    X(11, "sockstress", "CVE-2008-4609", "windows that are shut for ever, with data waiting behind them", "RFC 6429 4")          \
    X(12, "stuck", "CVE-2015-5358", "peers that vanish in a state that has no timer", "TERN 3")                                  \
    X(13, "timestamps", "CVE-2005-0356", "a forged timestamp that makes the real ones look old", "paws")                         \
    X(14, "icmp", "CVE-2004-0790, 0791, 1060, RFC 5927", "forged ICMP errors about a connection", "")                            \
    X(15, "land", "CVE-1999-0016", "a SYN whose source is its destination", "")                                                  \
    X(16, "ack-storm", "draft-gont-tcpm-tcp-seq-validation", "two ends, each of which answers the other's answers",              \
      "challenge-limit")                                                                                                         \
    X(17, "split-handshake", "Beardsley and Qian 2010", "a SYN that is answered by a bare SYN", "simultaneous-open")             \
    X(18, "optimistic-ack", "Sherwood, Bhattacharjee and Braud 2005", "acknowledgements of what has not arrived", "")            \
    X(19, "ack-division", "Savage et al. 1999", "many acknowledgements for one segment, and duplicates of nothing",              \
      "RFC 3465 2.2")                                                                                                            \
    X(20, "counters", "CVE-2022-1012, CVE-2020-36516, CVE-2024-10603",                                                           \
      "port numbers and IP identifications that tell of other traffic", "")                                                      \
    X(21, "overlap", "Ptacek and Newsham 1998", "segments that overlap with other bytes", "")                                    \
    X(22, "arithmetic", "smoltcp #489, #1048, #1136", "numbers around the wrap", "")                                             \
    X(23, "take-back", "smoltcp #489", "a window that shrinks, and data that was reported and thrown away",                      \
      "RFC 2018 8, MUST-34")                                                                                                     \
    X(24, "secrets", "gVisor #13221", "keys in traces, dumps and packets", "")                                                   \
    X(25, "amplification", "Bock et al. 2021", "answers to somebody else that are larger than the question", "TERN 2, TERN 4")

enum {
    ATTACK_N = 0
#define X(n, name, ids, text, mutants) +1
    ATTACK_CLASSES(X)
#undef X
};

struct attack_class {
    unsigned n;
    const char *name, *ids, *text, *flaws;
};

/* Class |n|, 1 to ATTACK_N; NULL: none. */
const struct attack_class *attack_class(unsigned n);

#endif
