/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

/* 1 if a function begins with a factor over 0 and does not come back to its input. */
static int begins_with_factor(const ir_op *f)
{
    if (f->code != IR_FUNCTION || !f->function_count || f->functions[0].code != IR_LINEAR ||
        !(f->functions[0].alpha > 0) || f->functions[0].beta < 0 || f->functions[0].beta > 0)
        return 0;
    for (uint32_t i = 1; i < f->function_count; i++)
        if (f->functions[i].code == IR_TIMES_INPUT || f->functions[i].code == IR_PLUS_INPUT)
            return 0;
    return 1;
}

/* A product that so becomes too large or too small for a float stays as it is. */
static int multiply(ir_op *op, float factor)
{
    const float product = op->factor * factor;
    if (!(product > 1e-30f && product < 1e30f))
        return 0;
    op->factor = product;
    return 1;
}

static void fold_before(ir_graph *g, ir_op *op)
{
    for (uint32_t k = 0; k < 2; k++) {
        const uint32_t p = ir_producer(g, op->inputs[k]);
        if (p == IR_NONE || g->tensors[op->inputs[k]].type)
            continue;
        const ir_op *f = &g->ops[p];
        if (begins_with_factor(f) && f->function_count == 1 &&
            ir_same_shape(&g->tensors[f->inputs[0]], &g->tensors[f->output]) && multiply(op, f->functions[0].alpha))
            op->inputs[k] = f->inputs[0];
    }
}

static void fold_behind(ir_graph *g, ir_op *op)
{
    if (g->tensors[op->output].type || ir_use_count(g, op->output) != 1 || !isinf(op->lo) || !isinf(op->hi))
        return;
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *f = &g->ops[i];
        if (f->dead || f->inputs[0] != op->output || !begins_with_factor(f) || !multiply(op, f->functions[0].alpha))
            continue;
        if (f->function_count > 1) {
            f->function_count--;
            memmove(f->functions, f->functions + 1, f->function_count * sizeof *f->functions);
        } else {
            g->tensors[op->output].name = g->tensors[f->output].name;
            ir_take_grid(&g->tensors[op->output], &g->tensors[f->output]);
            op->lo = f->lo;
            op->hi = f->hi;
            ir_replace_uses(g, f->output, op->output);
            f->dead = 1;
        }
        return;
    }
}

bdc_status pass_fold_factors(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->dead || (op->code != IR_MUL && op->code != IR_MATMUL))
            continue;
        fold_before(g, op);
        fold_behind(g, op);
    }
    return pass_dead_code(c, g);
}
