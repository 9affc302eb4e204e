/* SPDX-License-Identifier: MIT */
#include <math.h>
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

/* First the function, then what only moves elements: so functions come to stand behind what makes their input. */
static void move_behind(ir_graph *g, ir_op *mover, ir_op *reader)
{
    const ir_op function = *reader;
    ir_tensor *x = &g->tensors[mover->inputs[0]], *y = &g->tensors[mover->output];
    reader->code = mover->code;
    reader->view = mover->view;
    reader->function_count = 0;
    mover->code = IR_FUNCTION;
    mover->view = NULL;
    mover->function_count = function.function_count;
    memcpy(mover->functions, function.functions, sizeof mover->functions);
    mover->lo = function.lo;
    mover->hi = function.hi;
    reader->lo = -INFINITY;
    reader->hi = INFINITY;
    take_shape(y, x);
    ir_take_grid(y, &g->tensors[reader->output]);
}

bdc_status pass_flatten(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->code == IR_VIEW && !op->dead) {
            ir_op *f = only_reader(g, op->output);
            if (f && f->code == IR_FUNCTION &&
                ir_count(&g->tensors[op->inputs[0]]) <= ir_count(&g->tensors[op->output]))
                move_behind(g, op, f);
        }
        if (op->code != IR_RESHAPE || op->dead)
            continue;
        ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
        if (ir_same_shape(x, y) && ir_grid_agrees(y, x)) {
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
        if (reader && reader->code == IR_FUNCTION) {
            move_behind(g, op, reader);
            continue;
        }
        /* A fully connected layer reads any shape. */
        for (uint32_t k = 0; k < g->op_count; k++)
            if (g->ops[k].code == IR_GEMM && g->ops[k].inputs[0] == op->output)
                g->ops[k].inputs[0] = op->inputs[0];
        if (!ir_use_count(g, op->output))
            op->dead = 1;
    }
    return pass_dead_code(c, g);
}
