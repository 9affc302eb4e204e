/* Values one by one with NEON: requantisation of raw sums, addition, multiplication, minimum and maximum. A result may lie where an
 * operand was, so what is left behind the last whole vector is computed in a copy.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "neon.h"

enum { LANES = 16 };

static inline int32x4_t biased(const int32_t *acc, const bds_requant *rq, uint32_t i)
{
    return vaddq_s32(vld1q_s32(acc + i), vld1q_s32(rq->bias + i));
}

void bds_requantise_s8_neon(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const rounder rounding = rounder_of(rq);
    const uint32_t whole = count / LANES * LANES;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += LANES) {
        int32x4_t sum[4], m[4];

        for (uint32_t j = 0; j < 4; j++) {
            sum[j] = biased(acc, rq, i + 4 * j);
            m[j] = load_multipliers(rq->multiplier + i + 4 * j);
        }
        vst1q_s8(out + i, requantise_vectors(sum, m, 4, &rounding));
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s8_ref(out + whole, acc + whole, count - whole, &rest);
}

/* |result| < 2^28, so the zero point of 16 bits is added to 32. */
void bds_requantise_s16_neon(int16_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const rounder rounding = rounder_of(rq);
    const int32x4_t zero_point = vdupq_n_s32(rq->zero_point);
    const int16x8_t lo = vdupq_n_s16((int16_t)rq->lo), hi = vdupq_n_s16((int16_t)rq->hi);
    const uint32_t whole = count / 8 * 8;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += 8) {
        int32x4_t y[2];

        for (uint32_t j = 0; j < 2; j++)
            y[j] =
                vaddq_s32(scale4(biased(acc, rq, i + 4 * j), load_multipliers(rq->multiplier + i + 4 * j), &rounding),
                          zero_point);
        vst1q_s16(out + i, vminq_s16(vmaxq_s16(vqmovn_high_s32(vqmovn_s32(y[0]), y[1]), lo), hi));
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s16_ref(out + whole, acc + whole, count - whole, &rest);
}

/* Operators of two operands, both int8. */
typedef int8x16_t combine16(int8x16_t a, int8x16_t b, const void *constants);

/* count values of a with as many of b. */
static inline __attribute__((always_inline)) void combine(int8_t *out, const int8_t *a, const int8_t *b, uint32_t count,
                                                          combine16 *f, const void *constants)
{
    int8_t rest[3][LANES] = {{0}};

    for (; count >= LANES; count -= LANES, a += LANES, b += LANES, out += LANES)
        vst1q_s8(out, f(vld1q_s8(a), vld1q_s8(b), constants));
    if (count == 0)
        return;
    __builtin_memcpy(rest[0], a, count);
    __builtin_memcpy(rest[1], b, count);
    vst1q_s8(rest[2], f(vld1q_s8(rest[0]), vld1q_s8(rest[1]), constants));
    __builtin_memcpy(out, rest[2], count);
}

/* b is repeated every `period` values; a short one is written out several times, so that most vectors are whole. */
static inline __attribute__((always_inline)) void combine_repeated(int8_t *out, const int8_t *a, const int8_t *b,
                                                                   uint32_t count, uint32_t period, combine16 *f,
                                                                   const void *constants)
{
    enum { LONG = 512 };
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
    int8x16_t zp_a, zp_b, lo, hi;
    int16x8_t zero_point;
    int32x4_t shift;
    int16_t m_a, m_b;
} add_constants;

/* Eight places to int16. |a| and |b| <= 255; what saturates here saturates in the result, as the zero point is within 8 bits. */
static inline int16x8_t add8(int16x8_t a, int16x8_t b, const add_constants *k)
{
    const int32x4_t low = vmlal_n_s16(vmull_n_s16(vget_low_s16(a), k->m_a), vget_low_s16(b), k->m_b);
    const int32x4_t high = vmlal_high_n_s16(vmull_high_n_s16(a, k->m_a), b, k->m_b);
    const int16x8_t y = vqmovn_high_s32(vqmovn_s32(vrshlq_s32(low, k->shift)), vrshlq_s32(high, k->shift));

    return vqaddq_s16(y, k->zero_point);
}

