/* Seeded pseudo-random numbers, the same everywhere: splitmix64.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_RANDOM_H
#define BEDSIDE_CLI_RANDOM_H

#include <stdint.h>

typedef struct random_state {
    uint64_t s;
} random_state;

static inline uint64_t random_next(random_state *r)
{
    uint64_t z = r->s += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* In [0, n); the bias of the multiplication is under n / 2^32. */
static inline uint32_t random_below(random_state *r, uint32_t n)
{
    return (uint32_t)((random_next(r) >> 32) * n >> 32);
}

#endif
