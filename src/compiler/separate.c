/* Operators that only copy, compare or interpolate need one quantisation for operands and result. Where the file, a picture or the
 * operator itself has fixed different ones, a change of scale goes in between: a function that does nothing but that.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "../bedside.h"
#include "scales.h"

typedef struct separator {
    bdc_context *context;
    ir_graph *graph;
    const bdc_options *options;
    uint32_t *parent; /* union-find over tensors */
    quant *pins;      /* per root; type 0: free */
    size_t capacity;  /* of both */
} separator;

static uint32_t root_of(const separator *s, uint32_t i)
{
    while (s->parent[i] != i)
        i = s->parent[i] = s->parent[s->parent[i]];
    return i;
}

/* Room for a tensor just added to the graph. */
static bdc_status track(separator *s, uint32_t tensor)
{
    size_t capacity = s->capacity;
    uint32_t *parent = bdc_grow(s->context, s->parent, &capacity, (size_t)tensor + 1, sizeof *parent);
    quant *pins = bdc_grow(s->context, s->pins, &s->capacity, (size_t)tensor + 1, sizeof *pins);
    if (!parent || !pins)
        return BDC_E_MEMORY;
    s->parent = parent;
    s->pins = pins;
    s->parent[tensor] = tensor;
    s->pins[tensor] = (quant){0};
    return BDC_OK;
}

static void join(const separator *s, uint32_t a, uint32_t b)
{
    a = root_of(s, a);
    b = root_of(s, b);
    if (a == b)
        return;
    s->parent[a] = b;
    if (!s->pins[b].type)
        s->pins[b] = s->pins[a];
}

/* Adds from -> to as operator number at; whatever stood there and after moves on by one. */
static bdc_status insert_change(separator *s, uint32_t at, uint32_t from, uint32_t to)
{
    ir_graph *g = s->graph;
    ir_op *op;
    BDC_TRY(ir_add_op(s->context, g, IR_FUNCTION, 1, &op));
    op->functions[0].code = IR_IDENTITY;
    op->function_count = 1;
    op->inputs[0] = from;
    op->output = to;
    const ir_op change = *op;
    memmove(&g->ops[at + 1], &g->ops[at], (g->op_count - 1 - at) * sizeof *g->ops);
    g->ops[at] = change;
    return BDC_OK;
}

/* A free tensor of the same shape and range. */
static bdc_status copy_tensor(separator *s, uint32_t from, uint32_t *to)
{
    const ir_tensor t = s->graph->tensors[from];
    BDC_TRY(ir_add_tensor(s->context, s->graph, t.name, t.c, t.h, t.w, to));
    s->graph->tensors[*to] = t;
    s->graph->tensors[*to].type = 0;
    return track(s, *to);
}

static float width(const ir_tensor *t)
{
    return t->hi - t->lo;
}

/* Read by something that does not take over the concatenation's scale. */
static int read_elsewhere(const ir_graph *g, uint32_t tensor)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            if (g->ops[i].inputs[k] == tensor && g->ops[i].code != IR_CONCAT)
                return 1;
    return 0;
}

/* A narrow input of a concatenation would lose two bits or more to the common scale, and others who read it with it. */
static int too_narrow(const ir_graph *g, const ir_op *op, uint32_t input)
{
    if (op->code != IR_CONCAT)
        return 0;
    float widest = width(&g->tensors[op->output]);
    for (uint32_t k = 0; k < op->input_count; k++)
        if (width(&g->tensors[op->inputs[k]]) > widest)
            widest = width(&g->tensors[op->inputs[k]]);
    return width(&g->tensors[input]) * 4 < widest && read_elsewhere(g, input);
}

/* 1 if every input is pinned to the same. */
static int pinned_alike(const separator *s, const ir_op *op)
{
    const quant *first = &s->pins[root_of(s, op->inputs[0])];
    for (uint32_t k = 0; k < op->input_count; k++) {
        const quant *pin = &s->pins[root_of(s, op->inputs[k])];
        if (!pin->type || !scales_same(pin, first))
            return 0;
    }
    return 1;
}

