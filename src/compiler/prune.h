/* Which weights become 0. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_PRUNE_H
#define BEDSIDE_COMPILER_PRUNE_H

#include "ir.h"

/* Checks the choices: shares, n and m, classes. */
bdc_status prune_check(bdc_context *c, const bdc_options *options);

/* kept[i] = 0 for weights that are 0 and for those that a choice takes: of rows x depth weights the ones with the lowest score, or in
 * each m consecutive ones of a row all but the n with the highest. share replaces the choice's sparsity; choice null: none. Of
 * equal scores the first goes. */
bdc_status prune_weights(bdc_context *c, const bdc_choice *choice, double share, const float *weights,
                         const float *score, uint32_t rows, uint32_t depth, uint8_t *kept);

/* prune_channels.c: takes the channels that the choices want out of the graph, wherever every operator that they pass through
 * allows it. Weights and biases of what reads them are replaced: biases take over what the channels were on average. Tensors and
 * operators keep their numbers. (*channels)[t]: which of tensor t's channels are left, null for all of them; *channels is null if
 * nothing was wanted. */
bdc_status prune_channels(bdc_context *c, ir_graph *g, const bdc_options *options, const uint32_t *const **channels);

#endif
