/* Operators that copy, look up or compare, and the choice among all: what the numbers mean is said in format.h.
 * SPDX-License-Identifier: MIT */
#include "quantise.h"

#include <math.h>

#include "../bedside.h"
#include "../requant.h"
#include "real.h"

bdf_op quantise_record(const quantiser *z, const ir_op *op, bdf_opcode code)
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

bdc_status quantise_add(quantiser *z, const ir_op *op, const bdf_op *r)
{
    return bdc_file_op(z->file, r, op->inputs, op->input_count);
}

bdc_status quantise_check_window(const quantiser *z, const ir_op *op)
{
    const ir_tensor *y = &z->graph->tensors[op->output];
    const uint64_t taps = (uint64_t)op->window.kernel_h * op->window.kernel_w;
    if (taps > BDF_MAX_TAPS || taps * y->w > BDF_MAX_ROW_TAPS)
        return bdc_fail(z->context, BDC_E_LIMIT, "The window that makes '%s' has too many pixels: %u x %u.", y->name,
                        op->window.kernel_h, op->window.kernel_w);
    return BDC_OK;
}

bdc_status quantise_too_fine(quantiser *z, const ir_op *op)
{
    z->too_fine = op->output;
    return BDC_OK;
}

/* ---- Copies ----------------------------------------------------------------------------------------------------- */

static bdc_status add_copy(quantiser *z, const ir_op *op, bdf_opcode code)
{
    bdf_op r = quantise_record(z, op, code);
    if (code == BDF_MAX_POOL)
        BDC_TRY(quantise_check_window(z, op));
    if (code == BDF_PAD)
        r.m_a = scales_store(&z->quants[op->output], (double)op->alpha);
    return quantise_add(z, op, &r);
}

static bdc_status add_view(quantiser *z, const ir_op *op)
{
    bdf_op r = quantise_record(z, op, BDF_VIEW);
    int32_t table[13];
    for (int i = 0; i < 6; i++) {
        table[i] = (int32_t)op->view->count[i];
        table[6 + i] = op->view->stride[i];
    }
    table[12] = op->view->offset;
    BDC_TRY(bdc_file_blob(z->file, BDS_INT32, table, 13, &r.table));
    return quantise_add(z, op, &r);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

/* What the function makes of a stored value, as a real number of steps of the result from 0; slope null: no channel. */
static double steps(const quantiser *z, const ir_op *op, const float *slope, int32_t stored)
{
    const quant *x = &z->quants[op->inputs[0]], *y = &z->quants[op->output];
    const float real = (float)scales_real(x, stored);
    float result = slope ? (real < 0 ? real * *slope : real) : ir_apply(op, real);
    result = fminf(fmaxf(result, op->lo), op->hi);
    return (double)result / y->scale;
}

/* Entries of a table for one channel: 256 results for int8, 257 samples between which the runtime draws lines for int16. */
static uint32_t table_size(const quantiser *z, const ir_op *op)
{
    return z->quants[op->inputs[0]].type == BDS_INT16 ? 257 : 256;
}

/* Fills a row: results in steps of the output, or in 1/256 of them where the runtime interpolates for int8. */
static void fill_row(const quantiser *z, const ir_op *op, const float *slope, int16_t *row)
{
    const quant *x = &z->quants[op->inputs[0]], *y = &z->quants[op->output];
    const int interpolated = x->type == BDS_INT16;
    const double finer = interpolated && y->type == BDS_INT8 ? 256 : 1;
    const double limit = y->type == BDS_INT8 && !interpolated ? 128 : 32768;
    for (int32_t i = 0; i < (int32_t)table_size(z, op); i++) {
        const double real = steps(z, op, slope, interpolated ? i * 256 - 32768 : i - 128);
        const double stored = floor(real * finer + 0.5) + y->zero_point * finer;
        row[i] = (int16_t)fmin(fmax(stored, -limit), limit - 1);
    }
}

/* rows: 1, or one per channel with slopes. */
static bdc_status add_tables(quantiser *z, const ir_op *op, uint32_t rows, const float *slopes)
{
    const quant *x = &z->quants[op->inputs[0]], *y = &z->quants[op->output];
    const size_t n = table_size(z, op);
    bdf_op r = quantise_record(z, op, slopes ? BDF_CHANNEL_TABLE : BDF_TABLE);
    int16_t *table = BDC_NEW(z->context, int16_t, rows *n);
    int8_t *narrow = BDC_NEW(z->context, int8_t, rows *n);
    if (!table || !narrow)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < rows; i++)
        fill_row(z, op, slopes ? &slopes[i] : NULL, table + i * n);
    for (size_t i = 0; i < rows * n; i++)
        narrow[i] = (int8_t)table[i];
    if (x->type == BDS_INT8 && y->type == BDS_INT8)
        BDC_TRY(bdc_file_blob(z->file, BDS_INT8, narrow, rows * n, &r.table));
    else
        BDC_TRY(bdc_file_blob(z->file, BDS_INT16, table, rows * n, &r.table));
    return quantise_add(z, op, &r);
}

