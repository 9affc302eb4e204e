/* Fully connected layers in WebAssembly: one pixel, whose weights are read once. How soon they come is what counts, so they stay bytes,
 * and widening them has to cost little. Two bytes of a panel of 16 channels lie in one lane of 16 bits,
 *
 *   v = 256 * h + l,   h = w[8 + i], l = w[i] + 128 in [0, 255],   i < 8
 *
 * so that one instruction, v & 255, makes operands of both: sum(x * v) - sum(x * l) = 256 * sum(x * h), and
 * sum(x * l) - 128 * sum(x) = sum(x * w[i]). Sums are taken modulo 2^32; the first has to be known modulo 2^32 / 256, which holds for
 * up to CHUNK pairs at once: 2 * CHUNK * 2^14 < 2^23. A panel of 8 channels is plain bytes.
 * SPDX-License-Identifier: MIT */
#include "simd128.h"

enum { CHUNK = 255 };

/* x as int16, zeros to whole groups, and its sum. */
static int32_t prepare(const bds_conv *c)
{
    const uint32_t depth = c->window.channels;
    int16_t *x = c->scratch;
    v128_t four = wasm_i32x4_const_splat(0);
    uint32_t i = 0;
    int32_t sum = 0;

    bds_widen_simd128(x, c->window.x, depth);
    if (depth & 1)
        x[depth] = 0;
    for (; i + 8 <= depth; i += 8)
        four = wasm_i32x4_add(four, wasm_i32x4_dot_i16x8(wasm_v128_load(x + i), wasm_i16x8_const_splat(1)));
    for (; i < depth; i++)
        sum += x[i];
    four = wasm_i32x4_add(four, wasm_i32x4_shuffle(four, four, 2, 3, 0, 1));
    return sum + wasm_i32x4_extract_lane(four, 0) + wasm_i32x4_extract_lane(four, 1);
}

/* What all panels share. */
typedef struct layer {
    const bds_conv *c;
    rounder rounding;
    uint32_t groups;
    int32_t sum; /* of x */
} layer;

/* A panel of 16 from channel n on. Functions of their own: V8 then keeps what each needs in registers. */
static __attribute__((noinline)) void dense_16(const layer *l, const uint8_t *w, uint32_t n)
{
    const bds_requant *rq = &l->c->rq;
    const v128_t offset = wasm_i32x4_splat(128 * l->sum), low = wasm_i16x8_const_splat(255);
    const uint8_t *x = l->c->scratch;
    v128_t sums[4], m[4], y[2];

    for (int i = 0; i < 4; i++) {
        sums[i] = wasm_v128_load(rq->bias + n + 4 * i);
        if (i < 2)
            sums[i] = wasm_i32x4_sub(sums[i], offset);
        m[i] = wasm_u32x4_load16x4(rq->multiplier + n + 4 * i);
    }
    for (uint32_t left = l->groups, some; left > 0; left -= some) {
        v128_t acc[4];

        some = left < CHUNK ? left : CHUNK;
        for (int i = 0; i < 4; i++)
            acc[i] = wasm_i32x4_const_splat(0);
#pragma clang loop unroll(disable)
        for (uint32_t k = some; k > 0; k--, x += 4, w += 32) {
            const v128_t a = wasm_v128_load32_splat(x);

            for (int i = 0; i < 2; i++) {
                const v128_t both = wasm_v128_load(w + 16 * i);

                acc[i] = wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(a, wasm_v128_and(both, low)));
                acc[i + 2] = wasm_i32x4_add(acc[i + 2], wasm_i32x4_dot_i16x8(a, both));
            }
        }
        for (int i = 0; i < 2; i++) {
            sums[i + 2] = wasm_i32x4_add(sums[i + 2], wasm_i32x4_shr(wasm_i32x4_sub(acc[i + 2], acc[i]), 8));
            sums[i] = wasm_i32x4_add(sums[i], acc[i]);
        }
    }
    for (int i = 0; i < 4; i++)
        sums[i] = wasm_i32x4_shl(sums[i], count_here((uint32_t)rq->left));
    requantise(y, sums, m, 4, 4, &l->rounding);
    wasm_v128_store((int8_t *)l->c->out + n, y[0]);
}

/* A panel of 8, or of the fewer that there are in all: nothing behind the last one may be read. */
static __attribute__((noinline)) void dense_8(const layer *l, const uint8_t *w, uint32_t n)
{
    const bds_requant *rq = &l->c->rq;
    const uint32_t channels = l->c->channels < 8 ? l->c->channels : 8;
    const uint8_t *x = l->c->scratch;
    int32_t bias[8] = {0};
    int16_t multiplier[8] = {0};
    v128_t acc[2], m[2], y[2];

    for (uint32_t i = 0; i < channels; i++) {
        bias[i] = rq->bias[n + i];
        multiplier[i] = rq->multiplier[n + i];
    }
    for (int i = 0; i < 2; i++) {
        acc[i] = wasm_v128_load(bias + 4 * i);
        m[i] = wasm_u32x4_load16x4(multiplier + 4 * i);
    }
#pragma clang loop unroll(disable)
    for (uint32_t k = l->groups; k > 0; k--, x += 4, w += 16)
        for (int i = 0; i < 2; i++)
            acc[i] =
                wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(wasm_v128_load32_splat(x), wasm_i16x8_load8x8(w + 8 * i)));
    for (int i = 0; i < 2; i++)
        acc[i] = wasm_i32x4_shl(acc[i], count_here((uint32_t)rq->left));
    requantise(y, acc, m, 2, 2, &l->rounding);
    store_some((int8_t *)l->c->out + n, y[0], channels);
}

void bds_dense_s8_16c2_simd128(const bds_conv *c)
{
    const layer l = {c, rounder_of(&c->rq), bds_dense_groups(&c->window), prepare(c)};
    const uint8_t *w = c->weights;

    for (uint32_t n = 0; n < c->channels;) {
        const bds_panel_place at = bds_panel_at(n, c->channels);

        if (at.width == BDS_PANEL)
            dense_16(&l, w, at.first);
        else
            dense_8(&l, w, at.first);
        w += bds_dense_panel_bytes(l.groups, at.width);
        n = at.next;
    }
}
