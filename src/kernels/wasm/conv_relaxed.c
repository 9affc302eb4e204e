/* Convolution with WebAssembly's relaxed SIMD: layers whose weights have seven bits, [-64, 63], take four products per lane and
 * instruction instead of two; all others go to simd128's form.
 *
 * i16x8.relaxed_dot_i8x16_i7x16 is exact on every engine only while its second operand is in [0, 127]: that is w + 64. Pairs of products
 * stay within 2 * 128 * 127 < 2^15. What is too much, 64 * x, is taken off again, once per pixel.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "relaxed.h"

static const bds_form fours = {.group = 4, .value_bytes = 1, .tile = 4, .strip_bytes = 8192, .block_bytes = 8192};

/* In front of the packed weights. */
typedef struct packed_head {
    uint32_t seven_bits, unused[3];
} packed_head;

static void copy(void *to, const int8_t *from, uint32_t n)
{
    __builtin_memcpy(to, from, n);
}

/* acc + products of sixteen values with sixteen weights, four per lane. */
static inline v128_t add_fours(v128_t acc, v128_t x, v128_t w)
{
    return wasm_i32x4_add(acc,
                          wasm_i32x4_dot_i16x8(wasm_i16x8_relaxed_dot_i8x16_i7x16(x, w), wasm_i16x8_const_splat(1)));
}

/* 64 * the sum of the values under a window, in every lane. */
static inline v128_t too_much(const uint8_t *x, const bds_panel *p)
{
    const v128_t w = wasm_i8x16_const_splat(64);
    v128_t sum = wasm_i32x4_const_splat(0);

    for (uint32_t segment = p->segments; segment > 0; segment--, x += p->segment_step) {
        const uint8_t *at = x, *end = x + 4 * (size_t)p->groups;

#pragma clang loop unroll(disable) vectorize(disable)
        for (; end - at >= 16; at += 16)
            sum = add_fours(sum, wasm_v128_load(at), w);
#pragma clang loop unroll(disable) vectorize(disable)
        for (; at != end; at += 4)
            sum = add_fours(sum, wasm_v128_load32_zero(at), w);
    }
    sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1));
    return wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 1, 0, 3, 2));
}

/* acc[vectors * r + i] += channels 4i .. 4i + 3 of pixel r. Four of a pixel's values go to every lane. */
static inline __attribute__((always_inline)) void tile(v128_t *acc, int pixels, int vectors, const uint8_t *x0,
                                                       const uint8_t *x1, const bds_panel *p)
{
    const uint8_t *w = p->weights;
    const size_t skip = p->segment_step - 4 * (size_t)p->groups;

    for (uint32_t segment = p->segments; segment > 0; segment--, x0 += skip, x1 += skip) {
#pragma clang loop unroll(disable)
        for (uint32_t k = p->groups; k > 0; k--) {
            v128_t a = wasm_v128_load32_splat(x0), b = pixels == 2 ? wasm_v128_load32_splat(x1) : a;

            for (int i = 0; i < vectors; i++) {
                v128_t four = wasm_v128_load(w + 16 * i);

                acc[i] = add_fours(acc[i], a, four);
                if (pixels == 2)
                    acc[vectors + i] = add_fours(acc[vectors + i], b, four);
            }
            x0 += 4;
            x1 += 4;
            w += 16 * vectors;
            __asm__ volatile("" : "+r"(x0), "+r"(x1), "+r"(w) : : "memory"); /* see tile_simd128.h */
        }
    }
}

/* The same requantisation with as little to shift to the left as there can be. */
static bds_requant lowered(const bds_requant *rq)
{
    const int32_t room = rq->shift - BDS_SHIFT_MIN, less = rq->left < room ? rq->left : room;
    bds_requant low = *rq;

    low.left -= less;
    low.shift -= less;
    return low;
}

/* Bytes of one pixel's sums; left: what lowered() left over. */
static inline __attribute__((always_inline)) void finish(const bds_panel *p, int8_t *out, v128_t *acc, const v128_t *m,
                                                         int vectors, uint32_t left, const rounder *rounding)
{
    v128_t y[2];

    if (left)
        for (int i = 0; i < vectors; i++)
            acc[i] = wasm_i32x4_shl(acc[i], count_here(left));
    requantise(y, acc, m, vectors, vectors, rounding);
    if (vectors == 4) {
        wasm_v128_store(out, y[0]);
    } else if (p->channels == 8) {
        wasm_v128_store64_lane(out, y[0], 0);
    } else {
        store_some(out, y[0], p->channels);
    }
}