/* A change of scale or type is a multiplication where int16 takes part: a table has only 257 samples then. */
static int is_change(const ir_op *op)
{
    return op->function_count == 0 || (op->function_count == 1 && op->functions[0].code == IR_IDENTITY);
}

static bdc_status add_function(quantiser *z, const ir_op *op)
{
    const quant *x = &z->quants[op->inputs[0]], *y = &z->quants[op->output];
    if (!is_change(op) || (x->type == BDS_INT8 && y->type == BDS_INT8))
        return add_tables(z, op, 1, NULL);
    bdf_op r = quantise_record(z, op, BDF_CONVERT);
    int shift = 30;
    while (shift > 0 && round(ldexp(x->scale / y->scale, shift)) > BDS_MULTIPLIER_MAX)
        shift--;
    if (shift < 1)
        return quantise_too_fine(z, op);
    r.shift = (uint8_t)shift;
    r.m_a = (int32_t)round(ldexp(x->scale / y->scale, shift));
    return quantise_add(z, op, &r);
}

/* exp(-d) at d = 0, 2^shift, ...: int16 operands need steps as coarse as reach exp(-16). */
static bdc_status add_softmax(quantiser *z, const ir_op *op)
{
    bdf_op r = quantise_record(z, op, BDF_SOFTMAX);
    const double unit = z->quants[op->inputs[0]].scale;
    uint16_t curve[257];
    if (z->graph->tensors[op->output].c > 4096)
        return bdc_fail(z->context, BDC_E_LIMIT, "The softmax that makes '%s' has more than 4096 channels.",
                        z->graph->tensors[op->output].name);
    if (z->quants[op->inputs[0]].type == BDS_INT16)
        while (r.shift < 16 && ldexp(unit, 8 + r.shift) < 16)
            r.shift++;
    for (int i = 0; i < 257; i++)
        curve[i] = (uint16_t)round(65535 * real_exp(-ldexp(i * unit, r.shift)));
    BDC_TRY(bdc_file_blob(z->file, BDS_UINT16, curve, 257, &r.table));
    return quantise_add(z, op, &r);
}

static bdc_status add_arg_max(quantiser *z, const ir_op *op)
{
    const bdf_op r = quantise_record(z, op, BDF_ARG_MAX);
    if (z->graph->tensors[op->inputs[0]].c > 32768)
        return bdc_fail(z->context, BDC_E_LIMIT, "The arg max that makes '%s' has more than 32768 channels.",
                        z->graph->tensors[op->output].name);
    return quantise_add(z, op, &r);
}

bdc_status quantise_op(quantiser *z, uint32_t i)
{
    const ir_op *op = &z->graph->ops[i];
    z->too_fine = IR_NONE;
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
        return quantise_layer(z, i);
    case IR_FUNCTION:
        return add_function(z, op);
    case IR_PRELU:
        return add_tables(z, op, z->graph->tensors[op->output].c, op->weights);
    case IR_ADD:
    case IR_SUB:
        return quantise_sum(z, op);
    case IR_MUL:
        return quantise_product(z, op);
    case IR_MIN:
        return add_copy(z, op, BDF_MIN);
    case IR_MAX:
        return add_copy(z, op, BDF_MAX);
    case IR_MAX_POOL:
        return add_copy(z, op, BDF_MAX_POOL);
    case IR_AVG_POOL:
        return quantise_average(z, op);
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
    case IR_MATMUL:
        return quantise_matrix_product(z, op);
    case IR_RESIZE:
        return quantise_resize(z, op);
    case IR_LAYER_NORM:
    case IR_INSTANCE_NORM:
        return quantise_norm(z, op);
    case IR_ARG_MAX:
        return add_arg_max(z, op);
    case IR_AFFINE:
        break;
    }
    return bdc_fail(z->context, BDC_E_UNSUPPORTED, "The operator %s that makes '%s' cannot be quantised.",
                    ir_name(op->code), z->graph->tensors[op->output].name);
}
