/* What a layer's weights are multiplied with, over many samples: means, second moments, and what the layer's results lack. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_MOMENTS_H
#define BEDSIDE_COMPILER_MOMENTS_H

#include "simulate.h"

typedef struct layer_moments {
    uint32_t groups, channels, depth, block; /* channels: outputs of one group; depth: weights of one */
    row_moments *rows;                       /* per group; factored */
    double *input_mean;                      /* [groups][depth] */
    double *output_mean;                     /* [groups * channels] of the float network, before the clamp */
    float *lack;                             /* [groups * channels][depth]: covariance of what the results lack and the
                                              * inputs; null if the blocks are too many or the samples too few */
} layer_moments;

/* Runs the layer on both networks of the simulation: with its float weights on what the layers before it store, and exactly. After
 * it s->exact holds the layer's result and s->stored not yet. */
bdc_status moments_collect(const simulation *s, const ir_op *exact, const ir_op *op, layer_moments *m);

#endif
