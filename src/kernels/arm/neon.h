/* The requantisation on four lanes, and what else the NEON kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_NEON_H
#define BEDSIDE_KERNELS_NEON_H

#include <arm_neon.h>

#include "../kernels.h"

void bds_conv_s8_2x16c4_neon(const bds_conv *c);
void bds_conv_s8_4x16c4_dotprod(const bds_conv *c);
void bds_depthwise_s8_4x16_neon(const bds_depthwise *d);
void bds_requantise_s8_neon(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_requantise_s16_neon(int16_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_neon(const bds_add *a);
void bds_mul_neon(const bds_mul *m);
void bds_extreme_neon(const bds_extreme *e);
void bds_max_pool_neon(const bds_pool *p);
void bds_sum_pool_neon(int32_t *sum, const bds_pool *p, int32_t zero_point);
void bds_table_neon(const bds_table *t);
void bds_resize_neon(const bds_resize *r);

/* 16 * vectors bytes: 4 registers, or 2 twice. Pairs of plain loads become one instruction, which those of four are not everywhere. */
static inline __attribute__((always_inline)) int8x16x4_t load_registers(const int8_t *from, int vectors)
{
    int8x16x4_t four;

    four.val[0] = vld1q_s8(from);
    four.val[1] = vld1q_s8(from + 16);
    four.val[2] = vectors == 4 ? vld1q_s8(from + 32) : four.val[0];
    four.val[3] = vectors == 4 ? vld1q_s8(from + 48) : four.val[1];
    return four;
}

/* Four bytes to every fourth of a register. */
static inline int8x16_t load_four(const uint8_t *from)
{
    int32_t four;

    __builtin_memcpy(&four, from, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/* A layer's constants in every lane; the shift to the right is one to the left by less than 0. */
typedef struct rounder {
    int32x4_t left, shift;
    int16x8_t zero_point;
    int8x16_t lo, hi;
} rounder;

static inline rounder rounder_of(const bds_requant *q)
{
    rounder r = {vdupq_n_s32(q->left), vdupq_n_s32(15 - q->shift), vdupq_n_s16((int16_t)q->zero_point),
                 vdupq_n_s8((int8_t)q->lo), vdupq_n_s8((int8_t)q->hi)};

    return r;
}

/* Four multipliers m as m * 2^16. */
static inline int32x4_t load_multipliers(const int16_t *from)
{
    return vshll_n_s16(vld1_s16(from), 16);
}

/* round(a * m / 2^S) with a = acc * 2^L, in no lane wider than 32 bits. The high half of 2 * a * (m * 2^16) is floor(a * m / 2^15),
 * under 2^30; half of 2^S is a multiple of 2^15, so the rounding shift by the other S - 15 bits, S >= 17, loses nothing. */
static inline int32x4_t scale4(int32x4_t acc, int32x4_t m, const rounder *r)
{
    return vrshlq_s32(vqdmulhq_s32(vshlq_s32(acc, r->left), m), r->shift);
}

/* Two times four accumulators. Saturation to 16 bits leaves a value outside int8 where it is, with the zero point too. */
static inline int16x8_t requantise8(int32x4_t acc0, int32x4_t acc1, int32x4_t m0, int32x4_t m1, const rounder *r)
{
    int16x8_t y = vqmovn_high_s32(vqmovn_s32(scale4(acc0, m0, r)), scale4(acc1, m1, r));

    return vqaddq_s16(y, r->zero_point);
}

static inline int8x16_t clamp16(int16x8_t eight, int16x8_t next_eight, const rounder *r)
{
    return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(eight), next_eight), r->lo), r->hi);
}

/* 4 * vectors accumulators to bytes: 2 vectors to the lower half, 4 to all. */
static inline __attribute__((always_inline)) int8x16_t requantise_vectors(const int32x4_t *acc, const int32x4_t *m,
                                                                          int vectors, const rounder *r)
{
    int16x8_t low = requantise8(acc[0], acc[1], m[0], m[1], r);

    return clamp16(low, vectors == 4 ? requantise8(acc[2], acc[3], m[2], m[3], r) : low, r);
}

/* 4 * vectors bytes of y; fewer where there are only `channels` < 8. */
static inline __attribute__((always_inline)) void store_channels(int8_t *out, int8x16_t y, int vectors,
                                                                 uint32_t channels)
{
    int8_t bytes[8];

    if (vectors == 4) {
        vst1q_s8(out, y);
    } else if (channels == 8) {
        vst1_s8(out, vget_low_s8(y));
    } else {
        vst1_s8(bytes, vget_low_s8(y));
        for (uint32_t i = 0; i < channels; i++)
            out[i] = bytes[i];
    }
}

#endif
