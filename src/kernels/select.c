/* Which kernels a plan gets.
 * SPDX-License-Identifier: MIT */
#include "kernels.h"

#include "../bedside.h"

void bds_kernels_select(bds_kernels *k, uint32_t cpu)
{
    uint32_t usable = cpu & bds_cpu_features();

    bds_kernels_ref(k);
    (void)usable;
#ifdef BDS_HAVE_AVX2
    if (usable & BDS_CPU_AVX2)
        bds_kernels_avx2(k);
#endif
#ifdef BDS_HAVE_AVX512_VNNI /* these two tables are over AVX2's */
    if ((usable & BDS_CPU_AVX2) && (usable & BDS_CPU_AVX512_VNNI))
        bds_kernels_avx512_vnni(k);
#endif
#ifdef BDS_HAVE_AVX_VNNI
    if ((usable & BDS_CPU_AVX2) && (usable & BDS_CPU_AVX_VNNI))
        bds_kernels_avx_vnni(k);
#endif
#ifdef BDS_HAVE_SIMD128
    if (usable & BDS_CPU_SIMD128)
        bds_kernels_simd128(k);
#endif
#ifdef BDS_HAVE_RELAXED
    if (usable & BDS_CPU_RELAXED)
        bds_kernels_relaxed(k);
#endif
#ifdef BDS_HAVE_NEON
    if (usable & BDS_CPU_NEON)
        bds_kernels_neon(k);
#endif
#ifdef BDS_HAVE_DOTPROD /* its table is over NEON's */
    if ((usable & BDS_CPU_NEON) && (usable & BDS_CPU_DOTPROD))
        bds_kernels_dotprod(k);
#endif
#ifdef BDS_HAVE_V7M
    if (usable & BDS_CPU_V7M)
        bds_kernels_v7m(k);
#endif
#ifdef BDS_HAVE_ARM_DSP
    if (usable & BDS_CPU_ARM_DSP)
        bds_kernels_dsp(k);
#endif
#ifdef BDS_HAVE_MVE
    if (usable & BDS_CPU_MVE)
        bds_kernels_mve(k);
#endif
}
