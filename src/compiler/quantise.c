/* One function per operator of the file: what its numbers mean is said in format.h.
 * SPDX-License-Identifier: MIT */
#include "quantise.h"

#include <math.h>
#include <string.h>

#include "../bedside.h"
#include "../requant.h"
#include "layer.h"

static const ir_tensor *tensor(const quantiser *z, uint32_t i)
{
    return &z->graph->tensors[i];
}

/* A record with everything that most operators share. */
static bdf_op record(const quantiser *z, const ir_op *op, bdf_opcode code)
{
    const ir_window *w = &op->window;
    const quant *y = &z->quants[op->output];
    const int16_t least = y->type == BDS_INT16 ? INT16_MIN : INT8_MIN,
                  most = y->type == BDS_INT16 ? INT16_MAX : INT8_MAX;
    bdf_op r = {.code = (uint16_t)code, .groups = 1, .output = op->output};
    r.kernel_h = (uint16_t)w->kernel_h;
    r.kernel_w = (uint16_t)w->kernel_w;
    r.stride_h = (uint16_t)w->stride_h;
    r.stride_w = (uint16_t)w->stride_w;
    r.dilation_h = (uint16_t)w->dilation_h;
    r.dilation_w = (uint16_t)w->dilation_w;
    r.pad_top = (uint16_t)w->pad_top;
    r.pad_left = (uint16_t)w->pad_left;
    r.pad_bottom = (uint16_t)w->pad_bottom;
    r.pad_right = (uint16_t)w->pad_right;
    r.lo = isinf(op->lo) ? least : (int16_t)scales_store(y, (double)op->lo);
    r.hi = isinf(op->hi) ? most : (int16_t)scales_store(y, (double)op->hi);
    r.weights = r.bias = r.multipliers = r.table = BDF_NONE;
    return r;
}

static bdc_status add(quantiser *z, const ir_op *op, const bdf_op *r)
{
    return bdc_file_op(z->file, r, op->inputs, op->input_count);
}

/* The runtime's limits on windows. */
static bdc_status check_window(const quantiser *z, const ir_op *op)
{
    const ir_tensor *y = tensor(z, op->output);
    const uint64_t taps = (uint64_t)op->window.kernel_h * op->window.kernel_w;
    if (taps > BDF_MAX_TAPS || taps * y->w > BDF_MAX_ROW_TAPS)
        return bdc_fail(z->context, BDC_E_LIMIT, "The window that makes '%s' has too many pixels: %u x %u.", y->name,
                        op->window.kernel_h, op->window.kernel_w);
    return BDC_OK;
}

/* Widen the result's scale and begin again. */
static bdc_status too_fine(quantiser *z, const ir_op *op)
{
    z->too_fine = op->output;
    return BDC_OK;
}

