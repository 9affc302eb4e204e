/* The table of ARMv7-M without the DSP extension: for int8 values and weights, raw, in place.
 * SPDX-License-Identifier: MIT */
#include "v7m.h"

void bds_kernels_v7m(bds_kernels *k)
{
    k->conv_scratch_bytes = bds_conv_scratch_bytes_v7m;
    k->conv = bds_conv_v7m;
    k->depthwise = bds_depthwise_v7m;
    k->requantise = bds_requantise_s8_v7m;
    k->add = bds_add_v7m;
}
