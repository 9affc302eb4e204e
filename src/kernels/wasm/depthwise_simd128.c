/* Depthwise convolution in WebAssembly: 2 windows x 4 channels at a time, rows in pairs.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "simd128.h"

static inline void interleave(int16_t *to, const int8_t *a, const int8_t *b)
{
    v128_t x = wasm_i16x8_load8x8(a), y = wasm_i16x8_load8x8(b);

    wasm_v128_store(to, wasm_i16x8_shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(to + 8, wasm_i16x8_shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15));
}

/* acc + a column of a window, whose weights w are, of four channels. */
static inline v128_t add_column(v128_t acc, const int16_t *x, v128_t w)
{
    return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(wasm_v128_load(x), w));
}

static inline v128_t requantise_two(v128_t first, v128_t second, v128_t m, const rounder *rounding)
{
    v128_t acc[2] = {first, second}, y;

    requantise(&y, acc, &m, 1, 2, rounding);
    return y;
}

/* Four channels from the block's channel c on of windows of 3 x 3, two at a time; in a row of odd length the last two overlap those
 * before. step: pixel_step. Functions of their own, without calls in their loops: V8 then keeps what they need in registers. */
static inline __attribute__((always_inline)) void pairs_3x3(const bds_plane_row *b, uint32_t c, size_t step,
                                                            const rounder *rounding)
{
    enum { COLUMN = 2 * BDS_BLOCK };
    const v128_t bias = wasm_v128_load(b->bias + c), m = wasm_u32x4_load16x4(b->multiplier + c);
    const int16_t *x = b->plane[0] + 2 * c, *y = b->plane[1] + 2 * c;
    const size_t out_stride = b->out_stride;
    int8_t *out = b->out + c;
    v128_t w[6];

    for (int i = 0; i < 6; i++)
        w[i] = wasm_v128_load(b->weights + 2 * c + i * COLUMN);
    for (uint32_t left = b->out_width; left > 0; left -= 2) {
        v128_t first = bias, second = bias, bytes;

        if (left == 1) {
            x -= step;
            y -= step;
            out -= out_stride;
            left = 2;
        }
        for (int i = 0; i < 3; i++) {
            first = add_column(first, x + i * COLUMN, w[i]);
            second = add_column(second, x + step + i * COLUMN, w[i]);
        }
        for (int i = 0; i < 3; i++) {
            first = add_column(first, y + i * COLUMN, w[3 + i]);
            second = add_column(second, y + step + i * COLUMN, w[3 + i]);
        }
        bytes = requantise_two(first, second, m, rounding);
        wasm_v128_store32_lane(out, bytes, 0);
        wasm_v128_store32_lane(out + out_stride, bytes, 1);
        x += 2 * step;
        y += 2 * step;
        out += 2 * out_stride;
    }
}

static __attribute__((noinline)) void pairs_3x3_stride1(const bds_plane_row *b)
{
    const rounder rounding = rounder_of(b->rq);

#pragma clang loop unroll(disable)
    for (uint32_t c = 0; c < BDS_BLOCK; c += 4)
        pairs_3x3(b, c, 2 * BDS_BLOCK, &rounding);
}

static __attribute__((noinline)) void pairs_3x3_stride2(const bds_plane_row *b)
{
    const rounder rounding = rounder_of(b->rq);

#pragma clang loop unroll(disable)
    for (uint32_t c = 0; c < BDS_BLOCK; c += 4)
        pairs_3x3(b, c, 4 * BDS_BLOCK, &rounding);
}

/* The same of any kernel. */
static __attribute__((noinline)) void pairs(const bds_plane_row *b, uint32_t c)
{
    const rounder rounding = rounder_of(b->rq);
    const v128_t bias = wasm_v128_load(b->bias + c), m = wasm_u32x4_load16x4(b->multiplier + c);
    const size_t step = b->pixel_step, column = b->column_step, out_stride = b->out_stride;
    const uint32_t planes = b->planes, kernel_w = b->kernel_w;
    int8_t *out = b->out + c;
    size_t at = 2 * (size_t)c;

    for (uint32_t left = b->out_width; left > 0; left -= 2) {
        const int16_t *w = b->weights + 2 * c;
        v128_t first = bias, second = bias, bytes;

        if (left == 1) {
            at -= step;
            out -= out_stride;
            left = 2;
        }
        for (uint32_t j = 0; j < planes; j++) {
            const int16_t *x = b->plane[j] + at;

            for (uint32_t i = kernel_w; i > 0; i--, x += column, w += 2 * BDS_BLOCK) {
                const v128_t four = wasm_v128_load(w);

                first = add_column(first, x, four);
                second = add_column(second, x + step, four);
            }
        }
        bytes = requantise_two(first, second, m, &rounding);
        wasm_v128_store32_lane(out, bytes, 0);
        wasm_v128_store32_lane(out + out_stride, bytes, 1);
        at += 2 * step;
        out += 2 * out_stride;
    }
}

/* A picture of one column. */
static __attribute__((noinline)) void single(const bds_plane_row *b, uint32_t c)
{
    const rounder rounding = rounder_of(b->rq);
    const int16_t *w = b->weights + 2 * c;
    v128_t acc = wasm_v128_load(b->bias + c);

    for (uint32_t j = 0; j < b->planes; j++)
        for (uint32_t k = 0; k < b->kernel_w; k++, w += 2 * BDS_BLOCK)
            acc = add_column(acc, b->plane[j] + 2 * c + k * b->column_step, wasm_v128_load(w));
    acc = requantise_two(acc, acc, wasm_u32x4_load16x4(b->multiplier + c), &rounding);
    wasm_v128_store32_lane(b->out + c, acc, 0);
}

static inline void window_row(const bds_plane_row *b)
{
    const int is_3x3 = b->planes == 2 && b->kernel_w == 3 && b->column_step == 2 * BDS_BLOCK && b->out_width > 1;

    if (is_3x3 && b->pixel_step == 2 * BDS_BLOCK)
        pairs_3x3_stride1(b);
    else if (is_3x3 && b->pixel_step == 4 * BDS_BLOCK)
        pairs_3x3_stride2(b);
    else if (b->out_width > 1)
        for (uint32_t c = 0; c < BDS_BLOCK; c += 4)
            pairs(b, c);
    else
        for (uint32_t c = 0; c < BDS_BLOCK; c += 4)
            single(b, c);
}

void bds_depthwise_s8_2x4c2_simd128(const bds_depthwise *d)
{
    bds_depthwise_planes(d, interleave, window_row, NULL);
}
