/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "passes.h"

/* The only operator that reads a tensor, or null. */
static ir_op *only_reader(ir_graph *g, uint32_t tensor)
{
    if (ir_use_count(g, tensor) != 1)
        return NULL;
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            if (!g->ops[i].dead && g->ops[i].inputs[k] == tensor)
                return &g->ops[i];
    return NULL;
}

static void take_shape(ir_tensor *to, const ir_tensor *from)
{
    to->c = from->c;
    to->h = from->h;
    to->w = from->w;
}

/* Element of the view's input that element i of its result is. */
static uint32_t source_of(const ir_view *v, uint32_t i)
{
    int64_t at = v->offset;
    for (uint32_t d = 6; d-- > 0; i /= v->count[d])
        at += (int64_t)(i % v->count[d]) * v->stride[d];
    return (uint32_t)at;
}

/* A fully connected layer behind a view that has all elements in another order: its weights take that order. */
static bdc_status fold_views(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *gemm = &g->ops[i];
        uint32_t p = gemm->code == IR_GEMM && !gemm->dead ? ir_producer(g, gemm->inputs[0]) : IR_NONE;
        if (p == IR_NONE || g->ops[p].code != IR_VIEW)
            continue;
        const ir_op *view = &g->ops[p];
        const uint32_t depth = ir_count(&g->tensors[gemm->inputs[0]]), rows = g->tensors[gemm->output].c;
        if (ir_count(&g->tensors[view->inputs[0]]) != depth)
            continue;
        float *weights = BDC_NEW(c, float, (size_t)depth *rows);
        if (!weights)
            return BDC_E_MEMORY;
        for (uint32_t k = 0; k < depth; k++) /* what is read twice counts twice */
            for (uint32_t row = 0, from = source_of(view->view, k); row < rows; row++)
                weights[(size_t)row * depth + from] += gemm->weights[(size_t)row * depth + k];
        gemm->weights = weights;
        gemm->inputs[0] = view->inputs[0];
    }
    pass_dead_code(g);
    return BDC_OK;
}

bdc_status pass_flatten(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->code != IR_RESHAPE || op->dead)
            continue;
        ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
        if (ir_same_shape(x, y)) {
            ir_replace_uses(g, op->output, op->inputs[0]);
            op->dead = 1;
            continue;
        }
        ir_op *reader = only_reader(g, op->output);
        if (reader && reader->code == IR_RESHAPE) {
            reader->inputs[0] = op->inputs[0];
            op->dead = 1;
            continue;
        }
        if (reader && reader->code == IR_FUNCTION) { /* first the function, then the reshape */
            ir_op function = *reader;
            reader->code = IR_RESHAPE;
            op->code = IR_FUNCTION;
            op->function_count = function.function_count;
            memcpy(op->functions, function.functions, sizeof op->functions);
            take_shape(y, x);
            continue;
        }
        /* A fully connected layer reads any shape. */
        for (uint32_t k = 0; k < g->op_count; k++)
            if (g->ops[k].code == IR_GEMM && g->ops[k].inputs[0] == op->output)
                g->ops[k].inputs[0] = op->inputs[0];
        if (!ir_use_count(g, op->output))
            op->dead = 1;
    }
    return fold_views(c, g);
}
