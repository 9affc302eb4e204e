/* One row per operator: what net_infer and net_eval call. Each family has a file of its own with both functions of each operator.
 * Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_H
#define BEDSIDE_COMPILER_OPS_H

#include "../net.h"

typedef struct op_infer {
    bdc_context *context;
    net_graph *graph;
    const net_op *op;
} op_infer;

typedef struct op_eval {
    bdc_context *context;
    const net_graph *graph;
    const net_op *op;
    void *const *data; /* per tensor of the graph */
} op_eval;

typedef struct op_row {
    const char *name; /* ONNX's */
    bdc_status (*infer)(const op_infer *i);
    bdc_status (*eval)(const op_eval *e);
} op_row;

/* Each family lists its operators: rows[code - first]; null past the last. table.c joins them. */
const op_row *ops_unary_row(net_code code);     /* unary.c: IDENTITY .. CLIP */
const op_row *ops_binary_row(net_code code);    /* binary.c: ADD .. MEAN */
const op_row *ops_matrix_row(net_code code);    /* matrix.c: MATMUL .. EINSUM */
const op_row *ops_window_row(net_code code);    /* conv.c, pool.c, resize.c, depth_space.c: CONV .. SPACE_TO_DEPTH */
const op_row *ops_normalise_row(net_code code); /* normalise.c, softmax.c: BATCH_NORMALIZATION .. HARDMAX */
const op_row *ops_reduce_row(net_code code);    /* reduce.c: REDUCE_SUM .. REDUCE_SUM_SQUARE */
const op_row *ops_select_row(net_code code);    /* select.c: ARG_MAX .. CUM_SUM */
const op_row *ops_move_row(net_code code);      /* move.c: RESHAPE .. TILE */
const op_row *ops_gather_row(net_code code);    /* gather.c, scatter.c, make.c: GATHER .. REVERSE_SEQUENCE */
const op_row *ops_quantise_row(net_code code);  /* quantise_linear.c */
const op_row *ops_recurrent_row(net_code code); /* recurrent.c: LSTM .. RNN */

/* Where output position o of an axis lies in the input, and the element that the mode nearest takes there. */
double ops_resize_position(const net_resize *r, uint32_t axis, uint32_t rank, uint32_t in, uint32_t out, uint32_t o);
double ops_resize_nearest(const net_resize *r, double at);
/* One element of a unary operator that takes floats (NEG .. SHRINK); 0 for any other code. */
float ops_unary_apply(net_code code, const net_attributes *a, float x);

#endif
