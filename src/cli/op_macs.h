/* Multiply-accumulates of one operator of a file.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_OP_MACS_H
#define BEDSIDE_CLI_OP_MACS_H

#include "bedside.h"
#include "format.h"

/* Outputs x factors of one output; 0 for an operator that sums no products. The model's sum is bds_info.macs. */
static inline uint64_t op_macs(const bds_model *m, const bdf_op *op)
{
    const bdf_tensor *y = &m->tensors[op->output];
    const uint64_t pixels = (uint64_t)y->dims[1] * y->dims[2];
    if (op->code == BDF_MATMUL)
        return pixels * y->dims[3] * m->tensors[m->links[op->input_first]].dims[3];
    if (op->weights == BDF_NONE)
        return 0;
    return op->code == BDF_FULLY_CONNECTED ? m->blobs[op->weights].count : pixels * m->blobs[op->weights].count;
}

#endif
