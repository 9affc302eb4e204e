/* Sums, products, means, norms and interpolation: real factors become integers of 15 bits and a shift.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../bedside.h"
#include "../requant.h"
#include "quantise.h"

/* The largest factor gets 15 bits; the other is rounded to the same shift. */
bdc_status quantise_sum(quantiser *z, const ir_op *op)
{
    bdf_op r = quantise_record(z, op, BDF_ADD);
    const double y = z->quants[op->output].scale;
    const double a = z->quants[op->inputs[0]].scale / y, b = z->quants[op->inputs[1]].scale / y;
    int shift = 30;
    while (shift > 0 && round(ldexp(fmax(a, b), shift)) > BDS_MULTIPLIER_MAX)
        shift--;
    if (shift < 1)
        return quantise_too_fine(z, op);
    r.shift = (uint8_t)shift;
    r.m_a = (int32_t)round(ldexp(a, shift));
    r.m_b = (int32_t)round(ldexp(b, shift)) * (op->code == IR_SUB ? -1 : 1);
    return quantise_add(z, op, &r);
}

bdc_status quantise_product(quantiser *z, const ir_op *op)
{
    bdf_op r = quantise_record(z, op, BDF_MUL);
    const quant *a = &z->quants[op->inputs[0]], *b = &z->quants[op->inputs[1]];
    const double factor = (double)op->factor * a->scale * b->scale / z->quants[op->output].scale;
    if (!layer_multiplier_scale(factor, BDS_SHIFT_MAX, &r.left, &r.shift))
        return quantise_too_fine(z, op);
    r.m_a = (int32_t)fmin(fmax(round(ldexp(factor, r.shift - r.left)), 1), BDS_MULTIPLIER_MAX);
    return quantise_add(z, op, &r);
}

/* |a'|, |b'| of int8 are within 255; sums of int16 have 64 bits, and the depth alone is limited. */
bdc_status quantise_matrix_product(quantiser *z, const ir_op *op)
{
    bdf_op r = quantise_record(z, op, BDF_MATMUL);
    const quant *a = &z->quants[op->inputs[0]], *b = &z->quants[op->inputs[1]];
    const uint32_t depth = z->graph->tensors[op->inputs[0]].c;
    const uint64_t sum = a->type == BDS_INT8 ? (uint64_t)depth * (2 * 128 * 255) : (uint64_t)depth << 14;
    const double factor = (double)op->factor * a->scale * b->scale / z->quants[op->output].scale;
    if (sum >= BDS_ACCUMULATOR_LIMIT)
        return bdc_fail(z->context, BDC_E_LIMIT, "The matrix product that makes '%s' sums over %u terms: too many.",
                        z->graph->tensors[op->output].name, depth);
    if (!layer_multiplier_scale(factor, BDS_SHIFT_MAX, &r.left, &r.shift) || sum << r.left >= BDS_ACCUMULATOR_LIMIT)
        return quantise_too_fine(z, op);
    r.m_a = (int32_t)fmin(fmax(round(ldexp(factor, r.shift - r.left)), 1), BDS_MULTIPLIER_MAX);
    r.m_b = op->transpose_b != 0;
    return quantise_add(z, op, &r);
}

/* ---- Average pool ----------------------------------------------------------------------------------------------- */

/* Fewest input pixels that any window of one dimension covers. */
static uint32_t fewest(uint32_t in, uint32_t out, uint32_t kernel, uint32_t stride, uint32_t pad)
{
    uint32_t least = kernel;
    for (uint32_t o = 0; o < out; o++) {
        int64_t begin = (int64_t)o * stride - pad, end = begin + kernel;
        int64_t n = (end < in ? end : in) - (begin > 0 ? begin : 0);
        if (n < (int64_t)least)
            least = n > 0 ? (uint32_t)n : 1;
    }
    return least;
}

