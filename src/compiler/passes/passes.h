/* Passes over the layers. Each leaves a valid graph that computes the same, but for rounding. Tensors that the file quantised keep
 * their grids; what lies between such tensors may only change if their integers do not. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_PASSES_H
#define BEDSIDE_COMPILER_PASSES_H

#include "../ir.h"

/* Order of definition and use, shapes, weights that are finite. Every graph passes it, whatever file it came from. */
bdc_status pass_verify(bdc_context *c, const ir_graph *g);
/* Takes a last softmax or sigmoid off. */
bdc_final pass_strip_final(ir_graph *g);

/* Consecutive functions become one; so does a product or sum of functions of the same tensor: x * sigmoid(x), GELU written out. */
bdc_status pass_chain_functions(bdc_context *c, ir_graph *g);
/* A pad with zeros in front of a convolution becomes the convolution's own padding. */
bdc_status pass_fold_pad(bdc_context *c, ir_graph *g);
/* Factors and shifts per channel (batch norms) go into the layer before or behind. */
bdc_status pass_fold_affine(bdc_context *c, ir_graph *g);
/* Positive factors before and behind products go into them. */
bdc_status pass_fold_factors(bdc_context *c, ir_graph *g);
/* Clamps (relu, relu6) go into the operator that makes their input. */
bdc_status pass_fuse_clamp(bdc_context *c, ir_graph *g);
/* Removes reshapes that change nothing for their readers; functions come to stand in front of reshapes and views. */
bdc_status pass_flatten(bdc_context *c, ir_graph *g);
/* Views of views become one view, functions between them going to the end; those that move nothing become reshapes. */
bdc_status pass_views(bdc_context *c, ir_graph *g);
/* Channels that are the same at every pixel, because their weights are all 0, go into the bias of the next layer; channels that
 * nobody reads go. Tensors shrink; all other results stay the same to the bit in a quantised network. */
bdc_status pass_dead_channels(bdc_context *c, ir_graph *g);
/* Affines that are left become 1 x 1 depthwise convolutions. */
bdc_status pass_affine_layers(bdc_context *c, ir_graph *g);
/* Marks operators whose result nobody reads. */
bdc_status pass_dead_code(bdc_context *c, ir_graph *g);

/* Lowers and runs all passes, once per graph. keep_dead_channels: without that pass. */
bdc_status optimise(bdc_graph *graph, int keep_final, int keep_dead_channels);

#endif
