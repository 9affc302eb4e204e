/* Pools on Helium.
 * SPDX-License-Identifier: MIT */
#include "mve.h"

void bds_max_pool_mve(const bds_pool *p)
{
    if (p->wide) {
        bds_max_pool_ref(p);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c += 16) {
        const mve_pred16_t there = vctp8q(p->channels - c);
        int8x16_t most = vdupq_n_s8(INT8_MIN);

        for (uint32_t t = 0; t < p->tap_count; t++)
            most = vmaxq_s8(most, vldrbq_z_s8(p->taps[t] + c, there));
        vstrbq_p_s8((int8_t *)p->out + c, most, there);
    }
}

enum { SUMMED = 256 }; /* int8 values whose sum fits int16 */

void bds_sum_pool_mve(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    const int32_t zero = zero_point * (int32_t)p->tap_count;

    if (p->wide) {
        bds_sum_pool_ref(sum, p, zero_point);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c += 8) {
        const mve_pred16_t there = vctp16q(p->channels - c);
        int32x4x2_t both = {{vdupq_n_s32(-zero), vdupq_n_s32(-zero)}};
        int32_t sums[8];

        for (uint32_t t = 0; t < p->tap_count;) {
            const uint32_t end = p->tap_count - t < SUMMED ? p->tap_count : t + SUMMED;
            int16x8_t some = vdupq_n_s16(0);

            for (; t < end; t++)
                some = vaddq_s16(some, vldrbq_z_s16(p->taps[t] + c, there));
            both.val[0] = vaddq_s32(both.val[0], vmovlbq_s16(some));
            both.val[1] = vaddq_s32(both.val[1], vmovltq_s16(some));
        }
        vst2q_s32(sums, both);
        vstrwq_p_s32(sum + c, vld1q_s32(sums), vctp32q(p->channels - c));
        if (p->channels - c > 4)
            vstrwq_p_s32(sum + c + 4, vld1q_s32(sums + 4), vctp32q(p->channels - c - 4));
    }
}
