/* Convolution with AVX2: tiles of 6 pixels x 16 channels.
 * SPDX-License-Identifier: MIT */
#include "tile_avx2.h"

static const bds_form form = {
    .group = 2, .value_bytes = 2, .tile = TILE, .strip_bytes = STRIP_BYTES, .block_bytes = STRIP_BYTES};

/* Sixteen at a time; the last sixteen overlap those before, so nothing is read or written beyond n. */
static inline void widen(void *wide, const int8_t *from, uint32_t n)
{
    int16_t *to = wide;

    if (n < 16) {
        for (uint32_t i = 0; i < n; i++)
            to[i] = from[i];
        return;
    }
    for (uint32_t i = 0;; i = i + 32 <= n ? i + 16 : n - 16) {
        __m256i sixteen = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(from + i)));

        _mm256_storeu_si256((__m256i *)(to + i), sixteen);
        if (i == n - 16)
            return;
    }
}

/* acc[2 * i] += channels 0 .. 7, acc[2 * i + 1] += channels 8 .. 15 of pixel i; wide 0: there are only 8. A pair of a pixel's values goes
 * to every lane; each madd takes it with the same pair of eight channels. x: one pointer per pixel. */
static inline __attribute__((always_inline)) void tile(__m256i *acc, int pixels, int wide, const uint8_t *const *x,
                                                       const bds_panel *p, const rounder *r)
{
    const int16_t *w = p->weights;

    (void)r;
    for (uint32_t segment = 0; segment < p->segments; segment++) {
        const size_t begin = segment * p->segment_step, end = begin + 4 * (size_t)p->groups;

        for (size_t k = begin; k < end; k += 4, w += wide ? 32 : 16) {
            __m256i low = load256(w), high = wide ? load256(w + 16) : low;

            for (int i = 0; i < pixels; i++) {
                __m256i pair = splat_four_bytes(x[i] + k);

                acc[2 * i] = _mm256_add_epi32(acc[2 * i], _mm256_madd_epi16(pair, low));
                if (wide)
                    acc[2 * i + 1] = _mm256_add_epi32(acc[2 * i + 1], _mm256_madd_epi16(pair, high));
            }
        }
    }
}

static void multiply(const bds_panel *p)
{
    multiply_panel(p, 1, tile);
}

size_t bds_conv_packed_bytes_avx2(const bds_window *w, uint32_t channels, int wide)
{
    return bds_panels_bytes(w, channels, wide, &form);
}

void bds_conv_pack_avx2(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                        uint32_t left)
{
    bds_panels_pack(packed, weights, wide, w, channels, &form, left);
}

size_t bds_conv_scratch_bytes_avx2(const bds_window *w)
{
    return bds_panels_scratch_bytes(w, &form);
}

void bds_conv_s8_6x16c2_avx2(const bds_conv *c)
{
    bds_conv_panels(c, &form, widen, multiply, NULL);
}
