/* Numbers for tests that follow from a seed, on every machine the same.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_RANDOM_H
#define BEDSIDE_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static uint64_t random_state;

static inline void random_seed(uint64_t seed)
{
    random_state = seed * 2654435761u + 1;
}

static inline uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % n);
}

/* In [-3, 3]. */
static inline void random_values(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((int32_t)random_below(2001) - 1000) / 333;
}

#endif