static inline int8x16_t add16(int8x16_t a, int8x16_t b, const void *constants)
{
    const add_constants *k = constants;
    const int16x8_t low =
        add8(vsubl_s8(vget_low_s8(a), vget_low_s8(k->zp_a)), vsubl_s8(vget_low_s8(b), vget_low_s8(k->zp_b)), k);
    const int16x8_t high = add8(vsubl_high_s8(a, k->zp_a), vsubl_high_s8(b, k->zp_b), k);

    return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(low), high), k->lo), k->hi);
}

void bds_add_neon(const bds_add *a)
{
    const add_constants k = {.zp_a = vdupq_n_s8((int8_t)a->zp_a),
                             .zp_b = vdupq_n_s8((int8_t)a->zp_b),
                             .lo = vdupq_n_s8((int8_t)a->lo),
                             .hi = vdupq_n_s8((int8_t)a->hi),
                             .zero_point = vdupq_n_s16((int16_t)a->zero_point),
                             .shift = vdupq_n_s32(-a->shift),
                             .m_a = (int16_t)a->m_a,
                             .m_b = (int16_t)a->m_b};

    if (a->a_wide || a->b_wide || a->out_wide)
        bds_add_ref(a);
    else
        combine_repeated(a->out, a->a, a->b, a->count, a->b_period, add16, &k);
}

typedef struct mul_constants {
    int8x16_t zp_a, zp_b;
    int32x4_t m;
    rounder rounding;
} mul_constants;

/* Eight places: |a * b| <= 255^2. */
static inline int16x8_t mul8(int16x8_t a, int16x8_t b, const mul_constants *k)
{
    return requantise8(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b), k->m, k->m, &k->rounding);
}

static inline int8x16_t mul16(int8x16_t a, int8x16_t b, const void *constants)
{
    const mul_constants *k = constants;
    const int16x8_t low =
        mul8(vsubl_s8(vget_low_s8(a), vget_low_s8(k->zp_a)), vsubl_s8(vget_low_s8(b), vget_low_s8(k->zp_b)), k);

    return clamp16(low, mul8(vsubl_high_s8(a, k->zp_a), vsubl_high_s8(b, k->zp_b), k), &k->rounding);
}

void bds_mul_neon(const bds_mul *m)
{
    const mul_constants k = {vdupq_n_s8((int8_t)m->zp_a), vdupq_n_s8((int8_t)m->zp_b), vdupq_n_s32(m->m * 65536),
                             rounder_of(&m->rq)};

    if (m->a_wide || m->b_wide || m->out_wide)
        bds_mul_ref(m);
    else
        combine_repeated(m->out, m->a, m->b, m->count, m->b_period, mul16, &k);
}

typedef struct limits {
    int8x16_t lo, hi;
} limits;

static inline int8x16_t min16(int8x16_t a, int8x16_t b, const void *constants)
{
    const limits *k = constants;

    return vminq_s8(vmaxq_s8(vminq_s8(a, b), k->lo), k->hi);
}

static inline int8x16_t max16(int8x16_t a, int8x16_t b, const void *constants)
{
    const limits *k = constants;

    return vminq_s8(vmaxq_s8(vmaxq_s8(a, b), k->lo), k->hi);
}

void bds_extreme_neon(const bds_extreme *e)
{
    const limits k = {vdupq_n_s8((int8_t)e->lo), vdupq_n_s8((int8_t)e->hi)};

    if (e->wide)
        bds_extreme_ref(e);
    else if (e->max)
        combine_repeated(e->out, e->a, e->b, e->count, e->b_period, max16, &k);
    else
        combine_repeated(e->out, e->a, e->b, e->count, e->b_period, min16, &k);
}
