/* Which layers of a network that becomes C go block by block (src/flow.c), and where everything lies then.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_FLOW_H
#define BEDSIDE_CLI_EXPORT_FLOW_H

#include "flow.h"
#include "export_memory.h"
#include "session.h"

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

/* s: opened with the reference kernels, so that the plan's weights are raw. plain: no layer goes by blocks. */
int export_network_open(export_network *e, const session *s, int plain);
void export_network_close(export_network *e);

/* The kernels' scratch of operator i, as it is called. */
size_t export_scratch(const export_network *e, int family, uint32_t i);

#endif
