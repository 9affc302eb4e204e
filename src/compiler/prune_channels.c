/* Whole channels. A channel that is added to, multiplied with or concatenated to others goes only together with them: such channels
 * form one class, found by union-find over all channels of all tensors. A class goes if nothing that it passes through needs all
 * channels (a view, a softmax, a group of a grouped convolution, the network's own inputs and outputs).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "prune.h"
#include "scales.h"

typedef struct pruner {
    bdc_context *context;
    ir_graph *graph;
    const bdc_options *options;
    uint32_t *first;  /* per tensor: its first channel's number */
    uint32_t *owner;  /* per channel: its tensor */
    uint32_t *parent; /* per channel: of the union-find */
    uint32_t *next;   /* per channel: another one of its class, NONE at the end; from the root on */
    uint8_t *blocked, *gone;
    float *score;   /* per root: what the network would miss */
    uint32_t *left; /* per tensor: channels */
    uint32_t total;
} pruner;

static uint32_t root_of(const pruner *p, uint32_t i)
{
    while (p->parent[i] != i)
        i = p->parent[i] = p->parent[p->parent[i]];
    return i;
}

static void join(const pruner *p, uint32_t a, uint32_t b)
{
    a = root_of(p, a);
    b = root_of(p, b);
    if (a == b)
        return;
    p->parent[a] = b;
    p->blocked[b] |= p->blocked[a];
}

static const ir_tensor *tensor(const pruner *p, uint32_t i)
{
    return &p->graph->tensors[i];
}

static void block(const pruner *p, uint32_t t)
{
    for (uint32_t i = 0; i < tensor(p, t)->c; i++)
        p->blocked[root_of(p, p->first[t] + i)] = 1;
}

/* Channel i of a is channel at + i of b. */
static void join_tensors(const pruner *p, uint32_t a, uint32_t b, uint32_t at)
{
    for (uint32_t i = 0; i < tensor(p, a)->c; i++)
        join(p, p->first[a] + i, p->first[b] + at + i);
}

static int is_depthwise(const pruner *p, const ir_op *op)
{
    return op->code == IR_CONV && op->groups == tensor(p, op->inputs[0])->c && op->groups == tensor(p, op->output)->c;
}

/* Rows are outputs, and each reads every input channel. */
static int is_dense(const ir_op *op)
{
    return op->code == IR_GEMM || (op->code == IR_CONV && op->groups == 1);
}

static void relate(const pruner *p, const ir_op *op)
{
    uint32_t at = 0;
    switch (op->code) {
    case IR_FUNCTION:
    case IR_AFFINE:
    case IR_PRELU:
    case IR_MAX_POOL:
    case IR_AVG_POOL:
    case IR_PAD:
    case IR_RESIZE:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_MIN:
    case IR_MAX:
        for (uint32_t k = 0; k < op->input_count; k++)
            join_tensors(p, op->inputs[k], op->output, 0);
        return;
    case IR_CONCAT:
        for (uint32_t k = 0; k < op->input_count; k++) {
            join_tensors(p, op->inputs[k], op->output, at);
            at += tensor(p, op->inputs[k])->c;
        }
        return;
    case IR_CONV:
    case IR_GEMM:
        if (is_dense(op) && !op->integers)
            return;
        if (is_depthwise(p, op) && !op->integers) {
            join_tensors(p, op->inputs[0], op->output, 0);
            return;
        }
        break;
    case IR_RESHAPE:
    case IR_VIEW:
    case IR_SOFTMAX:
    case IR_MATMUL:
    case IR_LAYER_NORM:
    case IR_INSTANCE_NORM:
    case IR_ARG_MAX:
        break;
    }
    for (uint32_t k = 0; k < op->input_count; k++)
        block(p, op->inputs[k]);
    block(p, op->output);
}

