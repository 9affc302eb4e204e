/* What the kernels with relaxed SIMD share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_RELAXED_H
#define BEDSIDE_KERNELS_RELAXED_H

#include "simd128.h"

size_t bds_conv_packed_bytes_relaxed(const bds_window *w, uint32_t channels, int wide);
void bds_conv_pack_relaxed(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left);
size_t bds_conv_scratch_bytes_relaxed(const bds_window *w);
void bds_conv_s8w7_2x16c4_relaxed(const bds_conv *c);

#endif
