/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "passes.h"

static int can_clamp(const ir_op *op)
{
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
    case IR_ADD:
    case IR_MUL:
    case IR_AVG_POOL:
        return 1;
    default:
        return 0;
    }
}

/* The operator that can clamp on behalf of f. Through max pools, which commute with clamps, reshapes and views, as long as nobody else
 * reads on the way. */
static ir_op *clamping(ir_graph *g, const ir_op *f)
{
    uint32_t tensor = f->inputs[0];
    for (;;) {
        uint32_t p = ir_use_count(g, tensor) == 1 ? ir_producer(g, tensor) : IR_NONE;
        if (p == IR_NONE)
            return NULL;
        ir_op *op = &g->ops[p];
        if (can_clamp(op))
            return op;
        if (op->code != IR_MAX_POOL && op->code != IR_RESHAPE && op->code != IR_VIEW)
            return NULL;
        tensor = op->inputs[0];
    }
}

/* Numbers that the file fixed before the clamp stay before it, where the clamp's result has others. */
static int may_share(const ir_tensor *before, const ir_tensor *after)
{
    return !before->type || !after->type ||
           (before->type == after->type && before->zero_point == after->zero_point && !(before->scale < after->scale) &&
            !(before->scale > after->scale));
}

void pass_fuse_clamp(ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *f = &g->ops[i];
        if (f->code != IR_FUNCTION || f->function_count != 1 || f->functions[0].code != IR_CLAMP || f->dead)
            continue;
        const float alpha = f->functions[0].alpha, beta = f->functions[0].beta;
        int open = isinf(alpha) && alpha < 0 && isinf(beta) && beta > 0;
        ir_tensor *before = &g->tensors[f->inputs[0]], *after = &g->tensors[f->output];
        if (!may_share(before, after))
            continue;
        ir_op *op = open ? NULL : clamping(g, f);
        if (!open && !op)
            continue;
        if (op) {
            op->lo = fminf(fmaxf(op->lo, alpha), beta);
            op->hi = fminf(fmaxf(op->hi, alpha), beta);
            before->name = after->name;
        }
        if (!before->type) {
            before->type = after->type;
            before->scale = after->scale;
            before->zero_point = after->zero_point;
        }
        ir_replace_uses(g, f->output, f->inputs[0]);
        f->dead = 1;
    }
}
