/* Element by element: activations, arithmetic, comparisons, changes of type and of quantisation.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "tflite.h"

bdc_status tfl_element(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_unary(m, code, x, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

static bdc_status with_attributes(tfl_importer *m, net_code code, const net_attributes *a)
{
    uint32_t x, y;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_emit(m, code, &x, 1, a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_leaky_relu(tfl_importer *m, net_code code)
{
    const net_attributes a = {.alpha = fb_float(&m->op->options, 0, 0)};
    if (!isfinite(a.alpha))
        return tfl_refuse(m, BDC_E_INVALID, "has an alpha that is not a number");
    return with_attributes(m, code, &a);
}

bdc_status tfl_elu(tfl_importer *m, net_code code)
{
    const net_attributes a = {.alpha = 1};
    return with_attributes(m, code, &a);
}

bdc_status tfl_gelu(tfl_importer *m, net_code code)
{
    const net_attributes a = {.mode = tfl_option(m, 0, 1, 0) != 0};
    return with_attributes(m, code, &a);
}

/* RELU6 and its like: the limits are those of a fused activation. */
bdc_status tfl_limit(tfl_importer *m, net_code code)
{
    uint32_t x;
    BDC_TRY(tfl_real(m, 0, &x));
    (void)code;
    tfl_activation activation = m->op->code == TFL_RELU6          ? TFL_ACT_RELU6
                                : m->op->code == TFL_RELU_N1_TO_1 ? TFL_ACT_RELU_N1_TO_1
                                                                  : TFL_ACT_RELU_0_TO_1;
    return tfl_finish(m, 0, x, activation);
}

bdc_status tfl_square(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_binary(m, code, x, x, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_rsqrt(tfl_importer *m, net_code code)
{
    uint32_t x, root, y;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_unary(m, NET_SQRT, x, &root));
    BDC_TRY(tfl_unary(m, code, root, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

static bdc_status two(tfl_importer *m, uint32_t *a, uint32_t *b)
{
    BDC_TRY(tfl_real(m, 0, a));
    return tfl_real(m, 1, b);
}

bdc_status tfl_arithmetic(tfl_importer *m, net_code code)
{
    tfl_activation activation;
    uint32_t a, b, y;
    BDC_TRY(tfl_fused(m, 0, &activation));
    BDC_TRY(two(m, &a, &b));
    BDC_TRY(tfl_binary(m, code, a, b, &y));
    return tfl_finish(m, 0, y, activation);
}

bdc_status tfl_broadcast(tfl_importer *m, net_code code)
{
    uint32_t a, b, y;
    BDC_TRY(two(m, &a, &b));
    BDC_TRY(tfl_binary(m, code, a, b, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_not_equal(tfl_importer *m, net_code code)
{
    uint32_t a, b, equal, y;
    BDC_TRY(two(m, &a, &b));
    BDC_TRY(tfl_binary(m, code, a, b, &equal));
    BDC_TRY(tfl_unary(m, NET_NOT, equal, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_squared_difference(tfl_importer *m, net_code code)
{
    uint32_t a, b, difference, y;
    BDC_TRY(two(m, &a, &b));
    BDC_TRY(tfl_binary(m, code, a, b, &difference));
    BDC_TRY(tfl_binary(m, NET_MUL, difference, difference, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* floor(a / b); of integers (a - a mod b) / b, because their division goes towards zero. */
bdc_status tfl_floor_div(tfl_importer *m, net_code code)
{
    uint32_t a, b, y;
    BDC_TRY(two(m, &a, &b));
    if (tfl_net_tensor(m, a)->type == NET_FLOAT) {
        BDC_TRY(tfl_binary(m, code, a, b, &y));
        BDC_TRY(tfl_unary(m, NET_FLOOR, y, &y));
    } else {
        uint32_t rest, whole;
        BDC_TRY(tfl_binary(m, NET_MOD, a, b, &rest));
        BDC_TRY(tfl_binary(m, NET_SUB, a, rest, &whole));
        BDC_TRY(tfl_binary(m, code, whole, b, &y));
    }
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_floor_mod(tfl_importer *m, net_code code)
{
    uint32_t a, b, y;
    BDC_TRY(two(m, &a, &b));
    if (tfl_net_tensor(m, a)->type != NET_FLOAT) {
        BDC_TRY(tfl_binary(m, code, a, b, &y));
    } else { /* a - b * floor(a / b): ONNX's Mod of floats takes the sign of a */
        BDC_TRY(tfl_binary(m, NET_DIV, a, b, &y));
        BDC_TRY(tfl_unary(m, NET_FLOOR, y, &y));
        BDC_TRY(tfl_binary(m, NET_MUL, b, y, &y));
        BDC_TRY(tfl_binary(m, NET_SUB, a, y, &y));
    }
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_add_n(tfl_importer *m, net_code code)
{
    uint32_t y;
    uint32_t *inputs = BDC_NEW(m->context, uint32_t, m->op->input_count);
    if (!inputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < m->op->input_count; i++) {
        if (!tfl_has(m, i))
            return tfl_refuse(m, BDC_E_INVALID, "lacks an input");
        BDC_TRY(tfl_real(m, i, &inputs[i]));
    }
    BDC_TRY(tfl_emit(m, code, inputs, m->op->input_count, NULL, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_select(tfl_importer *m, net_code code)
{
    uint32_t inputs[3] = {tfl_stored(m, 0), NET_NONE, NET_NONE}, y;
    BDC_TRY(tfl_real(m, 1, &inputs[1]));
    BDC_TRY(tfl_real(m, 2, &inputs[2]));
    /* The first form of it chooses among the slices of the first dimension by a vector. */
    const net_tensor *condition = tfl_net_tensor(m, inputs[0]), *x = tfl_net_tensor(m, inputs[1]);
    if (m->op->code == TFL_SELECT && condition->rank == 1 && x->rank > 1) {
        uint32_t dims[NET_MAX_RANK] = {condition->dims[0]};
        for (uint32_t i = 1; i < x->rank; i++)
            dims[i] = 1;
        BDC_TRY(tfl_reshape(m, inputs[0], x->rank, dims, &inputs[0]));
    }
    BDC_TRY(tfl_emit(m, code, inputs, 3, NULL, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_quantize(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t x;
    BDC_TRY(tfl_real(m, 0, &x));
    if (!tfl_output(m, 0)->scale_count)
        return tfl_refuse(m, BDC_E_INVALID, "has an output without a scale");
    return tfl_finish(m, 0, x, TFL_ACT_NONE);
}

bdc_status tfl_dequantize_op(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t x;
    BDC_TRY(tfl_real(m, 0, &x));
    if (tfl_net_tensor(m, x)->type == NET_FLOAT16)
        BDC_TRY(tfl_cast(m, x, NET_FLOAT, &x));
    else if (x == tfl_stored(m, 0))
        return tfl_refuse(m, BDC_E_INVALID, "has an input without a scale");
    return tfl_finish(m, 0, x, TFL_ACT_NONE);
}

bdc_status tfl_cast_op(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t x = tfl_stored(m, 0);
    net_type to = tfl_net_type(tfl_output(m, 0)->type);
    if (tfl_net_tensor(m, x)->type == to)
        BDC_TRY(tfl_unary(m, NET_IDENTITY, x, &x));
    BDC_TRY(tfl_cast(m, x, to, &x));
    return tfl_finish(m, 0, x, TFL_ACT_NONE);
}
