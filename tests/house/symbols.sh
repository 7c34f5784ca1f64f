#!/bin/bash
# The core archive uses no clock, socket, thread, random number, malloc or stdio, and the check that says so can fail.
set -eu
cd "$TERN_SOURCE"
. tests/support/tap.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# An archive of one object made from the given C code.
plant() { # NAME CODE
    printf '%s\n' "$2" > "$tmp/$1.c"
    cc -O1 -fPIC -c "$tmp/$1.c" -o "$tmp/$1.o"
    ar rcs "$tmp/$1.a" "$tmp/$1.o"
}
finds() { # NAME CODE
    plant "$1" "$2"
    refuse "a planted $1 is found" tools/check-symbols "$tmp/$1.a"
}

check "the core archive is clean" tools/check-symbols "$TERN_BUILD/src/libtern-core.a"

plant clean '#include <string.h>
static const char *const names[] = {"a", "b"};
const char *name(int n, char *out);
const char *name(int n, char *out) { memcpy(out, names[n & 1], 2); return names[n & 1]; }'
check "constant tables and memcpy are allowed" tools/check-symbols "$tmp/clean.a"

finds clock '#include <time.h>
int f(struct timespec *t); int f(struct timespec *t) { return clock_gettime(CLOCK_MONOTONIC, t); }'
finds socket '#include <sys/socket.h>
int f(void); int f(void) { return socket(AF_INET, SOCK_STREAM, 0); }'
finds thread '#include <pthread.h>
int f(pthread_mutex_t *m); int f(pthread_mutex_t *m) { return pthread_mutex_lock(m); }'
finds random '#include <stdlib.h>
int f(void); int f(void) { return rand(); }'
finds malloc '#include <stdlib.h>
void *f(void); void *f(void) { return malloc(9); }'
finds stdio '#include <stdio.h>
void f(void); void f(void) { puts("x"); }'
finds errno '#include <errno.h>
int f(void); int f(void) { return errno; }'
finds variable 'int f(void); static int n; int f(void) { return ++n; }'
finds thread_variable 'int f(void); static _Thread_local int n = 3; int f(void) { return ++n; }'
: > "$tmp/empty.c" && cc -c "$tmp/empty.c" -o "$tmp/empty.o" && ar rcs "$tmp/empty.a" "$tmp/empty.o"
refuse "an empty archive is no proof" tools/check-symbols "$tmp/empty.a"

# The clause switches (src/tcp/experiment.h, src/base/must.h) are in the build named `experiments` alone.
without_switches() { test -s "$1" && ! nm -a "$1" | grep -E 'experiment_switch_off|must_off'; }
for library in libtern.a libtern.so libtern-core.a; do
    check "$library has no clause switches" without_switches "$TERN_BUILD/src/$library"
done
plant switched 'int experiment_switch_off(void); int experiment_switch_off(void) { return 1; }'
refuse "a planted clause switch is found" without_switches "$tmp/switched.a"
plant must 'extern unsigned must_off; int must(void); int must(void) { return must_off != 1; }'
refuse "a planted MUST that can be switched off is found" without_switches "$tmp/must.a"
finish
