/* What NEON, which every AArch64 has, puts into the table.
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"
#include "rows.h"

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
    k->requantise_wide = bds_requantise_s16_neon;
    k->add = bds_add_neon;
    k->mul = bds_mul_neon;
    k->extreme = bds_extreme_neon;
    k->max_pool = bds_max_pool_neon;
    k->sum_pool = bds_sum_pool_neon;
    k->table = bds_table_neon;
    k->resize = bds_resize_neon;
}
