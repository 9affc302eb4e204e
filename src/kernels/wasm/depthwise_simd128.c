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

/* acc[i] += window i, each pixel_step after the one before, of the four channels at `half`. */
static inline void sum(v128_t *acc, int windows, const bds_plane_row *r, uint32_t planes, uint32_t kernel_w, size_t at)
{
    const int16_t *w = r->weights;

    for (uint32_t j = 0; j < planes; j++) {
        const int16_t *x = r->plane[j] + at;

        for (uint32_t kx = 0; kx < kernel_w; kx++, x += r->column_step, w += 2 * BDS_BLOCK) {
            v128_t four = wasm_v128_load(w + at % (2 * BDS_BLOCK));

            for (int i = 0; i < windows; i++)
                acc[i] =
                    wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(wasm_v128_load(x + (size_t)i * r->pixel_step), four));
        }
    }
}

static inline void store(int8_t *out, v128_t y, uint32_t channels, int lane)
{
    int8_t bytes[16];

    if (channels >= 4) {
        if (lane == 0)
            wasm_v128_store32_lane(out, y, 0);
        else
            wasm_v128_store32_lane(out, y, 1);
    } else {
        wasm_v128_store(bytes, y);
        for (uint32_t i = 0; i < channels; i++)
            out[i] = bytes[4 * lane + (int)i];
    }
}

/* Channels 4 * half .. of the block; planes and kernel_w are constants at the calls that matter. */
static inline __attribute__((always_inline)) void half_row(const bds_plane_row *r, uint32_t half, uint32_t planes,
                                                           uint32_t kernel_w)
{
    rounder rounding = rounder_of(r->rq);
    v128_t bias = wasm_v128_load(r->bias + 4 * half), m = wasm_u32x4_load16x4(r->multiplier + 4 * half);
    const uint32_t channels = r->channels - 4 * half;
    int8_t *out = r->out + 4 * half;
    size_t at = 8 * (size_t)half;

    for (uint32_t left = r->out_width; left > 0;) {
        v128_t acc[2] = {bias, bias};
        int two = left >= 2;
        v128_t y;

        if (two)
            sum(acc, 2, r, planes, kernel_w, at);
        else
            sum(acc, 1, r, planes, kernel_w, at);
        y = requantise8(acc, m, &rounding);
        store(out, y, channels, 0);
        if (!two)
            return;
        store(out + r->out_stride, y, channels, 1);
        out += 2 * r->out_stride;
        at += 2 * r->pixel_step;
        left -= 2;
    }
}

static inline void window_row(const bds_plane_row *r)
{
    for (uint32_t half = 0; 4 * half < r->channels; half++) {
        if (r->planes == 2 && r->kernel_w == 3) /* 3 x 3 */
            half_row(r, half, 2, 3);
        else
            half_row(r, half, r->planes, r->kernel_w);
    }
}

void bds_depthwise_s8_2x4c2_simd128(const bds_depthwise *d)
{
    bds_depthwise_planes(d, interleave, window_row);
}
