/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

static int can_clamp(const ir_op *op)
{
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
    case IR_AFFINE:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_MIN:
    case IR_MAX:
    case IR_AVG_POOL:
    case IR_MATMUL:
    case IR_LAYER_NORM:
    case IR_INSTANCE_NORM:
        return 1;
    default:
        return 0;
    }
}

/* The operator that can clamp on behalf of f. Through max pools, which commute with clamps, reshapes and views, as long as nobody
 * else reads on the way. */
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

static int begins_with_clamp(const ir_op *f)
{
    if (f->dead || f->code != IR_FUNCTION || !f->function_count || f->functions[0].code != IR_CLAMP)
        return 0;
    for (uint32_t i = 1; i < f->function_count; i++)
        if (f->functions[i].code == IR_TIMES_INPUT || f->functions[i].code == IR_PLUS_INPUT)
            return 0;
    return 1;
}

bdc_status pass_fuse_clamp(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *f = &g->ops[i];
        if (!begins_with_clamp(f))
            continue;
        const float alpha = f->functions[0].alpha, beta = f->functions[0].beta;
        const int open = isinf(alpha) && alpha < 0 && isinf(beta) && beta > 0, whole = f->function_count == 1;
        ir_tensor *x = &g->tensors[f->inputs[0]], *y = &g->tensors[f->output];
        ir_op *op = open ? NULL : clamping(g, f);
        /* If the clamp goes, its input stands for its result; rounding to another grid in between must stay. */
        if ((!open && !op) || (whole && x->type && !ir_grid_agrees(y, x)) || (whole && open && !ir_grid_agrees(y, x)))
            continue;
        if (op) {
            op->lo = fminf(fmaxf(op->lo, alpha), beta);
            op->hi = fminf(fmaxf(op->hi, alpha), beta);
        }
        if (whole) {
            if (op) {
                x->name = y->name;
                if (y->type)
                    ir_take_grid(x, y);
            }
            ir_replace_uses(g, f->output, f->inputs[0]);
            f->dead = 1;
        } else {
            f->function_count--;
            memmove(f->functions, f->functions + 1, f->function_count * sizeof *f->functions);
        }
    }
    return pass_dead_code(c, g);
}
