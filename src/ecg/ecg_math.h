/* Whole-number arithmetic of the ECG chain.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_MATH_H
#define BEDSIDE_ECG_MATH_H

#include <stdint.h>

static inline int32_t ecg_clamp(int32_t x, int32_t lo, int32_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static inline int8_t ecg_int8(int32_t x)
{
    return (int8_t)ecg_clamp(x, -127, 127);
}

static inline int32_t ecg_abs(int32_t x)
{
    return x < 0 ? -x : x;
}

/* floor(sqrt(x)) */
static inline uint32_t ecg_sqrt(uint64_t x)
{
    uint64_t root = 0, bit = (uint64_t)1 << 62;
    while (bit > x)
        bit >>= 2;
    for (; bit; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

/* log2(x) in Q8, a straight line between powers of two (at most 0.09 off, and monotonic); 0 for x = 0. x < 2^63. */
static inline int32_t ecg_log2(uint64_t x)
{
    int32_t whole = 0;
    if (x == 0)
        return 0;
    while (x >> whole > 1)
        whole++;
    uint64_t rest = x - ((uint64_t)1 << whole);
    int32_t part = (int32_t)(whole > 8 ? rest >> (whole - 8) : rest << (8 - whole));
    return whole * 256 + part;
}

#endif
