/* Pools with NEON: channels side by side, pixel after pixel. The last channels of a pixel overlap those before, so that all come in
 * whole vectors; where there are too few for one, the reference computes.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "neon.h"

enum {
    LANES = 16,
    SUMMANDS = 255 /* of int8 in an int16 */
};

void bds_max_pool_neon(const bds_pool *p)
{
    if (p->wide || p->channels < LANES || p->tap_count == 0) {
        bds_max_pool_ref(p);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, LANES)) {
        int8x16_t most = vld1q_s8(p->taps[0] + c);

        for (uint32_t t = 1; t < p->tap_count; t++)
            most = vmaxq_s8(most, vld1q_s8(p->taps[t] + c));
        vst1q_s8((int8_t *)p->out + c, most);
    }
}

void bds_sum_pool_neon(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    if (p->wide || p->channels < LANES) {
        bds_sum_pool_ref(sum, p, zero_point);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, LANES)) {
        int32x4_t all[4];

        for (int i = 0; i < 4; i++)
            all[i] = vdupq_n_s32(-zero_point * (int32_t)p->tap_count);
        for (uint32_t begin = 0; begin < p->tap_count; begin += SUMMANDS) {
            const uint32_t end = p->tap_count - begin < SUMMANDS ? p->tap_count : begin + SUMMANDS;
            int16x8_t low = vdupq_n_s16(0), high = low;

            for (uint32_t t = begin; t < end; t++) {
                const int8x16_t x = vld1q_s8(p->taps[t] + c);

                low = vaddw_s8(low, vget_low_s8(x));
                high = vaddw_high_s8(high, x);
            }
            all[0] = vaddw_s16(all[0], vget_low_s16(low));
            all[1] = vaddw_high_s16(all[1], low);
            all[2] = vaddw_s16(all[2], vget_low_s16(high));
            all[3] = vaddw_high_s16(all[3], high);
        }
        for (int i = 0; i < 4; i++)
            vst1q_s32(sum + c + 4 * i, all[i]);
    }
}
