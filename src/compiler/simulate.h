/* The integer network in float: the layers' real weights are those that the stored ones stand for, and every tensor is rounded to
 * what the runtime can store. Beside it runs the float network, on the same samples, operator by operator. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_SIMULATE_H
#define BEDSIDE_COMPILER_SIMULATE_H

#include "execute_float.h"
#include "layer.h"

typedef struct simulation {
    bdc_context *context;
    const ir_graph *exact_graph,
        *graph; /* tensors and operators have the same numbers; channels may have gone from graph */
    const quant *quants;
    uint32_t samples;
    float_run *exact, *stored;       /* per sample */
    const uint32_t *const *channels; /* per tensor: which of the exact network's channels are left; null: all */
} simulation;

/* Fills both inputs of every sample. At most most samples, fewer if memory would not do. */
bdc_status simulation_create(bdc_context *c, const bdc_graph *from, const ir_graph *exact, const ir_graph *graph,
                             const quant *quants, uint32_t most, simulation *s);
/* One operator of the integer network on every sample; layer null: it has no weights. */
bdc_status simulation_step(const simulation *s, const ir_op *op, const layer_source *source, const layer_result *layer);
/* Fills the inputs of every sample again. */
void simulation_fill(const simulation *s, const bdc_graph *from);
/* All tensors of one sample from the float network to the integer one; both run the same graph. */
void simulation_copy(const simulation *s, uint32_t sample);
/* The operator with the weights and biases that the stored integers stand for. */
bdc_status simulation_layer(const simulation *s, const layer_source *source, const layer_result *r, ir_op *op);
/* Signal and noise of tensor i over all samples, after its step in both. */
void simulation_noise(const simulation *s, uint32_t tensor, double *signal, double *noise);

/* Values of a tensor as the runtime would store them. */
void simulation_round(const quant *q, size_t n, float *data);

#endif
