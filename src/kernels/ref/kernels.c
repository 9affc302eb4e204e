/* The table that every target begins with.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_kernels_ref(bds_kernels *k)
{
    k->conv_packed_bytes = bds_conv_packed_bytes_ref;
    k->conv_pack = bds_conv_pack_ref;
    k->conv_packs_whole = 0;
    k->conv_scratch_bytes = bds_window_scratch_bytes_ref;
    k->conv = bds_conv_ref;
    k->depthwise_packed_bytes = bds_depthwise_packed_bytes_ref;
    k->depthwise_pack = bds_depthwise_pack_ref;
    k->depthwise_scratch_bytes = bds_window_scratch_bytes_ref;
    k->depthwise = bds_depthwise_ref;
    k->requantise = bds_requantise_s8_ref;
    k->requantise_wide = bds_requantise_s16_ref;
    k->add = bds_add_ref;
    k->mul = bds_mul_ref;
    k->extreme = bds_extreme_ref;
    k->max_pool = bds_max_pool_ref;
    k->sum_pool = bds_sum_pool_ref;
    k->table = bds_table_ref;
    k->softmax = bds_softmax_ref;
    k->resize = bds_resize_ref;
#ifndef BDS_NO_SEQUENCES
    k->view = bds_view_ref;
    k->normalise = bds_normalise_ref;
    k->arg_max = bds_arg_max_ref;
#endif
}
