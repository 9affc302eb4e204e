/* A layer with weights, from floats to int8 weights, int32 bias and 15-bit multipliers. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_LAYER_H
#define BEDSIDE_COMPILER_LAYER_H

#include "levels.h"
#include "round_rows.h"
#include "scales.h"

typedef struct layer_source {
    uint32_t channels, depth;     /* outputs, and weights of one of them: [channels][depth] */
    uint32_t group_in, group_out; /* channels per group; a row is [taps][group_in] */
    bdc_weights kind;
    const float *weights, *bias; /* bias may be null */
    const uint8_t *kept;         /* [channels][depth]: 0 where a weight becomes 0, or null */
    const float *mean;           /* of the input's channels: the bias takes over what rounding changes; or null */
    const row_moments *moments;  /* per group: weights are rounded for the least error of the result; or null */
    const double *input_mean;    /* with moments: [groups][depth] of the values that weights are multiplied with, */
    const double *output_mean;   /* [channels] of what shall come out of it before the clamp */
    const ir_integers *integers; /* the file's own, which leave no choice; or null */
    const quant *x, *y;
    int32_t lo, hi; /* clamp of the result, stored */
} layer_source;

typedef struct layer_result {
    int8_t *weights; /* in the order of the source */
    int16_t *wide;   /* instead of them, if one is outside of int8 */
    int32_t *bias;
    int16_t *multipliers;
    uint8_t left, shift;
    uint32_t coarse; /* channels whose multiplier, being far smaller than the largest, has under 9 bits */
} layer_result;

/* Sets *fits to 0 if the result's scale is too fine for the multipliers or accumulators: then it must be widened. */
bdc_status layer_quantise(bdc_context *c, const layer_source *s, layer_result *r, int *fits);
/* layer_fixed.c: the same with integers that the file gives. */
bdc_status layer_fixed(bdc_context *c, const layer_source *s, layer_result *r, int *fits);

/* The scale of a channel's weights, and what its bias stands for. */
double layer_scale(const layer_source *s, const layer_result *r, uint32_t channel);

/* Stores a bias of the accumulator within the proven range. Beyond it the limit does the same if the result saturates whatever the
 * input; else 0. sum and reach: of the channel's stored weights and of their magnitudes. */
int layer_store_bias(const layer_source *s, layer_result *r, uint32_t channel, double exact, int64_t sum,
                     int64_t reach);

/* A real multiplier as m * 2^left / 2^shift with the most bits for the largest of several. 0 if it is out of range. shift_max in
 * [17, 38] bounds the shift from above. */
int layer_multiplier_scale(double largest, int shift_max, uint8_t *left, uint8_t *shift);

#endif
