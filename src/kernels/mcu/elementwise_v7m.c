/* Addition, and what brings sums to int8, without the DSP extension.
 * SPDX-License-Identifier: MIT */
#include "v7m.h"

void bds_requantise_s8_v7m(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const mcu_requant q = bds_requant_mcu(rq);

    for (uint32_t i = 0; i < count; i++)
        out[i] = (int8_t)bds_requantise_v7m(acc[i] + rq->bias[i], rq->multiplier[i], &q);
    if (q.clamps)
        bds_clamp_bytes(out, count, rq->lo, rq->hi);
}

/* The zero points and the half that rounds are in the rest: |sum| < 2^29 + 2^25. */
void bds_add_v7m(const bds_add *a)
{
    const int32_t rest = (1 << (a->shift - 1)) - a->zp_a * a->m_a - a->zp_b * a->m_b;
    const int32_t m_a = a->m_a, m_b = a->m_b, shift = a->shift, zero_point = a->zero_point;
    const int8_t *x = a->a, *end = x + a->count;
    int8_t *out = a->out;

    if (a->a_wide || a->b_wide || a->out_wide) {
        bds_add_ref(a);
        return;
    }
    while (x < end) {
        const int8_t *y = a->b, *last = (uint32_t)(end - x) < a->b_period ? end : x + a->b_period;

        while (x < last) {
            int32_t sum = ((*x++ * m_a + *y++ * m_b + rest) >> shift) + zero_point;

            __asm__("ssat %0, #8, %1" : "=r"(sum) : "r"(sum));
            *out++ = (int8_t)sum;
        }
    }
    if (a->lo > INT8_MIN || a->hi < INT8_MAX)
        bds_clamp_bytes(a->out, a->count, a->lo, a->hi);
}
