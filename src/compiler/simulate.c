/* Runs many samples side by side, one operator at a time, so that a layer can be fitted on what all layers before it really give.
 * SPDX-License-Identifier: MIT */
#include "simulate.h"

#include <math.h>
#include <string.h>

#include "../bedside.h"

#define MEMORY ((size_t)256 << 20) /* of all buffers */

/* Where the buffers of a run lie: [*base, *base + floats). */
static size_t extent(const float_run *run, const float **base)
{
    const ir_graph *g = run->graph;
    const float *begin = run->data[0], *end = begin;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        const float *last = run->data[i] + ir_count(&g->tensors[i]);
        begin = run->data[i] < begin ? run->data[i] : begin;
        end = last > end ? last : end;
    }
    *base = begin;
    return (size_t)(end - begin);
}

/* Another run with the same plan and buffers of its own. */
static bdc_status clone(const float_run *from, float_run *to)
{
    const float *base;
    const size_t floats = extent(from, &base);
    float *memory = BDC_NEW(from->context, float, floats);
    *to = *from;
    to->data = BDC_NEW(from->context, float *, from->graph->tensor_count);
    if (!memory || !to->data)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < from->graph->tensor_count; i++)
        to->data[i] = memory + (from->data[i] - base);
    return BDC_OK;
}

void simulation_round(const quant *q, size_t n, float *data)
{
    const float step = (float)q->scale, inverse = (float)(1 / q->scale);
    const float limit = q->type == BDS_INT16 ? 32768 : 128;
    const float least = -limit - (float)q->zero_point, most = limit - 1 - (float)q->zero_point;
    for (size_t i = 0; i < n; i++) {
        float level = floorf(data[i] * inverse + 0.5f);
        level = level < least ? least : level;
        data[i] = step * (level > most ? most : level);
    }
}

static void fill_inputs(const simulation *s, const float *kept, uint32_t sample)
{
    const ir_graph *g = s->graph;
    for (uint32_t i = 0; i < g->input_count; i++) {
        const uint32_t t = g->inputs[i];
        const size_t n = ir_count(&g->tensors[t]);
        float *stored = s->stored[sample].data[t];
        memcpy(s->exact[sample].data[t], kept, n * sizeof *kept);
        for (size_t k = 0; k < n; k++)
            stored[k] = kept[k] + (float)s->quants[t].offset;
        simulation_round(&s->quants[t], n, stored);
        kept += n;
    }
}

/* The samples are spread over all that were kept. */
void simulation_fill(const simulation *s, const bdc_graph *from)
{
    for (uint32_t i = 0; i < s->samples; i++) {
        const uint64_t at = (uint64_t)i * from->kept_count / s->samples;
        fill_inputs(s, from->kept + (size_t)at * from->kept_floats, i);
    }
}

bdc_status simulation_create(bdc_context *c, const bdc_graph *from, const ir_graph *exact, const ir_graph *graph,
                             const quant *quants, uint32_t most, simulation *s)
{
    float_run first, second;
    const float *base;
    *s = (simulation){.context = c, .exact_graph = exact, .graph = graph, .quants = quants};
    if (!from->kept_count)
        return bdc_fail(c, BDC_E_STATE, "No calibration samples were kept: calibrate the network first.");
    BDC_TRY(float_run_create(c, exact, &first));
    BDC_TRY(float_run_create(c, graph, &second));
    const size_t fit = MEMORY / sizeof(float) / (extent(&first, &base) + extent(&second, &base));
    s->samples = from->kept_count < most ? from->kept_count : most;
    if (fit < s->samples)
        s->samples = fit > 4 ? (uint32_t)fit : from->kept_count < 4 ? from->kept_count : 4;
    s->exact = BDC_NEW(c, float_run, s->samples);
    s->stored = BDC_NEW(c, float_run, s->samples);
    if (!s->exact || !s->stored)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < s->samples; i++) {
        BDC_TRY(clone(&first, &s->exact[i]));
        BDC_TRY(clone(&second, &s->stored[i]));
    }
    simulation_fill(s, from);
    return BDC_OK;
}

void simulation_copy(const simulation *s, uint32_t sample)
{
    const float *from, *to;
    const size_t floats = extent(&s->exact[sample], &from);
    extent(&s->stored[sample], &to);
    memcpy(s->stored[sample].data[0] + (to - s->stored[sample].data[0]), from, floats * sizeof *from);
}

bdc_status simulation_layer(const simulation *s, const layer_source *source, const layer_result *r, ir_op *op)
{
    float *weights = BDC_NEW(s->context, float, (size_t)source->channels * source->depth);
    float *bias = BDC_NEW(s->context, float, source->channels);
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < source->channels; o++) {
        const double scale = layer_scale(source, r, o);
        const size_t at = (size_t)o * source->depth;
        int64_t sum = 0;
        for (uint32_t i = 0; i < source->depth; i++) {
            const int32_t w = r->wide ? r->wide[at + i] : r->weights[at + i];
            weights[at + i] = (float)(w * scale);
            sum += w;
        }
        bias[o] = (float)((double)(r->bias[o] + sum * source->x->zero_point) * scale * source->x->scale);
    }
    op->weights = weights;
    op->bias = bias;
    return BDC_OK;
}

bdc_status simulation_step(const simulation *s, const ir_op *op, const layer_source *source, const layer_result *layer)
{
    const bdc_mark mark = bdc_mark_set(s->context);
    ir_op stored = *op;
    bdc_status status = layer ? simulation_layer(s, source, layer, &stored) : BDC_OK;
    for (uint32_t i = 0; i < s->samples && status == BDC_OK; i++) {
        float_run_step(&s->stored[i], &stored);
        simulation_round(&s->quants[op->output], ir_count(&s->graph->tensors[op->output]),
                         s->stored[i].data[op->output]);
    }
    bdc_mark_release(s->context, mark);
    return status;
}

void simulation_noise(const simulation *s, uint32_t tensor, double *signal, double *noise)
{
    const size_t n = ir_count(&s->graph->tensors[tensor]);
    *signal = *noise = 0;
    for (uint32_t i = 0; i < s->samples; i++) {
        const float *a = s->exact[i].data[tensor], *b = s->stored[i].data[tensor];
        for (size_t k = 0; k < n; k++) {
            *signal += (double)a[k] * (double)a[k];
            *noise += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
        }
    }
}
