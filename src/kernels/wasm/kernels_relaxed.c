/* What WebAssembly's relaxed SIMD puts into the table, over simd128's kernels.
 * SPDX-License-Identifier: MIT */
#include "relaxed.h"

void bds_kernels_relaxed(bds_kernels *k)
{
    k->conv_packed_bytes = bds_conv_packed_bytes_relaxed;
    k->conv_pack = bds_conv_pack_relaxed;
    k->conv_packs_whole = 1;
    k->conv_scratch_bytes = bds_conv_scratch_bytes_relaxed;
    k->conv = bds_conv_s8w7_2x16c4_relaxed;
}
