/* Layer normalisation as exporters write it out:
 *   m = ReduceMean(x); d = x - m; v = ReduceMean(d ^ 2 or d * d); d / Sqrt(v + epsilon) [* gain] [+ bias]
 * becomes one operator, over any dimensions (a.axes). Functions of one number that are written out, GELU for instance, need no pattern:
 * the layers' own pass joins them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "lower.h"

typedef struct finder {
    const net_graph *net; /* as imported */
    net_op *ops;          /* the copy's */
    uint32_t *producer;   /* per tensor: the operator that makes it, or NET_NONE */
    uint32_t *uses;       /* per tensor: how often it is read */
} finder;

static const net_op *made_by(const finder *f, uint32_t tensor, net_code code)
{
    const uint32_t p = tensor == NET_NONE ? NET_NONE : f->producer[tensor];
    return p != NET_NONE && f->net->ops[p].code == code ? &f->net->ops[p] : NULL;
}

static uint32_t input_of(const net_op *op, uint32_t i)
{
    return i < op->input_count ? op->inputs[i] : NET_NONE;
}

/* A float constant of one element. */
static int number_of(const finder *f, uint32_t tensor, float *value)
{
    const net_tensor *t = tensor == NET_NONE ? NULL : &f->net->tensors[tensor];
    if (!t || !t->data || t->type != NET_FLOAT || net_count(t) != 1)
        return 0;
    memcpy(value, t->data, sizeof *value);
    return 1;
}

static int is_constant(const finder *f, uint32_t tensor)
{
    return tensor != NET_NONE && f->net->tensors[tensor].data && f->net->tensors[tensor].type == NET_FLOAT;
}

static int same_axes(const net_attributes *a, const net_attributes *b)
{
    int same = a->axis_count == b->axis_count;
    for (uint32_t i = 0; same && i < a->axis_count; i++)
        same = a->axes[i] == b->axes[i];
    return same;
}

/* d of d ^ 2 or d * d. */
static uint32_t squared(const finder *f, uint32_t tensor)
{
    const net_op *op = made_by(f, tensor, NET_POW);
    float two;
    if (op)
        return number_of(f, input_of(op, 1), &two) && two >= 2 && two <= 2 ? op->inputs[0] : NET_NONE;
    op = made_by(f, tensor, NET_MUL);
    return op && op->inputs[0] == op->inputs[1] ? op->inputs[0] : NET_NONE;
}

/* The mean of squares and epsilon of a standard deviation; null if it is none. */
static const net_op *deviation(const finder *f, uint32_t tensor, float *epsilon)
{
    const net_op *root = made_by(f, tensor, NET_SQRT);
    const net_op *sum = root ? made_by(f, root->inputs[0], NET_ADD) : NULL;
    for (uint32_t k = 0; sum && k < 2; k++) {
        const net_op *mean = made_by(f, sum->inputs[k], NET_REDUCE_MEAN);
        if (mean && number_of(f, sum->inputs[1 - k], epsilon))
            return mean;
    }
    return NULL;
}

/* x, axes and epsilon if (d / deviation) is a normalisation. */
static int is_normalised(const finder *f, uint32_t d, uint32_t by, net_attributes *a, uint32_t *x)
{
    const net_op *difference = made_by(f, d, NET_SUB), *mean, *variance;
    float epsilon;
    variance = deviation(f, by, &epsilon);
    if (!difference || !variance)
        return 0;
    mean = made_by(f, input_of(difference, 1), NET_REDUCE_MEAN);
    const uint32_t again = squared(f, variance->inputs[0]);
    const net_op *other = made_by(f, again, NET_SUB); /* some exporters subtract twice */
    if (!mean || !other || mean->inputs[0] != difference->inputs[0] || other->inputs[0] != difference->inputs[0])
        return 0;
    const net_op *other_mean = made_by(f, input_of(other, 1), NET_REDUCE_MEAN);
    if (!other_mean || other_mean->inputs[0] != mean->inputs[0] || !same_axes(&other_mean->a, &mean->a) ||
        !same_axes(&mean->a, &variance->a) || !mean->a.axis_count || !mean->a.keep_dims || !variance->a.keep_dims ||
        !other_mean->a.keep_dims)
        return 0;
    *a = mean->a;
    a->alpha = epsilon;
    *x = difference->inputs[0];
    return 1;
}

