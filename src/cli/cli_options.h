/* The options that the commands share, and the help of each command. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <limits.h>
#include <stdio.h>

#include <popt.h>

#include <tern/link.h>
#include <tern/stack.h>

#include "cli.h"
#include "cli_jail.h"
#include "cli_parse.h"

#define OPTIONS_PEERS_MAX 4

struct options {
    const char *command;
    poptContext popt; /* owns the operands */
    struct poptOption table[10];
    char *tun, *pcap; /* NULL: not given */
    struct prefix addr[TERN_IF_ADDRS_MAX], peer[OPTIONS_PEERS_MAX];
    size_t addr_n, peer_n;
    uint32_t mtu; /* 0: the device's */
    bool plain, explain, json;
    struct tern_settings settings;
    bool set_given;
    struct tern_impair impair_in, impair_out;
    bool impaired;
    uint64_t seed;
    bool seed_given;
    uint32_t history; /* events that are kept for `tern states --why`; 0: none */
    bool history_given;
    bool brief;    /* the ladder: what was said and why, no more */
    uint32_t fold; /* of the ladder; 0: its default */
    uint32_t snap; /* of the capture: bytes of a packet in the middle of bulk; 0: all */
    bool no_jail;
    char *user; /* to become; NULL: none */
};

/* What --help and the manual say of a command, and the options of its own (which store by themselves; NULL: none). */
struct usage {
    const char *command, *operands;
    const char *text;    /* N_(): paragraphs without line ends of their own, "\n\n" between them */
    const char *example; /* or several, a line each */
    struct poptOption *own;
    bool no_stack;      /* the command has no stack of its own: of the shared options only --json */
    bool no_json;       /* with |no_stack|: not that either */
    bool damage_keys;   /* the keys of a SPEC of damage are told */
    bool own_addresses; /* --addr and --peer are not the user's to give */
    bool jail;          /* the command enters one: env_jail(), options_jail() */
};

/* Reads the command line. Returns -1: go on; otherwise the exit status (help was printed, or the complaint). options_free() is
 * due in each case. */
int options_read(struct options *o, const struct usage *usage, int argc, const char **argv);
void options_free(struct options *o);
/* What POPT_ARG_ARGV made of an option that may be repeated; NULL: it was not given. */
void options_list_free(char **list);

/* The options that the commands share, in the manual page's source. */
void options_man(FILE *out);

/* Enters the jail, unless the command line says otherwise. -1: go on; otherwise the exit status, after the complaint. */
int options_jail(const struct options *o, const struct jail *j);

/* Operand |i|, NULL beyond the last. */
const char *options_operand(const struct options *o, size_t i);
size_t options_operand_n(const struct options *o);

/* Of an option with a number above 0: what popt put there, or what was there before popt, which becomes 0. -1: go on; otherwise
 * the exit status, after the complaint. */
#define OPTIONS_NOT_GIVEN INT_MIN
int options_number(const char *command, int *n, const char *option);

/* Reads a --set "KEY=VALUE" into |settings|; |row| is that of tern_setting_info(). -1: go on; otherwise the exit status, after
 * the complaint. */
int options_setting(const char *command, const char *text, struct tern_settings *settings, size_t *row);

/* Can they be used together? -1: yes; otherwise the exit status, after the complaint. */
int options_settings(const char *command, const struct tern_settings *settings);

/* Resolves |host| and |port| by the system's resolver. -1: go on; otherwise the exit status, after the complaint. */
int options_resolve(const struct options *o, const char *host, const char *port, struct tern_endpoint *out);

#endif
