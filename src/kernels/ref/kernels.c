/* The table that every target begins with.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_kernels_ref(bds_kernels *k)
{
    k->gemm_packed_bytes = bds_gemm_packed_bytes_s8_ref;
    k->gemm_pack = bds_gemm_pack_s8_ref;
    k->gemm_scratch_bytes = bds_gemm_scratch_bytes_s8_ref;
    k->gemm = bds_gemm_s8_ref;
    k->gemm_s16 = bds_gemm_s16_ref;
    k->depthwise_packed_bytes = bds_depthwise_packed_bytes_s8_ref;
    k->depthwise_pack = bds_depthwise_pack_s8_ref;
    k->depthwise = bds_depthwise_s8_ref;
    k->requantise = bds_requantise_s8_ref;
    k->add = bds_add_s8_ref;
    k->mul = bds_mul_s8_ref;
    k->max_pool = bds_max_pool_s8_ref;
    k->sum_pool = bds_sum_pool_s8_ref;
    k->table = bds_table_s8_ref;
    k->softmax = bds_softmax_s8_ref;
}
