/* All the chance there is in the models of a path: xoshiro256**, its state from splitmix64. The same seed gives the same numbers
 * on every machine. */
#ifndef PATH_CHANCE_H
#define PATH_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#define CHANCE_ALL 1000000u /* parts per million */

struct chance {
    uint64_t s[4];
};

/* The next number of the sequence that |*x| stands in. */
uint64_t chance_split(uint64_t *x);
/* The state is drawn from |*seed|, which moves on. */
void chance_seed(struct chance *c, uint64_t *seed);
uint64_t chance_draw(struct chance *c);
/* One of 0 .. n - 1, for the drawn |r|. */
static inline uint32_t chance_scale(uint64_t r, uint32_t n) { return (uint32_t)((r >> 32) * n >> 32); }
/* Draws, whatever |ppm| is. */
bool chance_happens(struct chance *c, uint32_t ppm);

#endif
