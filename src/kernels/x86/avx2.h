/* The requantisation on eight lanes, and what else the AVX2 kernels share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_AVX2_H
#define BEDSIDE_KERNELS_AVX2_H

#include <immintrin.h>

#include "../kernels.h"

size_t bds_conv_packed_bytes_avx2(const bds_window *w, uint32_t channels);
void bds_conv_pack_avx2(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                        uint32_t left);
size_t bds_conv_scratch_bytes_avx2(const bds_window *w);
void bds_conv_s8_4x16c2_avx2(const bds_conv *c);
void bds_depthwise_s8_2x8c2_avx2(const bds_depthwise *d);
void bds_requantise_s8_avx2(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);

/* A layer's constants in every lane, the shift counts in the form that the shifts take. */
typedef struct rounder {
    __m256i addend;
    __m128i lo, hi, left, shift;
} rounder;

/* The addend is (2^(S-1) + (zero_point << S)) >> 15: nothing is lost, as S >= 17, and it stays within 32 bits, as S <= 38. */
static inline rounder rounder_of(const bds_requant *q)
{
    int64_t addend = ((int64_t)1 << (q->shift - 1)) + q->zero_point * ((int64_t)1 << q->shift);
    rounder r = {_mm256_set1_epi32((int32_t)(addend >> 15)), _mm_set1_epi8((char)q->lo), _mm_set1_epi8((char)q->hi),
                 _mm_cvtsi32_si128(q->left), _mm_cvtsi32_si128(q->shift - 15)};

    return r;
}

static inline __m256i load256(const void *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

/* Eight multipliers: 15 bits in the low half of each lane, 0 above. */
static inline __m256i load_multipliers(const int16_t *from)
{
    return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)from));
}

/* (a * m + addend) >> S with no lane wider than 32 bits. With a = acc * 2^L = h * 2^15 + l, |h| <= 2^15, l < 2^15:
 * a * m >> 15 = h * m + (l * m >> 15), each product one 16-bit multiplication. */
static inline __m256i requantise8(__m256i a, __m256i m, const rounder *r)
{
    __m256i high = _mm256_madd_epi16(_mm256_srai_epi32(a, 15), m);
    __m256i low = _mm256_madd_epi16(_mm256_and_si256(a, _mm256_set1_epi32(0x7fff)), m);

    return _mm256_sra_epi32(_mm256_add_epi32(_mm256_add_epi32(high, r->addend), _mm256_srli_epi32(low, 15)), r->shift);
}

/* 16 accumulators to 16 bytes. Packing works in halves of a register, hence the change of order: 0 2 1 3. */
static inline __m128i requantise16(__m256i acc0, __m256i acc1, __m256i m0, __m256i m1, const rounder *r)
{
    __m256i y = _mm256_packs_epi32(requantise8(acc0, m0, r), requantise8(acc1, m1, r));

    y = _mm256_permute4x64_epi64(y, 0xd8);
    return _mm_min_epi8(_mm_max_epi8(_mm_packs_epi16(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1)), r->lo),
                        r->hi);
}

#endif
