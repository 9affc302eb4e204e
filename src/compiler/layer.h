/* A layer with weights, from floats to int8 weights, int32 bias and 15-bit multipliers. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_LAYER_H
#define BEDSIDE_COMPILER_LAYER_H

#include "scales.h"

typedef struct layer_source {
    uint32_t channels, depth;     /* outputs, and weights of one of them: [channels][depth] */
    uint32_t group_in, group_out; /* channels per group; a row is [taps][group_in] */
    const float *weights, *bias;  /* bias may be null */
    const float *mean;            /* of the input's channels, for bias correction, or null */
    const quant *x, *y;
    int32_t lo, hi; /* clamp of the result, stored */
} layer_source;

typedef struct layer_result {
    int8_t *weights; /* in the order of the source */
    int32_t *bias;
    int16_t *multipliers;
    uint8_t left, shift;
} layer_result;

/* Sets *fits to 0 if the result's scale is too fine for the multipliers or accumulators: then it must be widened. */
bdc_status layer_quantise(bdc_context *c, const layer_source *s, layer_result *r, int *fits);

/* A real multiplier as m * 2^left / 2^shift with the most bits for the largest of several. 0 if it is out of range. shift_max in
 * [17, 38] bounds the shift from above. */
int layer_multiplier_scale(double largest, int shift_max, uint8_t *left, uint8_t *shift);

#endif
