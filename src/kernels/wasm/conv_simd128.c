/* Convolution in WebAssembly: tiles of 2 pixels x 16 or 8 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "tile_simd128.h"

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

/* The bytes of a pixel from the lower or the upper half of y; fewer than 8 where there are fewer channels in all. */
static inline __attribute__((always_inline)) void store_eight(const bds_panel *p, int8_t *out, v128_t y, int upper)
{
    if (p->channels < 8)
        store_some(out, upper ? wasm_i64x2_shuffle(y, y, 1, 1) : y, p->channels);
    else if (upper)
        wasm_v128_store64_lane(out, y, 1);
    else
        wasm_v128_store64_lane(out, y, 0);
}

/* `pixels` pixels of `vectors` vectors of channels in acc, then the bytes of each. */
static inline __attribute__((always_inline)) void store_pixels(const bds_panel *p, int8_t *out, v128_t *acc,
                                                               const v128_t *m, int pixels, int vectors,
                                                               const rounder *rounding)
{
    v128_t y[2];

    requantise(y, acc, m, vectors, pixels * vectors, rounding);
    if (vectors == 4) {
        wasm_v128_store(out, y[0]);
        if (pixels == 2)
            wasm_v128_store(out + p->out_stride, y[1]);
    } else {
        store_eight(p, out, y[0], 0);
        if (pixels == 2)
            store_eight(p, out + p->out_stride, y[0], 1);
    }
}

/* vectors: of four channels, 4 or 2. */
static inline __attribute__((always_inline)) void multiply_by(const bds_panel *p, int vectors)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    v128_t bias[4], m[4], acc[8];
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
        store_pixels(p, out, acc, m, 2, vectors, &rounding);
    }
    if (left) {
        for (int i = 0; i < vectors; i++)
            acc[i] = bias[i];
        tile(acc, 1, vectors, walk.at, walk.at, p);
        store_pixels(p, out, acc, m, 1, vectors, &rounding);
    }
}

/* Functions of their own: V8 then keeps what each needs in registers. */
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

size_t bds_conv_packed_bytes_simd128(const bds_window *w, uint32_t channels, int wide)
{
    if (bds_is_dense(w, wide))
        return bds_dense_bytes(w, channels);
    return bds_is_winograd(w, wide) ? bds_winograd_bytes(w, channels) : bds_panels_bytes(w, channels, wide, &form);
}

void bds_conv_pack_simd128(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left)
{
    if (bds_is_dense(w, wide))
        bds_dense_pack(packed, weights, w, channels);
    else if (bds_is_winograd(w, wide))
        bds_winograd_pack(packed, weights, w, channels, left);
    else
        bds_panels_pack(packed, weights, wide, w, channels, &form, left);
}

size_t bds_conv_scratch_bytes_simd128(const bds_window *w)
{
    const size_t bytes = bds_panels_scratch_bytes(w, &form); /* what the weights are is not known here */
    const size_t others = bds_is_winograd(w, 0) ? bds_winograd_scratch_bytes(w) : 0;

    return bytes > others ? bytes : others;
}

void bds_conv_s8_2x16c2_simd128(const bds_conv *c)
{
    const int narrow = !c->window.wide && !c->out_wide;

    if (narrow && bds_is_dense(&c->window, c->weights_wide))
        bds_dense_s8_16c2_simd128(c);
    else if (narrow && bds_is_winograd(&c->window, c->weights_wide))
        bds_winograd_s8_2x16c2_simd128(c);
    else
        bds_conv_panels(c, &form, bds_widen_simd128, multiply, widen_weights);
}
