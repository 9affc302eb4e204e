/* Requantisation, addition, multiplication: one result from the values at one place.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_requantise_s8_ref(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int8_t)bds_requantise(acc[i] + rq->bias[i], rq->multiplier[i], rq);
}

void bds_add_s8_ref(const bds_add *a)
{
    for (uint32_t i = 0, j = 0; i < a->count; i++, j = j + 1 == a->b_period ? 0 : j + 1) {
        int32_t sum = (a->a[i] - a->zp_a) * a->m_a + (a->b[j] - a->zp_b) * a->m_b;

        a->out[i] = (int8_t)bds_clamp((int32_t)bds_round_shift(sum, a->shift) + a->zero_point, a->lo, a->hi);
    }
}

void bds_mul_s8_ref(const bds_mul *m)
{
    for (uint32_t i = 0, j = 0; i < m->count; i++, j = j + 1 == m->b_period ? 0 : j + 1)
        m->out[i] = (int8_t)bds_requantise((m->a[i] - m->zp_a) * (m->b[j] - m->zp_b), m->m, &m->rq);
}