static bdc_status create(pruner *p)
{
    const ir_graph *g = p->graph;
    p->first = BDC_NEW(p->context, uint32_t, g->tensor_count);
    p->left = BDC_NEW(p->context, uint32_t, g->tensor_count);
    if (!p->first || !p->left)
        return BDC_E_MEMORY;
    for (uint32_t t = 0; t < g->tensor_count; t++) {
        p->first[t] = p->total;
        p->left[t] = g->tensors[t].c;
        p->total += g->tensors[t].c;
    }
    p->owner = BDC_NEW(p->context, uint32_t, p->total);
    p->parent = BDC_NEW(p->context, uint32_t, p->total);
    p->next = BDC_NEW(p->context, uint32_t, p->total);
    p->blocked = BDC_NEW(p->context, uint8_t, p->total);
    p->gone = BDC_NEW(p->context, uint8_t, p->total);
    p->score = BDC_NEW(p->context, float, p->total);
    if (!p->owner || !p->parent || !p->next || !p->blocked || !p->gone || !p->score)
        return BDC_E_MEMORY;
    for (uint32_t t = 0; t < g->tensor_count; t++)
        for (uint32_t i = 0; i < g->tensors[t].c; i++)
            p->owner[p->first[t] + i] = t;
    for (uint32_t i = 0; i < p->total; i++)
        p->parent[i] = i;
    for (uint32_t i = 0; i < g->op_count; i++)
        relate(p, &g->ops[i]);
    for (uint32_t i = 0; i < g->input_count; i++)
        block(p, g->inputs[i]);
    for (uint32_t i = 0; i < g->output_count; i++)
        block(p, g->outputs[i]);
    for (uint32_t t = 0; t < g->tensor_count; t++)
        if (g->tensors[t].type)
            block(p, t);
    for (uint32_t i = 0; i < p->total; i++)
        p->next[i] = IR_NONE;
    for (uint32_t i = p->total; i-- > 0;) {
        const uint32_t root = root_of(p, i);
        if (i == root)
            continue;
        p->next[i] = p->next[root];
        p->next[root] = i;
    }
    return BDC_OK;
}

/* How much each channel of the input moves the results of a dense layer: its variance times the squares of its weights. Without
 * calibration its variance counts as 1. */
static void score_inputs(const pruner *p, const ir_op *op)
{
    const ir_tensor *x = tensor(p, op->inputs[0]);
    const size_t count = ir_weight_row(p->graph, op) * tensor(p, op->output)->c;
    for (size_t i = 0; i < count; i++) {
        const uint32_t channel = (uint32_t)(i % x->c);
        const float deviation = x->deviation ? x->deviation[channel] : 1;
        const float step = op->weights[i] * deviation;
        p->score[root_of(p, p->first[op->inputs[0]] + channel)] += step * step;
    }
}

/* 1 if every tensor of the class has other channels, too. */
static int can_go(const pruner *p, uint32_t root)
{
    if (p->blocked[root])
        return 0;
    for (uint32_t i = root; i != IR_NONE; i = p->next[i]) {
        uint32_t members = 0;
        for (uint32_t k = root; k != IR_NONE; k = p->next[k])
            members += p->owner[k] == p->owner[i];
        if (members >= p->left[p->owner[i]])
            return 0;
    }
    return 1;
}

static void remove_class(const pruner *p, uint32_t root)
{
    for (uint32_t i = root; i != IR_NONE; i = p->next[i]) {
        p->gone[i] = 1;
        p->left[p->owner[i]]--;
    }
}

/* The layer's share of channels goes, those of least score first; channels that went with others count. */
static void prune_layer(const pruner *p, const ir_op *op, double share)
{
    const uint32_t first = p->first[op->output], c = tensor(p, op->output)->c;
    uint32_t wanted = (uint32_t)floor(share * c + 0.5), done = 0;
    for (uint32_t i = 0; i < c; i++)
        done += p->gone[first + i];
    while (done < wanted) {
        uint32_t best = IR_NONE;
        for (uint32_t i = 0; i < c; i++) {
            const uint32_t root = root_of(p, first + i);
            if (!p->gone[first + i] && (best == IR_NONE || p->score[root] < p->score[best]) && can_go(p, root))
                best = root;
        }
        if (best == IR_NONE)
            return;
        remove_class(p, best);
        done = 0;
        for (uint32_t i = 0; i < c; i++)
            done += p->gone[first + i];
    }
}

/* ---- The smaller graph ------------------------------------------------------------------------------------------ */

/* Which channels of a tensor are left. */
static bdc_status list_channels(const pruner *p, uint32_t t, const uint32_t **list)
{
    uint32_t *left = BDC_NEW(p->context, uint32_t, p->left[t]), n = 0;
    if (!left)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < tensor(p, t)->c; i++)
        if (!p->gone[p->first[t] + i])
            left[n++] = i;
    *list = left;
    return BDC_OK;
}

/* values[list[i]] */
static bdc_status pick(const pruner *p, const float **values, const uint32_t *list, uint32_t n)
{
    if (!*values)
        return BDC_OK;
    float *picked = BDC_NEW(p->context, float, n);
    if (!picked)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        picked[i] = (*values)[list[i]];
    *values = picked;
    return BDC_OK;
}

