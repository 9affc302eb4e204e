/* Integers that stand for reals: q = round(x / scale) + zero point, halves to even, and back.
 * The scale is one number, one per index of the axis, or (opset 21) one per block of `block` indices along it.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "elements.h"
#include "infer.h"

enum {
    TYPES_QUANTISED = TYPE_SET(NET_INT8) | TYPE_SET(NET_UINT8) | TYPE_SET(NET_INT16) | TYPE_SET(NET_UINT16),
    TYPES_SCALE = TYPE_SET(NET_FLOAT) | TYPE_SET(NET_FLOAT16)
};

/* Scales that are known must be usable: positive and finite. */
static bdc_status check_scales(const op_infer *i, const net_tensor *scale)
{
    const size_t count = scale->data ? net_count(scale) : 0;
    for (size_t k = 0; k < count; k++) {
        const double value = elements_real_at(scale->type, scale->data, k);
        if (!(value > 0.0 && value < INFINITY))
            return bdc_fail(i->context, BDC_E_INVALID, "The scale of %s '%s' is not a positive finite number.",
                            i->op->type, i->op->name);
    }
    return BDC_OK;
}

/* Shapes of scale and zero point against x. */
static bdc_status check_parameters(const op_infer *i)
{
    const net_tensor *x = infer_input(i, 0), *scale = infer_input(i, 1), *zero = infer_input(i, 2);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_type(i, scale, TYPES_SCALE));
    BDC_TRY(check_scales(i, scale));
    if (zero && (net_count(zero) != net_count(scale) || (net_count(scale) > 1 && !net_same_shape(zero, scale))))
        return infer_bad_shape(i);
    if (net_count(scale) == 1 && scale->rank <= 1)
        return BDC_OK;
    BDC_TRY(infer_axis(i, a->axis, x->rank));
    if (scale->rank == 1)
        return scale->dims[0] == x->dims[a->axis] && !a->block ? BDC_OK : infer_bad_shape(i);
    if (!a->block)
        return infer_bad_shape(i);
    int fits = scale->rank == x->rank;
    for (uint32_t d = 0; fits && d < x->rank; d++) {
        const uint32_t side = d == a->axis ? x->dims[d] / a->block + (x->dims[d] % a->block > 0) : x->dims[d];
        fits = scale->dims[d] == side;
    }
    return fits ? BDC_OK : infer_bad_shape(i);
}

static bdc_status infer_quantise(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *zero = infer_input(i, 2);
    BDC_TRY(infer_type(i, x, TYPES_SCALE | TYPE_SET(NET_INT32)));
    BDC_TRY(infer_type(i, zero, TYPES_QUANTISED));
    BDC_TRY(check_parameters(i));
    net_type type = zero ? zero->type : NET_UINT8;
    if (i->op->a.to) {
        type = i->op->a.to;
        if (!net_type_bytes(type) || !(TYPES_QUANTISED >> type & 1u) || (zero && zero->type != type))
            return infer_bad_attribute(i, "output_dtype");
    }
    return infer_like(i, 0, type, x);
}

static bdc_status infer_dequantise(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_QUANTISED | TYPE_SET(NET_INT32)));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 2)));
    BDC_TRY(check_parameters(i));
    return infer_like(i, 0, infer_input(i, 1)->type, x);
}

/* Which scale element (o, l, n) of [outer, length, inner] has. */
typedef struct scale_map {
    axis_split split;
    size_t blocks, block; /* along the axis; 0 blocks: one scale for all */
    int per_element;      /* blocked: the scales have the other axes too */
} scale_map;

static scale_map map_scales(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *scale = &e->graph->tensors[op->inputs[1]];
    if (net_count(scale) == 1 && scale->rank <= 1)
        return (scale_map){.split = {1, 1, net_count(x)}};
    scale_map m = {.split = elements_split(x, (uint32_t)op->a.axis), .per_element = scale->rank > 1};
    m.block = m.per_element ? op->a.block : 1;
    m.blocks = (m.split.length + m.block - 1) / m.block;
    return m;
}

static double round_even(double x)
{
    const double magnitude = fabs(x);
    return magnitude < 0x1p52 ? copysign((magnitude + 0x1p52) - 0x1p52, x) : x;
}

/* A block of elements with steps through scales and zero points of 0 or 1. The quotient is rounded to float before it is rounded to a
 * whole number, as the standard's float division does. */
