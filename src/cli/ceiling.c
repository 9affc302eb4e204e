/* Eight accumulators of int16 pair products summed in int32, nothing loaded from memory: pmaddwd on x86-64, SMLAL on AArch64. The
 * empty assembly hides from the compiler that the operands never change.
 * SPDX-License-Identifier: MIT */
#include "ceiling.h"

#include "bedside.h"
#include "timing.h"

#define ACCUMULATORS 8
#define STEPS 20000

#if defined(BDS_HAVE_AVX2)
#include <immintrin.h>

#define LOOP "pmaddwd, 256 bits"
#define MACS_PER_STEP (ACCUMULATORS * 16)

__attribute__((target("avx2"))) static int run(void)
{
    __m256i sum[ACCUMULATORS], x = _mm256_set1_epi16(3), w = _mm256_set1_epi16(5);
    for (int a = 0; a < ACCUMULATORS; a++)
        sum[a] = _mm256_setzero_si256();
    for (int i = 0; i < STEPS; i++)
        for (int a = 0; a < ACCUMULATORS; a++) {
            __asm__ volatile("" : "+x"(x));
            sum[a] = _mm256_add_epi32(sum[a], _mm256_madd_epi16(x, w));
        }
    for (int a = 1; a < ACCUMULATORS; a++)
        sum[0] = _mm256_add_epi32(sum[0], sum[a]);
    return _mm_cvtsi128_si32(_mm256_castsi256_si128(sum[0]));
}

static int can_run(void)
{
    return (bds_cpu_features() & BDS_CPU_AVX2) != 0;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define LOOP "SMLAL, 128 bits"
#define MACS_PER_STEP (ACCUMULATORS * 4)

static int run(void)
{
    int32x4_t sum[ACCUMULATORS];
    int16x4_t x = vdup_n_s16(3), w = vdup_n_s16(5);
    for (int a = 0; a < ACCUMULATORS; a++)
        sum[a] = vdupq_n_s32(0);
    for (int i = 0; i < STEPS; i++)
        for (int a = 0; a < ACCUMULATORS; a++) {
            __asm__ volatile("" : "+w"(x));
            sum[a] = vmlal_s16(sum[a], x, w);
        }
    for (int a = 1; a < ACCUMULATORS; a++)
        sum[0] = vaddq_s32(sum[0], sum[a]);
    return vgetq_lane_s32(sum[0], 0);
}

static int can_run(void)
{
    return 1;
}

#else

#define LOOP NULL
#define MACS_PER_STEP 0

static int run(void)
{
    return 0;
}

static int can_run(void)
{
    return 0;
}
#endif

const char *ceiling_loop(void)
{
    return can_run() ? LOOP : NULL;
}

double ceiling_sample(void)
{
    if (!can_run())
        return 0;
    double begin = timing_now();
    volatile int seen = run(); /* or the sums would be thrown away */
    (void)seen;
    return 1e-9 * MACS_PER_STEP * STEPS / (timing_now() - begin);
}
