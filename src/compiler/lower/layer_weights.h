/* Weights of layers from constants, and layers on vectors. Internal to lower/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_LAYER_WEIGHTS_H
#define BEDSIDE_COMPILER_LAYER_WEIGHTS_H

#include "lower.h"

/* A layer from constant weights, whose first of `channels` equal parts in row-major order belongs to the first output, and a bias
 * [channels] or null. x is the layer's input: an int32 bias counts in its scale times the weights'. */
bdc_status lower_layer_of(lowering *l, const lower_value *weights, uint32_t channels, const lower_value *bias,
                          const lower_value *x, lower_layer *layer);
/* A fully connected layer over a tensor that holds all of x, [1, .., K]. */
bdc_status lower_vector_layer(lowering *l, uint32_t tensor, const lower_value *x, const lower_layer *layer,
                              lower_value *y);

#endif