static bdc_status add_layer(quantiser *z, const ir_op *op)
{
    bdc_context *c = z->context;
    const ir_tensor *x = tensor(z, op->inputs[0]), *y = tensor(z, op->output);
    const int dense = op->code == IR_GEMM, depthwise = !dense && op->groups == x->c && op->groups == y->c;
    BDC_TRY(check_window(z, op));
    bdf_op r = record(z, op, dense ? BDF_FULLY_CONNECTED : depthwise ? BDF_DEPTHWISE : BDF_CONV);
    layer_source s = {.channels = y->c, .weights = op->weights, .bias = op->bias, .lo = r.lo, .hi = r.hi};
    s.group_in = dense ? x->c : x->c / op->groups;
    s.group_out = dense ? y->c : y->c / op->groups;
    s.x = &z->quants[op->inputs[0]];
    s.y = &z->quants[op->output];
    s.mean = z->options->no_bias_correction ? NULL : x->mean;
    if (ir_weight_row(z->graph, op) > 65535)
        return bdc_fail(c, BDC_E_LIMIT, "Layer '%s' sums over more than 65535 inputs: its accumulators could overflow.",
                        y->name);
    s.depth = (uint32_t)ir_weight_row(z->graph, op);
    layer_result q;
    int fits;
    BDC_TRY(layer_quantise(c, &s, &q, &fits));
    if (!fits)
        return too_fine(z, op);
    const size_t count = (size_t)s.channels * s.depth;
    int8_t *stored = q.weights;
    if (depthwise && s.depth > 1) { /* [C][taps] to [taps][C] */
        stored = BDC_NEW(c, int8_t, count);
        if (!stored)
            return BDC_E_MEMORY;
        for (uint32_t i = 0; i < s.channels; i++)
            for (uint32_t t = 0; t < s.depth; t++)
                stored[(size_t)t * s.channels + i] = q.weights[(size_t)i * s.depth + t];
    }
    r.groups = (uint16_t)(dense || depthwise ? 1 : op->groups);
    r.left = q.left;
    r.shift = q.shift;
    BDC_TRY(bdc_file_weights(z->file, stored, count, depthwise ? s.channels : s.depth, &r.weights));
    BDC_TRY(bdc_file_blob(z->file, BDS_INT32, q.bias, s.channels, &r.bias));
    BDC_TRY(bdc_file_blob(z->file, BDS_INT16, q.multipliers, s.channels, &r.multipliers));
    return add(z, op, &r);
}

/* The largest factor gets 15 bits; the other is rounded to the same shift. */
static bdc_status add_sum(quantiser *z, const ir_op *op)
{
    bdf_op r = record(z, op, BDF_ADD);
    const double y = z->quants[op->output].scale;
    const double a = z->quants[op->inputs[0]].scale / y, b = z->quants[op->inputs[1]].scale / y;
    int shift = 30;
    while (shift > 0 && round(ldexp(fmax(a, b), shift)) > BDS_MULTIPLIER_MAX)
        shift--;
    if (shift < 1)
        return too_fine(z, op);
    r.shift = (uint8_t)shift;
    r.m_a = (int32_t)round(ldexp(a, shift));
    r.m_b = (int32_t)round(ldexp(b, shift));
    return add(z, op, &r);
}

static bdc_status add_product(quantiser *z, const ir_op *op)
{
    bdf_op r = record(z, op, BDF_MUL);
    const double factor = z->quants[op->inputs[0]].scale * z->quants[op->inputs[1]].scale / z->quants[op->output].scale;
    if (!layer_multiplier_scale(factor, BDS_SHIFT_MAX, &r.left, &r.shift) ||
        (int64_t)255 * 255 >= BDS_ACCUMULATOR_LIMIT >> r.left)
        return too_fine(z, op);
    r.m_a = (int32_t)fmin(fmax(round(ldexp(factor, r.shift - r.left)), 1), BDS_MULTIPLIER_MAX);
    return add(z, op, &r);
}

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

static bdc_status add_average(quantiser *z, const ir_op *op)
{
    bdc_context *c = z->context;
    const ir_tensor *x = tensor(z, op->inputs[0]), *y = tensor(z, op->output);
    const ir_window *w = &op->window;
    const uint64_t taps = (uint64_t)w->kernel_h * w->kernel_w;
    BDC_TRY(check_window(z, op));
    bdf_op r = record(z, op, BDF_AVG_POOL);
    int16_t *multipliers = BDC_NEW(c, int16_t, (size_t)taps);
    if (!multipliers)
        return BDC_E_MEMORY;
    /* Windows smaller than the smallest that occurs need no multiplier, so the 15 bits are for those that do. */
    const uint32_t least = fewest(x->h, y->h, w->kernel_h, w->stride_h, w->pad_top) *
                           fewest(x->w, y->w, w->kernel_w, w->stride_w, w->pad_left);
    const double ratio = z->quants[op->inputs[0]].scale / z->quants[op->output].scale;
    if (!layer_multiplier_scale(ratio / (op->include_pad ? (double)taps : least), BDS_SHIFT_MAX, &r.left, &r.shift) ||
        (int64_t)taps * 255 >= BDS_ACCUMULATOR_LIMIT >> r.left)
        return too_fine(z, op);
    for (uint64_t n = 1; n <= taps; n++) {
        double m = ldexp(ratio / (double)(op->include_pad ? taps : n < least ? least : n), r.shift - r.left);
        multipliers[n - 1] = (int16_t)fmin(fmax(round(m), 1), BDS_MULTIPLIER_MAX);
    }
    BDC_TRY(bdc_file_blob(z->file, BDS_INT16, multipliers, (size_t)taps, &r.multipliers));
    return add(z, op, &r);
}

