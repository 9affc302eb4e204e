/* CPU features as a value: nothing is cached, so there is nothing to initialise and nothing to race for.
 * SPDX-License-Identifier: MIT */
#include "bedside.h"

#ifdef BDS_HAVE_AVX2
#include <cpuid.h>

/* The vector registers that the operating system saves: XCR0. */
static uint64_t saved_registers(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static int has_avx2(void)
{
    unsigned a, b, c, d;
    const unsigned osxsave = 1u << 27, avx2 = 1u << 5, xmm_and_ymm = 6;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave) || (saved_registers() & xmm_and_ymm) != xmm_and_ymm)
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & avx2);
}
#endif

#ifdef BDS_HAVE_DOTPROD
#ifdef __linux__
#include <sys/auxv.h>
#endif

static int has_dotprod(void)
{
#if defined(__ARM_FEATURE_DOTPROD) /* the compiler may use it anywhere: Apple's does */
    return 1;
#elif defined(__linux__)
    const unsigned long asimddp = 1ul << 20;

    return (getauxval(AT_HWCAP) & asimddp) != 0;
#else
    return 0;
#endif
}
#endif

uint32_t bds_cpu_features(void)
{
    uint32_t features = 0;

#ifdef BDS_HAVE_AVX2
    if (has_avx2())
        features |= BDS_CPU_AVX2;
#endif
#ifdef BDS_HAVE_SIMD128 /* a module with simd128 in it does not even load elsewhere */
    features |= BDS_CPU_SIMD128;
#endif
#ifdef BDS_HAVE_RELAXED
    features |= BDS_CPU_RELAXED;
#endif
#ifdef BDS_HAVE_NEON /* part of every AArch64 */
    features |= BDS_CPU_NEON;
#endif
#ifdef BDS_HAVE_DOTPROD
    if (has_dotprod())
        features |= BDS_CPU_DOTPROD;
#endif
    return features;
}