/* A dense layer: rows and columns that are left, and biases with what the others gave on average. */
static bdc_status shrink_dense(const pruner *p, ir_op *op)
{
    const uint32_t x = op->inputs[0], y = op->output, in = tensor(p, x)->c, out = tensor(p, y)->c;
    const size_t row = ir_weight_row(p->graph, op), taps = row / in;
    const float *mean = tensor(p, x)->mean;
    float *weights = BDC_NEW(p->context, float, (size_t)p->left[y] * taps * p->left[x]);
    float *bias = BDC_NEW(p->context, float, p->left[y]), *to = weights, *next = bias;
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < out; o++) {
        double sum = op->bias ? (double)op->bias[o] : 0;
        if (p->gone[p->first[y] + o])
            continue;
        for (size_t i = 0; i < row; i++) {
            const float w = op->weights[o * row + i];
            if (!p->gone[p->first[x] + i % in])
                *to++ = w;
            else if (mean)
                sum += (double)w * (double)mean[i % in];
        }
        *next++ = (float)sum;
    }
    op->weights = weights;
    op->bias = bias;
    return BDC_OK;
}

/* One row of weights per channel: depthwise. */
static bdc_status shrink_rows(const pruner *p, ir_op *op)
{
    const uint32_t y = op->output;
    const size_t row = ir_weight_row(p->graph, op);
    float *weights = BDC_NEW(p->context, float, p->left[y] * row), *bias = BDC_NEW(p->context, float, p->left[y]);
    uint32_t n = 0;
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < tensor(p, y)->c; o++) {
        if (p->gone[p->first[y] + o])
            continue;
        memcpy(weights + n * row, op->weights + o * row, row * sizeof *weights);
        bias[n++] = op->bias ? op->bias[o] : 0;
    }
    op->weights = weights;
    op->bias = bias;
    op->groups = p->left[y];
    return BDC_OK;
}

static bdc_status shrink(const pruner *p, const uint32_t **channels)
{
    ir_graph *g = p->graph;
    for (uint32_t t = 0; t < g->tensor_count; t++)
        if (p->left[t] < g->tensors[t].c)
            BDC_TRY(list_channels(p, t, &channels[t]));
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        const uint32_t y = op->output;
        if (!channels[y] && !channels[op->inputs[0]])
            continue;
        if (is_dense(op))
            BDC_TRY(shrink_dense(p, op));
        else if (is_depthwise(p, op))
            BDC_TRY(shrink_rows(p, op));
        else if (op->code == IR_PRELU || op->code == IR_AFFINE) {
            BDC_TRY(pick(p, &op->weights, channels[y], p->left[y]));
            BDC_TRY(pick(p, &op->bias, channels[y], p->left[y]));
        }
    }
    for (uint32_t t = 0; t < g->tensor_count; t++) {
        if (!channels[t])
            continue;
        BDC_TRY(pick(p, &g->tensors[t].mean, channels[t], p->left[t]));
        BDC_TRY(pick(p, &g->tensors[t].deviation, channels[t], p->left[t]));
        g->tensors[t].c = p->left[t];
    }
    return BDC_OK;
}

bdc_status prune_channels(bdc_context *c, ir_graph *g, const bdc_options *options, const uint32_t *const **channels)
{
    pruner p = {.context = c, .graph = g, .options = options};
    const uint32_t **lists = BDC_NEW(c, const uint32_t *, g->tensor_count);
    int wanted = 0;
    *channels = NULL;
    for (uint32_t i = 0; i < options->choice_count; i++)
        wanted |= options->choices[i].pruning == BDC_PRUNE_CHANNELS && options->choices[i].sparsity > 0;
    if (!wanted)
        return BDC_OK;
    if (!lists)
        return BDC_E_MEMORY;
    BDC_TRY(create(&p));
    for (uint32_t i = 0; i < g->op_count; i++)
        if (is_dense(&g->ops[i]))
            score_inputs(&p, &g->ops[i]);
    for (uint32_t i = 0; i < g->op_count; i++) {
        const bdc_choice *choice = scales_choice(options, g, &g->ops[i]);
        if (is_dense(&g->ops[i]) && choice && choice->pruning == BDC_PRUNE_CHANNELS)
            prune_layer(&p, &g->ops[i], choice->sparsity);
    }
    BDC_TRY(shrink(&p, lists));
    *channels = lists;
    return BDC_OK;
}