static void quantise_block(double *v, size_t n, const double *scale, const double *zero)
{
    for (size_t k = 0; k < n; k++) {
        const float quotient = (float)(v[k] / scale[k]);
        v[k] = round_even((double)quotient) + zero[k];
    }
}

static void dequantise_block(double *v, size_t n, const double *scale, const double *zero)
{
    for (size_t k = 0; k < n; k++)
        v[k] = (v[k] - zero[k]) * scale[k];
}

static bdc_status eval_scaled(const op_eval *e, void (*run)(double *, size_t, const double *, const double *))
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *y = &e->graph->tensors[op->outputs[0]];
    const net_type scale_type = e->graph->tensors[op->inputs[1]].type;
    const int has_zero = op->input_count > 2 && op->inputs[2] != NET_NONE;
    const scale_map m = map_scales(e);
    double v[ELEMENTS_BLOCK], scale[ELEMENTS_BLOCK], zero[ELEMENTS_BLOCK] = {0};
    for (size_t o = 0; o < m.split.outer; o++)
        for (size_t l = 0; l < m.split.length; l++)
            for (size_t at = 0; at < m.split.inner; at += ELEMENTS_BLOCK) {
                const size_t n = m.split.inner - at < ELEMENTS_BLOCK ? m.split.inner - at : ELEMENTS_BLOCK;
                const size_t first = (o * m.split.length + l) * m.split.inner + at;
                size_t place = m.blocks ? l / m.block : 0;
                if (m.per_element)
                    place = (o * m.blocks + place) * m.split.inner + at;
                const size_t step = m.per_element ? 1 : 0;
                elements_load_real(x->type, e->data[op->inputs[0]], first, 1, n, v);
                elements_load_real(scale_type, e->data[op->inputs[1]], place, step, n, scale);
                if (has_zero)
                    elements_load_real(e->graph->tensors[op->inputs[2]].type, e->data[op->inputs[2]], place, step, n,
                                       zero);
                run(v, n, scale, zero);
                elements_store_real(y->type, e->data[op->outputs[0]], first, n, v);
            }
    return BDC_OK;
}

static bdc_status eval_quantise(const op_eval *e)
{
    return eval_scaled(e, quantise_block);
}

static bdc_status eval_dequantise(const op_eval *e)
{
    return eval_scaled(e, dequantise_block);
}

static bdc_status infer_dynamic(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 3, 3));
    BDC_TRY(infer_type(i, infer_input(i, 0), TYPE_SET(NET_FLOAT)));
    BDC_TRY(infer_like(i, 0, NET_UINT8, infer_input(i, 0)));
    BDC_TRY(infer_set(i, 1, NET_FLOAT, 0, 0));
    return infer_set(i, 2, NET_UINT8, 0, 0);
}

/* The range of x and 0 becomes 0 to 255. */
static bdc_status eval_dynamic(const op_eval *e)
{
    const net_op *op = e->op;
    const float *x = e->data[op->inputs[0]];
    const size_t count = net_count(&e->graph->tensors[op->inputs[0]]);
    uint8_t *y = e->data[op->outputs[0]];
    float least = 0.0f, most = 0.0f;
    for (size_t k = 0; k < count; k++) {
        least = x[k] < least ? x[k] : least;
        most = x[k] > most ? x[k] : most;
    }
    const float range = most - least;
    const float scale = range > 0.0f ? range / 255.0f : 1.0f; /* all zero: any scale does */
    const double zero = round_even((double)(-least / scale));
    *(float *)e->data[op->outputs[1]] = scale;
    elements_store_real(NET_UINT8, e->data[op->outputs[2]], 0, 1, &zero);
    for (size_t k = 0; k < count; k++) {
        const double q = round_even((double)(x[k] / scale)) + zero;
        elements_store_real(NET_UINT8, y, k, 1, &q);
    }
    return BDC_OK;
}

const op_row *ops_quantise_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"QuantizeLinear", infer_quantise, eval_quantise},
        [NET_DEQUANTIZE_LINEAR - NET_QUANTIZE_LINEAR] = {"DequantizeLinear", infer_dequantise, eval_dequantise},
        [NET_DYNAMIC_QUANTIZE_LINEAR - NET_QUANTIZE_LINEAR] = {"DynamicQuantizeLinear", infer_dynamic, eval_dynamic},
    };
    return &rows[code - NET_QUANTIZE_LINEAR];
}
