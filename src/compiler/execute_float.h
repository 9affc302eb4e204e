/* The float executor: the meaning of every operator of the graph. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_EXECUTE_FLOAT_H
#define BEDSIDE_COMPILER_EXECUTE_FLOAT_H

#include "ir.h"

/* Buffers for one graph, reused from run to run. */
typedef struct float_run {
    bdc_context *context;
    const ir_graph *graph;
    float **data; /* per tensor; valid while the tensor is alive */
    float *scratch;
} float_run;

/* Called with every tensor as soon as it is complete. */
typedef void float_observer(void *cookie, uint32_t tensor, const float *data);

bdc_status float_run_create(bdc_context *c, const ir_graph *g, float_run *run);
/* Fill run->data[input] before; run->data[output] holds the results after. */
void float_run_execute(const float_run *run, float_observer *observer, void *cookie);
/* One operator, which need not be the graph's own: a copy with other weights, for instance. */
void float_run_step(const float_run *run, const ir_op *op);

#endif
