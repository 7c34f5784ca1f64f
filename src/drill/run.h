/* Running scripts: one script is one stack with its sockets, in virtual time; packets stay in memory, nothing of the machine is
 * touched.
 *
 * What counts as right is what packetdrill counts: the packets that the stack sends on the youngest connection, or the one whose
 * ports are said, are compared, in order, with those that the script expects, field by field (IP identification is not compared;
 * a timestamp's value only with --tcp_ts_tick_usecs), and in time with a tolerance (--tolerance_usecs, 4 ms by default, and 12.5
 * % of the time since the event before, whichever is more). One that the script does not expect is found when the next expected
 * one is looked for; after the last event nobody looks. Lengths: packets are cut to the MSS, and joined again up to the scripted
 * length when their headers fit together, unless --strict_segments. doc/drill.md says it in full. */
#ifndef DRILL_RUN_H
#define DRILL_RUN_H

#include <tern/stack.h>

#include "script.h"

enum drill_ip { DRILL_IPV4, DRILL_IPV4_MAPPED, DRILL_IPV6, DRILL_IP_N };
extern const char *const drill_ip_name[DRILL_IP_N]; /* "ipv4", "ipv4-mapped-ipv6", "ipv6" */

enum run_verdict {
    RUN_PASSED,
    RUN_FAILED,
    RUN_SKIPPED, /* |message| says why: a thing outside of TCP */
    RUN_BROKEN   /* the script cannot be read, or asks for what is not known */
};

enum run_profile { RUN_RFC, RUN_LINUX, RUN_FREEBSD, RUN_PROFILE_N };
extern const char *const run_profile_name[RUN_PROFILE_N];

struct run_config {
    enum run_profile profile;
    enum drill_ip ip;
    const struct script_define *defines; /* beside those of the profile */
    size_t defines_n;
    const char *const *set; /* KEY=VALUE: settings of the stack, by tern's name or the kernels'; before the script's own */
    size_t set_n;
    bool explain; /* the ladder of a script that passed, too */
};

struct run_result {
    enum run_verdict verdict;
    struct script_at at;             /* where it failed */
    char *message;                   /* a sentence; NULL: passed */
    char *expected, *actual, *marks; /* of a packet: two lines whose columns stand below each other, and "^^^" */
    char *notes;                     /* settings that tern has not yet, what --non_fatal let pass, in lines; NULL */
    char *ladder;                    /* what happened, with the rules; NULL: not asked for, or nothing did */
    tern_ns took;                    /* virtual time */
};
void run_result_free(struct run_result *r);

/* Runs what was read. */
void run_script(const struct script *s, const struct run_config *cfg, struct run_result *out);
/* Reads and runs the file. */
void run_file(const char *path, const struct run_config *cfg, struct run_result *out);

/* Is "KEY=VALUE" what run_config.set may have? 0; TERN_ERR_INVAL: no such setting, or not this value; TERN_ERR_UNSUPPORTED: a
 * kernel's value that tern has not. */
int run_setting_check(const char *text);

/* The IP versions that the script at |path| is to be run over, in |out|; their number. Profile linux: all three, but for names
 * that end in v4.pkt or v6.pkt, as the suite's own runner does; the other profiles: what the script's --ip_version says, else
 * ipv4. */
size_t run_versions(const char *path, const struct run_config *cfg, enum drill_ip out[DRILL_IP_N]);

#endif
