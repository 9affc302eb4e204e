/* The requantisation on eight lanes, and what else the AVX2 kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_AVX2_H
#define BEDSIDE_KERNELS_AVX2_H

#include <immintrin.h>

#include "../kernels.h"

size_t bds_conv_packed_bytes_avx2(const bds_window *w, uint32_t channels, int wide);
void bds_conv_pack_avx2(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                        uint32_t left);
size_t bds_conv_scratch_bytes_avx2(const bds_window *w);
void bds_conv_s8_6x16c2_avx2(const bds_conv *c);
void bds_depthwise_s8_4x8c2_avx2(const bds_depthwise *d);
void bds_requantise_s8_avx2(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_avx2(const bds_add *a);
void bds_mul_avx2(const bds_mul *m);
void bds_extreme_avx2(const bds_extreme *e);
void bds_max_pool_avx2(const bds_pool *p);
void bds_sum_pool_avx2(int32_t *sum, const bds_pool *p, int32_t zero_point);

/* A layer's constants in every lane, the shift counts in the form that the shifts take. */
typedef struct rounder {
    __m256i addend, lo, hi;
    __m128i left, shift;
} rounder;

/* The multipliers of eight channels, 15 bits each, once in the low and once in the high half of a lane; the other half is 0. */
typedef struct factors {
    __m256i low, high;
} factors;

/* The addend is (2^(S-1) + (zero_point << S)) >> 16: nothing is lost, as S >= 17, and it stays within 32 bits, as S <= 38. */
static inline rounder rounder_of(const bds_requant *q)
{
    int64_t addend = ((int64_t)1 << (q->shift - 1)) + q->zero_point * ((int64_t)1 << q->shift);
    rounder r = {_mm256_set1_epi32((int32_t)(addend >> 16)), _mm256_set1_epi8((char)q->lo),
                 _mm256_set1_epi8((char)q->hi), _mm_cvtsi32_si128(q->left), _mm_cvtsi32_si128(q->shift - 16)};

    return r;
}

static inline __m256i load256(const void *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

static inline __m128i load128(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static inline factors load_factors(const int16_t *from)
{
    const __m256i low = _mm256_cvtepu16_epi32(load128(from));
    const factors f = {low, _mm256_slli_epi32(low, 16)};

    return f;
}

/* (a * m + addend) >> S with no lane wider than 32 bits. a = h * 2^16 + l, its halves, |h| <= 2^14, 0 <= l < 2^16, m < 2^15:
 * a * m >> 16 = h * m + (l * m >> 16), an instruction each. */
static inline __m256i requantise8(__m256i a, factors m, const rounder *r)
{
    __m256i high = _mm256_madd_epi16(a, m.high), low = _mm256_mulhi_epu16(a, m.low);

    return _mm256_sra_epi32(_mm256_add_epi32(_mm256_add_epi32(high, r->addend), low), r->shift);
}

/* Four results of requantise8 to 32 bytes. Packing works in the halves of a register, hence the change of order. */
static inline __m256i clamp32(__m256i a, __m256i b, __m256i c, __m256i d, const rounder *r)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i y = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));

    return _mm256_permutevar8x32_epi32(_mm256_min_epi8(_mm256_max_epi8(y, r->lo), r->hi), order);
}

/* 16 sums, already multiplied by 2^left, to 16 bytes. */
static inline __m128i requantise16(__m256i low, __m256i high, factors m_low, factors m_high, const rounder *r)
{
    __m256i a = requantise8(low, m_low, r), b = requantise8(high, m_high, r);

    return _mm256_castsi256_si128(clamp32(a, b, a, b, r));
}

#endif
