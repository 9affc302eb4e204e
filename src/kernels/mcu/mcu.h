/* What the microcontroller kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_H
#define BEDSIDE_KERNELS_MCU_H

#include "../ref/ref.h"
#include "scratch.h"

/* Requantisation without 64 bits: y = clamp((((a * m) >> 16) + rounding) >> shift), a = acc << left.
 *
 * With S = rq.shift >= 17 both 2^(S-1) and zero_point * 2^S are multiples of 2^16, say rounding * 2^16. So
 *     floor((a * m + 2^(S-1)) / 2^S) + zero_point = floor((a * m + rounding * 2^16) / 2^S)
 *                                                 = floor((floor(a * m / 2^16) + rounding) / 2^(S-16)),
 * as floors nest. |a| < 2^30 and m < 2^15 leave |a * m / 2^16| < 2^29; S <= 38 leaves |rounding| <= 2^29 + 2^21: the sum has 31 bits. */
typedef struct mcu_requant {
    int32_t rounding, shift; /* shift = S - 16, in [1, 22] */
    int32_t left;            /* not 0 only if S would be under 17 without */
    int32_t clamps;          /* lo or hi is narrower than int8 */
} mcu_requant;

/* zero_point, lo and hi are within int8. (left, S) and (left - 1, S - 1) are the same. */
static inline mcu_requant bds_requant_mcu(const bds_requant *q)
{
    mcu_requant r = {0, q->shift, q->left, q->lo > INT8_MIN || q->hi < INT8_MAX};

    while (r.left > 0 && r.shift > BDS_SHIFT_MIN) {
        r.left--;
        r.shift--;
    }
    r.shift -= 16;
    r.rounding = (1 << r.shift >> 1) + q->zero_point * (1 << r.shift);
    return r;
}

/* Four bytes from anywhere: one load, as these cores take any address. */
static inline uint32_t bds_load_4(const void *from)
{
    uint32_t word;

    __builtin_memcpy(&word, from, 4);
    return word;
}

static inline void bds_clamp_bytes(int8_t *y, uint32_t count, int32_t lo, int32_t hi)
{
    for (uint32_t i = 0; i < count; i++)
        y[i] = (int8_t)bds_clamp(y[i], lo, hi);
}

/* gather_v7m.c: the values of window (row, column) one after the other at `to`, of int8 x. */
void bds_gather_v7m(int8_t *to, const bds_window *w, uint32_t row, uint32_t column);

#endif
