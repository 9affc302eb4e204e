/* The kernels' interface: one table of function pointers, filled with the references and overwritten upward by CPU features.
 * A plan owns its copy; there is no global table.
 *
 * All activations are int8 NHWC. A "tap" is a pointer to the channels of one input pixel under a kernel window; taps that fall
 * into the padding point to a row of the input's zero point. No kernel reads outside its taps or writes outside its output.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_H
#define BEDSIDE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "../requant.h"

/* Indirect GEMM: out[p * out_stride + n] = requantise(bias[n] + sum over taps t and bytes i of taps[p * tap_count + t][i] *
 * w[n][t * tap_bytes + i], multiplier[n]). depth = tap_count * tap_bytes. */
typedef struct bds_gemm {
    const int8_t *const *taps; /* pixels x tap_count */
    uint32_t pixels, tap_count, tap_bytes;
    uint32_t channels;
    const void *weights; /* as written by gemm_pack; the raw int8 [channels][depth] where gemm_packed_bytes is 0 */
    bds_requant rq;
    int8_t *out;
    size_t out_stride; /* bytes from one output pixel to the next, >= channels */
    void *scratch;     /* gemm_scratch_bytes(depth) bytes, 16-byte aligned */
} bds_gemm;

/* Depthwise: out[p * channels + c] = requantise(bias[c] + sum over t of taps[p * tap_count + t][c] * w[t][c], multiplier[c]). */
typedef struct bds_depthwise {
    const int8_t *const *taps;
    uint32_t pixels, tap_count, channels;
    const void
        *weights; /* as written by depthwise_pack; raw int8 [tap_count][channels] where depthwise_packed_bytes is 0 */
    bds_requant rq;
    int8_t *out;
} bds_depthwise;

/* y = clamp(round(((a - zp_a) * m_a + (b - zp_b) * m_b) / 2^shift) + zp, lo, hi), b repeated every b_period elements.
 * m_a, m_b in [-32767, 32767], shift in [1, 30]: the sum stays under 2^25. */
typedef struct bds_add {
    const int8_t *a, *b;
    int8_t *out;
    uint32_t count, b_period; /* b_period = count: no broadcast */
    int32_t zp_a, zp_b, m_a, m_b, shift, zero_point, lo, hi;
} bds_add;

/* y = requantise((a - zp_a) * (b - zp_b), m). */
typedef struct bds_mul {
    const int8_t *a, *b;
    int8_t *out;
    uint32_t count, b_period;
    int32_t zp_a, zp_b, m;
    bds_requant rq; /* bias and multiplier unused */
} bds_mul;

/* One output pixel of a pool: n taps of channels each (taps outside the picture are left out). */
typedef struct bds_pool {
    const int8_t *const *taps;
    uint32_t tap_count, channels;
    int8_t *out;
} bds_pool;

typedef struct bds_kernels {
    size_t (*gemm_packed_bytes)(uint32_t channels, uint32_t depth); /* 0: raw weights are used in place */
    void (*gemm_pack)(void *packed, const int8_t *weights, uint32_t channels, uint32_t depth);
    size_t (*gemm_scratch_bytes)(uint32_t depth);
    void (*gemm)(const bds_gemm *g);
    /* The same sum with raw weights and int16 results: for logits. out and out_stride count int16 elements here. */
    void (*gemm_s16)(const bds_gemm *g, int16_t *out);

    size_t (*depthwise_packed_bytes)(uint32_t taps, uint32_t channels);
    void (*depthwise_pack)(void *packed, const int8_t *weights, uint32_t taps, uint32_t channels);
    void (*depthwise)(const bds_depthwise *d);

    /* out[i] = requantise(acc[i] + bias[i], multiplier[i]) for i < count. */
    void (*requantise)(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);

    void (*add)(const bds_add *a);
    void (*mul)(const bds_mul *m);
    void (*max_pool)(const bds_pool *p);
    void (*sum_pool)(int32_t *sum, const bds_pool *p,
                     int32_t zero_point); /* sum[c] = sum of (x - zero_point); out unused */
    void (*table)(int8_t *out, const int8_t *x, uint32_t count, const int8_t table[256]);
    /* rows x channels; exponential: 257 samples, see bds_curve. Result in units of 1/256 with zero point -128. */
    void (*softmax)(int8_t *out, const int8_t *x, uint32_t rows, uint32_t channels, const uint16_t *exponential,
                    uint32_t step);
} bds_kernels;

/* Fills the table with the references, then with every faster form that cpu (a mask of BDS_CPU_*) allows and the build has. */
void bds_kernels_select(bds_kernels *k, uint32_t cpu);

void bds_kernels_ref(bds_kernels *k);
#ifdef BDS_HAVE_AVX2
void bds_kernels_avx2(bds_kernels *k);
#endif
#ifdef BDS_HAVE_SIMD128
void bds_kernels_simd128(bds_kernels *k);
#endif

#endif