/* What all pixels of a panel share. */
typedef struct constants {
    v128_t bias[4], m[4];
    rounder rounding;
    uint32_t left;
} constants;

/* The next pixels, 1 or 2: a constant at each call, or the sums would not stay in registers. */
static inline __attribute__((always_inline)) void some_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out,
                                                              int pixels, int vectors, const constants *c)
{
    const uint8_t *x0 = bds_next_pixel(walk, p), *x1 = pixels == 2 ? bds_next_pixel(walk, p) : x0;
    const v128_t off0 = too_much(x0, p);
    const v128_t off1 = pixels == 2 ? too_much(x1, p) : off0;
    v128_t acc[8];

    for (int i = 0; i < vectors; i++) {
        acc[i] = wasm_i32x4_sub(c->bias[i], off0);
        acc[vectors + i] = wasm_i32x4_sub(c->bias[i], off1);
    }
    tile(acc, pixels, vectors, x0, x1, p);
    finish(p, out, acc, c->m, vectors, c->left, &c->rounding);
    if (pixels == 2)
        finish(p, out + p->out_stride, acc + vectors, c->m, vectors, c->left, &c->rounding);
}

static inline __attribute__((always_inline)) void multiply_by(const bds_panel *p, int vectors)
{
    const bds_requant low = lowered(p->rq);
    constants c = {.rounding = rounder_of(&low), .left = (uint32_t)low.left};
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;

    for (int i = 0; i < vectors; i++) {
        c.bias[i] = wasm_v128_load(p->bias + 4 * i);
        c.m[i] = wasm_u32x4_load16x4(p->multiplier + 4 * i);
    }
    for (uint32_t left = p->pixels / 2; left > 0; left--, out += 2 * p->out_stride)
        some_pixels(p, &walk, out, 2, vectors, &c);
    if (p->pixels & 1)
        some_pixels(p, &walk, out, 1, vectors, &c);
}

static __attribute__((noinline)) void multiply_16(const bds_panel *p)
{
    multiply_by(p, 4);
}

static __attribute__((noinline)) void multiply_8(const bds_panel *p)
{
    multiply_by(p, 2);
}

static inline void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_16(p);
    else
        multiply_8(p);
}

/* As many bytes as either form may take: which one it is shows only when the weights are there. */
size_t bds_conv_packed_bytes_relaxed(const bds_window *w, uint32_t channels, int wide)
{
    const size_t pairs = bds_conv_packed_bytes_simd128(w, channels, wide);
    const size_t all = bds_panels_bytes(w, channels, wide, &fours);

    return pairs ? sizeof(packed_head) + (pairs > all ? pairs : all) : 0;
}

void bds_conv_pack_relaxed(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left)
{
    const size_t count = (size_t)w->kernel_h * w->kernel_w * w->channels * channels;
    packed_head *head = packed;
    uint8_t *bytes = (uint8_t *)(head + 1);
    uint32_t seven_bits = 1;

    for (size_t i = 0; i < count && seven_bits; i++)
        seven_bits = bds_load(weights, i, wide) >= -64 && bds_load(weights, i, wide) <= 63;
    head->seven_bits = seven_bits;
    if (!seven_bits) {
        bds_conv_pack_simd128(bytes, weights, wide, w, channels, left);
        return;
    }
    bds_panels_pack(bytes, weights, wide, w, channels, &fours, left);
    for (size_t i = 0; i < bds_panels_bytes(w, channels, wide, &fours); i++)
        bytes[i] = (uint8_t)(bytes[i] + 64);
}

size_t bds_conv_scratch_bytes_relaxed(const bds_window *w)
{
    const size_t pairs_bytes = bds_conv_scratch_bytes_simd128(w), fours_bytes = bds_panels_scratch_bytes(w, &fours);

    return pairs_bytes > fours_bytes ? pairs_bytes : fours_bytes;
}

void bds_conv_s8w7_2x16c4_relaxed(const bds_conv *c)
{
    const packed_head *head = c->weights;
    bds_conv inner = *c;

    if (c->window.wide || c->out_wide || bds_conv_packed_bytes_simd128(&c->window, c->channels, c->weights_wide) == 0) {
        bds_conv_ref(c);
        return;
    }
    inner.weights = head + 1;
    if (head->seven_bits)
        bds_conv_panels(&inner, &fours, copy, multiply, NULL);
    else
        bds_conv_s8_2x16c2_simd128(&inner);
}
