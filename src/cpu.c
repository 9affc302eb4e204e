/* CPU features as a value: nothing is cached, so there is nothing to initialise and nothing to race for.
 * SPDX-License-Identifier: MIT */
#include "bedside.h"

#ifdef BDS_HAVE_AVX2
#include <cpuid.h>

/* Whether the operating system saves these vector registers: bits of XCR0. */
static int saves(uint64_t registers)
{
    const unsigned osxsave = 1u << 27;
    unsigned a, b, c, d;
    uint32_t low, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (((uint64_t)high << 32 | low) & registers) == registers;
}

static uint32_t x86_features(void)
{
    const uint64_t xmm_and_ymm = 0x06, and_zmm = 0xe6;
    const unsigned avx2 = 1u << 5, avx512f_vl = 1u << 16 | 1u << 31, avx512_vnni = 1u << 11, avx_vnni = 1u << 4;
    unsigned a, b, c, d, most;
    uint32_t features = 0;

    if (!saves(xmm_and_ymm) || !__get_cpuid_count(7, 0, &most, &b, &c, &d) || !(b & avx2))
        return 0;
    features = BDS_CPU_AVX2;
    if ((b & avx512f_vl) == avx512f_vl && (c & avx512_vnni) && saves(and_zmm))
        features |= BDS_CPU_AVX512_VNNI;
    if (most >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & avx_vnni))
        features |= BDS_CPU_AVX_VNNI;
#ifndef BDS_HAVE_AVX_VNNI
    features &= ~BDS_CPU_AVX_VNNI;
#elif defined(BDS_EMULATE_VNNI)
    features |= BDS_CPU_AVX_VNNI;
#endif
#ifndef BDS_HAVE_AVX512_VNNI
    features &= ~BDS_CPU_AVX512_VNNI;
#endif
    return features;
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
    features |= x86_features();
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
#ifdef BDS_HAVE_V7M /* boards: the build is for one core */
    features |= BDS_CPU_V7M;
#endif
#ifdef BDS_HAVE_ARM_DSP
    features |= BDS_CPU_ARM_DSP;
#endif
#ifdef BDS_HAVE_MVE /* firmware is built for its core */
    features |= BDS_CPU_MVE;
#endif
    return features;
}
