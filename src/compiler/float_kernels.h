/* Fast float32 matrix product and convolution for the two float executors, on plain C that compilers vectorise.
 *
 * Every result is  start + a0 * b0 + a1 * b1 + ...  with the terms added one after the other in ascending order, each product rounded
 * and each sum rounded. So the bits depend neither on blocks nor on the width of vectors: the same on every machine and in the
 * browser. A convolution's order is taps (rows before columns) outside, the channels of the group inside, whatever the layouts, so
 * both layouts give the same bits too. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_FLOAT_KERNELS_H
#define BEDSIDE_COMPILER_FLOAT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* A matrix at a place in memory: element (i, j) is data[i * row + j * column]. A transposed one has the strides exchanged. */
typedef struct float_matrix {
    const float *data;
    size_t row, column;
} float_matrix;

/* c[i * row + j] += sum over p < k of a(i, p) * b(p, j), for i < m, j < n: c holds zeros or biases before. c overlaps nothing.
 * scratch has float_gemm_scratch floats. */
size_t float_gemm_scratch(size_t m, size_t n, size_t k);
void float_gemm(size_t m, size_t n, size_t k, float_matrix a, float_matrix b, float *c, size_t row, float *scratch);

/* A convolution of one picture (a batch of one). Up to three dimensions in the order of memory; those that are not used stand in
 * front with in = out = kernel = stride = dilation = 1 and no padding. A 2-D convolution sets [1] to its rows, [2] to its columns. */
typedef struct float_conv {
    uint32_t in[3], out[3], kernel[3], stride[3], dilation[3];
    uint32_t pad[3];     /* at the begin; padding counts as 0 and out says where the windows end */
    uint32_t groups;     /* depthwise: group_in = 1 */
    uint32_t group_in;   /* input channels of one group */
    uint32_t group_out;  /* output channels of one group */
    int channels_last;   /* x and y are [spatial..., C], else [C, spatial...] */
    int weights_in_last; /* weights are [C out, kernel..., C in / groups], else [C out, C in / groups, kernel...] */
} float_conv;

/* Weights are packed once and used for many pictures. All sizes in floats. */
size_t float_conv_packed(const float_conv *conv);
void float_conv_pack(const float_conv *conv, const float *weights, float *packed);
size_t float_conv_scratch(const float_conv *conv);
/* y is overwritten. bias [C out] or null. */
void float_conv_run(const float_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                    float *scratch);

#endif
