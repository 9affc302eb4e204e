/* Inputs and outputs of the operator at hand: what is quantised in the file is real inside the net's operators.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "tflite.h"

int tfl_has(const tfl_importer *m, uint32_t i)
{
    return i < m->op->input_count && m->op->inputs[i] != NET_NONE;
}

const tfl_tensor *tfl_input(const tfl_importer *m, uint32_t i)
{
    return &m->tensors[m->op->inputs[i]];
}

const tfl_tensor *tfl_output(const tfl_importer *m, uint32_t i)
{
    return &m->tensors[m->op->outputs[i]];
}

bdc_status tfl_prepare_inputs(tfl_importer *m)
{
    bdc_context *c = m->context;
    m->all_constant = 1;
    for (uint32_t i = 0; i < m->op->input_count; i++) {
        if (!tfl_has(m, i))
            continue;
        tfl_tensor *t = &m->tensors[m->op->inputs[i]];
        size_t count = 1;
        for (uint32_t k = 0; k < t->rank; k++)
            count *= t->dims[k];
        if (t->is_variable && !m->takes_variables)
            return bdc_fail(c, BDC_E_UNSUPPORTED, "Operator %s '%s' reads the variable '%s', which is not supported.",
                            m->op->type, m->op->name, t->name);
        if (t->net == NET_NONE && !t->is_variable) {
            if (!t->data.at && count)
                return bdc_fail(c, BDC_E_INVALID, "Operator %s '%s' reads tensor '%s', which nothing made before it.",
                                m->op->type, m->op->name, t->name);
            BDC_TRY(tfl_add_constant(m, t));
        }
        m->all_constant &= t->net != NET_NONE && tfl_net_tensor(m, t->net)->data != NULL;
    }
    return BDC_OK;
}

uint32_t tfl_stored(const tfl_importer *m, uint32_t i)
{
    return tfl_input(m, i)->net;
}

/* Integers of 8 and 16 bits are quantised wherever there is a scale; wider ones only as constants: biases. */
static int is_quantised(const tfl_importer *m, const tfl_tensor *t)
{
    if (!t->scale_count)
        return 0;
    if (t->type == TFL_INT32 || t->type == TFL_INT64)
        return t->net != NET_NONE && tfl_net_tensor(m, t->net)->data != NULL;
    return 1;
}

bdc_status tfl_quantization(tfl_importer *m, const tfl_tensor *t, net_type type, uint32_t *inputs, uint32_t *count)
{
    uint32_t n = t->scale_count, rank = n > 1;
    float *scales = BDC_NEW(m->context, float, n);
    int16_t *zeros = BDC_NEW(m->context, int16_t, n);
    uint8_t *bytes = BDC_NEW(m->context, uint8_t, n);
    if (!scales || !zeros || !bytes)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        scales[i] = fb_float_number(t->scales.at + 4 * (size_t)i);
        zeros[i] = (int16_t)(t->zero_points.count ? fb_signed_number(t->zero_points.at + 8 * (size_t)i, 8) : 0);
        bytes[i] = (uint8_t)zeros[i];
    }
    BDC_TRY(tfl_constant(m, NET_FLOAT, rank, &n, scales, &inputs[0]));
    *count = 2;
    if (type != NET_INT8 && type != NET_UINT8 && type != NET_INT16)
        return BDC_OK; /* int32 has none */
    *count = 3;
    return tfl_constant(m, type, rank, &n, type == NET_INT16 ? (const void *)zeros : bytes, &inputs[1]);
}

/* Biases of 64 bits, beside activations of 16, hold what fits into 32. */
static bdc_status narrow_bias(tfl_importer *m, uint32_t x, uint32_t *y)
{
    const net_tensor *t = tfl_net_tensor(m, x);
    const int64_t *values = t->data;
    for (size_t i = 0, count = net_count(t); i < count; i++)
        if (values[i] < INT32_MIN || values[i] > INT32_MAX)
            return tfl_refuse(m, BDC_E_LIMIT, "has a bias that does not fit into 32 bits");
    return tfl_cast(m, x, NET_INT32, y);
}

/* x: the stored numbers of t, perhaps with their axes in another order: axis is where t->axis went. */
static bdc_status dequantised(tfl_importer *m, const tfl_tensor *t, uint32_t x, uint32_t axis, uint32_t *y)
{
    int constant = tfl_net_tensor(m, x)->data != NULL;
    if (t->type == TFL_INT64)
        BDC_TRY(narrow_bias(m, x, &x));
    if (!constant && t->scale_count > 1)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                        "Operator %s '%s' computes on tensor '%s' with a scale per channel, which only constants may "
                        "have.",
                        m->op->type, m->op->name, t->name);
    /* A constant operand stays an integer constant with its scale, unless the operator is folded whole. */
    return tfl_dequantize(m, t, x, axis, constant && !m->all_constant, y);
}

