/* The values that a stored weight may have, class by class, and the scale of one output's weights. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_LEVELS_H
#define BEDSIDE_COMPILER_LEVELS_H

#include "context.h"

/* The greatest value; the least is its negative. */
int32_t levels_most(bdc_weights kind);
/* The value nearest to x; of two as near the one away from 0, but for powers of two, where it is the smaller one. */
int32_t levels_nearest(bdc_weights kind, double x);
int levels_contain(bdc_weights kind, int32_t value);

/* A scale for n weights: real = scale * level. importance[i] weighs the square of weight i's error; null: all alike. 0 if all
 * weights are 0. For BDC_W8 without importance it is the largest weight's: nothing saturates. Of a narrower class, weights that all lie
 * on a grid of it get that grid's: what was trained is what is stored. */
double levels_scale(bdc_weights kind, const float *weights, const float *importance, uint32_t n);

#endif
