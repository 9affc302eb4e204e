/* Values one by one with AVX2: requantisation of raw sums, addition, multiplication, minimum and maximum.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "avx2.h"

void bds_requantise_s8_avx2(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    rounder rounding = rounder_of(rq);
    uint32_t whole = count / 16 * 16;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += 16) {
        __m256i sum0 = _mm256_add_epi32(load256(acc + i), load256(rq->bias + i));
        __m256i sum1 = _mm256_add_epi32(load256(acc + i + 8), load256(rq->bias + i + 8));
        __m128i y = requantise16(_mm256_sll_epi32(sum0, rounding.left), _mm256_sll_epi32(sum1, rounding.left),
                                 load_factors(rq->multiplier + i), load_factors(rq->multiplier + i + 8), &rounding);

        _mm_storeu_si128((__m128i *)(out + i), y);
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s8_ref(out + whole, acc + whole, count - whole, &rest);
}

/* Operators of two operands, both int8: 32 values at a time. */
typedef __m256i combine32(__m256i a, __m256i b, const void *constants);

/* count values of a with as many of b. */
static inline __attribute__((always_inline)) void combine(int8_t *out, const int8_t *a, const int8_t *b, uint32_t count,
                                                          combine32 *f, const void *constants)
{
    int8_t rest[3][32] = {{0}};

    for (; count >= 32; count -= 32, a += 32, b += 32, out += 32)
        _mm256_storeu_si256((__m256i *)out, f(load256(a), load256(b), constants));
    if (count == 0)
        return;
    __builtin_memcpy(rest[0], a, count);
    __builtin_memcpy(rest[1], b, count);
    _mm256_storeu_si256((__m256i *)rest[2], f(load256(rest[0]), load256(rest[1]), constants));
    __builtin_memcpy(out, rest[2], count);
}

/* b is repeated every period values; a short one is written out, so that the steps are long. */
static inline __attribute__((always_inline)) void combine_repeated(int8_t *out, const int8_t *a, const int8_t *b,
                                                                   uint32_t count, uint32_t period, combine32 *f,
                                                                   const void *constants)
{
    enum { LONG = 1024 };
    int8_t copies[LONG];
    uint32_t step = period;

    if (period <= LONG / 2 && period < count) {
        for (step = 0; step + period <= LONG; step += period)
            __builtin_memcpy(copies + step, b, period);
        b = copies;
    }
    for (uint32_t i = 0; i < count; i += step)
        combine(out + i, a + i, b, count - i < step ? count - i : step, f, constants);
}

typedef struct add_constants {
    __m256i factors; /* m_a in the low, m_b in the high half of each lane */
    __m256i addend, zero_point, lo, hi;
    __m128i shift;
} add_constants;

/* a[i], b[i] of eight places, sign-extended, side by side. |sum| < 2^25, the addend under 2^30. */
static inline __m256i add8(__m128i pairs, const add_constants *k)
{
    const __m256i sum = _mm256_madd_epi16(_mm256_cvtepi8_epi16(pairs), k->factors);

    return _mm256_sra_epi32(_mm256_add_epi32(sum, k->addend), k->shift);
}

/* 16 places to int16. What saturates here saturates in the result: the zero point is within 8 bits. */
static inline __m256i add16(__m128i a, __m128i b, const add_constants *k)
{
    const __m256i y = _mm256_packs_epi32(add8(_mm_unpacklo_epi8(a, b), k), add8(_mm_unpackhi_epi8(a, b), k));

    return _mm256_adds_epi16(y, k->zero_point);
}

static inline __m256i add32(__m256i a, __m256i b, const void *constants)
{
    const add_constants *k = constants;
    const __m256i first = add16(_mm256_castsi256_si128(a), _mm256_castsi256_si128(b), k);
    const __m256i second = add16(_mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(b, 1), k);
    const __m256i y =
        _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));

    return _mm256_min_epi8(_mm256_max_epi8(y, k->lo), k->hi);
}

