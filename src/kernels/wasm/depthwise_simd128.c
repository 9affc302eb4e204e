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

/* What a row of windows needs of its description, in locals: a byte written to the result might else have changed it. */
typedef struct row {
    const int16_t *const *plane;
    const int16_t *weights;
    uint32_t planes, kernel_w;
    size_t column_step, pixel_step;
} row;

enum { KEPT = 6 }; /* weights of 3 x 3 stay in registers: two planes of three columns */

/* acc[i] += window i, each pixel_step after the one before. kept: the weights of a kernel of 3 x 3, or null. */
static inline __attribute__((always_inline)) void sum(v128_t *acc, int windows, const row *r, const int16_t *const *x,
                                                      size_t at, const v128_t *kept)
{
    const int16_t *w = r->weights;

    for (uint32_t j = 0; j < (kept ? 2 : r->planes); j++) {
        const int16_t *from = x[j] + at;

        for (uint32_t kx = 0; kx < (kept ? 3 : r->kernel_w); kx++, from += r->column_step, w += 2 * BDS_BLOCK) {
            v128_t four = kept ? kept[3 * j + kx] : wasm_v128_load(w);

            for (int i = 0; i < windows; i++)
                acc[i] = wasm_i32x4_add(acc[i],
                                        wasm_i32x4_dot_i16x8(wasm_v128_load(from + (size_t)i * r->pixel_step), four));
        }
    }
}

static inline void store_some(int8_t *out, v128_t y, uint32_t channels)
{
    int8_t bytes[16];

    wasm_v128_store(bytes, y);
    for (uint32_t i = 0; i < channels; i++)
        out[i] = bytes[i];
}

/* Four channels from the block's channel c on. */
static inline __attribute__((always_inline)) void four_channels(const bds_plane_row *b, uint32_t c, int is_3x3)
{
    const rounder rounding = rounder_of(b->rq);
    const v128_t bias = wasm_v128_load(b->bias + c), m = wasm_u32x4_load16x4(b->multiplier + c);
    const row r = {b->plane, b->weights + 2 * c, b->planes, b->kernel_w, b->column_step, b->pixel_step};
    const int16_t *const both[2] = {r.plane[0], r.plane[is_3x3 ? 1 : 0]};
    const int16_t *const *x = is_3x3 ? both : r.plane;
    const size_t out_stride = b->out_stride;
    const uint32_t channels = b->channels - c < 4 ? b->channels - c : 4;
    int8_t *out = b->out + c;
    size_t at = 2 * (size_t)c;
    v128_t weights[KEPT], *kept = is_3x3 ? weights : NULL;

    for (int i = 0; is_3x3 && i < KEPT; i++)
        weights[i] = wasm_v128_load(r.weights + (size_t)i * 2 * BDS_BLOCK);
    for (uint32_t left = b->out_width; left > 0; left -= left > 1 ? 2 : 1, at += 2 * r.pixel_step) {
        v128_t acc[2] = {bias, bias}, y;

        if (left > 1)
            sum(acc, 2, &r, x, at, kept);
        else
            sum(acc, 1, &r, x, at, kept);
        requantise(&y, acc, &m, 1, 2, &rounding);
        if (channels == 4 && left > 1) {
            wasm_v128_store32_lane(out, y, 0);
            wasm_v128_store32_lane(out + out_stride, y, 1);
        } else {
            store_some(out, y, channels);
            if (left > 1)
                store_some(out + out_stride, wasm_i32x4_shuffle(y, y, 1, 1, 1, 1), channels);
        }
        out += 2 * out_stride;
    }
}

static inline void window_row(const bds_plane_row *r)
{
    for (uint32_t c = 0; c < r->channels; c += 4) {
        if (r->planes == 2 && r->kernel_w == 3)
            four_channels(r, c, 1);
        else
            four_channels(r, c, 0);
    }
}

void bds_depthwise_s8_2x4c2_simd128(const bds_depthwise *d)
{
    bds_depthwise_planes(d, interleave, window_row);
}