bdc_status quantise_average(quantiser *z, const ir_op *op)
{
    bdc_context *c = z->context;
    const ir_tensor *x = &z->graph->tensors[op->inputs[0]], *y = &z->graph->tensors[op->output];
    const ir_window *w = &op->window;
    const uint64_t taps = (uint64_t)w->kernel_h * w->kernel_w;
    BDC_TRY(quantise_check_window(z, op));
    bdf_op r = quantise_record(z, op, BDF_AVG_POOL);
    int16_t *multipliers = BDC_NEW(c, int16_t, (size_t)taps);
    if (!multipliers)
        return BDC_E_MEMORY;
    /* Windows smaller than the smallest that occurs need no multiplier, so the 15 bits are for those that do. */
    const uint32_t least = fewest(x->h, y->h, w->kernel_h, w->stride_h, w->pad_top) *
                           fewest(x->w, y->w, w->kernel_w, w->stride_w, w->pad_left);
    const quant *q = &z->quants[op->inputs[0]];
    const double ratio = q->scale / z->quants[op->output].scale;
    if (!layer_multiplier_scale(ratio / (op->include_pad ? (double)taps : least), BDS_SHIFT_MAX, &r.left, &r.shift) ||
        (int64_t)taps * (q->type == BDS_INT16 ? 65535 : 255) >= BDS_ACCUMULATOR_LIMIT >> r.left)
        return quantise_too_fine(z, op);
    for (uint64_t n = 1; n <= taps; n++) {
        double m = ldexp(ratio / (double)(op->include_pad ? taps : n < least ? least : n), r.shift - r.left);
        multipliers[n - 1] = (int16_t)fmin(fmax(round(m), 1), BDS_MULTIPLIER_MAX);
    }
    BDC_TRY(bdc_file_blob(z->file, BDS_INT16, multipliers, (size_t)taps, &r.multipliers));
    return quantise_add(z, op, &r);
}

/* ---- Norms ------------------------------------------------------------------------------------------------------ */

/* y' = round((z * multiplier[c] + bias[c]) / 2^shift) for z of mean 0 and variance 1: the largest of both gets all bits. */
bdc_status quantise_norm(quantiser *z, const ir_op *op)
{
    bdc_context *c = z->context;
    const uint32_t channels = z->graph->tensors[op->output].c;
    const quant *x = &z->quants[op->inputs[0]];
    const double step = z->quants[op->output].scale, unit = x->type == BDS_INT16 ? x->scale : x->scale / 256;
    bdf_op r = quantise_record(z, op, op->code == IR_LAYER_NORM ? BDF_LAYER_NORM : BDF_INSTANCE_NORM);
    int16_t *multipliers = BDC_NEW(c, int16_t, channels);
    int32_t *bias = BDC_NEW(c, int32_t, channels);
    if (!multipliers || !bias)
        return BDC_E_MEMORY;
    double largest = 0, offset = 0;
    for (uint32_t i = 0; i < channels; i++) {
        largest = fmax(largest, fabs(op->weights ? (double)op->weights[i] : 1) / step);
        offset = fmax(offset, fabs(op->bias ? (double)op->bias[i] : 0) / step);
    }
    int shift = 19;
    while (shift > 0 && (ldexp(largest, shift) > BDS_MULTIPLIER_MAX || ldexp(offset, shift) > 1 << 18))
        shift--;
    if (shift < 1)
        return quantise_too_fine(z, op);
    for (uint32_t i = 0; i < channels; i++) {
        multipliers[i] = (int16_t)round(ldexp((op->weights ? (double)op->weights[i] : 1) / step, shift));
        bias[i] = (int32_t)round(ldexp((op->bias ? (double)op->bias[i] : 0) / step, shift));
    }
    r.shift = (uint8_t)shift;
    r.groups = (uint16_t)(op->code == IR_INSTANCE_NORM ? op->groups : 1);
    r.m_a = (int32_t)fmin(round((double)op->alpha / (unit * unit)), INT32_MAX);
    BDC_TRY(bdc_file_blob(z->file, BDS_INT16, multipliers, channels, &r.multipliers));
    BDC_TRY(bdc_file_blob(z->file, BDS_INT32, bias, channels, &r.bias));
    return quantise_add(z, op, &r);
}

/* ---- Resize ----------------------------------------------------------------------------------------------------- */

static void lines(uint16_t *to, uint32_t n, const uint32_t *first, const uint32_t *second, const float *fraction)
{
    for (uint32_t i = 0; i < n; i++) {
        to[3 * i] = (uint16_t)first[i];
        to[3 * i + 1] = (uint16_t)second[i];
        to[3 * i + 2] = (uint16_t)fmin(fmax(floor((double)fraction[i] * 1024 + 0.5), 0), 1024);
    }
}

bdc_status quantise_resize(quantiser *z, const ir_op *op)
{
    const ir_tensor *y = &z->graph->tensors[op->output];
    const ir_resize *s = op->resize;
    bdf_op r = quantise_record(z, op, BDF_RESIZE);
    const size_t n = (size_t)3 * (y->h + y->w);
    uint16_t *table = BDC_NEW(z->context, uint16_t, n);
    if (!table)
        return BDC_E_MEMORY;
    lines(table, y->h, s->row_first, s->row_second, s->row_fraction);
    lines(table + (size_t)3 * y->h, y->w, s->column_first, s->column_second, s->column_fraction);
    BDC_TRY(bdc_file_blob(z->file, BDS_UINT16, table, n, &r.table));
    return quantise_add(z, op, &r);
}
