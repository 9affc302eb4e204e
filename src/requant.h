/* THE arithmetic. Every number that inference produces comes from these few functions; the SIMD kernels must equal them bit for
 * bit. Normative text with proofs of range: docs/arithmetic.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_REQUANT_H
#define BEDSIDE_REQUANT_H

#include <stdint.h>

#define BDS_SHIFT_MIN 17
#define BDS_SHIFT_MAX 38
#define BDS_LEFT_MAX 7
#define BDS_MULTIPLIER_MAX 32767
#define BDS_WIDE_WEIGHT_MAX 255         /* of int16 weights: 8-bit ones without their zero point */
#define BDS_ACCUMULATOR_LIMIT (1 << 30) /* |acc * 2^left| stays under it: proven by the plan for every channel */

/* How accumulators become int8: y = clamp(round(acc * 2^left * m / 2^shift) + zero_point, lo, hi). */
typedef struct bds_requant {
    const int32_t *bias;        /* per channel, added to the accumulator first */
    const int16_t *multiplier;  /* per channel, in [1, 32767] */
    int32_t zero_point, lo, hi; /* lo <= hi */
    int32_t left, shift;        /* left in [0, 7], shift in [17, 38] */
} bds_requant;

static inline int32_t bds_clamp(int32_t x, int32_t lo, int32_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static inline int32_t bds_clamp_wide(int64_t x, int32_t lo, int32_t hi)
{
    return x <= lo ? lo : x >= hi ? hi : (int32_t)x;
}

/* round(x / 2^shift), halves upward: floor(x / 2^shift + 1/2). shift in [1, 62]. Signed >> is arithmetic on every compiler that
 * Bedside supports (asserted in tests). */
static inline int64_t bds_round_shift(int64_t x, int32_t shift)
{
    return (x + ((int64_t)1 << (shift - 1))) >> shift;
}

/* One output. |acc * 2^left| < 2^30, 1 <= m <= 32767, so the product stays under 2^45 and the result under 2^28. */
static inline int32_t bds_requantise(int32_t acc, int32_t m, const bds_requant *q)
{
    int64_t product = (int64_t)(acc * (1 << q->left)) * m;
    return bds_clamp((int32_t)bds_round_shift(product, q->shift) + q->zero_point, q->lo, q->hi);
}

/* The same for a sum of 64 bits: |acc * 2^left| < 2^47, so the product stays under 2^62. */
static inline int32_t bds_requantise_wide(int64_t acc, int32_t m, const bds_requant *q)
{
    return bds_clamp_wide(bds_round_shift(acc * (1 << q->left) * m, q->shift) + q->zero_point, q->lo, q->hi);
}

/* round(a / b), halves upward, for 0 <= a < 2^62 and 0 < b < 2^62. */
static inline uint64_t bds_round_div(uint64_t a, uint64_t b)
{
    return (a + b / 2) / b;
}

/* A curve sampled at 257 points, 2^step apart, with linear interpolation between them; beyond the last point it stays there.
 * curve[] is in [0, 65535]; x >= 0; step in [0, 16]. */
static inline uint32_t bds_curve(const uint16_t *curve, uint32_t x, uint32_t step)
{
    uint32_t i = x >> step;
    if (i >= 256)
        return curve[256];
    int32_t fraction = (int32_t)(x & ((1u << step) - 1u));
    int32_t slope = (int32_t)curve[i + 1] - (int32_t)curve[i];
    if (step == 0)
        return curve[i];
    return (uint32_t)((int32_t)curve[i] + (int32_t)bds_round_shift((int64_t)slope * fraction, (int32_t)step));
}

/* Any function of an int16: samples at x = -32768, -32512, ... 32768 and lines between them; the result has shift - 8 bits less than
 * the samples: shift = 8 for an int16 result, 16 for an int8 result from samples in 1/256 (which still wants its clamp). */
static inline int32_t bds_curve_at(const int16_t samples[257], int32_t x, int32_t shift)
{
    const int16_t *at = samples + ((x + 32768) >> 8);
    int32_t fraction = x & 255;
    return (at[0] * 256 + (at[1] - at[0]) * fraction + (1 << (shift - 1))) >> shift;
}

/* floor(sqrt(x)). */
static inline uint32_t bds_square_root(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 62; bit; bit >>= 2) {
        uint64_t next = root + bit;
        root >>= 1;
        if (x >= next) {
            x -= next;
            root += bit;
        }
    }
    return (uint32_t)root;
}

/* Share of one exponential in their sum as Q16: 65536 = 1. part <= 65535, 0 < sum < 2^28. */
static inline uint32_t bds_share(uint32_t part, uint32_t sum)
{
    return (uint32_t)bds_round_div((uint64_t)part << 16, sum);
}

#endif
