/* What AVX2 puts into the table, and the requantisation of raw sums.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "avx2.h"

void bds_requantise_s8_avx2(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    rounder rounding = rounder_of(rq);
    uint32_t whole = count / 16 * 16;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += 16) {
        __m256i sum0 = _mm256_add_epi32(load256(acc + i), load256(rq->bias + i));
        __m256i sum1 = _mm256_add_epi32(load256(acc + i + 8), load256(rq->bias + i + 8));
        __m128i y =
            requantise16(_mm256_sll_epi32(sum0, rounding.left), _mm256_sll_epi32(sum1, rounding.left),
                         load_multipliers(rq->multiplier + i), load_multipliers(rq->multiplier + i + 8), &rounding);

        _mm_storeu_si128((__m128i *)(out + i), y);
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s8_ref(out + whole, acc + whole, count - whole, &rest);
}

void bds_kernels_avx2(bds_kernels *k)
{
    k->conv_packed_bytes = bds_conv_packed_bytes_avx2;
    k->conv_pack = bds_conv_pack_avx2;
    k->conv_scratch_bytes = bds_conv_scratch_bytes_avx2;
    k->conv = bds_conv_s8_4x16c2_avx2;
    k->depthwise_packed_bytes = bds_planes_bytes;
    k->depthwise_pack = bds_planes_pack;
    k->depthwise_scratch_bytes = bds_planes_scratch_bytes;
    k->depthwise = bds_depthwise_s8_2x8c2_avx2;
    k->requantise = bds_requantise_s8_avx2;
}
