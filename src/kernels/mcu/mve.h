/* What Helium's kernels share: integer vectors of 16 bytes.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MVE_H
#define BEDSIDE_KERNELS_MVE_H

#include <arm_mve.h>

#include "../ref/ref.h"
#include "scratch_mve.h"

/* The references' where weights, x or the result have 16 bits; _s8: never, so that firmware need not have them. */
void bds_conv_mve(const bds_conv *c);
void bds_conv_s8_mve(const bds_conv *c);
void bds_depthwise_mve(const bds_depthwise *d);
void bds_depthwise_s8_mve(const bds_depthwise *d);
void bds_requantise_s8_mve(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_mve(const bds_add *a);
void bds_table_mve(const bds_table *t);
void bds_max_pool_mve(const bds_pool *p);
void bds_sum_pool_mve(int32_t *sum, const bds_pool *p, int32_t zero_point);

/* A requantisation as two instructions have it. VQDMLASH multiplies acc by m * 2^16, doubles, keeps the upper 32 bits and adds
 * `rounding`; VSHL shifts right. That is
 *
 *     y = (floor(acc * 2^left * m / 2^15) + 2^(S - 16) + zero_point * 2^(S - 15)) >> (S - 15)
 *
 * which equals bds_requantise before its clamp: half of 2^S and zero_point * 2^S are multiples of 2^15, and the floor of a floor is the
 * floor of all. S is at least 16: so much of `left` is taken from both. Under 2^30 + 2^30 + 2^22 in magnitude: nothing saturates. */
typedef struct bds_scale_mve {
    int32_t rounding, left, shift; /* shift <= -1: to the right */
} bds_scale_mve;

static inline bds_scale_mve bds_scale_of_mve(const bds_requant *q)
{
    const int32_t left = bds_left_over_mve(q), shift = q->shift - (q->left - left);
    const bds_scale_mve s = {(1 << (shift - 16)) + q->zero_point * (1 << (shift - 15)), left, 15 - shift};

    return s;
}

#endif
