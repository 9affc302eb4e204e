/* What the convolutions of AVX2 and of VNNI share: tiles of 6 pixels x 16 channels, their sums to bytes.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_TILE_AVX2_H
#define BEDSIDE_KERNELS_TILE_AVX2_H

#include "../panels.h"
#include "avx2.h"

enum {
    TILE = 6, /* pixels */
    STRIP_BYTES =
        49152 /* of prepared pixels: a tenth of a second-level cache; weights then come once for many pixels */
};

static inline __m256i splat_four_bytes(const uint8_t *from)
{
    int32_t four;

    __builtin_memcpy(&four, from, sizeof four);
    return _mm256_set1_epi32(four);
}

/* The 16, or 8, or of these the channels that exist. */
static inline void store(int8_t *out, __m128i y, int wide, uint32_t channels)
{
    int8_t bytes[8];

    if (wide) {
        _mm_storeu_si128((__m128i *)out, y);
    } else if (channels == 8) {
        _mm_storel_epi64((__m128i *)out, y);
    } else {
        _mm_storel_epi64((__m128i *)bytes, y);
        for (uint32_t i = 0; i < channels; i++)
            out[i] = bytes[i];
    }
}

/* Requantises and stores pixels i and j; i = j: one pixel. acc[2 * i]: channels 0 .. 7 of pixel i, acc[2 * i + 1]: 8 .. 15. */
static inline __attribute__((always_inline)) void store_pair(int8_t *out, const __m256i *acc, int i, int j, int wide,
                                                             const bds_panel *p, const factors m[2], const rounder *r)
{
    const __m256i a = requantise8(acc[2 * i], m[0], r), b = requantise8(acc[2 * j], m[0], r);
    __m256i y;
    __m128i second;

    if (wide)
        y = clamp32(a, requantise8(acc[2 * i + 1], m[1], r), b, requantise8(acc[2 * j + 1], m[1], r), r);
    else
        y = clamp32(a, b, a, b, r);
    store(out, _mm256_castsi256_si128(y), wide, p->channels);
    if (i == j)
        return;
    second = wide ? _mm256_extracti128_si256(y, 1) : _mm_srli_si128(_mm256_castsi256_si128(y), 8);
    store(out + p->out_stride, second, wide, p->channels);
}

/* Adds to the sums of `pixels` pixels, which begin at x[i]; wide 0: there are only 8 channels. Both are constants at each call. */
typedef void sum_tile(__m256i *acc, int pixels, int wide, const uint8_t *const *x, const bds_panel *p,
                      const rounder *r);

/* The next n pixels; n is a constant at each call. */
static inline __attribute__((always_inline)) void next_pixels(const uint8_t **x, int n, bds_pixel_walk *walk,
                                                              const bds_panel *p)
{
    if (walk->left > (uint32_t)n) { /* all in one row */
        for (int i = 0; i < n; i++)
            x[i] = walk->at + (size_t)i * p->pixel_step;
        walk->at += (size_t)n * p->pixel_step;
        walk->left -= (uint32_t)n;
    } else {
        for (int i = 0; i < n; i++)
            x[i] = bds_next_pixel(walk, p);
    }
}

/* What all pixels of a panel share. */
typedef struct panel_constants {
    __m256i bias[2];
    factors m[2];
    rounder rounding;
} panel_constants;

static inline __attribute__((always_inline)) int8_t *multiply_pixels(const bds_panel *p, bds_pixel_walk *walk,
                                                                     int8_t *out, int pixels, int wide,
                                                                     const panel_constants *k, sum_tile *tile)
{
    const uint8_t *x[TILE];
    __m256i acc[2 * TILE];

    next_pixels(x, pixels, walk, p);
    for (int i = 0; i < pixels; i++) {
        acc[2 * i] = k->bias[0];
        acc[2 * i + 1] = k->bias[1];
    }
    tile(acc, pixels, wide, x, p, &k->rounding);
    for (int i = 0; i < pixels; i += 2, out += 2 * p->out_stride)
        store_pair(out, acc, i, i + 1 < pixels ? i + 1 : i, wide, p, k->m, &k->rounding);
    return out;
}

/* scaled: the weights are packed multiplied by 2^left, and the biases want it too. */
static inline __attribute__((always_inline)) void multiply_all(const bds_panel *p, int wide, int scaled, sum_tile *tile)
{
    const uint32_t second = wide ? 8 : 0;
    const rounder rounding = rounder_of(p->rq);
    const __m128i left_shift = scaled ? rounding.left : _mm_setzero_si128();
    const panel_constants k = {
        {_mm256_sll_epi32(load256(p->bias), left_shift), _mm256_sll_epi32(load256(p->bias + second), left_shift)},
        {load_factors(p->multiplier), load_factors(p->multiplier + second)},
        rounding};
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    uint32_t left = p->pixels;

    for (; left >= TILE; left -= TILE)
        out = multiply_pixels(p, &walk, out, TILE, wide, &k, tile);
    for (; left >= 2; left -= 2)
        out = multiply_pixels(p, &walk, out, 2, wide, &k, tile);
    if (left > 0)
        multiply_pixels(p, &walk, out, 1, wide, &k, tile);
}

static inline __attribute__((always_inline)) void multiply_panel(const bds_panel *p, int scaled, sum_tile *tile)
{
    if (p->width == BDS_PANEL)
        multiply_all(p, 1, scaled, tile);
    else
        multiply_all(p, 0, scaled, tile);
}

#endif
