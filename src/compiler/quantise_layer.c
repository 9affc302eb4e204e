/* Convolutions and fully connected layers: where their integers come from, and the order in which the file wants them.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../bedside.h"
#include "prune.h"
#include "quantise.h"

static int is_depthwise(const quantiser *z, const ir_op *op)
{
    return op->code == IR_CONV && op->groups == z->graph->tensors[op->inputs[0]].c &&
           op->groups == z->graph->tensors[op->output].c;
}

bdc_status quantise_source(const quantiser *z, const ir_op *op, layer_source *s)
{
    const ir_tensor *x = &z->graph->tensors[op->inputs[0]], *y = &z->graph->tensors[op->output];
    const uint32_t groups = op->code == IR_GEMM ? 1 : op->groups;
    const bdc_choice *choice = scales_choice(z->options, z->graph, op);
    const bdf_op r = quantise_record(z, op, BDF_CONV);
    *s = (layer_source){.channels = y->c, .weights = op->weights, .bias = op->bias, .lo = r.lo, .hi = r.hi};
    s->group_in = x->c / groups;
    s->group_out = y->c / groups;
    s->kind = choice ? choice->weights : BDC_W8;
    s->x = &z->quants[op->inputs[0]];
    s->y = &z->quants[op->output];
    s->mean = z->options->no_bias_correction ? NULL : x->mean;
    s->integers = op->integers;
    if (ir_weight_row(z->graph, op) > 65535)
        return bdc_fail(z->context, BDC_E_LIMIT,
                        "Layer '%s' sums over more than 65535 inputs: its accumulators could overflow.", y->name);
    s->depth = (uint32_t)ir_weight_row(z->graph, op);
    return BDC_OK;
}

/* [channels][taps] to [taps][channels]. */
static bdc_status transposed(bdc_context *c, layer_result *r, uint32_t channels, uint32_t taps)
{
    int8_t *weights = BDC_NEW(c, int8_t, (size_t)channels *taps);
    int16_t *wide = r->wide ? BDC_NEW(c, int16_t, (size_t)channels *taps) : NULL;
    if (!weights || (r->wide && !wide))
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < channels; i++)
        for (uint32_t t = 0; t < taps; t++) {
            weights[(size_t)t * channels + i] = r->weights[(size_t)i * taps + t];
            if (wide)
                wide[(size_t)t * channels + i] = r->wide[(size_t)i * taps + t];
        }
    r->weights = weights;
    r->wide = wide;
    return BDC_OK;
}

static bdc_status add_layer(quantiser *z, const ir_op *op, const layer_source *s, layer_result q)
{
    bdc_context *c = z->context;
    const int dense = op->code == IR_GEMM, depthwise = is_depthwise(z, op);
    const size_t count = (size_t)s->channels * s->depth;
    bdf_op r = quantise_record(z, op, dense ? BDF_FULLY_CONNECTED : depthwise ? BDF_DEPTHWISE : BDF_CONV);
    if (depthwise && s->depth > 1)
        BDC_TRY(transposed(c, &q, s->channels, s->depth));
    r.groups = (uint16_t)(dense || depthwise ? 1 : op->groups);
    r.left = q.left;
    r.shift = q.shift;
    const weight_array w = {.elements = q.wide ? (const void *)q.wide : q.weights,
                            .type = q.wide ? BDS_INT16 : BDS_INT8,
                            .count = (uint32_t)count,
                            .row = depthwise ? s->channels : s->depth,
                            .interleaved = depthwise,
                            .tap = depthwise ? op->window.kernel_w : s->group_in};
    BDC_TRY(bdc_file_weights(z->file, &w, &r.weights));
    BDC_TRY(bdc_file_numbers(z->file, BDS_INT32, q.bias, s->channels, &r.bias));
    BDC_TRY(bdc_file_numbers(z->file, BDS_INT16, q.multipliers, s->channels, &r.multipliers));
    return quantise_add(z, op, &r);
}

/* Prunes by magnitude, if anything is to be pruned. */
static bdc_status make_mask(const quantiser *z, const ir_op *op, layer_source *s)
{
    const bdc_choice *choice = scales_choice(z->options, z->graph, op);
    if (!choice || (choice->pruning != BDC_PRUNE_MAGNITUDE && choice->pruning != BDC_PRUNE_N_M))
        return BDC_OK;
    const size_t count = (size_t)s->channels * s->depth;
    uint8_t *kept = BDC_NEW(z->context, uint8_t, count);
    float *size = BDC_NEW(z->context, float, count);
    if (!kept || !size)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        size[i] = fabsf(s->weights[i]);
    s->kept = kept;
    return prune_weights(z->context, choice, choice->sparsity, s->weights, size, s->channels, s->depth, kept);
}

bdc_status quantise_decide(const quantiser *z, uint32_t i, layer_source *s, layer_result *r, int *fits)
{
    if (s->integers)
        return layer_fixed(z->context, s, r, fits);
    BDC_TRY(make_mask(z, &z->graph->ops[i], s));
    return layer_quantise(z->context, s, r, fits);
}

bdc_status quantise_layer(quantiser *z, uint32_t i)
{
    const ir_op *op = &z->graph->ops[i];
    layer_source s;
    int fits;
    BDC_TRY(quantise_check_window(z, op));
    BDC_TRY(quantise_source(z, op, &s));
    if (!z->layers[i].weights) {
        layer_result r;
        BDC_TRY(quantise_decide(z, i, &s, &r, &fits));
        if (!fits)
            return quantise_too_fine(z, op);
        z->layers[i] = r;
    }
    return add_layer(z, op, &s, z->layers[i]);
}
