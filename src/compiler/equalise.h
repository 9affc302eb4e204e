/* Channels of one tensor brought to like ranges. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_EQUALISE_H
#define BEDSIDE_COMPILER_EQUALISE_H

#include "ir.h"

/* What calibration saw of a tensor, channel by channel; 0 within. */
typedef struct channel_range {
    float *least, *most; /* [c] */
    double *sum, *square;
} channel_range;

/* Scales the channels between layers: a layer's outputs up, what the next layer reads down, so that the network stays the same. The
 * ranges (per tensor) are scaled along. */
bdc_status equalise(bdc_context *c, ir_graph *g, const channel_range *ranges);

#endif
