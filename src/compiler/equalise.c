/* Cross-layer equalisation (Nagel et al. 2019, arXiv:1906.04721), judged by activations: since weights have a scale for each output
 * channel, what suffers from unlike channels is the tensor between two layers, which has one scale for all. A channel of range r that
 * the next layer reads with weights of size w is multiplied by a ~ sqrt(w / r) (as Xiao et al. 2022, arXiv:2211.10438): a weak channel
 * gets more of the 256 steps, but not at the cost of weights too small to be told from 0. A depthwise layer has a scale for each
 * channel's weights, so there a ~ 1 / r. The largest range stays: no channel leaves a clamp from above that it did not leave before.
 * SPDX-License-Identifier: MIT */
#include "equalise.h"

#include <math.h>
#include <string.h>

#define MOST_FACTOR 64.0
enum { MAX_STEPS = 16 }; /* operators between two layers */

typedef struct chain {
    uint32_t first, last;                      /* operators with weights */
    uint32_t tensors[MAX_STEPS], tensor_count; /* between them */
} chain;

static int is_layer(const ir_op *op)
{
    return (op->code == IR_CONV || op->code == IR_GEMM) && !op->integers;
}

static int is_depthwise(const ir_graph *g, const ir_op *op)
{
    return op->code == IR_CONV && op->groups == g->tensors[op->inputs[0]].c && op->groups == g->tensors[op->output].c;
}

/* f(a x) = a f(x) for a > 0, but for a clamp from above. */
static int scales_along(const ir_op *op)
{
    if (op->lo < 0 && !isinf(op->lo))
        return 0;
    if (op->lo > 0 || op->hi < 0)
        return 0;
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
    case IR_MAX_POOL:
    case IR_AVG_POOL:
    case IR_PRELU:
    case IR_RESIZE:
        return 1;
    case IR_PAD:
        return !(op->alpha < 0) && !(op->alpha > 0);
    case IR_FUNCTION:
        for (uint32_t i = 0; i < op->function_count; i++)
            if (op->functions[i].code != IR_IDENTITY && op->functions[i].code != IR_LEAKY_RELU)
                return 0;
        return 1;
    default:
        return 0;
    }
}

static uint32_t only_reader(const ir_graph *g, uint32_t tensor)
{
    if (ir_use_count(g, tensor) != 1 || g->tensors[tensor].type)
        return IR_NONE;
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            if (g->ops[i].inputs[k] == tensor && !g->ops[i].dead)
                return i;
    return IR_NONE; /* an output of the graph */
}

/* From layer `first` to the next one, if nothing else reads what is between. */
static int find_chain(const ir_graph *g, uint32_t first, chain *k)
{
    *k = (chain){.first = first};
    if (!is_layer(&g->ops[first]) || !scales_along(&g->ops[first]))
        return 0;
    uint32_t tensor = g->ops[first].output;
    for (;;) {
        const uint32_t reader = only_reader(g, tensor);
        if (reader == IR_NONE || k->tensor_count == MAX_STEPS)
            return 0;
        k->tensors[k->tensor_count++] = tensor;
        const ir_op *op = &g->ops[reader];
        if (is_layer(op)) {
            k->last = reader;
            return op->code == IR_GEMM || op->groups == 1 || is_depthwise(g, op);
        }
        if (!scales_along(op))
            return 0;
        tensor = op->output;
    }
}

/* The next layer's weights of channel c: in a dense layer every channels-th one of each row, in a depthwise one a whole row. */
static double weight_size(const ir_graph *g, const ir_op *op, uint32_t c)
{
    const size_t row = ir_weight_row(g, op), channels = g->tensors[op->inputs[0]].c;
    const size_t count = row * g->tensors[op->output].c;
    double most = 0;
    for (size_t i = c; i < count; i += channels)
        most = fmax(most, fabs((double)op->weights[i]));
    return most;
}

static double range(const channel_range *r, uint32_t c)
{
    return fmax((double)r->most[c], -(double)r->least[c]);
}

