/* Runs a net in floating point, operator by operator, in buffers that are used again as soon as nobody reads them. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_NET_RUN_H
#define BEDSIDE_COMPILER_NET_RUN_H

#include "net.h"

typedef struct net_run {
    bdc_context *context;
    const net_graph *graph;
    void **data; /* per tensor; valid while the tensor is alive, constants always */
} net_run;

/* Called with every tensor as soon as it is complete. */
typedef void net_observer(void *cookie, uint32_t tensor, const void *data);

bdc_status net_run_create(bdc_context *c, const net_graph *g, net_run *run);
/* Fill data[input] before; data[output] holds the results after. observer may be null. */
bdc_status net_run_execute(const net_run *run, net_observer *observer, void *cookie);

struct bdc_graph;
/* bdc_run_float of a graph as imported: the inputs and outputs are float. */
bdc_status net_run_float(struct bdc_graph *graph, const float *const *inputs, float *const *outputs);

#endif
