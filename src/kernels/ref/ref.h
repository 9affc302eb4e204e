/* The reference kernels: one plain function per entry of the table, written to be read. Their results define what every faster
 * form must give, bit for bit.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_REF_H
#define BEDSIDE_KERNELS_REF_H

#include "../kernels.h"

size_t bds_gemm_packed_bytes_s8_ref(uint32_t channels, uint32_t depth);
void bds_gemm_pack_s8_ref(void *packed, const int8_t *weights, uint32_t channels, uint32_t depth);
size_t bds_gemm_scratch_bytes_s8_ref(uint32_t depth);
void bds_gemm_s8_ref(const bds_gemm *g);
void bds_gemm_s16_ref(const bds_gemm *g, int16_t *out);

size_t bds_depthwise_packed_bytes_s8_ref(uint32_t taps, uint32_t channels);
void bds_depthwise_pack_s8_ref(void *packed, const int8_t *weights, uint32_t taps, uint32_t channels);
void bds_depthwise_s8_ref(const bds_depthwise *d);

void bds_requantise_s8_ref(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_s8_ref(const bds_add *a);
void bds_mul_s8_ref(const bds_mul *m);
void bds_max_pool_s8_ref(const bds_pool *p);
void bds_sum_pool_s8_ref(int32_t *sum, const bds_pool *p, int32_t zero_point);
void bds_table_s8_ref(int8_t *out, const int8_t *x, uint32_t count, const int8_t table[256]);
void bds_softmax_s8_ref(int8_t *out, const int8_t *x, uint32_t rows, uint32_t channels, const uint16_t *exponential,
                        uint32_t step);

#endif
