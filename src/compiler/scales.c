/* Which tensors share a scale, and what it is.
 * SPDX-License-Identifier: MIT */
#include "scales.h"

#include <math.h>

#include "../bedside.h"

/* ---- Groups ----------------------------------------------------------------------------------------------------- */

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static int copies(ir_code code)
{
    return code == IR_MAX_POOL || code == IR_PAD || code == IR_RESHAPE || code == IR_VIEW;
}

/* Joins the tensors between which values are only copied. */
static bdc_status group_tensors(bdc_context *c, const ir_graph *g, int with_concat, uint32_t **group)
{
    uint32_t *parent = BDC_NEW(c, uint32_t, g->tensor_count);
    if (!parent)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        parent[i] = i;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->input_count && (copies(op->code) || (with_concat && op->code == IR_CONCAT)); k++)
            parent[root_of(parent, op->inputs[k])] = root_of(parent, op->output);
    }
    for (uint32_t i = 0; i < g->tensor_count; i++)
        parent[i] = root_of(parent, i);
    *group = parent;
    return BDC_OK;
}

/* Pixels and probabilities have their scale from outside. */
static int is_fixed(const ir_graph *g, const bdc_options *options, uint32_t tensor)
{
    uint32_t p = ir_producer(g, tensor);
    return (p == IR_NONE && options->image && tensor == g->inputs[0]) || (p != IR_NONE && g->ops[p].code == IR_SOFTMAX);
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

/* Adds the table at the end of the operators; the caller moves it. */
static bdc_status add_table(bdc_context *c, ir_graph *g, uint32_t from, uint32_t *to)
{
    ir_tensor t = g->tensors[from];
    ir_op *op;
    BDC_TRY(ir_add_tensor(c, g, t.name, t.c, t.h, t.w, to));
    uint32_t index = *to;
    g->tensors[index] = t;
    BDC_TRY(ir_add_op(c, g, IR_FUNCTION, 1, &op));
    op->functions[0].code = IR_IDENTITY;
    op->function_count = 1;
    op->inputs[0] = from;
    op->output = index;
    return BDC_OK;
}

bdc_status scales_separate(bdc_context *c, ir_graph *g, const bdc_options *options)
{
    uint32_t *group;
    BDC_TRY(group_tensors(c, g, 0, &group));
    uint8_t *fixed = BDC_NEW(c, uint8_t, g->tensor_count);
    if (!fixed)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        if (is_fixed(g, options, i))
            fixed[group[i]] = 1;
    for (uint32_t i = 0; i < g->op_count; i++) {
        if (g->ops[i].code != IR_CONCAT)
            continue;
        float widest = width(&g->tensors[g->ops[i].output]);
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            widest = fmaxf(widest, width(&g->tensors[g->ops[i].inputs[k]]));
        uint32_t count = g->ops[i].input_count;
        for (uint32_t k = 0; k < count; k++) {
            uint32_t from = g->ops[i].inputs[k], to;
            if (!fixed[group[from]] && !(width(&g->tensors[from]) * 4 < widest && read_elsewhere(g, from)))
                continue;
            BDC_TRY(add_table(c, g, from, &to));
            /* Move it in front of the concatenation, which is then one further. */
            ir_op table = g->ops[g->op_count - 1];
            for (uint32_t at = g->op_count - 1; at > i; at--)
                g->ops[at] = g->ops[at - 1];
            g->ops[i++] = table;
            g->ops[i].inputs[k] = to;
        }
    }
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

static quant from_logits(const ir_tensor *t)
{
    double most = fmax((double)t->most, -(double)t->least);
    quant q = {.type = BDS_INT16};
    q.scale = (double)(float)(4 * (most > 1e-12 ? most : 1) / 32767);
    return q;
}

bdc_status scales_choose(bdc_context *c, const ir_graph *g, const bdc_options *options, quant **quants)
{
    uint32_t *group;
    BDC_TRY(group_tensors(c, g, 1, &group));
    quant *q = BDC_NEW(c, quant, g->tensor_count), *of_group = BDC_NEW(c, quant, g->tensor_count);
    double *lo = BDC_NEW(c, double, g->tensor_count), *hi = BDC_NEW(c, double, g->tensor_count);
    if (!q || !of_group || !lo || !hi)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        lo[group[i]] = fmin(lo[group[i]], (double)g->tensors[i].lo);
        hi[group[i]] = fmax(hi[group[i]], (double)g->tensors[i].hi);
    }
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        uint32_t p = ir_producer(g, i);
        if (p != IR_NONE && g->ops[p].code == IR_SOFTMAX)
            of_group[group[i]] = (quant){.scale = 1.0 / 256, .zero_point = -128, .type = BDS_INT8, .fixed = 1};
        else if (p == IR_NONE && options->image && i == g->inputs[0])
            of_group[group[i]] = from_image(&g->tensors[i], options->image);
        else if (is_logits(g, i))
            of_group[group[i]] = from_logits(&g->tensors[i]);
    }
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        quant *of = &of_group[group[i]];
        if (!of->type)
            *of = from_range(lo[group[i]], hi[group[i]]);
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
