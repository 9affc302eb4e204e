/* Convolution in WebAssembly: tiles of 2 pixels x 16 or 8 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "simd128.h"

static const bds_form form = {
    .group = 2, .value_bytes = 2, .tile = 4, .strip_bytes = 8192, .block_bytes = 96 * 1024, .bytes_from = 96};

/* Weights that were kept as bytes, 16 at a time, to v * 2^left. */
static __attribute__((noinline)) void widen_weights(int16_t *to, const int8_t *bytes, const uint8_t *bits,
                                                    size_t values, uint32_t left)
{
    const v128_t low = wasm_i16x8_const(1, 2, 4, 8, 16, 32, 64, 128);
    const v128_t high = wasm_i16x8_const(256, 512, 1024, 2048, 4096, 8192, 16384, -32768);
    const v128_t scale = wasm_i16x8_splat((int16_t)(1 << left));

    for (; values > 0; values -= 16, bytes += 16, to += 16) {
        v128_t first = wasm_i16x8_load8x8(bytes), second = wasm_i16x8_load8x8(bytes + 8);

        if (bits) { /* 2 * byte + bit */
            const v128_t all = wasm_v128_load16_splat(bits);

            first = wasm_i16x8_sub(wasm_i16x8_add(first, first), wasm_i16x8_eq(wasm_v128_and(all, low), low));
            second = wasm_i16x8_sub(wasm_i16x8_add(second, second), wasm_i16x8_eq(wasm_v128_and(all, high), high));
            bits += 2;
        }
        wasm_v128_store(to, wasm_i16x8_mul(first, scale));
        wasm_v128_store(to + 8, wasm_i16x8_mul(second, scale));
    }
}

/* acc[vectors * r + i] += channels 4i .. 4i + 3 of pixel r. A pair of a pixel's values goes to every lane; each dot product takes it
 * with the same pair of four channels. */
static inline void tile(v128_t *acc, int pixels, int vectors, const uint8_t *x0, const uint8_t *x1, const bds_panel *p)
{
    const int16_t *w = p->weights;
    const size_t skip = p->segment_step - 4 * (size_t)p->groups;

    for (uint32_t segment = p->segments; segment > 0; segment--, x0 += skip, x1 += skip) {
#pragma clang loop unroll(disable)
        for (uint32_t k = p->groups; k > 0; k--) {
            v128_t a = wasm_v128_load32_splat(x0), b = pixels == 2 ? wasm_v128_load32_splat(x1) : a;

            for (int i = 0; i < vectors; i++) {
                v128_t four = wasm_v128_load(w + 8 * i);

                acc[i] = wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(a, four));
                if (pixels == 2)
                    acc[vectors + i] = wasm_i32x4_add(acc[vectors + i], wasm_i32x4_dot_i16x8(b, four));
            }
            x0 += 4;
            x1 += 4;
            w += 8 * vectors;
            /* Keeps the compiler from mixing several steps, which would need more registers than there are. */
            __asm__ volatile("" : "+r"(x0), "+r"(x1), "+r"(w) : : "memory");
        }
    }
}

/* Two pixels of `vectors` vectors of channels in acc, then the bytes of both. Whole: 16 or 8 channels. */
static inline __attribute__((always_inline)) void store_pair(const bds_panel *p, int8_t *out, v128_t *acc,
                                                             const v128_t *m, int vectors, int whole,
                                                             const rounder *rounding)
{
    v128_t y[2];

    requantise(y, acc, m, vectors, 2 * vectors, rounding);
    if (!whole) {
        store_some(out, y[0], p->channels);
        store_some(out + p->out_stride, wasm_i64x2_shuffle(y[0], y[0], 1, 1), p->channels);
    } else if (vectors == 4) {
        wasm_v128_store(out, y[0]);
        wasm_v128_store(out + p->out_stride, y[1]);
    } else {
        wasm_v128_store64_lane(out, y[0], 0);
        wasm_v128_store64_lane(out + p->out_stride, y[0], 1);
    }
}

/* vectors: of four channels, 4 or 2. */
static inline __attribute__((always_inline)) void multiply_by(const bds_panel *p, int vectors, int whole)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    v128_t bias[4], m[4], acc[8], y[2];
    uint32_t left = p->pixels;

    for (int i = 0; i < vectors; i++) {
        bias[i] = wasm_i32x4_shl(wasm_v128_load(p->bias + 4 * i), count_here((uint32_t)p->rq->left));
        m[i] = wasm_u32x4_load16x4(p->multiplier + 4 * i);
    }
    for (; left >= 2; left -= 2, out += 2 * p->out_stride) {
        const uint8_t *x0 = bds_next_pixel(&walk, p), *x1 = bds_next_pixel(&walk, p);

        for (int i = 0; i < 2 * vectors; i++)
            acc[i] = bias[i % vectors];
        tile(acc, 2, vectors, x0, x1, p);
        store_pair(p, out, acc, m, vectors, whole, &rounding);
    }
    if (left) {
        for (int i = 0; i < vectors; i++)
            acc[i] = bias[i];
        tile(acc, 1, vectors, walk.at, walk.at, p);
        requantise(y, acc, m, vectors, vectors, &rounding);
        if (whole && vectors == 4)
            wasm_v128_store(out, y[0]);
        else if (whole)
            wasm_v128_store64_lane(out, y[0], 0);
        else
            store_some(out, y[0], p->channels);
    }
}

/* Functions of their own: V8 then keeps what each needs in registers. */
static __attribute__((noinline)) void multiply_16(const bds_panel *p)
{
    multiply_by(p, 4, 1);
}

static __attribute__((noinline)) void multiply_8(const bds_panel *p)
{
    multiply_by(p, 2, 1);
}

static __attribute__((noinline)) void multiply_some(const bds_panel *p)
{
    multiply_by(p, 2, 0);
}

static inline void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_16(p);
    else if (p->channels == BDS_PANEL / 2)
        multiply_8(p);
    else
        multiply_some(p);
}

size_t bds_conv_packed_bytes_simd128(const bds_window *w, uint32_t channels, int wide)
{
    return bds_is_dense(w, wide) ? bds_dense_bytes(w, channels) : bds_panels_bytes(w, channels, wide, &form);
}

void bds_conv_pack_simd128(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left)
{
    if (bds_is_dense(w, wide))
        bds_dense_pack(packed, weights, w, channels);
    else
        bds_panels_pack(packed, weights, wide, w, channels, &form, left);
}

size_t bds_conv_scratch_bytes_simd128(const bds_window *w)
{
    return bds_panels_scratch_bytes(w, &form);
}

void bds_conv_s8_2x16c2_simd128(const bds_conv *c)
{
    if (!c->window.wide && !c->out_wide && bds_is_dense(&c->window, c->weights_wide))
        bds_dense_s8_2x16c2_simd128(c);
    else
        bds_conv_panels(c, &form, widen, multiply, widen_weights);
}
