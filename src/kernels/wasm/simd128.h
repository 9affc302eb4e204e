/* The requantisation on four lanes, and what else the WebAssembly kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_SIMD128_H
#define BEDSIDE_KERNELS_SIMD128_H

#include <wasm_simd128.h>

#include "../panels.h"

size_t bds_conv_packed_bytes_simd128(const bds_window *w, uint32_t channels, int wide);
void bds_conv_pack_simd128(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left);
size_t bds_conv_scratch_bytes_simd128(const bds_window *w);
void bds_conv_s8_2x16c2_simd128(const bds_conv *c);
/* strip_simd128.c: n bytes to int16. */
void bds_widen_simd128(void *to, const int8_t *from, uint32_t n);
/* A row of a strip, see bds_strip_row. */
void bds_strip_row_simd128(uint8_t *to, const bds_window *w, uint32_t columns, int64_t y);
/* pack_simd128.c, dense_simd128.c: one pixel, int8 weights. */
size_t bds_dense_bytes(const bds_window *w, uint32_t channels);
void bds_dense_pack(void *packed, const int8_t *weights, const bds_window *w, uint32_t channels);
void bds_dense_s8_16c2_simd128(const bds_conv *c);
/* pack_simd128.c, winograd_simd128.c: rows of three taps, int8 weights. */
int bds_is_winograd(const bds_window *w, int weights_wide);
size_t bds_winograd_bytes(const bds_window *w, uint32_t channels);
void bds_winograd_pack(void *packed, const int8_t *weights, const bds_window *w, uint32_t channels, uint32_t left);
size_t bds_winograd_scratch_bytes(const bds_window *w);
void bds_winograd_s8_2x16c2_simd128(const bds_conv *c);
void bds_depthwise_s8_2x4c2_simd128(const bds_depthwise *d);
void bds_add_s8_simd128(const bds_add *p);
void bds_mul_s8_simd128(const bds_mul *p);
void bds_max_pool_s8_simd128(const bds_pool *p);
void bds_sum_pool_s8_simd128(int32_t *sum, const bds_pool *p, int32_t zero_point);
void bds_requantise_s8_simd128(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);

/* A fully connected layer, or a convolution like one: a single window of one pixel. */
static inline int bds_is_dense(const bds_window *w, int weights_wide)
{
    return !weights_wide && bds_window_is_pixel(w) && w->out_width == 1 && w->rows == 1 &&
           w->channels < BDS_DEPTH_LIMIT;
}

/* 2 values of 16 or 8 channels in each group. */
static inline size_t bds_dense_panel_bytes(uint32_t groups, uint32_t width)
{
    return (size_t)groups * 2 * width;
}

static inline uint32_t bds_dense_groups(const bds_window *w)
{
    return (w->channels + 1) / 2;
}

enum { BDS_WINOGRAD_CHANNELS = 128, BDS_WINOGRAD_TERMS = 4 };

static inline size_t bds_winograd_panel_bytes(const bds_window *w)
{
    return (size_t)BDS_WINOGRAD_TERMS * w->kernel_h * w->channels * BDS_PANEL * sizeof(int16_t);
}

/* A layer's constants in every lane. */
typedef struct rounder {
    v128_t addend, lo, hi;
    uint32_t shift;
} rounder;

/* The addend is (2^(S-1) + (zero_point << S)) >> 15: nothing is lost, as S >= 17, and it stays within 32 bits, as S <= 38. */
static inline rounder rounder_of(const bds_requant *q)
{
    int64_t addend = ((int64_t)1 << (q->shift - 1)) + q->zero_point * ((int64_t)1 << q->shift);
    rounder r = {wasm_i32x4_splat((int32_t)(addend >> 15)), wasm_i8x16_splat((int8_t)q->lo),
                 wasm_i8x16_splat((int8_t)q->hi), (uint32_t)q->shift - 15};

    return r;
}

/* A count that LLVM cannot carry out of a loop as a vector: it would then take the lanes apart to shift each by itself. */
static inline uint32_t count_here(uint32_t count)
{
    __asm__ volatile("" : "+r"(count));
    return count;
}

/* (a * m + addend) >> 15 with no lane wider than 32 bits. With a = acc * 2^L = h * 2^15 + l, |h| <= 2^15, l < 2^15:
 * a * m >> 15 = h * m + (l * m >> 15), each product one 16-bit multiplication. m: 15 bits in the low half of each lane, 0 above. */
static inline v128_t scale4(v128_t a, v128_t m, const rounder *r)
{
    v128_t high = wasm_i32x4_dot_i16x8(wasm_i32x4_shr(a, 15), m);
    v128_t low = wasm_i32x4_dot_i16x8(wasm_v128_and(a, wasm_i32x4_const_splat(0x7fff)), m);

    return wasm_i32x4_add(wasm_i32x4_add(high, r->addend), wasm_u32x4_shr(low, 15));
}

/* eight[i] = v[2i], v[2i + 1] shifted to the right and cut to 16 bits. V8 takes four instructions for a shift by a variable and one for
 * a shift by a constant; LLVM would make one shift by a variable of both, were their ends not kept apart by a comment in assembly. */
static inline __attribute__((always_inline)) void narrow(v128_t *eight, const v128_t *v, int n, uint32_t shift)
{
    enum { USUAL = BDS_USUAL_SHIFT - 15 };

    if (shift == USUAL) {
        for (int i = 0; i < n; i++)
            eight[i] = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(v[2 * i], USUAL), wasm_i32x4_shr(v[2 * i + 1], USUAL));
        __asm__ volatile("# usual");
    } else {
        shift = count_here(shift);
        for (int i = 0; i < n; i++)
            eight[i] = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(v[2 * i], shift), wasm_i32x4_shr(v[2 * i + 1], shift));
    }
}

static inline v128_t clamp16(v128_t eight, v128_t next_eight, const rounder *r)
{
    return wasm_i8x16_min(wasm_i8x16_max(wasm_i8x16_narrow_i16x8(eight, next_eight), r->lo), r->hi);
}

/* Bytes of n vectors of accumulators, scaled in place. n = 8: y[0], y[1]; 4: y[0]; 2: the lower half of y[0]. */
static inline __attribute__((always_inline)) void requantise(v128_t *y, v128_t *acc, const v128_t *m, int m_count,
                                                             int n, const rounder *r)
{
    v128_t eight[4];

    for (int i = 0; i < n; i++)
        acc[i] = scale4(acc[i], m[i % m_count], r);
    narrow(eight, acc, n / 2, r->shift);
    y[0] = clamp16(eight[0], eight[n > 2 ? 1 : 0], r);
    if (n == 8)
        y[1] = clamp16(eight[2], eight[3], r);
}

/* The first `channels` bytes of y, where all would be too many. */
static inline __attribute__((always_inline)) void store_some(int8_t *out, v128_t y, uint32_t channels)
{
    int8_t bytes[16];

    wasm_v128_store(bytes, y);
    for (uint32_t i = 0; i < channels; i++)
        out[i] = bytes[i];
}

#endif
