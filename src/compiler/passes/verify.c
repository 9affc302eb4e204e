/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "passes.h"

static bdc_status check_finite(bdc_context *c, const ir_graph *g, const ir_op *op, const float *values, size_t n)
{
    for (size_t i = 0; values && i < n; i++)
        if (!(fabsf(values[i]) <= 1e30f))
            return bdc_fail(c, BDC_E_INVALID,
                            "The weights of the %s that makes '%s' hold a value that is not finite, or beyond 1e30.",
                            ir_name(op->code), g->tensors[op->output].name);
    return BDC_OK;
}

/* Weights that an operator must have. */
static bdc_status verify_weights(bdc_context *c, const ir_graph *g, const ir_op *op)
{
    const ir_tensor *y = &g->tensors[op->output];
    BDC_TRY(check_finite(c, g, op, op->weights, ir_weight_row(g, op) * y->c));
    return check_finite(c, g, op, op->bias, y->c);
}

bdc_status pass_verify(bdc_context *c, const ir_graph *g)
{
    uint8_t *known = BDC_NEW(c, uint8_t, g->tensor_count);
    if (!known)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->input_count; i++)
        known[g->inputs[i]] = 1;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->input_count; k++)
            if (!known[op->inputs[k]])
                return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is read before it is made.",
                                g->tensors[op->inputs[k]].name);
        if (known[op->output])
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is made twice.", g->tensors[op->output].name);
        known[op->output] = 1;
        if (op->code == IR_CONV || op->code == IR_GEMM || op->code == IR_AFFINE)
            BDC_TRY(verify_weights(c, g, op));
        if (op->code == IR_PAD && !(fabsf(op->alpha) <= 1e30f))
            return bdc_fail(c, BDC_E_INVALID, "The padding of '%s' has a value beyond 1e30.",
                            g->tensors[op->output].name);
    }
    for (uint32_t i = 0; i < g->output_count; i++)
        if (!known[g->outputs[i]])
            return bdc_fail(c, BDC_E_INVALID, "Output '%s' is never made.", g->tensors[g->outputs[i]].name);
    return BDC_OK;
}
