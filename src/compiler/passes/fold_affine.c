/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

/* Factor and shift of each channel of a tensor: an affine, or a function that begins with a linear one. */
typedef struct affine {
    const float *factor, *shift; /* or, if null: */
    float all_factor, all_shift;
} affine;

static int read_affine(const ir_op *op, affine *a)
{
    *a = (affine){.factor = op->weights, .shift = op->bias};
    if (op->code == IR_AFFINE)
        return 1;
    if (op->code != IR_FUNCTION || !op->function_count || op->functions[0].code != IR_LINEAR)
        return 0;
    for (uint32_t i = 1; i < op->function_count; i++)
        if (op->functions[i].code == IR_TIMES_INPUT || op->functions[i].code == IR_PLUS_INPUT)
            return 0;
    *a = (affine){.all_factor = op->functions[0].alpha, .all_shift = op->functions[0].beta};
    return 1;
}

static double factor_of(const affine *a, uint32_t c)
{
    return (double)(a->factor ? a->factor[c] : a->all_factor);
}

static double shift_of(const affine *a, uint32_t c)
{
    return (double)(a->factor ? a->shift[c] : a->all_shift);
}

/* Takes the affine out of its operator, which is gone if nothing is left of it. */
static void remove_affine(ir_graph *g, ir_op *op)
{
    if (op->code == IR_FUNCTION && op->function_count > 1) {
        op->function_count--;
        memmove(op->functions, op->functions + 1, op->function_count * sizeof *op->functions);
        return;
    }
    ir_replace_uses(g, op->output, op->inputs[0]);
    op->dead = 1;
}

/* 1 if nothing is left of the operator without its affine: then its result's clamp and grid go to whatever takes its place. */
static int is_whole(const ir_op *op)
{
    return op->code == IR_AFFINE || op->function_count == 1;
}

static int is_free_layer(const ir_op *op)
{
    const int linear = op->code == IR_CONV || op->code == IR_GEMM || op->code == IR_AFFINE;
    return linear && !op->integers && !op->dead;
}

/* A layer without a clamp behind it whose result only this operator reads. */
static ir_op *layer_before(ir_graph *g, const ir_op *op)
{
    const uint32_t x = op->inputs[0], p = ir_producer(g, x);
    if (p == IR_NONE || ir_use_count(g, x) != 1 || g->tensors[x].type || !is_free_layer(&g->ops[p]))
        return NULL;
    return isinf(g->ops[p].lo) && isinf(g->ops[p].hi) ? &g->ops[p] : NULL;
}

/* (W x + b) * s + t = (W s) x + (b s + t). Doubles: the products are rounded once. */
static bdc_status fold_back(bdc_context *c, const ir_graph *g, ir_op *layer, const affine *a)
{
    const ir_tensor *y = &g->tensors[layer->output];
    const size_t row = ir_weight_row(g, layer);
    float *weights = BDC_NEW(c, float, row * y->c), *bias = BDC_NEW(c, float, y->c);
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < y->c; o++) {
        const double s = factor_of(a, o), b = layer->bias ? (double)layer->bias[o] : 0;
        for (size_t i = 0; i < row; i++)
            weights[o * row + i] = (float)((double)layer->weights[o * row + i] * s);
        bias[o] = (float)(b * s + shift_of(a, o));
    }
    layer->weights = weights;
    layer->bias = bias;
    return BDC_OK;
}

/* The only reader of the operator's result, if it is a layer that may take the affine in front of it: W (x s + t) + b =
 * (W s) x + (b + W t). A shift needs a layer without padding, which stands for zeros behind the affine. */
static ir_op *layer_behind(ir_graph *g, const ir_op *op, const affine *a)
{
    const uint32_t y = op->output;
    if (!is_whole(op) || !isinf(op->lo) || !isinf(op->hi) || ir_use_count(g, y) != 1 || g->tensors[y].type)
        return NULL;
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *layer = &g->ops[i];
        if (layer->dead || layer->inputs[0] != y)
            continue;
        const ir_window *w = &layer->window;
        if (!is_free_layer(layer))
            return NULL;
        for (uint32_t c = 0; w->pad_top + w->pad_left + w->pad_bottom + w->pad_right && c < g->tensors[y].c; c++)
            if (shift_of(a, c) < 0 || shift_of(a, c) > 0)
                return NULL;
        return layer;
    }
    return NULL;
}

static bdc_status fold_ahead(bdc_context *c, const ir_graph *g, ir_op *layer, const affine *a)
{
    const ir_tensor *x = &g->tensors[layer->inputs[0]], *y = &g->tensors[layer->output];
    const size_t row = ir_weight_row(g, layer);
    const uint32_t groups = layer->code == IR_CONV ? layer->groups : layer->code == IR_AFFINE ? x->c : 1;
    const uint32_t group_in = x->c / groups, group_out = y->c / groups;
    float *weights = BDC_NEW(c, float, row * y->c), *bias = BDC_NEW(c, float, y->c);
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < y->c; o++) {
        double b = layer->bias ? (double)layer->bias[o] : 0;
        for (size_t i = 0; i < row; i++) {
            const uint32_t channel = o / group_out * group_in + (uint32_t)(i % group_in);
            const double w = (double)layer->weights[o * row + i];
            weights[o * row + i] = (float)(w * factor_of(a, channel));
            b += w * shift_of(a, channel);
        }
        bias[o] = (float)b;
    }
    layer->weights = weights;
    layer->bias = bias;
    return BDC_OK;
}

static int does_nothing(const ir_graph *g, const ir_op *op, const affine *a)
{
    const ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
    for (uint32_t i = 0; i < y->c; i++)
        if (factor_of(a, i) < 1 || factor_of(a, i) > 1 || shift_of(a, i) < 0 || shift_of(a, i) > 0)
            return 0;
    return op->code == IR_AFFINE && isinf(op->lo) && isinf(op->hi) && ir_grid_agrees(y, x);
}

bdc_status pass_fold_affine(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        affine a;
        if (op->dead || !read_affine(op, &a))
            continue;
        ir_op *layer = layer_before(g, op);
        if (layer) {
            BDC_TRY(fold_back(c, g, layer, &a));
            if (is_whole(op)) { /* the layer takes over what the file says of the result: name, clamp and grid */
                g->tensors[layer->output].name = g->tensors[op->output].name;
                ir_take_grid(&g->tensors[layer->output], &g->tensors[op->output]);
                layer->lo = op->lo;
                layer->hi = op->hi;
            }
            remove_affine(g, op);
        } else if ((layer = layer_behind(g, op, &a))) {
            BDC_TRY(fold_ahead(c, g, layer, &a));
            remove_affine(g, op);
        } else if (does_nothing(g, op, &a)) {
            remove_affine(g, op);
        }
    }
    return pass_dead_code(c, g);
}

bdc_status pass_affine_layers(bdc_context *c, ir_graph *g)
{
    (void)c;
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->code != IR_AFFINE || op->dead)
            continue;
        op->code = IR_CONV;
        op->groups = g->tensors[op->output].c;
    }
    return BDC_OK;
}
