/* The table of the DSP extension: for int8 values and weights, raw, in place.
 * SPDX-License-Identifier: MIT */
#include "dsp.h"

void bds_kernels_dsp(bds_kernels *k)
{
    k->conv_scratch_bytes = bds_conv_scratch_bytes_dsp;
    k->conv = bds_conv_dsp;
    k->depthwise_scratch_bytes = bds_depthwise_scratch_bytes_dsp;
    k->depthwise = bds_depthwise_dsp;
    k->requantise = bds_requantise_s8_dsp;
    k->add = bds_add_dsp;
    k->sum_pool = bds_sum_pool_dsp;
}
