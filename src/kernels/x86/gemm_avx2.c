/* Indirect GEMM with AVX2: tiles of 4 rows x 16 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "avx2.h"

/* Sixteen at a time; the last sixteen overlap those before, so nothing is read or written beyond n. */
static inline void widen(int16_t *to, const int8_t *from, uint32_t n)
{
    if (n < 16) {
        for (uint32_t i = 0; i < n; i++)
            to[i] = from[i];
        return;
    }
    for (uint32_t i = 0;; i = i + 32 <= n ? i + 16 : n - 16) {
        __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(from + i)));

        _mm256_storeu_si256((__m256i *)(to + i), wide);
        if (i == n - 16)
            return;
    }
}

static inline __m256i splat_pair(const int16_t *from)
{
    int32_t pair;

    __builtin_memcpy(&pair, from, sizeof pair);
    return _mm256_set1_epi32(pair);
}

/* acc[2 * r + i] += channels 8i .. 8i + 7 of row r. A pair of row values goes to every lane; each madd takes it with the same
 * pair of eight channels. x: one pointer per row. */
static inline __attribute__((always_inline)) void tile(__m256i *acc, int rows, const int16_t *const x[4],
                                                       const int16_t *w, uint32_t pairs)
{
    for (size_t k = 0; k < 2 * (size_t)pairs; k += 2, w += 32) {
        __m256i low = load256(w), high = load256(w + 16);

        for (int r = 0; r < rows; r++) {
            __m256i pair = splat_pair(x[r] + k);

            acc[2 * r] = _mm256_add_epi32(acc[2 * r], _mm256_madd_epi16(pair, low));
            acc[2 * r + 1] = _mm256_add_epi32(acc[2 * r + 1], _mm256_madd_epi16(pair, high));
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

/* rows is a constant at each call. */
static inline __attribute__((always_inline)) void multiply_rows(const bds_panel *p, uint32_t first, int rows,
                                                                const rounder *rounding)
{
    const __m256i bias[2] = {load256(p->bias), load256(p->bias + 8)};
    const __m256i m[2] = {load_multipliers(p->multiplier), load_multipliers(p->multiplier + 8)};
    const int16_t *x[4];
    __m256i acc[8];

    for (int r = 0; r < rows; r++) {
        x[r] = p->rows + (first + (size_t)r) * p->pairs * 2;
        acc[2 * r] = bias[0];
        acc[2 * r + 1] = bias[1];
    }
    tile(acc, rows, x, p->weights, p->pairs);
    for (int r = 0; r < rows; r++)
        store(p->out + (first + (size_t)r) * p->out_stride,
              requantise16(acc[2 * r], acc[2 * r + 1], m[0], m[1], rounding), p->channels);
}

static inline void multiply(const bds_panel *p)
{
    rounder rounding = rounder_of(p->rq);
    uint32_t r = 0;

    for (; r + 4 <= p->row_count; r += 4)
        multiply_rows(p, r, 4, &rounding);
    for (; r < p->row_count; r++)
        multiply_rows(p, r, 1, &rounding);
}

void bds_gemm_s8_4x16c2_avx2(const bds_gemm *g)
{
    bds_gemm_panels(g, widen, multiply);
}
