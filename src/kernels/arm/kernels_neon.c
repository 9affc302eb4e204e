/* What NEON, which every AArch64 has, puts into the table, and the requantisation of raw sums.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "fours.h"
#include "neon.h"
#include "rows.h"

void bds_requantise_s8_neon(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    const rounder rounding = rounder_of(rq);
    const uint32_t whole = count / 16 * 16;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += 16) {
        int32x4_t sum[4], m[4];

        for (uint32_t j = 0; j < 4; j++) {
            sum[j] = vaddq_s32(vld1q_s32(acc + i + 4 * j), vld1q_s32(rq->bias + i + 4 * j));
            m[j] = load_multipliers(rq->multiplier + i + 4 * j);
        }
        vst1q_s8(out + i, requantise_vectors(sum, m, 4, &rounding));
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s8_ref(out + whole, acc + whole, count - whole, &rest);
}

static void pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, uint32_t left)
{
    (void)left; /* sums of 8-bit products are shifted at the end */
    bds_fours_pack(packed, weights, wide, w, channels, -127);
}

void bds_kernels_neon(bds_kernels *k)
{
    k->conv_packed_bytes = bds_fours_bytes;
    k->conv_pack = pack;
    k->conv_scratch_bytes = bds_fours_scratch_bytes;
    k->conv = bds_conv_s8_2x16c4_neon;
    k->depthwise_packed_bytes = bds_rows_packed_bytes;
    k->depthwise_pack = bds_rows_pack;
    k->depthwise_scratch_bytes = bds_rows_scratch_bytes;
    k->depthwise = bds_depthwise_s8_4x16_neon;
    k->requantise = bds_requantise_s8_neon;
}
