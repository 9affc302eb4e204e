/* Passes over the graph. Each leaves a valid graph that computes the same, but for rounding. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_PASSES_H
#define BEDSIDE_COMPILER_PASSES_H

#include "../ir.h"

/* Order of definition and use, shapes, weights that are finite. Every graph passes it, whatever file it came from. */
bdc_status pass_verify(bdc_context *c, const ir_graph *g);
/* Takes a last softmax or sigmoid off. */
bdc_final pass_strip_final(ir_graph *g);
/* x * sigmoid(x) and x * hard sigmoid(x) become one function. */
void pass_fuse_swish(ir_graph *g);
/* A pad with zeros in front of a convolution becomes the convolution's own padding. */
void pass_fold_pad(ir_graph *g);
/* Factors and shifts per channel (batch norms) go into the layer before; those left over become 1 x 1 depthwise convolutions. */
bdc_status pass_fold_affine(bdc_context *c, ir_graph *g);
/* Clamps (relu, relu6) go into the operator that makes their input. */
void pass_fuse_clamp(ir_graph *g);
/* Removes reshapes that change nothing for their readers, and views whose order a fully connected layer's weights can take. */
bdc_status pass_flatten(bdc_context *c, ir_graph *g);
/* Marks operators whose result nobody reads. */
void pass_dead_code(ir_graph *g);

#endif
