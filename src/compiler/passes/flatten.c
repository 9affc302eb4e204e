/* SPDX-License-Identifier: MIT */
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
    to->rank = from->rank;
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
            op->function = function.function;
            op->alpha = function.alpha;
            op->beta = function.beta;
            take_shape(y, x);
            continue;
        }
        /* A fully connected layer reads any shape; its weights are reordered when the file is written. */
        for (uint32_t k = 0; k < g->op_count; k++)
            if (g->ops[k].code == IR_GEMM && g->ops[k].inputs[0] == op->output)
                g->ops[k].inputs[0] = op->inputs[0];
        if (!ir_use_count(g, op->output))
            op->dead = 1;
        else if (x->c != y->c && !(ir_order_free(x) && ir_order_free(y)))
            return bdc_fail(c, BDC_E_UNSUPPORTED,
                            "The reshape that makes '%s' (%u channels of %u x %u) would need a transposition.", y->name,
                            y->c, y->h, y->w);
    }
    return BDC_OK;
}
