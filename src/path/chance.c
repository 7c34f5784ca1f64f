#include "chance.h"

uint64_t chance_split(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void chance_seed(struct chance *c, uint64_t *seed)
{
    for (int i = 0; i < 4; i++) c->s[i] = chance_split(seed);
}

static uint64_t rotate(uint64_t x, int n) { return x << n | x >> (64 - n); }

uint64_t chance_draw(struct chance *c)
{
    uint64_t *s = c->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

bool chance_happens(struct chance *c, uint32_t ppm) { return chance_scale(chance_draw(c), CHANCE_ALL) < ppm; }
