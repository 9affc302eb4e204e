/* The requantisation on four lanes, and what else the WebAssembly kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_SIMD128_H
#define BEDSIDE_KERNELS_SIMD128_H

#include <wasm_simd128.h>

#include "../kernels.h"

void bds_gemm_s8_2x16c2_simd128(const bds_gemm *g);
void bds_depthwise_s8_1x8c2_simd128(const bds_depthwise *d);
void bds_requantise_s8_simd128(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);

/* A layer's constants in every lane. */
typedef struct rounder {
    v128_t addend, lo, hi;
    uint32_t left, shift;
} rounder;

/* The addend is (2^(S-1) + (zero_point << S)) >> 15: nothing is lost, as S >= 17, and it stays within 32 bits, as S <= 38. */
static inline rounder rounder_of(const bds_requant *q)
{
    int64_t addend = ((int64_t)1 << (q->shift - 1)) + q->zero_point * ((int64_t)1 << q->shift);
    rounder r = {wasm_i32x4_splat((int32_t)(addend >> 15)), wasm_i8x16_splat((int8_t)q->lo),
                 wasm_i8x16_splat((int8_t)q->hi), (uint32_t)q->left, (uint32_t)q->shift - 15};

    return r;
}

/* (acc * 2^L * m + addend) >> S with no lane wider than 32 bits. With a = acc * 2^L = h * 2^15 + l, |h| <= 2^15, l < 2^15:
 * a * m >> 15 = h * m + (l * m >> 15), each product one 16-bit multiplication. m: 15 bits in the low half of each lane, 0 above. */
static inline v128_t requantise4(v128_t acc, v128_t m, const rounder *r)
{
    v128_t a = wasm_i32x4_shl(acc, r->left);
    v128_t high = wasm_i32x4_dot_i16x8(wasm_i32x4_shr(a, 15), m);
    v128_t low = wasm_i32x4_dot_i16x8(wasm_v128_and(a, wasm_i32x4_const_splat(0x7fff)), m);

    return wasm_i32x4_shr(wasm_i32x4_add(wasm_i32x4_add(high, r->addend), wasm_u32x4_shr(low, 15)), r->shift);
}

static inline v128_t clamp16(v128_t eight, v128_t next_eight, const rounder *r)
{
    return wasm_i8x16_min(wasm_i8x16_max(wasm_i8x16_narrow_i16x8(eight, next_eight), r->lo), r->hi);
}

/* 16 accumulators to 16 bytes. */
static inline v128_t requantise16(const v128_t acc[4], const v128_t m[4], const rounder *r)
{
    return clamp16(wasm_i16x8_narrow_i32x4(requantise4(acc[0], m[0], r), requantise4(acc[1], m[1], r)),
                   wasm_i16x8_narrow_i32x4(requantise4(acc[2], m[2], r), requantise4(acc[3], m[3], r)), r);
}

#endif
