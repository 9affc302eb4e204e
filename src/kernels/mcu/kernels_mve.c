/* Helium's kernels, over the references'.
 * SPDX-License-Identifier: MIT */
#include "mve.h"

void bds_kernels_mve(bds_kernels *k)
{
    k->conv_scratch_bytes = bds_conv_scratch_bytes_of_mve;
    k->conv = bds_conv_mve;
    k->depthwise_scratch_bytes = bds_depthwise_scratch_bytes_of_mve;
    k->depthwise = bds_depthwise_mve;
    k->requantise = bds_requantise_s8_mve;
    k->add = bds_add_mve;
    k->table = bds_table_mve;
    k->max_pool = bds_max_pool_mve;
    k->sum_pool = bds_sum_pool_mve;
}
