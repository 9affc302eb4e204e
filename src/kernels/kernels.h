/* The kernels' interface: one table of function pointers, filled with the references and overwritten upward by CPU features.
 * A plan owns its copy; there is no global table.
 *
 * All activations are NHWC, int8 or, where a field x_wide (a_wide, out_wide ...) is 1, int16. No kernel reads outside its operands
 * or writes outside its output.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_H
#define BEDSIDE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "../requant.h"

/* The windows of a convolution. Window (r, c) has its first pixel at row r * stride_h - pad_top and column c * stride_w - pad_left of
 * x, the others dilation apart; pixels outside x have the value zero_point. */
typedef struct bds_window {
    const void *x;               /* pixel (0, 0) */
    uint32_t height, width;      /* of x, in pixels */
    uint32_t channels;           /* of each pixel that take part */
    uint32_t pixel;              /* values from one pixel of x to the next, >= channels */
    uint32_t out_width;          /* windows in a row */
    uint32_t rows;               /* of windows in the whole result: some may be below x */
    uint32_t row_begin, row_end; /* those to compute */
    uint32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int32_t zero_point;
    uint8_t wide; /* x is int16 */
} bds_window;

/* Convolution: pixel p = r * out_width + c of the result is out[p * out_stride + n] = requantise(bias[n] + sum over the window's
 * pixels t and channels i of x[t][i] * w[n][t][i], multiplier[n]). The sum has 32 bits, of int16 x 64. A matrix product is a
 * convolution with a kernel of 1 x 1 over a picture of one row. */
typedef struct bds_conv {
    bds_window window;
    uint32_t channels;   /* n < channels */
    const void *weights; /* as written by conv_pack; raw where conv_packed_bytes is 0, and if wide in or out */
    uint8_t weights_wide, out_wide; /* raw weights: int8, or int16 in [-255, 255] (of int16 x any int16) */
    bds_requant rq;
    void *out;         /* pixel (0, 0) of the result, whatever row_begin is */
    size_t out_stride; /* values from one pixel of the result to the next, >= channels */
    void *scratch;     /* conv_scratch_bytes bytes, 16-byte aligned */
} bds_conv;

/* Depthwise: out[p * channels + c] = requantise(bias[c] + sum over the window's pixels t of x[t][c] * w[t][c], multiplier[c]). */
typedef struct bds_depthwise {
    bds_window window;
    const void *weights; /* as written by depthwise_pack; raw [kernel_h * kernel_w][channels] as with bds_conv */
    uint8_t weights_wide, out_wide;
    bds_requant rq;
    void *out;
    void *scratch; /* depthwise_scratch_bytes bytes, 16-byte aligned */
} bds_depthwise;

/* y = clamp(round(((a - zp_a) * m_a + (b - zp_b) * m_b) / 2^shift) + zp, lo, hi), b repeated every b_period elements.
 * m_a, m_b in [-32767, 32767], shift in [1, 30]: the sum stays under 2^25, with int16 operands under 2^32. */
typedef struct bds_add {
    const void *a, *b;
    void *out;
    uint32_t count, b_period; /* b_period = count: no broadcast */
    int32_t zp_a, zp_b, m_a, m_b, shift, zero_point, lo, hi;
    uint8_t a_wide, b_wide, out_wide;
} bds_add;

/* y = requantise((a - zp_a) * (b - zp_b), m). */
typedef struct bds_mul {
    const void *a, *b;
    void *out;
    uint32_t count, b_period;
    int32_t zp_a, zp_b, m;
    bds_requant rq; /* bias and multiplier unused */
    uint8_t a_wide, b_wide, out_wide;
} bds_mul;

/* y = clamp(min(a, b), lo, hi), or max. All of the same type. */
typedef struct bds_extreme {
    const void *a, *b;
    void *out;
    uint32_t count, b_period;
    int32_t lo, hi;
    uint8_t max, wide;
} bds_extreme;

/* One output pixel of a pool: tap_count pointers to the channels of the pixels under the window (those outside the picture are left
 * out). */
typedef struct bds_pool {
    const int8_t *const *taps;
    uint32_t tap_count, channels;
    void *out;
    uint8_t wide; /* the taps', and of max_pool the result's */
} bds_pool;

/* y[i] = table[i % rows](x[i]): see bds_curve_at for int16 x, which have 257 samples a row; int8 x have 256. */
typedef struct bds_table {
    const void *x;
    void *out;
    uint32_t count, rows;
    const void *table; /* int8, or int16 if x or the result is wide */
    uint8_t x_wide, out_wide;
} bds_table;

/* Rows of channels; exponential: 257 samples, see bds_curve, [0] > 0. */
typedef struct bds_softmax {
    const void *x;
    void *out; /* int8: share of 256 with zero point -128; int16: share of 32768 */
    uint32_t rows, channels;
    const uint16_t *exponential;
    uint32_t step;
    uint8_t x_wide, out_wide;
} bds_softmax;

/* out in order of memory = x[offset + i0 * stride[0] + ... + i5 * stride[5]], i5 fastest. */
typedef struct bds_view {
    const void *x;
    void *out;
    uint32_t count[6];
    int32_t stride[6], offset;
    uint8_t wide;
} bds_view;

