/* What WebAssembly's relaxed SIMD puts into the table, over simd128's kernels.
 * SPDX-License-Identifier: MIT */
#include "../kernels.h"

void bds_kernels_relaxed(bds_kernels *k)
{
    (void)k; /* none is faster yet */
}
