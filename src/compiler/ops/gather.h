/* Checked indices and the walks over them that gathering and scattering share. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_GATHER_H
#define BEDSIDE_COMPILER_OPS_GATHER_H

#include "ops.h"

bdc_status gather_bad_index(const op_eval *e);
/* Index number `at` as a place in [0, side), negative ones from the end; 0: it is outside. */
int gather_place(net_type type, const void *indices, size_t at, size_t side, size_t *place);

/* GatherElements and ScatterElements: an index for each element; along the other axes an element stays where it is. */
bdc_status gather_infer_elements(const op_infer *i, const net_tensor *x, const net_tensor *indices);
typedef struct element_walk {
    uint32_t rank, axis;
    size_t dims[NET_MAX_RANK], strides[NET_MAX_RANK], index[NET_MAX_RANK];
    size_t at, count; /* the present index, the number of them */
    size_t base;      /* its place in x, were the index 0 */
} element_walk;
void gather_elements_start(element_walk *w, const net_tensor *x, const net_tensor *indices, uint32_t axis);
void gather_elements_next(element_walk *w);

/* GatherND and ScatterND: tuples of indices along the axes after the batch, each naming a chunk of x. dims: of all chunks. */
bdc_status gather_infer_nd(const op_infer *i, const net_tensor *x, const net_tensor *indices, uint32_t batch,
                           uint32_t *rank, uint32_t dims[2 * NET_MAX_RANK]);
typedef struct nd_walk {
    uint32_t batch, depth, dims[NET_MAX_RANK];
    size_t tuples, per_batch, batch_stride, chunk, strides[NET_MAX_RANK];
} nd_walk;
void gather_nd_start(nd_walk *w, const net_tensor *x, const net_tensor *indices, uint32_t batch);
/* The first element of a tuple's chunk; 0: an index is outside. */
int gather_nd_place(const nd_walk *w, net_type type, const void *indices, size_t tuple, size_t *first);

/* scatter.c: SCATTER_ELEMENTS, SCATTER_ND; make.c: ONE_HOT, TRIL_TRIU, EYE_LIKE */
const op_row *ops_scatter_row(net_code code);
const op_row *ops_make_row(net_code code);

#endif
