/* What AVX-VNNI puts into the table, over AVX2's.
 * SPDX-License-Identifier: MIT */
#include "vnni.h"

void bds_kernels_avx_vnni(bds_kernels *k)
{
    use_vnni(k);
}
