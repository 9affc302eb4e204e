/* Depthwise convolution in WebAssembly: 8 channels at a time, taps in pairs.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "simd128.h"

/* Two taps' channels lie interleaved, a0 b0 a1 b1 ..., so that one dot product takes both with their weights. */
static inline void block(v128_t acc[2], const int8_t *const *taps, uint32_t tap_count, uint32_t c, const int16_t *w)
{
    for (uint32_t t = 0; t < tap_count; t += 2, w += 16) {
        v128_t a = wasm_i16x8_load8x8(taps[t] + c);
        v128_t b =
            wasm_i16x8_load8x8(taps[t + 1 < tap_count ? t + 1 : t] + c); /* the last of an odd count has weight 0 */
        v128_t low = wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
        v128_t high = wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);

        acc[0] = wasm_i32x4_add(acc[0], wasm_i32x4_dot_i16x8(low, wasm_v128_load(w)));
        acc[1] = wasm_i32x4_add(acc[1], wasm_i32x4_dot_i16x8(high, wasm_v128_load(w + 8)));
    }
}

static inline void all_pixels(const bds_depthwise *d, uint32_t tap_count)
{
    rounder rounding = rounder_of(&d->rq);
    const int8_t *const *taps = d->taps;
    int8_t *out = d->out;

    for (uint32_t p = 0; p < d->pixels; p++, taps += tap_count, out += d->channels) {
        const int16_t *w = d->weights;

        for (uint32_t i = 0; i < d->channels; i += 8, w += (tap_count + 1) / 2 * 16) {
            uint32_t c = bds_depthwise_block_first(i, d->channels);
            v128_t acc[2] = {wasm_v128_load(d->rq.bias + c), wasm_v128_load(d->rq.bias + c + 4)};
            v128_t m[2] = {wasm_u32x4_load16x4(d->rq.multiplier + c), wasm_u32x4_load16x4(d->rq.multiplier + c + 4)};
            v128_t y;

            block(acc, taps, tap_count, c, w);
            y = wasm_i16x8_narrow_i32x4(requantise4(acc[0], m[0], &rounding), requantise4(acc[1], m[1], &rounding));
            wasm_v128_store64_lane(out + c, clamp16(y, y, &rounding), 0);
        }
    }
}

void bds_depthwise_s8_1x8c2_simd128(const bds_depthwise *d)
{
    if (d->channels < 8 || d->x_wide || d->out_wide)
        bds_depthwise_ref(d);
    else if (d->tap_count == 9) /* 3 x 3: unrolled */
        all_pixels(d, 9);
    else
        all_pixels(d, d->tap_count);
}