/* 1 if a constant only varies along the axes, so that it is a gain or bias of the normalisation. */
static int along_axes(const finder *f, uint32_t constant, uint32_t x, const net_attributes *a)
{
    const net_tensor *t = &f->net->tensors[constant], *in = &f->net->tensors[x];
    uint32_t set = 0;
    if (t->rank > in->rank)
        return 0;
    for (uint32_t i = 0; i < a->axis_count; i++)
        set |= 1u << a->axes[i];
    for (uint32_t i = 0; i < t->rank; i++)
        if (t->dims[i] != 1 && !(set >> (in->rank - t->rank + i) & 1u))
            return 0;
    return 1;
}

/* The constant operand of a product or sum with a tensor that nothing else reads. */
static uint32_t constant_operand(const finder *f, const net_op *op, uint32_t tensor)
{
    for (uint32_t k = 0; k < 2; k++)
        if (op->inputs[k] == tensor && is_constant(f, op->inputs[1 - k]))
            return op->inputs[1 - k];
    return NET_NONE;
}

/* The operator, of a kind, that alone reads a tensor. */
static uint32_t only_reader(const finder *f, uint32_t tensor, net_code code)
{
    if (f->uses[tensor] != 1)
        return NET_NONE;
    for (uint32_t i = 0; i < f->net->op_count; i++)
        for (uint32_t k = 0; f->net->ops[i].code == code && k < f->net->ops[i].input_count; k++)
            if (f->net->ops[i].inputs[k] == tensor)
                return i;
    return NET_NONE;
}

static bdc_status replace(bdc_context *c, const finder *f, uint32_t i, const net_attributes *a, uint32_t x)
{
    uint32_t gain = NET_NONE, bias = NET_NONE, at = i, *inputs = BDC_NEW(c, uint32_t, 3);
    if (!inputs)
        return BDC_E_MEMORY;
    for (int step = 0; step < 2; step++) { /* a gain behind, then a bias */
        const uint32_t y = f->net->ops[at].outputs[0], reader = only_reader(f, y, step ? NET_ADD : NET_MUL);
        const uint32_t constant = reader == NET_NONE ? NET_NONE : constant_operand(f, &f->net->ops[reader], y);
        if (constant == NET_NONE || !along_axes(f, constant, x, a))
            continue;
        *(step ? &bias : &gain) = constant;
        at = reader;
    }
    net_op *op = &f->ops[at];
    inputs[0] = x;
    inputs[1] = gain;
    inputs[2] = bias;
    op->code = NET_LAYER_NORMALIZATION;
    op->type = "LayerNormalization";
    op->inputs = inputs;
    op->input_count = 3;
    op->a = *a;
    return BDC_OK;
}

bdc_status lower_patterns(bdc_context *c, const net_graph *net, net_graph **copy)
{
    net_graph *g = BDC_NEW(c, net_graph, 1);
    finder f = {.net = net, .producer = BDC_NEW(c, uint32_t, net->tensor_count)};
    f.uses = BDC_NEW(c, uint32_t, net->tensor_count);
    f.ops = BDC_NEW(c, net_op, net->op_count);
    if (!g || !f.ops || !f.producer || !f.uses)
        return BDC_E_MEMORY;
    *g = *net;
    g->ops = f.ops;
    if (net->op_count)
        memcpy(g->ops, net->ops, net->op_count * sizeof *g->ops);
    for (uint32_t i = 0; i < net->tensor_count; i++)
        f.producer[i] = NET_NONE;
    for (uint32_t i = 0; i < net->op_count; i++) {
        for (uint32_t k = 0; k < net->ops[i].output_count; k++)
            if (net->ops[i].outputs[k] != NET_NONE)
                f.producer[net->ops[i].outputs[k]] = i;
        for (uint32_t k = 0; k < net->ops[i].input_count; k++)
            if (net->ops[i].inputs[k] != NET_NONE)
                f.uses[net->ops[i].inputs[k]]++;
    }
    for (uint32_t i = 0; i < net->output_count; i++)
        f.uses[net->outputs[i]]++;
    for (uint32_t i = 0; i < net->op_count; i++) {
        const net_op *op = &net->ops[i];
        net_attributes a;
        uint32_t x;
        if (op->code == NET_DIV && is_normalised(&f, op->inputs[0], op->inputs[1], &a, &x))
            BDC_TRY(replace(c, &f, i, &a, x));
        for (uint32_t k = 0; op->code == NET_MUL && k < 2; k++) { /* d * (1 / deviation) */
            const net_op *inverse = made_by(&f, op->inputs[1 - k], NET_RECIPROCAL);
            if (inverse && is_normalised(&f, op->inputs[k], inverse->inputs[0], &a, &x)) {
                BDC_TRY(replace(c, &f, i, &a, x));
                break;
            }
        }
    }
    *copy = g;
    return BDC_OK;
}
