/* Depthwise convolution with AVX2: 8 channels at a time, taps in pairs.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "avx2.h"

static inline __m128i load8(const int8_t *from)
{
    return _mm_loadl_epi64((const __m128i *)from);
}

/* Two taps' channels lie interleaved, a0 b0 a1 b1 ..., so that one madd takes both with their weights. */
static inline __m256i block(__m256i acc, const int8_t *const *taps, uint32_t tap_count, uint32_t c, const int16_t *w)
{
    for (uint32_t t = 0; t < tap_count; t += 2, w += 16) {
        __m128i a = load8(taps[t] + c);
        __m128i b = load8(taps[t + 1 < tap_count ? t + 1 : t] + c); /* the last of an odd count has weight 0 */

        acc = _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b)), load256(w)));
    }
    return acc;
}

static inline __attribute__((always_inline)) void all_pixels(const bds_depthwise *d, uint32_t tap_count)
{
    rounder rounding = rounder_of(&d->rq);
    const int8_t *const *taps = d->taps;
    int8_t *out = d->out;

    for (uint32_t p = 0; p < d->pixels; p++, taps += tap_count, out += d->channels) {
        const int16_t *w = d->weights;

        for (uint32_t i = 0; i < d->channels; i += 8, w += (tap_count + 1) / 2 * 16) {
            uint32_t c = bds_depthwise_block_first(i, d->channels);
            __m256i acc = block(load256(d->rq.bias + c), taps, tap_count, c, w);
            __m256i y = requantise8(acc, load_multipliers(d->rq.multiplier + c), &rounding);
            __m128i eight = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));

            eight = _mm_min_epi8(_mm_max_epi8(_mm_packs_epi16(eight, eight), rounding.lo), rounding.hi);
            _mm_storel_epi64((__m128i *)(out + c), eight);
        }
    }
}

void bds_depthwise_s8_1x8c2_avx2(const bds_depthwise *d)
{
    if (d->channels < 8 || d->x_wide || d->out_wide)
        bds_depthwise_ref(d);
    else if (d->tap_count == 9) /* 3 x 3: unrolled */
        all_pixels(d, 9);
    else
        all_pixels(d, d->tap_count);
}