static bdc_status add_copy(quantiser *z, const ir_op *op, bdf_opcode code)
{
    bdf_op r = record(z, op, code);
    if (code == BDF_MAX_POOL)
        BDC_TRY(check_window(z, op));
    if (code == BDF_PAD)
        r.m_a = scales_store(&z->quants[op->output], (double)op->alpha);
    return add(z, op, &r);
}

static bdc_status add_view(quantiser *z, const ir_op *op)
{
    bdf_op r = record(z, op, BDF_VIEW);
    int32_t table[13];
    for (int i = 0; i < 6; i++) {
        table[i] = (int32_t)op->view->count[i];
        table[6 + i] = op->view->stride[i];
    }
    table[12] = op->view->offset;
    BDC_TRY(bdc_file_blob(z->file, BDS_INT32, table, 13, &r.table));
    return add(z, op, &r);
}

/* All 256 results of a function. */
static bdc_status add_table(quantiser *z, const ir_op *op)
{
    bdf_op r = record(z, op, BDF_TABLE);
    const quant *x = &z->quants[op->inputs[0]], *y = &z->quants[op->output];
    int8_t table[256];
    for (int i = -128; i < 128; i++) {
        float real = ir_apply(op, (float)(x->scale * (i - x->zero_point)));
        table[i + 128] = (int8_t)scales_store(y, (double)fminf(fmaxf(real, op->lo), op->hi));
    }
    BDC_TRY(bdc_file_blob(z->file, BDS_INT8, table, sizeof table, &r.table));
    return add(z, op, &r);
}

static bdc_status add_softmax(quantiser *z, const ir_op *op)
{
    bdf_op r = record(z, op, BDF_SOFTMAX);
    uint16_t curve[257];
    if (tensor(z, op->output)->c > 4096)
        return bdc_fail(z->context, BDC_E_LIMIT, "The softmax that makes '%s' has more than 4096 channels.",
                        tensor(z, op->output)->name);
    for (int i = 0; i < 257; i++)
        curve[i] = (uint16_t)round(65535 * exp(-i * z->quants[op->inputs[0]].scale));
    BDC_TRY(bdc_file_blob(z->file, BDS_UINT16, curve, 257, &r.table));
    return add(z, op, &r);
}

bdc_status quantise_op(quantiser *z, const ir_op *op)
{
    z->too_fine = IR_NONE;
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
        return add_layer(z, op);
    case IR_FUNCTION:
        return add_table(z, op);
    case IR_ADD:
        return add_sum(z, op);
    case IR_MUL:
        return add_product(z, op);
    case IR_MAX_POOL:
        return add_copy(z, op, BDF_MAX_POOL);
    case IR_AVG_POOL:
        return add_average(z, op);
    case IR_CONCAT:
        return add_copy(z, op, BDF_CONCAT);
    case IR_PAD:
        return add_copy(z, op, BDF_PAD);
    case IR_RESHAPE:
        return add_copy(z, op, BDF_RESHAPE);
    case IR_VIEW:
        return add_view(z, op);
    case IR_SOFTMAX:
        return add_softmax(z, op);
    default:
        return bdc_fail(z->context, BDC_E_UNSUPPORTED, "The operator %s that makes '%s' cannot be quantised.",
                        ir_name(op->code), tensor(z, op->output)->name);
    }
}
