/* An operator in parts, for several threads. Nothing here waits or locks: see bedside.h. A page's module without threads has none of it
 * (BDS_NO_PARTS).
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#ifndef BDS_NO_PARTS

enum {
    PART_MACS = 1 << 16, /* of a part that is worth another thread's attention: some three microseconds */
    DEPTHWISE_FACTOR = 4 /* how much longer those of a depthwise layer take */
};

/* Whether each row of the result is computed by itself, and not after the one before it. */
static int is_divided(const bds_node *node)
{
    return (node->op->code == BDF_CONV || node->op->code == BDF_DEPTHWISE) && !node->flow;
}

/* One for each thread: to begin a part costs a layer the rows of its input that the part before it has prepared, too. */
uint32_t bds_parts(const bds_plan *plan)
{
    if (!plan || !bds_plan_runs(plan))
        return 1;
    const bdf_op *op = plan->nodes[plan->cursor].op;
    if (!is_divided(&plan->nodes[plan->cursor]))
        return 1;
    const bdf_tensor *y = &plan->model->tensors[op->output];
    const uint64_t macs = (uint64_t)y->dims[1] * y->dims[2] * plan->model->blobs[op->weights].count;
    const uint64_t worth = macs * (op->code == BDF_DEPTHWISE ? DEPTHWISE_FACTOR : 1) / PART_MACS;
    const uint32_t parts = y->dims[1] < plan->threads ? y->dims[1] : plan->threads;
    return worth >= parts ? parts : worth > 1 ? (uint32_t)worth : 1;
}

bds_status bds_part(const bds_plan *plan, uint32_t thread, uint32_t part, uint32_t parts)
{
    if (!plan || thread >= plan->threads || part >= parts)
        return BDS_E_ARGUMENT;
    if (!bds_plan_runs(plan))
        return BDS_E_STATE;
    const bds_node *node = &plan->nodes[plan->cursor];
    if (part > 0 && !is_divided(node))
        return BDS_OK;
    if (parts == 1 && thread == 0) {
        node->run(plan, node);
        return BDS_OK;
    }
    bds_plan own = *plan; /* the plan as this thread is to see it */
    own.scratch += thread * bds_align_up(own.scratch_bytes);
    own.part = part;
    own.parts = parts;
    node->run(&own, node);
    return BDS_OK;
}

#endif
