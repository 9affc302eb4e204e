/* SPDX-License-Identifier: MIT */
#include "../net.h"
#include "passes.h"

bdc_final pass_strip_final(ir_graph *g)
{
    if (g->output_count != 1)
        return BDC_FINAL_NONE;
    uint32_t last = ir_producer(g, g->outputs[0]);
    while (last != IR_NONE && g->ops[last].code == IR_RESHAPE)
        last = ir_producer(g, g->ops[last].inputs[0]);
    if (last == IR_NONE)
        return BDC_FINAL_NONE;
    const ir_op *op = &g->ops[last];
    if (op->code == IR_FUNCTION && op->function_count == 1 && op->functions[0].code == IR_NET_UNARY &&
        op->functions[0].unary == NET_LOG) { /* the logarithm of a softmax */
        const uint32_t before = ir_producer(g, op->inputs[0]);
        if (before != IR_NONE && g->ops[before].code == IR_SOFTMAX)
            op = &g->ops[before];
    }
    const ir_tensor *t = &g->tensors[op->output];
    if (t->h * t->w != 1 || ir_producer(g, op->inputs[0]) == IR_NONE)
        return BDC_FINAL_NONE;
    int softmax = op->code == IR_SOFTMAX,
        sigmoid = op->code == IR_FUNCTION && op->function_count == 1 && op->functions[0].code == IR_SIGMOID;
    if (!softmax && !sigmoid)
        return BDC_FINAL_NONE;
    g->outputs[0] = op->inputs[0];
    return softmax ? BDC_FINAL_SOFTMAX : BDC_FINAL_SIGMOID;
}