bdc_status tfl_real(tfl_importer *m, uint32_t i, uint32_t *net)
{
    tfl_tensor *t = &m->tensors[m->op->inputs[i]];
    *net = t->real != NET_NONE ? t->real : t->net;
    if (t->real != NET_NONE || !is_quantised(m, t))
        return BDC_OK;
    BDC_TRY(dequantised(m, t, t->net, t->axis, net));
    if (!tfl_net_tensor(m, t->net)->data)
        t->real = *net;
    return BDC_OK;
}

bdc_status tfl_real_parameter(tfl_importer *m, uint32_t i, uint32_t *net)
{
    int all_constant = m->all_constant;
    m->all_constant = 1;
    BDC_TRY(tfl_real(m, i, net));
    m->all_constant = all_constant;
    return BDC_OK;
}

bdc_status tfl_real_transposed(tfl_importer *m, uint32_t i, const uint32_t *axes, uint32_t *net)
{
    const tfl_tensor *t = tfl_input(m, i);
    uint32_t axis = t->axis, moved;
    for (uint32_t k = 0; k < t->rank; k++)
        if (axes[k] == t->axis)
            axis = k;
    BDC_TRY(tfl_transpose(m, t->net, axes, &moved));
    *net = moved;
    return is_quantised(m, t) ? dequantised(m, t, moved, axis, net) : BDC_OK;
}

bdc_status tfl_bias(tfl_importer *m, uint32_t i, uint32_t weights_input, uint32_t x_input, uint32_t *net)
{
    const tfl_tensor *b = tfl_input(m, i), *w = tfl_input(m, weights_input), *x = tfl_input(m, x_input);
    if (b->scale_count || b->type != TFL_INT32 || !w->scale_count || !x->scale_count)
        return tfl_real(m, i, net);
    uint32_t inputs[2] = {tfl_stored(m, i), NET_NONE};
    float *scales = BDC_NEW(m->context, float, w->scale_count);
    if (!scales)
        return BDC_E_MEMORY;
    for (uint32_t k = 0; k < w->scale_count; k++)
        scales[k] = fb_float_number(w->scales.at + 4 * (size_t)k) * fb_float_number(x->scales.at);
    BDC_TRY(tfl_constant(m, NET_FLOAT, w->scale_count > 1, &w->scale_count, scales, &inputs[1]));
    return tfl_emit_kept(m, NET_DEQUANTIZE_LINEAR, inputs, 2, NULL, net);
}

bdc_status tfl_integers(tfl_importer *m, uint32_t i, const int64_t **values, uint32_t *count)
{
    if (!tfl_has(m, i))
        return tfl_refuse(m, BDC_E_INVALID, "lacks an input");
    const net_tensor *t = tfl_net_tensor(m, tfl_stored(m, i));
    size_t n = net_count(t);
    if (!t->data)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                        "Operator %s '%s' takes its parameter '%s' from computed data; only constants are supported.",
                        m->op->type, m->op->name, tfl_input(m, i)->name);
    if (t->type != NET_INT32 && t->type != NET_INT64)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                        "Operator %s '%s' has a parameter '%s' of type %s; int32 and int64 are supported.", m->op->type,
                        m->op->name, tfl_input(m, i)->name, net_type_name(t->type));
    if (n > NET_MAX_LINKS)
        return tfl_refuse(m, BDC_E_LIMIT, "has a parameter of too many elements");
    int64_t *out = BDC_NEW(m->context, int64_t, n);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t k = 0; k < n; k++)
        out[k] = t->type == NET_INT32 ? ((const int32_t *)t->data)[k] : ((const int64_t *)t->data)[k];
    *values = out;
    *count = (uint32_t)n;
    return BDC_OK;
}

bdc_status tfl_integer(tfl_importer *m, uint32_t i, int64_t *value)
{
    const int64_t *values;
    uint32_t count;
    BDC_TRY(tfl_integers(m, i, &values, &count));
    if (count != 1)
        return tfl_refuse(m, BDC_E_INVALID, "has a parameter of several elements where one is expected");
    *value = values[0];
    return BDC_OK;
}

bdc_status tfl_axis(tfl_importer *m, int64_t axis, uint32_t rank, uint32_t *normal)
{
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has axis %d, but its tensor has %u dimensions.",
                        m->op->type, m->op->name, axis < -1000 || axis > 1000 ? 1000 : (int)axis, rank);
    *normal = (uint32_t)(axis < 0 ? axis + (int64_t)rank : axis);
    return BDC_OK;
}

bdc_status tfl_side(tfl_importer *m, int64_t value, uint32_t *out)
{
    if (value < 0 || value > NET_MAX_ELEMENTS)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a shape with a side of %d.", m->op->type,
                        m->op->name, value < INT32_MIN || value > INT32_MAX ? INT32_MAX : (int)value);
    *out = (uint32_t)value;
    return BDC_OK;
}

