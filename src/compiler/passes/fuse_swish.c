/* SPDX-License-Identifier: MIT */
#include "passes.h"

void pass_fuse_swish(ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *mul = &g->ops[i];
        if (mul->code != IR_MUL || mul->dead)
            continue;
        for (uint32_t k = 0; k < 2; k++) {
            uint32_t x = mul->inputs[k], gate = ir_producer(g, mul->inputs[1 - k]);
            if (gate == IR_NONE)
                continue;
            const ir_op *f = &g->ops[gate];
            if (f->code != IR_FUNCTION || f->inputs[0] != x || f->function_count != 1 ||
                (f->functions[0].code != IR_SIGMOID && f->functions[0].code != IR_HARD_SIGMOID))
                continue;
            mul->code = IR_FUNCTION;
            mul->functions[0] = f->functions[0];
            mul->functions[0].code = f->functions[0].code == IR_SIGMOID ? IR_SILU : IR_HARD_SWISH;
            mul->function_count = 1;
            mul->inputs[0] = x;
            mul->input_count = 1;
            break;
        }
    }
    pass_dead_code(g);
}
