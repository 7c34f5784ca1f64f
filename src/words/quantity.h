/* Numbers with units, as people write and read them: the one reader and the one writer of them.
 *
 * A unit is a name: "ns", "bytes", "bit/s", "ppm" have multiples (20 ms, 64 KiB, 10 Mbit/s, 1 %); any other ("segments") only
 * itself. K, M, G alone are powers of 1024 for bytes and of 1000 for bit/s. All is integer arithmetic: "1.5 ms" is exact or an
 * error. */
#ifndef WORDS_QUANTITY_H
#define WORDS_QUANTITY_H

#include <tern/types.h>

#define QUANTITY_LEN 48

/* Digits, perhaps a fraction, perhaps a space, perhaps a multiple of |unit|. Returns 0, or TERN_ERR_INVAL and |out| is as it
 * was. */
int quantity_parse(const char *text, const char *unit, uint64_t *out);

/* Exactly what quantity_parse() reads back, in the largest multiple that needs no fraction: "20 ms", "0", "3 segments". */
void quantity_exact(uint64_t value, const char *unit, char out[QUANTITY_LEN]);
/* For the eye, three digits at least, rounded down: "9.47 Mbit/s", "20.1 ms". */
void quantity_short(uint64_t value, const char *unit, char out[QUANTITY_LEN]);

/* The multiples of |unit| that may be written, "ns, us, ms, s, min"; its own name when there are no others. */
void quantity_units(const char *unit, char *out, size_t cap);

#endif
