/* Convolution with AVX2: tiles of 6 pixels x 16 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "avx2.h"

enum { TILE = 6 };

static const bds_form form = {.group = 2, .value_bytes = 2, .tile = TILE, .strip_bytes = 49152};

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

static inline __m256i splat_pair(const uint8_t *from)
{
    int32_t pair;

    __builtin_memcpy(&pair, from, sizeof pair);
    return _mm256_set1_epi32(pair);
}

/* acc[2 * i] += channels 0 .. 7, acc[2 * i + 1] += channels 8 .. 15 of pixel i; wide 0: there are only 8. A pair of a pixel's values goes
 * to every lane; each madd takes it with the same pair of eight channels. x: one pointer per pixel. */
static inline __attribute__((always_inline)) void tile(__m256i *acc, int pixels, int wide, const uint8_t *const x[TILE],
                                                       const bds_panel *p)
{
    const int16_t *w = p->weights;

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        const size_t begin = segment * p->segment_step, end = begin + 4 * (size_t)p->groups;

        for (size_t k = begin; k < end; k += 4, w += wide ? 32 : 16) {
            __m256i low = load256(w), high = wide ? load256(w + 16) : low;

            for (int i = 0; i < pixels; i++) {
                __m256i pair = splat_pair(x[i] + k);

                acc[2 * i] = _mm256_add_epi32(acc[2 * i], _mm256_madd_epi16(pair, low));
                if (wide)
                    acc[2 * i + 1] = _mm256_add_epi32(acc[2 * i + 1], _mm256_madd_epi16(pair, high));
            }
        }
    }
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

/* Requantises and stores pixels i and j; i = j: one pixel. */
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

/* pixels and wide are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int wide, const rounder *rounding)
{
    const __m256i bias[2] = {load256(p->bias), wide ? load256(p->bias + 8) : _mm256_setzero_si256()};
    const factors m[2] = {load_factors(p->multiplier), load_factors(p->multiplier + (wide ? 8 : 0))};
    const uint8_t *x[TILE];
    __m256i acc[2 * TILE];

    for (int i = 0; i < pixels; i++) {
        x[i] = bds_next_pixel(walk, p);
        acc[2 * i] = bias[0];
        acc[2 * i + 1] = bias[1];
    }
    tile(acc, pixels, wide, x, p);
    for (int i = 0; i < pixels; i += 2, out += 2 * p->out_stride)
        store_pair(out, acc, i, i + 1 < pixels ? i + 1 : i, wide, p, m, rounding);
    return out;
}

static inline __attribute__((always_inline)) void multiply_panel(const bds_panel *p, int wide)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    uint32_t left = p->pixels;

    for (; left >= TILE; left -= TILE)
        out = multiply_pixels(p, &walk, out, TILE, wide, &rounding);
    for (; left >= 2; left -= 2)
        out = multiply_pixels(p, &walk, out, 2, wide, &rounding);
    if (left > 0)
        multiply_pixels(p, &walk, out, 1, wide, &rounding);
}

static void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_panel(p, 1);
    else
        multiply_panel(p, 0);
}

size_t bds_conv_packed_bytes_avx2(const bds_window *w, uint32_t channels)
{
    return bds_panels_bytes(w, channels, &form);
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
    bds_conv_panels(c, &form, widen, multiply);
}
