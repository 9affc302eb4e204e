/* Requantisation, addition, multiplication, minimum and maximum: one result from the values at one place.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_requantise_s8_ref(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int8_t)bds_requantise(acc[i] + rq->bias[i], rq->multiplier[i], rq);
}

void bds_requantise_s16_ref(int16_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int16_t)bds_requantise(acc[i] + rq->bias[i], rq->multiplier[i], rq);
}

/* The index of b's value that goes with the next of a. */
static uint32_t next(uint32_t j, uint32_t period)
{
    return j + 1 == period ? 0 : j + 1;
}

static void add_s8(const bds_add *a)
{
    const int8_t *x = a->a, *y = a->b;
    int8_t *out = a->out;

    for (uint32_t i = 0, j = 0; i < a->count; i++, j = next(j, a->b_period)) {
        int32_t sum = (x[i] - a->zp_a) * a->m_a + (y[j] - a->zp_b) * a->m_b;

        out[i] = (int8_t)bds_clamp((int32_t)bds_round_shift(sum, a->shift) + a->zero_point, a->lo, a->hi);
    }
}

void bds_add_ref(const bds_add *a)
{
    if (!a->a_wide && !a->b_wide && !a->out_wide) {
        add_s8(a);
        return;
    }
    for (uint32_t i = 0, j = 0; i < a->count; i++, j = next(j, a->b_period)) {
        int64_t sum = (int64_t)(bds_load(a->a, i, a->a_wide) - a->zp_a) * a->m_a +
                      (int64_t)(bds_load(a->b, j, a->b_wide) - a->zp_b) * a->m_b;

        bds_store(a->out, i, bds_clamp_wide(bds_round_shift(sum, a->shift) + a->zero_point, a->lo, a->hi), a->out_wide);
    }
}

static void mul_s8(const bds_mul *m)
{
    const int8_t *x = m->a, *y = m->b;
    int8_t *out = m->out;

    for (uint32_t i = 0, j = 0; i < m->count; i++, j = next(j, m->b_period))
        out[i] = (int8_t)bds_requantise((x[i] - m->zp_a) * (y[j] - m->zp_b), m->m, &m->rq);
}

void bds_mul_ref(const bds_mul *m)
{
    if (!m->a_wide && !m->b_wide && !m->out_wide) {
        mul_s8(m);
        return;
    }
    for (uint32_t i = 0, j = 0; i < m->count; i++, j = next(j, m->b_period)) {
        int64_t product = (int64_t)(bds_load(m->a, i, m->a_wide) - m->zp_a) * (bds_load(m->b, j, m->b_wide) - m->zp_b);

        bds_store(m->out, i, bds_requantise_wide(product, m->m, &m->rq), m->out_wide);
    }
}

void bds_extreme_ref(const bds_extreme *e)
{
    for (uint32_t i = 0, j = 0; i < e->count; i++, j = next(j, e->b_period)) {
        int32_t a = bds_load(e->a, i, e->wide), b = bds_load(e->b, j, e->wide);

        bds_store(e->out, i, bds_clamp((a > b) == e->max ? a : b, e->lo, e->hi), e->wide);
    }
}
