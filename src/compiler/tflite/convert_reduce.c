/* Reductions, and what looks along an axis.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "tflite.h"

bdc_status tfl_reduce(tfl_importer *m, net_code code)
{
    const int64_t *values;
    uint32_t count, x, y;
    net_attributes a = {.keep_dims = tfl_option(m, 0, 1, 0) != 0};
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &values, &count));
    uint32_t rank = tfl_net_tensor(m, x)->rank, seen = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t axis;
        BDC_TRY(tfl_axis(m, values[i], rank, &axis));
        seen |= 1u << axis;
    }
    for (uint32_t axis = 0; axis < rank; axis++)
        if (seen >> axis & 1)
            a.axes[a.axis_count++] = axis;
    if (a.axis_count == 0) /* no axes: nothing is reduced */
        BDC_TRY(tfl_unary(m, NET_IDENTITY, x, &y));
    else
        BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_arg(tfl_importer *m, net_code code)
{
    int64_t value;
    uint32_t x, y, axis;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integer(m, 1, &value));
    BDC_TRY(tfl_axis(m, value, tfl_net_tensor(m, x)->rank, &axis));
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    BDC_TRY(tfl_cast(m, y, tfl_net_type(tfl_output(m, 0)->type), &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

static bdc_status last_axis(tfl_importer *m, uint32_t x, uint32_t *axis)
{
    return tfl_axis(m, -1, tfl_net_tensor(m, x)->rank, axis);
}

bdc_status tfl_softmax(tfl_importer *m, net_code code)
{
    uint32_t x, y, axis, factor;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(last_axis(m, x, &axis));
    float beta = code == NET_SOFTMAX ? fb_float(&m->op->options, 0, 0) : 1;
    if (!isfinite(beta))
        return tfl_refuse(m, BDC_E_INVALID, "has a beta that is not a number");
    if (beta < 1 || beta > 1) {
        BDC_TRY(tfl_scalar(m, beta, &factor));
        BDC_TRY(tfl_binary(m, NET_MUL, x, factor, &x));
    }
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_l2_normalization(tfl_importer *m, net_code code)
{
    tfl_activation activation;
    uint32_t x, y, axis;
    BDC_TRY(tfl_fused(m, 0, &activation));
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(last_axis(m, x, &axis));
    const net_attributes a = {.axis = axis, .mode = 2};
    BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    return tfl_finish(m, 0, y, activation);
}

/* x / (bias + alpha * sum of squares over radius neighbours on either side) ^ beta; ONNX divides alpha by their number. */
bdc_status tfl_lrn(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    int64_t radius = tfl_option(m, 0, 4, 0);
    if (radius < 0 || radius > 65535)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a radius of %d.", m->op->type, m->op->name,
                        (int)radius);
    uint32_t size = (uint32_t)(2 * radius + 1);
    const net_attributes a = {.group = size,
                              .gamma = fb_float(&m->op->options, 1, 0),
                              .alpha = fb_float(&m->op->options, 2, 0) * (float)size,
                              .beta = fb_float(&m->op->options, 3, 0),
                              .channels_last = 1};
    if (!isfinite(a.alpha) || !isfinite(a.beta) || !isfinite(a.gamma))
        return tfl_refuse(m, BDC_E_INVALID, "has a parameter that is not a number");
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_cumsum(tfl_importer *m, net_code code)
{
    uint32_t inputs[2], y;
    const net_attributes a = {.mode = (tfl_option(m, 0, 1, 0) ? 1 : 0) | (tfl_option(m, 1, 1, 0) ? 2 : 0)};
    BDC_TRY(tfl_real(m, 0, &inputs[0]));
    inputs[1] = tfl_stored(m, 1);
    BDC_TRY(tfl_emit(m, code, inputs, 2, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_top_k(tfl_importer *m, net_code code)
{
    static const uint32_t one = 1;
    uint32_t inputs[2], outputs[2], axis;
    int64_t k;
    BDC_TRY(tfl_real(m, 0, &inputs[0]));
    BDC_TRY(tfl_integer(m, 1, &k));
    BDC_TRY(tfl_constant(m, NET_INT64, 1, &one, &k, &inputs[1]));
    BDC_TRY(last_axis(m, inputs[0], &axis));
    const net_attributes a = {.axis = axis, .mode = 3};
    BDC_TRY(tfl_emit_all(m, code, inputs, 2, &a, NULL, outputs, 2));
    BDC_TRY(tfl_cast(m, outputs[1], tfl_net_type(tfl_output(m, 1)->type), &outputs[1]));
    BDC_TRY(tfl_finish(m, 0, outputs[0], TFL_ACT_NONE));
    return tfl_finish(m, 1, outputs[1], TFL_ACT_NONE);
}
