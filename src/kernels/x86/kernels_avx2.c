/* What AVX2 puts into the table.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "avx2.h"

void bds_kernels_avx2(bds_kernels *k)
{
    k->conv_packed_bytes = bds_conv_packed_bytes_avx2;
    k->conv_pack = bds_conv_pack_avx2;
    k->conv_scratch_bytes = bds_conv_scratch_bytes_avx2;
    k->conv = bds_conv_s8_6x16c2_avx2;
    k->depthwise_packed_bytes = bds_planes_bytes;
    k->depthwise_pack = bds_planes_pack;
    k->depthwise_scratch_bytes = bds_planes_scratch_bytes;
    k->depthwise = bds_depthwise_s8_4x8c2_avx2;
    k->requantise = bds_requantise_s8_avx2;
    k->add = bds_add_avx2;
    k->mul = bds_mul_avx2;
    k->extreme = bds_extreme_avx2;
    k->max_pool = bds_max_pool_avx2;
    k->sum_pool = bds_sum_pool_avx2;
}
