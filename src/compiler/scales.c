/* Which tensors share a scale, and what it is.
 * SPDX-License-Identifier: MIT */
#include "scales.h"

#include <math.h>
#include <string.h>

#include "../bedside.h"

/* ---- Groups ----------------------------------------------------------------------------------------------------- */

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

int scales_shared(ir_code code)
{
    return code == IR_MAX_POOL || code == IR_PAD || code == IR_RESHAPE || code == IR_VIEW || code == IR_RESIZE ||
           code == IR_CONCAT || code == IR_MIN || code == IR_MAX;
}

static int same_functions(const ir_op *a, const ir_op *b)
{
    return a->function_count == b->function_count &&
           !memcmp(a->functions, b->functions, a->function_count * sizeof *a->functions);
}

/* The weights of the layer that makes a tensor, or null. */
static const float *weights_behind(const ir_graph *g, uint32_t tensor)
{
    const uint32_t p = ir_producer(g, tensor);
    const int layer = p != IR_NONE && (g->ops[p].code == IR_GEMM || g->ops[p].code == IR_CONV);
    return layer ? g->ops[p].weights : NULL;
}

/* 1 if two operators are the same one in two steps of a recurrent layer: layers with the same weights, or a function behind each. */
static int repeats(const ir_graph *g, const ir_op *a, const ir_op *b)
{
    if (a->code != b->code)
        return 0;
    if (a->code == IR_GEMM || a->code == IR_CONV)
        return a->weights == b->weights && a->bias == b->bias;
    const float *weights = a->code == IR_FUNCTION ? weights_behind(g, a->inputs[0]) : NULL;
    return weights && weights == weights_behind(g, b->inputs[0]) && same_functions(a, b);
}

/* What repeats gets the same integers, which the file then holds once. */
static void join_repeats(const ir_graph *g, uint32_t *parent)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = i + 1; k < g->op_count; k++) {
            const ir_op *a = &g->ops[i], *b = &g->ops[k];
            if (!repeats(g, a, b))
                continue;
            parent[root_of(parent, a->inputs[0])] = root_of(parent, b->inputs[0]);
            parent[root_of(parent, a->output)] = root_of(parent, b->output);
            break; /* that one joins the next */
        }
}

/* Joins the tensors that must have one quantisation. */
static bdc_status group_tensors(bdc_context *c, const ir_graph *g, uint32_t **group)
{
    uint32_t *parent = BDC_NEW(c, uint32_t, g->tensor_count);
    if (!parent)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        parent[i] = i;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->input_count && scales_shared(op->code); k++)
            parent[root_of(parent, op->inputs[k])] = root_of(parent, op->output);
    }
    join_repeats(g, parent);
    for (uint32_t i = 0; i < g->tensor_count; i++)
        parent[i] = root_of(parent, i);
    *group = parent;
    return BDC_OK;
}

/* ---- Scales ----------------------------------------------------------------------------------------------------- */

/* 256 steps from lo to hi, 0 being one of them exactly. */
static quant from_range(double lo, double hi)
{
    if (!(hi - lo > 1e-12))
        hi = lo + 1; /* nothing but zeros was seen */
    quant q = {.type = BDS_INT8};
    q.scale = (double)(float)((hi - lo) / 255);
    double zero = round(-128 - lo / q.scale);
    q.zero_point = (int32_t)fmin(fmax(zero, -128), 127);
    return q;
}

/* A picture: the 256 pixel values become the 256 stored ones where all channels are normalised alike. */
static quant from_image(const ir_tensor *t, const bdc_image_input *image)
{
    double lo = 0, hi = 0;
    int alike = 1;
    for (uint32_t i = 0; i < t->c; i++) {
        lo = fmin(lo, -image->mean[i] / image->std[i]);
        hi = fmax(hi, (1 - image->mean[i]) / image->std[i]);
        alike = alike && !(fabs(image->mean[i] - image->mean[0]) > 0) && !(fabs(image->std[i] - image->std[0]) > 0);
    }
    quant q = from_range(lo, hi);
    double exact = 255 * image->mean[0] - 128;
    if (alike && exact > -128.5 && exact < 127.5) {
        q.scale = (double)(float)(1 / (255 * image->std[0]));
        q.zero_point = (int32_t)fmin(fmax(round(exact), -128), 127);
        q.offset = q.scale * (exact - q.zero_point);
    }
    q.fixed = 1;
    return q;
}

const bdc_choice *scales_choice(const bdc_options *options, const ir_graph *g, const ir_op *op)
{
    const char *name = g->tensors[op->output].name;
    const bdc_choice *all = NULL;
    for (uint32_t i = 0; i < options->choice_count; i++) {
        if (!options->choices[i].name)
            all = op->projects_gate ? NULL : &options->choices[i];
        else if (!strcmp(options->choices[i].name, name))
            return &options->choices[i];
    }
    return all;
}

