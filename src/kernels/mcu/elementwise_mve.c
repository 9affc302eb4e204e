/* Requantisation, addition and tables on Helium: vectors of four or sixteen, the last one predicated.
 * SPDX-License-Identifier: MIT */
#include "mve.h"

void bds_requantise_s8_mve(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const bds_scale_mve scale = bds_scale_of_mve(rq);
    const int32x4_t lo = vdupq_n_s32(rq->lo), hi = vdupq_n_s32(rq->hi);

    for (uint32_t i = 0; i < count; i += 4) {
        const mve_pred16_t there = vctp32q(count - i);
        int32x4_t y = vaddq_s32(vldrwq_z_s32(acc + i, there), vldrwq_z_s32(rq->bias + i, there));

        y = vqdmlashq_n_s32(vshlq_r_s32(y, scale.left), vshlq_n_s32(vldrhq_z_s32(rq->multiplier + i, there), 16),
                            scale.rounding);
        vstrbq_p_s32(out + i, vminq_s32(vmaxq_s32(vshlq_r_s32(y, scale.shift), lo), hi), there);
    }
}

/* count values of a and b, neither repeated. */
static void add_run(const bds_add *add, const int8_t *a, const int8_t *b, int8_t *out, uint32_t count)
{
    const int32x4_t lo = vdupq_n_s32(add->lo), hi = vdupq_n_s32(add->hi), m_a = vdupq_n_s32(add->m_a);
    const int32_t zero = -(add->zp_a * add->m_a + add->zp_b * add->m_b);

    __asm__ volatile("wlstp.32 lr, %[n], 2f\n"
                     "1:\n\t"
                     "vldrb.s32 q0, [%[a]], #4\n\t"
                     "vldrb.s32 q1, [%[b]], #4\n\t"
                     "vmlas.s32 q0, %q[m_a], %[zero]\n\t"
                     "vmla.s32 q0, q1, %[m_b]\n\t"
                     "vrshl.s32 q0, %[shift]\n\t"
                     "vadd.i32 q0, q0, %[zero_point]\n\t"
                     "vmax.s32 q0, q0, %q[lo]\n\t"
                     "vmin.s32 q0, q0, %q[hi]\n\t"
                     "vstrb.32 q0, [%[out]], #4\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [a] "+l"(a), [b] "+l"(b), [out] "+l"(out)
                     : [n] "r"(count), [zero] "r"(zero), [m_b] "r"(add->m_b), [shift] "r"(-add->shift),
                       [zero_point] "r"(add->zero_point), [m_a] "w"(m_a), [lo] "w"(lo), [hi] "w"(hi)
                     : "q0", "q1", "lr", "memory");
}

void bds_add_mve(const bds_add *a)
{
    if (a->a_wide || a->b_wide || a->out_wide) {
        bds_add_ref(a);
        return;
    }
    for (uint32_t i = 0; i < a->count; i += a->b_period)
        add_run(a, (const int8_t *)a->a + i, a->b, (int8_t *)a->out + i,
                a->count - i < a->b_period ? a->count - i : a->b_period);
}

void bds_table_mve(const bds_table *t)
{
    const int8_t *x = t->x, *table = t->table;
    int8_t *out = t->out;

    if (t->x_wide || t->out_wide || t->rows != 1) {
        bds_table_ref(t);
        return;
    }
    for (uint32_t i = 0; i < t->count; i += 16) {
        const mve_pred16_t there = vctp8q(t->count - i);
        const uint8x16_t place = vaddq_n_u8((uint8x16_t)vldrbq_z_s8(x + i, there), 128);

        vstrbq_p_s8(out + i, vldrbq_gather_offset_z_s8(table, place, there), there);
    }
}
