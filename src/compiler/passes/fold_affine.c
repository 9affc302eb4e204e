/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "passes.h"

/* A layer without a clamp behind it whose result only this affine reads. */
static ir_op *layer_before(ir_graph *g, const ir_op *affine)
{
    uint32_t p = ir_producer(g, affine->inputs[0]);
    if (p == IR_NONE || ir_use_count(g, affine->inputs[0]) != 1)
        return NULL;
    ir_op *op = &g->ops[p];
    int linear = op->code == IR_CONV || op->code == IR_GEMM || op->code == IR_AFFINE;
    return linear && isinf(op->lo) && isinf(op->hi) ? op : NULL;
}

/* (W x + b) * s + t = (W s) x + (b s + t). Doubles: the products are rounded once. */
static bdc_status fold(bdc_context *c, const ir_graph *g, ir_op *layer, const ir_op *affine)
{
    const ir_tensor *y = &g->tensors[layer->output];
    const size_t row = ir_weight_row(g, layer);
    float *weights = BDC_NEW(c, float, row * y->c), *bias = BDC_NEW(c, float, y->c);
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < y->c; o++) {
        double s = (double)affine->weights[o], b = layer->bias ? (double)layer->bias[o] : 0;
        for (size_t i = 0; i < row; i++)
            weights[o * row + i] = (float)((double)layer->weights[o * row + i] * s);
        bias[o] = (float)(b * s + (double)affine->bias[o]);
    }
    layer->weights = weights;
    layer->bias = bias;
    return BDC_OK;
}

static int does_nothing(const ir_op *affine, uint32_t channels)
{
    for (uint32_t i = 0; i < channels; i++)
        if (affine->weights[i] < 1 || affine->weights[i] > 1 || affine->bias[i] < 0 || affine->bias[i] > 0)
            return 0;
    return isinf(affine->lo) && isinf(affine->hi);
}

bdc_status pass_fold_affine(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *affine = &g->ops[i];
        if (affine->code != IR_AFFINE || affine->dead)
            continue;
        ir_op *layer = layer_before(g, affine);
        if (layer) {
            BDC_TRY(fold(c, g, layer, affine));
            /* The layer takes over the name that the file gave the result. */
            g->tensors[layer->output].name = g->tensors[affine->output].name;
            ir_replace_uses(g, affine->output, layer->output);
            affine->dead = 1;
        } else if (does_nothing(affine, g->tensors[affine->output].c)) {
            ir_replace_uses(g, affine->output, affine->inputs[0]);
            affine->dead = 1;
        }
    }
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *affine = &g->ops[i];
        if (affine->code != IR_AFFINE || affine->dead)
            continue;
        affine->code = IR_CONV;
        affine->groups = g->tensors[affine->output].c;
    }
    return BDC_OK;
}
