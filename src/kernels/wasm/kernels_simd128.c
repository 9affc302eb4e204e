/* What WebAssembly's simd128 puts into the table, and the requantisation of raw sums.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "simd128.h"

void bds_requantise_s8_simd128(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    rounder rounding = rounder_of(rq);
    uint32_t whole = count / 16 * 16;
    bds_requant rest = *rq;

    for (uint32_t i = 0; i < whole; i += 16) {
        const uint32_t left = count_here((uint32_t)rq->left);
        v128_t sum[4], m[4], y;

        for (uint32_t j = 0; j < 4; j++) {
            sum[j] = wasm_i32x4_add(wasm_v128_load(acc + i + 4 * j), wasm_v128_load(rq->bias + i + 4 * j));
            sum[j] = wasm_i32x4_shl(sum[j], left);
            m[j] = wasm_u32x4_load16x4(rq->multiplier + i + 4 * j);
        }
        requantise(&y, sum, m, 4, 4, &rounding);
        wasm_v128_store(out + i, y);
    }
    rest.bias += whole;
    rest.multiplier += whole;
    bds_requantise_s8_ref(out + whole, acc + whole, count - whole, &rest);
}

void bds_kernels_simd128(bds_kernels *k)
{
    k->conv_packed_bytes = bds_conv_packed_bytes_simd128;
    k->conv_pack = bds_conv_pack_simd128;
    k->conv_scratch_bytes = bds_conv_scratch_bytes_simd128;
    k->conv = bds_conv_s8_2x16c2_simd128;
    k->depthwise_packed_bytes = bds_planes_bytes;
    k->depthwise_pack = bds_planes_pack;
    k->depthwise_scratch_bytes = bds_planes_scratch_bytes;
    k->depthwise = bds_depthwise_s8_2x4c2_simd128;
    k->requantise = bds_requantise_s8_simd128;
    k->add = bds_add_s8_simd128;
    k->mul = bds_mul_s8_simd128;
    k->max_pool = bds_max_pool_s8_simd128;
    k->sum_pool = bds_sum_pool_s8_simd128;
}
