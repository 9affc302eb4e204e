/* What NEON's dot product (FEAT_DotProd) puts into the table, over NEON's kernels.
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"

static void pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, uint32_t left)
{
    (void)left; /* sums of 8-bit products are shifted at the end */
    bds_fours_pack(packed, weights, wide, w, channels, -128);
}

void bds_kernels_dotprod(bds_kernels *k)
{
    k->conv_pack = pack;
    k->conv = bds_conv_s8_4x16c4_dotprod;
}
