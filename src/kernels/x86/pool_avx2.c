/* Pools with AVX2: channels side by side, pixel after pixel. The last channels of a pixel overlap those before, so that all come in
 * whole vectors; where there are too few for one, the reference computes.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "avx2.h"

enum {
    LANES = 16,
    SUMMANDS = 255 /* of int8 in an int16 */
};

void bds_max_pool_avx2(const bds_pool *p)
{
    if (p->wide || p->channels < LANES || p->tap_count == 0) {
        bds_max_pool_ref(p);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, LANES)) {
        __m128i most = load128(p->taps[0] + c);

        for (uint32_t t = 1; t < p->tap_count; t++)
            most = _mm_max_epi8(most, load128(p->taps[t] + c));
        _mm_storeu_si128((__m128i *)((int8_t *)p->out + c), most);
    }
}

/* The taps from begin on, up to end, at most SUMMANDS. */
static inline __m256i sum_taps(const bds_pool *p, uint32_t c, uint32_t begin, uint32_t end)
{
    __m256i sum = _mm256_setzero_si256();

    for (uint32_t t = begin; t < end; t++)
        sum = _mm256_add_epi16(sum, _mm256_cvtepi8_epi16(load128(p->taps[t] + c)));
    return sum;
}

void bds_sum_pool_avx2(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    const __m256i without = _mm256_set1_epi32(-zero_point * (int32_t)p->tap_count);

    if (p->wide || p->channels < LANES) {
        bds_sum_pool_ref(sum, p, zero_point);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, LANES)) {
        __m256i low = without, high = without;

        for (uint32_t t = 0; t < p->tap_count; t += SUMMANDS) {
            __m256i part = sum_taps(p, c, t, p->tap_count - t < SUMMANDS ? p->tap_count : t + SUMMANDS);

            low = _mm256_add_epi32(low, _mm256_cvtepi16_epi32(_mm256_castsi256_si128(part)));
            high = _mm256_add_epi32(high, _mm256_cvtepi16_epi32(_mm256_extracti128_si256(part, 1)));
        }
        _mm256_storeu_si256((__m256i *)(sum + c), low);
        _mm256_storeu_si256((__m256i *)(sum + c + 8), high);
    }
}