/* a[c], such that the largest range of the tensor that the next layer reads stays. */
static void choose_factors(const ir_graph *g, const chain *k, const channel_range *ranges, double *a)
{
    const ir_op *next = &g->ops[k->last];
    const uint32_t read = k->tensors[k->tensor_count - 1], channels = g->tensors[read].c;
    const int depthwise = is_depthwise(g, next);
    double before = 0, after = 0;
    for (uint32_t c = 0; c < channels; c++) {
        const double r = range(&ranges[read], c), w = depthwise ? 1 : weight_size(g, next, c);
        a[c] = r > 0 && w > 0 ? (depthwise ? 1 / r : sqrt(w / r)) : 0;
        before = fmax(before, r);
        after = fmax(after, a[c] * r);
    }
    for (uint32_t c = 0; c < channels; c++) {
        const double factor = a[c] * before / after;
        a[c] = a[c] > 0 ? fmin(fmax(factor, 1 / MOST_FACTOR), MOST_FACTOR) : 1;
    }
    /* A clamp from above that some tensor on the way has must not be met by more values than before. */
    for (uint32_t t = 0; t < k->tensor_count; t++) {
        const ir_op *made = &g->ops[ir_producer(g, k->tensors[t])];
        for (uint32_t c = 0; c < channels && !isinf(made->hi); c++)
            if (ranges[k->tensors[t]].most[c] > 0)
                a[c] = fmin(a[c], fmax((double)made->hi / (double)ranges[k->tensors[t]].most[c], 1));
        for (uint32_t c = 0; c < channels && !isinf(made->hi); c++)
            a[c] = fmax(a[c], 1); /* nor may one that met it meet it later */
    }
}

static float *copied(bdc_context *c, const float *values, size_t n)
{
    float *copy = BDC_NEW(c, float, n);
    if (copy)
        memcpy(copy, values, n * sizeof *copy);
    return copy;
}

static bdc_status scale_rows(bdc_context *c, const ir_graph *g, ir_op *op, const double *a)
{
    const size_t row = ir_weight_row(g, op), channels = g->tensors[op->output].c;
    float *w = copied(c, op->weights, row * channels), *bias = op->bias ? copied(c, op->bias, channels) : NULL;
    if (!w || (op->bias && !bias))
        return BDC_E_MEMORY;
    for (size_t i = 0; i < row * channels; i++)
        w[i] = (float)((double)w[i] * a[i / row]);
    for (size_t i = 0; bias && i < channels; i++)
        bias[i] = (float)((double)bias[i] * a[i]);
    op->weights = w;
    op->bias = bias;
    return BDC_OK;
}

static bdc_status scale_columns(bdc_context *c, const ir_graph *g, ir_op *op, const double *a)
{
    const size_t row = ir_weight_row(g, op), count = row * g->tensors[op->output].c;
    const size_t channels = g->tensors[op->inputs[0]].c;
    const int depthwise = is_depthwise(g, op);
    float *w = copied(c, op->weights, count);
    if (!w)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        w[i] = (float)((double)w[i] / a[depthwise ? i / row : i % channels]);
    op->weights = w;
    return BDC_OK;
}

static void scale_range(const channel_range *r, uint32_t channels, const double *a)
{
    for (uint32_t c = 0; c < channels; c++) {
        r->least[c] = (float)((double)r->least[c] * a[c]);
        r->most[c] = (float)((double)r->most[c] * a[c]);
        r->sum[c] *= a[c];
        r->square[c] *= a[c] * a[c];
    }
}

bdc_status equalise(bdc_context *c, ir_graph *g, const channel_range *ranges)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        chain k;
        if (!find_chain(g, i, &k))
            continue;
        const uint32_t channels = g->tensors[k.tensors[0]].c;
        double *a = BDC_NEW(c, double, channels);
        if (!a)
            return BDC_E_MEMORY;
        choose_factors(g, &k, ranges, a);
        BDC_TRY(scale_rows(c, g, &g->ops[k.first], a));
        BDC_TRY(scale_columns(c, g, &g->ops[k.last], a));
        for (uint32_t t = 0; t < k.tensor_count; t++)
            scale_range(&ranges[k.tensors[t]], channels, a);
    }
    return BDC_OK;
}