static int must_change(const separator *s, const ir_op *op, uint32_t input)
{
    const quant *from = &s->pins[root_of(s, input)], *to = &s->pins[root_of(s, op->output)];
    if (root_of(s, input) == root_of(s, op->output))
        return 0;
    if (from->type && to->type)
        return !scales_same(from, to);
    /* Pixels and probabilities do not force their scale on whatever else is joined with them. */
    if (from->type && op->input_count > 1 && !pinned_alike(s, op))
        return 1;
    return !to->type && too_narrow(s->graph, op, input);
}

/* Operator i and, in front of it, the changes that it needs; i moves with it. */
static bdc_status separate_inputs(separator *s, uint32_t *i)
{
    const uint32_t count = s->graph->ops[*i].input_count;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t from = s->graph->ops[*i].inputs[k], to;
        if (must_change(s, &s->graph->ops[*i], from)) {
            BDC_TRY(copy_tensor(s, from, &to));
            BDC_TRY(insert_change(s, *i, from, to));
            s->graph->ops[++*i].inputs[k] = from = to;
        }
        join(s, from, s->graph->ops[*i].output);
    }
    return BDC_OK;
}

/* What an operator's result is by nature, whatever the file wants it to be. */
static int natural(ir_code code, quant *q)
{
    if (code == IR_SOFTMAX)
        *q = (quant){.scale = 1.0 / 256, .zero_point = -128, .type = BDS_INT8, .fixed = 1};
    else if (code == IR_ARG_MAX)
        *q = (quant){.scale = 1, .type = BDS_INT16, .fixed = 1};
    else
        return 0;
    return 1;
}

static bdc_status separate_output(separator *s, uint32_t *i)
{
    const quant sixteen = {.scale = 1.0 / 32768, .type = BDS_INT16};
    const uint32_t y = s->graph->ops[*i].output;
    const quant *wanted = &s->pins[y];
    quant own;
    uint32_t inner;
    if (!natural(s->graph->ops[*i].code, &own) || scales_same(&own, wanted) ||
        (s->graph->ops[*i].code == IR_SOFTMAX && scales_same(&sixteen, wanted)))
        return BDC_OK;
    BDC_TRY(copy_tensor(s, y, &inner));
    s->graph->ops[*i].output = inner;
    s->pins[inner] = own;
    BDC_TRY(insert_change(s, *i + 1, inner, y));
    ++*i;
    return BDC_OK;
}

/* The second operand of a matrix product is int8 if the first one is. */
static bdc_status separate_product(separator *s, uint32_t *i)
{
    uint32_t from = s->graph->ops[*i].inputs[1], to;
    if (s->pins[root_of(s, from)].type != BDS_INT16 ||
        s->pins[root_of(s, s->graph->ops[*i].inputs[0])].type == BDS_INT16)
        return BDC_OK;
    BDC_TRY(copy_tensor(s, from, &to));
    BDC_TRY(insert_change(s, *i, from, to));
    s->graph->ops[++*i].inputs[1] = to;
    return BDC_OK;
}

bdc_status scales_separate(bdc_context *c, ir_graph *g, const bdc_options *options)
{
    separator s = {.context = c, .graph = g, .options = options};
    const uint32_t tensors = g->tensor_count;
    for (uint32_t i = 0; i < tensors; i++)
        BDC_TRY(track(&s, i));
    for (uint32_t i = 0; i < tensors; i++) {
        quant q;
        if (scales_fixed(g, options, i, &q))
            s.pins[i] = q;
    }
    for (uint32_t i = 0; i < g->op_count; i++) {
        if (scales_shared(g->ops[i].code))
            BDC_TRY(separate_inputs(&s, &i));
        else if (g->ops[i].code == IR_MATMUL)
            BDC_TRY(separate_product(&s, &i));
        else
            BDC_TRY(separate_output(&s, &i));
    }
    return BDC_OK;
}