/* A layer whose choice asks for int16; its scale is free. */
static int is_wide(const ir_graph *g, const bdc_options *options, uint32_t producer)
{
    if (producer == IR_NONE || (g->ops[producer].code != IR_CONV && g->ops[producer].code != IR_GEMM))
        return 0;
    const bdc_choice *choice = scales_choice(options, g, &g->ops[producer]);
    return choice && choice->wide;
}

int scales_fixed(const ir_graph *g, const bdc_options *options, uint32_t tensor, quant *q)
{
    const ir_tensor *t = &g->tensors[tensor];
    const uint32_t p = ir_producer(g, tensor);
    if (t->type)
        *q = (quant){.scale = t->scale, .zero_point = t->zero_point, .type = t->type, .fixed = 1};
    else if (p == IR_NONE && options->image && tensor == g->inputs[0])
        *q = from_image(t, options->image);
    else if (p != IR_NONE && g->ops[p].code == IR_SOFTMAX)
        *q = (quant){.scale = 1.0 / 256, .zero_point = -128, .type = BDS_INT8, .fixed = 1};
    else if (p != IR_NONE && g->ops[p].code == IR_ARG_MAX)
        *q = (quant){.scale = 1, .type = BDS_INT16, .fixed = 1};
    else if (p != IR_NONE && g->ops[p].projects_gate)
        *q = (quant){.scale = 1, .type = BDS_INT8, .fixed = 1};
    else if (is_wide(g, options, p))
        *q = (quant){.type = BDS_INT16};
    else
        return 0;
    return 1;
}

/* Logits that leave the network are int16: room for four times what calibration saw. */
static int is_logits(const ir_graph *g, uint32_t tensor)
{
    const ir_tensor *t = &g->tensors[tensor];
    uint32_t p = ir_producer(g, tensor);
    if (p == IR_NONE || t->h * t->w != 1 || ir_use_count(g, tensor) != 1)
        return 0;
    const ir_op *op = &g->ops[p];
    int depthwise = op->groups == t->c && op->groups == g->tensors[op->inputs[0]].c;
    int is_output = 0;
    for (uint32_t i = 0; i < g->output_count; i++)
        is_output |= g->outputs[i] == tensor;
    return is_output && (op->code == IR_GEMM || (op->code == IR_CONV && !depthwise));
}

static quant from_wide_range(double most)
{
    quant q = {.type = BDS_INT16};
    q.scale = (double)(float)((most > 1e-12 ? most : 1) / 32767);
    return q;
}

bdc_status scales_choose(bdc_context *c, const ir_graph *g, const bdc_options *options, int calibrated, quant **quants)
{
    uint32_t *group;
    BDC_TRY(group_tensors(c, g, &group));
    quant *q = BDC_NEW(c, quant, g->tensor_count), *of_group = BDC_NEW(c, quant, g->tensor_count);
    double *lo = BDC_NEW(c, double, g->tensor_count), *hi = BDC_NEW(c, double, g->tensor_count),
           *most = BDC_NEW(c, double, g->tensor_count);
    if (!q || !of_group || !lo || !hi || !most)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        quant own, *of = &of_group[group[i]];
        lo[group[i]] = fmin(lo[group[i]], (double)g->tensors[i].lo);
        hi[group[i]] = fmax(hi[group[i]], (double)g->tensors[i].hi);
        most[group[i]] = fmax(most[group[i]], fmax((double)g->tensors[i].most, -(double)g->tensors[i].least));
        if (scales_fixed(g, options, i, &own) && !of->fixed)
            *of = own;
        else if (!of->type && is_logits(g, i) && calibrated)
            *of = from_wide_range(4 * fmax((double)g->tensors[i].most, -(double)g->tensors[i].least));
    }
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        quant *of = &of_group[group[i]];
        if (!(of->scale > 0) && !calibrated)
            return bdc_fail(c, BDC_E_STATE,
                            "No calibration samples were given, and the file has no scale of its own for '%s'.",
                            g->tensors[i].name);
        if (!of->type)
            *of = from_range(lo[group[i]], hi[group[i]]);
        else if (!(of->scale > 0))
            *of = from_wide_range(most[group[i]]);
        q[i] = *of;
        q[i].group = group[i];
    }
    *quants = q;
    return BDC_OK;
}

void scales_widen(const ir_graph *g, quant *quants, uint32_t tensor)
{
    uint32_t group = quants[tensor].group;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        if (quants[i].group == group)
            quants[i].scale *= 2;
}

int32_t scales_store(const quant *q, double real)
{
    double limit = q->type == BDS_INT16 ? 32768 : 128;
    return (int32_t)fmin(fmax(floor(real / q->scale + 0.5) + q->zero_point, -limit), limit - 1);
}

bdc_status scales_pixel_table(bdc_context *c, const ir_tensor *t, const quant *q, const bdc_image_input *image,
                              int8_t **table)
{
    int8_t *out = BDC_NEW(c, int8_t, (size_t)t->c * 256);
    if (!out)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < t->c; i++)
        for (int p = 0; p < 256; p++)
            out[i * 256 + (uint32_t)p] =
                (int8_t)scales_store(q, (p / 255.0 - image->mean[i]) / image->std[i] + q->offset);
    *table = out;
    return BDC_OK;
}
