/* The inner loop of the WebAssembly convolutions.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_TILE_SIMD128_H
#define BEDSIDE_KERNELS_TILE_SIMD128_H

#include "simd128.h"

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

#endif
