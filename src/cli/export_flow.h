/* Which layers of a network that becomes C go block by block (src/flow.c), and where everything lies then.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_FLOW_H
#define BEDSIDE_CLI_EXPORT_FLOW_H

#include "export_memory.h"
#include "flow.h"

/* Offsets of one family of kernels. */
typedef struct export_layout {
    uint32_t bytes, picture, picture_bytes;
    uint32_t *tensor;          /* [tensors] */
    uint32_t *scratch, *strip; /* [operators] */
} export_layout;

typedef struct export_network {
    const bds_model *model;
    uint32_t count;  /* operators */
    bds_node *nodes; /* [count], each with its flow */
    bds_flow *flows; /* [count]: block and source; offsets are in the layouts */
    uint8_t *fused;  /* [count]: computes a strip of the next one */
    export_layout layout[BDS_FAMILIES];
} export_network;

/* plan: with the reference kernels, so that its weights are raw. plain: no layer goes by blocks. BDS_E_ARENA: out of memory; BDS_E_LIMIT:
 * it needs more memory than can be addressed. To be closed after an error, too. */
bds_status export_network_open(export_network *e, const bds_plan *plan, int plain);
void export_network_close(export_network *e);

/* The kernels' scratch of operator i, as it is called. */
size_t export_scratch(const export_network *e, int family, uint32_t i);

#endif