/* out[r][c] from four pixels of x. lines: {first, second, weight of the second in 1/1024} for each row, then for each column. */
typedef struct bds_resize {
    const void *x;
    void *out;
    uint32_t x_width, height, width, channels;
    const uint16_t *lines;
    uint8_t wide;
} bds_resize;

/* rows x channels values, a row every stride values, are brought to mean 0 and variance 1; then y[c] =
 * clamp(round((value * multiplier[c] + bias[c]) / 2^shift) + zp, lo, hi). rows * channels <= 2^28, |bias| <= 2^18, shift in [1, 19]. */
typedef struct bds_normalise {
    const void *x;
    void *out; /* may be x */
    uint32_t rows, channels, stride;
    const int16_t *multiplier; /* signed */
    const int32_t *bias;
    uint32_t epsilon; /* < 2^31; added to the variance, in 1/65536 for int8 x */
    int32_t shift, zero_point, lo, hi;
    uint8_t x_wide, out_wide;
} bds_normalise;

/* The index of the first largest of each row of channels <= 32768. */
typedef struct bds_arg_max {
    const void *x;
    int16_t *out;
    uint32_t rows, channels;
    uint8_t wide;
} bds_arg_max;

/* Packed weights are panels of 16 or 8 channels, one after the other. Unless conv_packs_whole, conv_pack of one panel's channels writes
 * what it writes of them when it packs them all, so that the layer need not be there at once. */
enum { BDS_PANEL = 16 };

/* The panel that begins with channel n: 8 channels where that suffices, else 16. The last one ends at the last channel, and so may
 * repeat channels of the one before it, to the same result. */
typedef struct bds_panel_place {
    uint32_t first, width, next; /* next: what n is for the panel after this */
} bds_panel_place;

static inline bds_panel_place bds_panel_at(uint32_t n, uint32_t channels)
{
    const uint32_t width = channels - n > BDS_PANEL / 2 && channels >= BDS_PANEL ? BDS_PANEL : BDS_PANEL / 2;
    const bds_panel_place at = {n + width > channels && channels >= width ? channels - width : n, width, n + width};

    return at;
}

/* (left, shift) and (left + 1, shift + 1) are the same requantisation. Plans give layers this shift where they can, as a shift that is
 * a constant costs WebAssembly a quarter of one that is not. */
enum { BDS_USUAL_SHIFT = 24 };

typedef struct bds_kernels {
    /* Of a window all but x is given, the rows being all of the result's. Packed bytes 0: raw weights are used in place. left is the
     * requantisation's: weights of 16 bits may be packed already multiplied by 2^left, and sums then need no shift. */
    size_t (*conv_packed_bytes)(const bds_window *w, uint32_t channels, int wide);
    void (*conv_pack)(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                      uint32_t left);
    size_t conv_packs_whole; /* 1: the form depends on all channels */
    size_t (*conv_scratch_bytes)(const bds_window *w);
    void (*conv)(const bds_conv *c);

    size_t (*depthwise_packed_bytes)(const bds_window *w);
    void (*depthwise_pack)(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left);
    size_t (*depthwise_scratch_bytes)(const bds_window *w);
    void (*depthwise)(const bds_depthwise *d);

    /* out[i] = requantise(acc[i] + bias[i], multiplier[i]) for i < count. */
    void (*requantise)(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
    void (*requantise_wide)(int16_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);

    void (*add)(const bds_add *a);
    void (*mul)(const bds_mul *m);
    void (*extreme)(const bds_extreme *e);
    void (*max_pool)(const bds_pool *p);
    void (*sum_pool)(int32_t *sum, const bds_pool *p,
                     int32_t zero_point); /* sum[c] = sum of (x - zero_point); out unused */
    void (*table)(const bds_table *t);
    void (*softmax)(const bds_softmax *s);
    void (*view)(const bds_view *v);
    void (*resize)(const bds_resize *r);
    void (*normalise)(const bds_normalise *n);
    void (*arg_max)(const bds_arg_max *a);
} bds_kernels;

/* Fills the table with the references, then with every faster form that cpu (a mask of BDS_CPU_*) allows and the build has. */
void bds_kernels_select(bds_kernels *k, uint32_t cpu);

void bds_kernels_ref(bds_kernels *k);
#ifdef BDS_HAVE_AVX2
void bds_kernels_avx2(bds_kernels *k);
#endif
#ifdef BDS_HAVE_AVX_VNNI
void bds_kernels_avx_vnni(bds_kernels *k);
#endif
#ifdef BDS_HAVE_AVX512_VNNI
void bds_kernels_avx512_vnni(bds_kernels *k);
#endif
#ifdef BDS_HAVE_SIMD128
void bds_kernels_simd128(bds_kernels *k);
#endif
#ifdef BDS_HAVE_RELAXED
void bds_kernels_relaxed(bds_kernels *k);
#endif
#ifdef BDS_HAVE_NEON
void bds_kernels_neon(bds_kernels *k);
#endif
#ifdef BDS_HAVE_DOTPROD
void bds_kernels_dotprod(bds_kernels *k);
#endif
#ifdef BDS_HAVE_V7M
void bds_kernels_v7m(bds_kernels *k);
#endif
#ifdef BDS_HAVE_ARM_DSP
void bds_kernels_dsp(bds_kernels *k);
#endif
#ifdef BDS_HAVE_MVE
void bds_kernels_mve(bds_kernels *k);
#endif

#endif
