/* Convolution with AVX2: tiles of 4 pixels x 16 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "avx2.h"

static const bds_form form = {2, 2, 0};

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
static inline __attribute__((always_inline)) void tile(__m256i *acc, int pixels, int wide, const uint8_t *const x[4],
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

static inline void store(int8_t *out, __m128i y, uint32_t channels)
{
    int8_t bytes[16];

    if (channels == 16) {
        _mm_storeu_si128((__m128i *)out, y);
        return;
    }
    _mm_storeu_si128((__m128i *)bytes, y);
    for (uint32_t i = 0; i < channels; i++)
        out[i] = bytes[i];
}

/* pixels and wide are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int wide, const rounder *rounding)
{
    const __m256i bias[2] = {load256(p->bias), load256(p->bias + 8)};
    const __m256i m[2] = {load_multipliers(p->multiplier), load_multipliers(p->multiplier + 8)};
    const uint8_t *x[4];
    __m256i acc[8];

    for (int i = 0; i < pixels; i++) {
        x[i] = bds_next_pixel(walk, p);
        acc[2 * i] = bias[0];
        acc[2 * i + 1] = bias[1];
    }
    tile(acc, pixels, wide, x, p);
    for (int i = 0; i < pixels; i++, out += p->out_stride)
        store(out, requantise16(acc[2 * i], acc[2 * i + 1], m[0], m[1], rounding), p->channels);
    return out;
}

static inline __attribute__((always_inline)) void multiply_panel(const bds_panel *p, int wide)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    uint32_t left = p->pixels;

    for (; left >= 4; left -= 4)
        out = multiply_pixels(p, &walk, out, 4, wide, &rounding);
    for (; left > 0; left--)
        out = multiply_pixels(p, &walk, out, 1, wide, &rounding);
}

static inline void multiply(const bds_panel *p)
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

void bds_conv_s8_4x16c2_avx2(const bds_conv *c)
{
    bds_conv_panels(c, &form, widen, multiply);
}
