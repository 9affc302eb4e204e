/* Indirect GEMM in WebAssembly: tiles of 2 rows x 16 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "simd128.h"

/* Eight at a time; the last eight overlap those before, so nothing is read or written beyond n. */
static inline void widen(int16_t *to, const int8_t *from, uint32_t n)
{
    if (n < 8) {
        for (uint32_t i = 0; i < n; i++)
            to[i] = from[i];
        return;
    }
    for (uint32_t i = 0; i < n - 8; i += 8)
        wasm_v128_store(to + i, wasm_i16x8_load8x8(from + i));
    wasm_v128_store(to + n - 8, wasm_i16x8_load8x8(from + n - 8));
}

/* acc[4 * r + i] += channels 4i .. 4i + 3 of row r. A pair of row values goes to every lane; each dot product takes it with the
 * same pair of four channels. */
static inline void tile(v128_t *acc, int rows, const int16_t *x0, const int16_t *x1, const int16_t *w, uint32_t pairs)
{
#pragma clang loop unroll(disable)
    for (; pairs > 0; pairs--) {
        v128_t a = wasm_v128_load32_splat(x0), b = wasm_v128_load32_splat(x1);

        for (int i = 0; i < 4; i++) {
            v128_t four = wasm_v128_load(w + 8 * i);

            acc[i] = wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(a, four));
            if (rows == 2)
                acc[4 + i] = wasm_i32x4_add(acc[4 + i], wasm_i32x4_dot_i16x8(b, four));
        }
        x0 += 2;
        x1 += 2;
        w += 32;
        /* Keeps the compiler from mixing several steps, which would need more registers than there are. */
        __asm__ volatile("" : "+r"(x0), "+r"(x1), "+r"(w) : : "memory");
    }
}

static inline void store(int8_t *out, v128_t y, uint32_t channels)
{
    int8_t bytes[16];

    if (channels == 16) {
        wasm_v128_store(out, y);
        return;
    }
    wasm_v128_store(bytes, y);
    for (uint32_t i = 0; i < channels; i++)
        out[i] = bytes[i];
}

static inline void multiply(const bds_panel *p)
{
    rounder rounding = rounder_of(p->rq);
    const int16_t *x = p->rows;
    int8_t *out = p->out;
    v128_t bias[4], m[4], acc[8];
    uint32_t left = p->row_count;

    for (int i = 0; i < 4; i++) {
        bias[i] = wasm_v128_load(p->bias + 4 * i);
        m[i] = wasm_u32x4_load16x4(p->multiplier + 4 * i);
    }
    for (; left >= 2; left -= 2) {
        for (int i = 0; i < 8; i++)
            acc[i] = bias[i % 4];
        tile(acc, 2, x, x + 2 * p->pairs, p->weights, p->pairs);
        store(out, requantise16(acc, m, &rounding), p->channels);
        store(out + p->out_stride, requantise16(acc + 4, m, &rounding), p->channels);
        x += 4 * p->pairs;
        out += 2 * p->out_stride;
    }
    if (left) {
        for (int i = 0; i < 4; i++)
            acc[i] = bias[i];
        tile(acc, 1, x, x, p->weights, p->pairs);
        store(out, requantise16(acc, m, &rounding), p->channels);
    }
}

void bds_gemm_s8_2x16c2_simd128(const bds_gemm *g)
{
    bds_gemm_panels(g, widen, multiply);
}