void bds_add_avx2(const bds_add *a)
{
    const int32_t rounding = 1 << (a->shift - 1);
    const add_constants k = {_mm256_set1_epi32((int32_t)((uint32_t)a->m_b << 16 | (uint16_t)a->m_a)),
                             _mm256_set1_epi32(rounding - a->zp_a * a->m_a - a->zp_b * a->m_b),
                             _mm256_set1_epi16((int16_t)a->zero_point),
                             _mm256_set1_epi8((char)a->lo),
                             _mm256_set1_epi8((char)a->hi),
                             _mm_cvtsi32_si128(a->shift)};

    if (a->a_wide || a->b_wide || a->out_wide)
        bds_add_ref(a);
    else
        combine_repeated(a->out, a->a, a->b, a->count, a->b_period, add32, &k);
}

typedef struct mul_constants {
    __m256i zp_a, zp_b; /* 16 bits */
    factors m;
    rounder rounding;
} mul_constants;

/* 16 products, |a - zp_a| and |b - zp_b| <= 255, as two results of requantise8: places 0-3, 8-11 and 4-7, 12-15. */
static inline void mul16(__m256i y[2], __m128i a, __m128i b, const mul_constants *k)
{
    const __m256i wide_a = _mm256_sub_epi16(_mm256_cvtepi8_epi16(a), k->zp_a);
    const __m256i wide_b = _mm256_sub_epi16(_mm256_cvtepi8_epi16(b), k->zp_b);
    const __m256i low = _mm256_mullo_epi16(wide_a, wide_b), high = _mm256_mulhi_epi16(wide_a, wide_b);
    const __m256i p0 = _mm256_unpacklo_epi16(low, high), p1 = _mm256_unpackhi_epi16(low, high);

    y[0] = requantise8(_mm256_sll_epi32(p0, k->rounding.left), k->m, &k->rounding);
    y[1] = requantise8(_mm256_sll_epi32(p1, k->rounding.left), k->m, &k->rounding);
}

static inline __m256i mul32(__m256i a, __m256i b, const void *constants)
{
    const mul_constants *k = constants;
    __m256i first[2], second[2], y;

    mul16(first, _mm256_castsi256_si128(a), _mm256_castsi256_si128(b), k);
    mul16(second, _mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(b, 1), k);
    y = _mm256_packs_epi16(_mm256_packs_epi32(first[0], first[1]), _mm256_packs_epi32(second[0], second[1]));
    y = _mm256_permute4x64_epi64(y, 0xd8);
    return _mm256_min_epi8(_mm256_max_epi8(y, k->rounding.lo), k->rounding.hi);
}

void bds_mul_avx2(const bds_mul *m)
{
    const __m256i low = _mm256_set1_epi32(m->m);
    const mul_constants k = {_mm256_set1_epi16((int16_t)m->zp_a),
                             _mm256_set1_epi16((int16_t)m->zp_b),
                             {low, _mm256_slli_epi32(low, 16)},
                             rounder_of(&m->rq)};

    if (m->a_wide || m->b_wide || m->out_wide)
        bds_mul_ref(m);
    else
        combine_repeated(m->out, m->a, m->b, m->count, m->b_period, mul32, &k);
}

typedef struct limits {
    __m256i lo, hi;
} limits;

static inline __m256i min32(__m256i a, __m256i b, const void *constants)
{
    const limits *k = constants;

    return _mm256_min_epi8(_mm256_max_epi8(_mm256_min_epi8(a, b), k->lo), k->hi);
}

static inline __m256i max32(__m256i a, __m256i b, const void *constants)
{
    const limits *k = constants;

    return _mm256_min_epi8(_mm256_max_epi8(_mm256_max_epi8(a, b), k->lo), k->hi);
}

void bds_extreme_avx2(const bds_extreme *e)
{
    const limits k = {_mm256_set1_epi8((char)e->lo), _mm256_set1_epi8((char)e->hi)};

    if (e->wide)
        bds_extreme_ref(e);
    else if (e->max)
        combine_repeated(e->out, e->a, e->b, e->count, e->b_period, max32, &k);
    else
        combine_repeated(e->out, e->a, e->b, e->count, e->b_period, min32, &k);
}