static bdc_status clip(tfl_importer *m, uint32_t x, float lo, float hi, uint32_t *y)
{
    uint32_t inputs[3] = {x, NET_NONE, NET_NONE};
    BDC_TRY(tfl_scalar(m, lo, &inputs[1]));
    BDC_TRY(tfl_scalar(m, hi, &inputs[2]));
    return tfl_emit(m, NET_CLIP, inputs, 3, NULL, NULL, y);
}

bdc_status tfl_activate(tfl_importer *m, const tfl_tensor *t, uint32_t x, tfl_activation activation, uint32_t *y)
{
    /* Of quantised results the limits are stored numbers: TensorFlow Lite rounds them first, halves away from zero. */
    float six = 6, one = 1;
    if (t && t->scale_count) {
        float scale = fb_float_number(t->scales.at);
        six = floorf(6 / scale + 0.5f) * scale;
        one = floorf(1 / scale + 0.5f) * scale;
    }
    *y = x;
    switch (activation) {
    case TFL_ACT_NONE:
        return BDC_OK;
    case TFL_ACT_RELU:
        return tfl_unary(m, NET_RELU, x, y);
    case TFL_ACT_RELU6:
        return clip(m, x, 0, six, y);
    case TFL_ACT_RELU_N1_TO_1:
        return clip(m, x, -one, one, y);
    case TFL_ACT_RELU_0_TO_1:
        return clip(m, x, 0, one, y);
    case TFL_ACT_TANH:
        return tfl_unary(m, NET_TANH, x, y);
    case TFL_ACT_SIGN_BIT:
        break;
    }
    return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                    "Operator %s '%s' has the fused activation %d, which is not supported.", m->op->type, m->op->name,
                    (int)activation);
}

bdc_status tfl_fused(tfl_importer *m, uint32_t field, tfl_activation *activation)
{
    uint64_t value = fb_unsigned(&m->op->options, field, 1, TFL_ACT_NONE);
    if (value > TFL_ACT_SIGN_BIT)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a fused activation of the unknown number %u.",
                        m->op->type, m->op->name, (unsigned)value);
    *activation = (tfl_activation)value;
    return BDC_OK;
}

/* The result's type and shape are what the file says, where it says it. */
static bdc_status check_result(tfl_importer *m, const tfl_tensor *t, const net_tensor *n)
{
    if (n->type != tfl_net_type(t->type))
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' makes %s, but its output '%s' is stated as %s.",
                        m->op->type, m->op->name, net_type_name(n->type), t->name, tfl_type_name((uint32_t)t->type));
    int same = n->rank == t->rank;
    for (uint32_t i = 0; same && i < n->rank; i++)
        same = n->dims[i] == t->dims[i] || (t->open >> i & 1) != 0 || m->resized;
    /* Between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND that became one with it, a convolution has another shape. */
    if (same || (t->shape_unknown && t->rank == 0) || (m->op->dilation && m->op->code != TFL_BATCH_TO_SPACE_ND))
        return BDC_OK;
    uint32_t at = 0;
    while (n->rank == t->rank && n->dims[at] == t->dims[at])
        at++;
    if (n->rank != t->rank)
        return bdc_fail(m->context, BDC_E_INVALID,
                        "Operator %s '%s' makes %u dimensions, but its output '%s' is stated with %u.", m->op->type,
                        m->op->name, n->rank, t->name, t->rank);
    return bdc_fail(m->context, BDC_E_INVALID,
                    "Operator %s '%s' makes %u elements in dimension %u, but its output '%s' is stated with %u.",
                    m->op->type, m->op->name, n->dims[at], at, t->name, t->dims[at]);
}

bdc_status tfl_finish(tfl_importer *m, uint32_t i, uint32_t x, tfl_activation activation)
{
    bdc_context *c = m->context;
    tfl_tensor *t = &m->tensors[m->op->outputs[i]];
    if (t->net != NET_NONE || t->data.at || t->is_variable)
        return bdc_fail(c, BDC_E_INVALID, "Operator %s '%s' writes to tensor '%s', which is %s.", m->op->type,
                        m->op->name, t->name, t->net != NET_NONE ? "made already" : "a constant");
    BDC_TRY(tfl_activate(m, t, x, activation, &x));
    if (t->scale_count > 1)
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "Output '%s' of operator %s has a scale per channel, which only constants may have.", t->name,
                        m->op->type);
    if (is_quantised(m, t) && tfl_net_tensor(m, x)->type == NET_FLOAT) {
        uint32_t inputs[3] = {x, NET_NONE, NET_NONE}, count;
        BDC_TRY(tfl_quantization(m, t, tfl_net_type(t->type), inputs + 1, &count));
        BDC_TRY(tfl_emit(m, NET_QUANTIZE_LINEAR, inputs, count, NULL, NULL, &x));
    }
    BDC_TRY(check_result(m, t, tfl_net_tensor(m, x)));
    if (x >= m->first_new)
        m->net->tensors[x].name = m->op->dilation ? m->op->name : t->name;
    t->net = x;
    return BDC_OK;
}
