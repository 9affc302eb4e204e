/* Sums of two tensors and of a pool's pixels, and what brings sums to int8.
 * SPDX-License-Identifier: MIT */
#include "dsp.h"

void bds_requantise_s8_dsp(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const mcu_requant q = bds_requant_mcu(rq);

    for (uint32_t i = 0; i < count; i++)
        out[i] = (int8_t)bds_requantise_dsp(acc[i] + rq->bias[i], rq->multiplier[i], &q);
    if (q.clamps)
        bds_clamp_bytes(out, count, rq->lo, rq->hi);
}

/* ---- Addition ------------------------------------------------------------------------------------------------------ */

/* a * m_a + b * m_b + rest, |.| < 2^24 + 2^24 + 2^29: the zero points and the half that rounds are in the rest. */
typedef struct add_dsp {
    uint32_t factors; /* m_a, and m_b as the upper half */
    int32_t rest, shift, zero_point;
} add_dsp;

static int8_t added(uint32_t pair, const add_dsp *k)
{
    return (int8_t)bds_to_int8((bds_dot(pair, k->factors, k->rest) >> k->shift) + k->zero_point);
}

static void add_run(int8_t *out, const int8_t *a, const int8_t *b, uint32_t count, const add_dsp *k)
{
    for (; count >= 4; count -= 4, a += 4, b += 4, out += 4) {
        const uint32_t x = bds_load_4(a), y = bds_load_4(b);
        const uint32_t even = bds_even(x), odd = bds_odd(x), even_b = bds_even(y), odd_b = bds_odd(y);

        out[0] = added(bds_lows(even, even_b), k);
        out[1] = added(bds_lows(odd, odd_b), k);
        out[2] = added(bds_highs(even, even_b), k);
        out[3] = added(bds_highs(odd, odd_b), k);
    }
    for (; count; count--)
        *out++ = added((uint32_t)(*a++ & 0xffff) | (uint32_t)*b++ << 16, k);
}

void bds_add_dsp(const bds_add *a)
{
    const add_dsp k = {.factors = (uint32_t)(a->m_a & 0xffff) | (uint32_t)a->m_b << 16,
                       .rest = (1 << (a->shift - 1)) - a->zp_a * a->m_a - a->zp_b * a->m_b,
                       .shift = a->shift,
                       .zero_point = a->zero_point};

    if (a->a_wide || a->b_wide || a->out_wide) {
        bds_add_ref(a);
        return;
    }
    for (uint32_t i = 0; i < a->count; i += a->b_period) {
        const uint32_t left = a->count - i;

        add_run((int8_t *)a->out + i, (const int8_t *)a->a + i, a->b, left < a->b_period ? left : a->b_period, &k);
    }
    if (a->lo > INT8_MIN || a->hi < INT8_MAX)
        bds_clamp_bytes(a->out, a->count, a->lo, a->hi);
}

/* ---- Pools --------------------------------------------------------------------------------------------------------- */

/* So many int8 fit a sum of 16 bits by far. */
enum { TAPS_AT_ONCE = 64 };

void bds_sum_pool_dsp(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    const int32_t zeros = (int32_t)p->tap_count * zero_point;
    uint32_t c = 0;

    if (p->wide) {
        bds_sum_pool_ref(sum, p, zero_point);
        return;
    }
    for (; p->channels - c >= 4; c += 4) {
        int32_t s[4] = {-zeros, -zeros, -zeros, -zeros};

        for (uint32_t t = 0; t < p->tap_count;) {
            const uint32_t end = p->tap_count - t < TAPS_AT_ONCE ? p->tap_count : t + TAPS_AT_ONCE;
            uint32_t even = 0, odd = 0;

            for (; t < end; t++) {
                const uint32_t x = bds_load_4(p->taps[t] + c);

                even = bds_add_even(even, x);
                odd = bds_add_odd(odd, x);
            }
            s[0] += (int16_t)even;
            s[1] += (int16_t)odd;
            s[2] += (int32_t)even >> 16;
            s[3] += (int32_t)odd >> 16;
        }
        for (uint32_t i = 0; i < 4; i++)
            sum[c + i] = s[i];
    }
    for (; c < p->channels; c++) {
        sum[c] = -zeros;
        for (uint32_t t = 0; t < p->tap_count; t++)
            sum[c] += p->taps[t][c];
    }
}
