/* Pixels for the WebAssembly convolutions: bytes become int16. Functions, not inline: many places want them.
 * SPDX-License-Identifier: MIT */
#include "simd128.h"

/* Eight at a time; the last eight overlap those before, so nothing is read or written beyond n. */
void bds_widen_simd128(void *to, const int8_t *from, uint32_t n)
{
    int16_t *wide = to;

    if (n < 8) {
        for (uint32_t i = 0; i < n; i++)
            wide[i] = from[i];
        return;
    }
    for (uint32_t i = 0; i < n - 8; i += 8)
        wasm_v128_store(wide + i, wasm_i16x8_load8x8(from + i));
    wasm_v128_store(wide + n - 8, wasm_i16x8_load8x8(from + n - 8));
}

void bds_strip_row_simd128(uint8_t *to, const bds_window *w, uint32_t columns, int64_t y)
{
    static const bds_form pairs = {.group = 2, .value_bytes = 2};
    const bds_segments s = {.columns = columns};

    bds_strip_row(to, w, &s, y, &pairs, bds_widen_simd128);
}
