/* Quantised networks. All forms become one: DequantizeLinear -> operator -> QuantizeLinear.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "convert.h"

/* A scale that is known must be one: positive and finite. */
static bdc_status check_scale(const onnx_importer *m, const onnx_node *n, uint32_t scale)
{
    const double *values;
    const net_tensor *t = &m->graph->tensors[scale];
    if (!t->data)
        return BDC_OK;
    BDC_TRY(onnx_constant_numbers(m, scale, &values));
    for (size_t i = 0; i < net_count(t); i++)
        if (!(values[i] > 0) || !isfinite(values[i]))
            return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': the scale '%s' is zero, negative or not a number.",
                            n->type, n->name, t->name);
    return BDC_OK;
}

/* A scale of one element stands for all; more lie along an axis. */
static bdc_status emit_quantisation(onnx_importer *m, const onnx_node *n, net_code code, uint32_t x, uint32_t scale,
                                    uint32_t zero_point, int64_t axis, uint32_t *y)
{
    const uint32_t inputs[3] = {x, scale, zero_point}, count = zero_point == NET_NONE ? 2 : 3;
    net_attributes a = {0};
    BDC_TRY(check_scale(m, n, scale));
    if (m->graph->tensors[scale].rank == 1 && m->graph->tensors[scale].dims[0] != 1)
        BDC_TRY(onnx_normal_axis(m, n, axis, m->graph->tensors[x].rank, &a.axis));
    return onnx_emit(m, n, code, inputs, count, &a, NULL, y);
}

static bdc_status read_block(const onnx_importer *m, const onnx_node *n)
{
    int64_t block;
    BDC_TRY(onnx_int(m, n, "block_size", 0, &block));
    return block ? onnx_unsupported(m, n, "attribute 'block_size' is not supported") : BDC_OK;
}

static bdc_status convert_dequantize(onnx_importer *m, const onnx_node *n, net_code code)
{
    int64_t axis;
    uint32_t y;
    BDC_TRY(onnx_int(m, n, "axis", 1, &axis));
    BDC_TRY(read_block(m, n));
    BDC_TRY(emit_quantisation(m, n, code, onnx_input(m, n, 0), onnx_input(m, n, 1), onnx_input(m, n, 2), axis, &y));
    return onnx_set_output(m, n, 0, y);
}

/* The type of the result is that of the zero point, or stated, or uint8. */
static bdc_status convert_quantize(onnx_importer *m, const onnx_node *n, net_code code)
{
    int64_t axis, type;
    int saturate;
    uint32_t zero_point = onnx_input(m, n, 2), y;
    BDC_TRY(onnx_int(m, n, "axis", 1, &axis));
    BDC_TRY(onnx_int(m, n, "output_dtype", 0, &type));
    BDC_TRY(onnx_flag(m, n, "saturate", 1, &saturate)); /* of float8, which is refused */
    BDC_TRY(read_block(m, n));
    if (type && zero_point == NET_NONE) {
        const net_type to = (net_type)(type < 0 || type > 100 ? 100 : type);
        const onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 1));
        void *zeros;
        if (!net_type_bytes(to))
            return onnx_unsupported(m, n, "attribute 'output_dtype' is a type that is not supported");
        BDC_TRY(onnx_constant(m, n, to, &shape, &zeros, &zero_point));
    } else if (type && (int64_t)m->graph->tensors[zero_point].type != type) {
        return onnx_invalid(m, n, "attribute 'output_dtype' is not the type of the zero point");
    }
    BDC_TRY(emit_quantisation(m, n, code, onnx_input(m, n, 0), onnx_input(m, n, 1), zero_point, axis, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_dynamic_quantize(onnx_importer *m, const onnx_node *n, net_code code)
{
    const uint32_t x = onnx_input(m, n, 0);
    uint32_t ys[3];
    BDC_TRY(onnx_emit_many(m, n, code, &x, 1, NULL, NULL, 3, ys, NULL));
    for (uint32_t i = 0; i < 3; i++)
        if (onnx_wants_output(n, i))
            BDC_TRY(onnx_set_output(m, n, i, ys[i]));
    return BDC_OK;
}

/* ---- Operators on quantised tensors ---------------------------------------------------------------------------- */

/* Inputs first, first + 1, first + 2 of the node are a tensor, its scale and its zero point. */
static bdc_status dequantize(onnx_importer *m, const onnx_node *n, uint32_t first, int64_t axis, uint32_t *y)
{
    if (!onnx_has_input(n, first) || !onnx_has_input(n, first + 1))
        return onnx_invalid(m, n, "an input or its scale is missing");
    return emit_quantisation(m, n, NET_DEQUANTIZE_LINEAR, onnx_input(m, n, first), onnx_input(m, n, first + 1),
                             onnx_input(m, n, first + 2), axis, y);
}

/* Sets the node's output to x, quantised by inputs scale and scale + 1. */
static bdc_status set_quantized(onnx_importer *m, const onnx_node *n, uint32_t x, uint32_t scale)
{
    uint32_t y;
    if (!onnx_has_input(n, scale))
        return onnx_invalid(m, n, "the scale of the output is missing");
    BDC_TRY(
        emit_quantisation(m, n, NET_QUANTIZE_LINEAR, x, onnx_input(m, n, scale), onnx_input(m, n, scale + 1), 0, &y));
    return onnx_set_output(m, n, 0, y);
}

/* A bias of int32 has the scale of the input times that of the weights. */
static bdc_status dequantize_bias(onnx_importer *m, const onnx_node *n, uint32_t bias, uint32_t x_scale,
                                  uint32_t w_scale, uint32_t *y)
{
    uint32_t scale;
    BDC_TRY(onnx_emit_2(m, n, NET_MUL, onnx_input(m, n, x_scale), onnx_input(m, n, w_scale), &scale));
    return emit_quantisation(m, n, NET_DEQUANTIZE_LINEAR, onnx_input(m, n, bias), scale, NET_NONE, 0, y);
}

/* x 0..2, w 3..5, scale and zero point of y 6 and 7, bias 8. */
static bdc_status convert_qlinear_conv(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t tensors[3] = {NET_NONE, NET_NONE, NET_NONE}, y;
    (void)code;
    BDC_TRY(dequantize(m, n, 0, 1, &tensors[0]));
    BDC_TRY(dequantize(m, n, 3, 0, &tensors[1]));
    if (onnx_has_input(n, 8))
        BDC_TRY(dequantize_bias(m, n, 8, 1, 4, &tensors[2]));
    BDC_TRY(onnx_emit_conv(m, n, tensors, onnx_has_input(n, 8) ? 3 : 2, &y));
    return set_quantized(m, n, y, 6);
}

static bdc_status convert_qlinear_matmul(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t a, b, y;
    const uint32_t last_of_a = onnx_input_tensor(m, n, 0).rank, last_of_b = onnx_input_tensor(m, n, 3).rank;
    BDC_TRY(dequantize(m, n, 0, last_of_a > 1 ? (int64_t)last_of_a - 2 : 0, &a)); /* per row of a, per column of b */
    BDC_TRY(dequantize(m, n, 3, last_of_b ? (int64_t)last_of_b - 1 : 0, &b));
    BDC_TRY(onnx_emit_2(m, n, code, a, b, &y));
    return set_quantized(m, n, y, 6);
}

/* a 0..2, b 3..5, c 6, scale and zero point of y 7 and 8; without them y is float. */
static bdc_status convert_qgemm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {.beta = 1};
    int first, second;
    uint32_t inputs[3] = {NET_NONE, NET_NONE, NET_NONE}, y;
    BDC_TRY(onnx_float(m, n, "alpha", 1, &a.alpha));
    BDC_TRY(onnx_flag(m, n, "transA", 0, &first));
    BDC_TRY(onnx_flag(m, n, "transB", 0, &second));
    if (a.alpha != 1 && onnx_has_input(n, 6))
        return onnx_unsupported(m, n, "attribute 'alpha' is not 1");
    a.transpose = (uint32_t)(first | second << 1);
    BDC_TRY(dequantize(m, n, 0, 0, &inputs[0]));
    BDC_TRY(dequantize(m, n, 3, second ? 0 : 1, &inputs[1]));
    if (onnx_has_input(n, 6))
        BDC_TRY(dequantize_bias(m, n, 6, 1, 4, &inputs[2]));
    BDC_TRY(onnx_emit(m, n, code, inputs, inputs[2] == NET_NONE ? 2 : 3, &a, NULL, &y));
    return onnx_has_input(n, 7) ? set_quantized(m, n, y, 7) : onnx_set_output(m, n, 0, y);
}

/* a 0..2, b 3..5, scale and zero point of y 6 and 7. */
static bdc_status convert_qlinear_binary(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t a, b, y;
    BDC_TRY(dequantize(m, n, 0, 0, &a));
    BDC_TRY(dequantize(m, n, 3, 0, &b));
    BDC_TRY(onnx_emit_2(m, n, code, a, b, &y));
    return set_quantized(m, n, y, 6);
}

/* x 0..2, scale and zero point of y 3 and 4. */
static bdc_status convert_qlinear_unary(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    uint32_t x, y;
    BDC_TRY(dequantize(m, n, 0, 0, &x));
    if (code == NET_LEAKY_RELU)
        BDC_TRY(onnx_float(m, n, "alpha", 0.01f, &a.alpha));
    if (code == NET_GLOBAL_AVERAGE_POOL)
        BDC_TRY(onnx_flag(m, n, "channels_last", 0, &a.channels_last));
    if (code == NET_SOFTMAX) {
        int64_t opset;
        BDC_TRY(onnx_int(m, n, "opset", 13, &opset));
        BDC_TRY(onnx_axis(m, n, "axis", -1, m->graph->tensors[x].rank, &a.axis));
        if (opset < 13 && a.axis + 1 != m->graph->tensors[x].rank)
            return onnx_unsupported(m, n, "attribute 'axis' is not the last");
    }
    BDC_TRY(onnx_emit_1(m, n, code, x, &a, &y));
    return set_quantized(m, n, y, 3);
}

static bdc_status convert_qlinear_average_pool(onnx_importer *m, const onnx_node *n, net_code code)
{
    int channels_last;
    uint32_t x, y;
    (void)code;
    BDC_TRY(onnx_flag(m, n, "channels_last", 0, &channels_last));
    if (channels_last)
        return onnx_unsupported(m, n, "attribute 'channels_last' is 1, which is not supported");
    BDC_TRY(dequantize(m, n, 0, 0, &x));
    BDC_TRY(onnx_emit_average_pool(m, n, x, &y));
    return set_quantized(m, n, y, 3);
}

/* Scale and zero point of y 0 and 1, then three inputs for each part. */
static bdc_status convert_qlinear_concat(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    const uint32_t count = (n->input_count - 2) / 3;
    uint32_t *parts = BDC_NEW(m->context, uint32_t, count), y;
    if (!parts)
        return BDC_E_MEMORY;
    if (!count || (n->input_count - 2) % 3 || !onnx_has_input(n, 2))
        return onnx_invalid(m, n, "there are not three inputs for each part");
    BDC_TRY(onnx_axis(m, n, "axis", 0, onnx_input_tensor(m, n, 2).rank, &a.axis));
    for (uint32_t i = 0; i < count; i++)
        BDC_TRY(dequantize(m, n, 2 + 3 * i, 0, &parts[i]));
    BDC_TRY(onnx_emit(m, n, code, parts, count, &a, NULL, &y));
    return set_quantized(m, n, y, 0);
}

const onnx_row onnx_quantise_rows[] = {
    {"DequantizeLinear", NET_DEQUANTIZE_LINEAR, convert_dequantize, 2, 3, 1},
    {"DynamicQuantizeLinear", NET_DYNAMIC_QUANTIZE_LINEAR, convert_dynamic_quantize, 1, 1, 3},
    {"QLinearConv", NET_CONV, convert_qlinear_conv, 8, 9, 1},
    {"QLinearMatMul", NET_MATMUL, convert_qlinear_matmul, 8, 8, 1},
    {"QuantizeLinear", NET_QUANTIZE_LINEAR, convert_quantize, 2, 3, 1},
    {"com.microsoft.DequantizeLinear", NET_DEQUANTIZE_LINEAR, convert_dequantize, 2, 3, 1},
    {"com.microsoft.QGemm", NET_GEMM, convert_qgemm, 6, 9, 1},
    {"com.microsoft.QLinearAdd", NET_ADD, convert_qlinear_binary, 2, 8, 1},
    {"com.microsoft.QLinearAveragePool", NET_AVERAGE_POOL, convert_qlinear_average_pool, 2, 5, 1},
    {"com.microsoft.QLinearConcat", NET_CONCAT, convert_qlinear_concat, 5, NET_MAX_LINKS, 1},
    {"com.microsoft.QLinearGlobalAveragePool", NET_GLOBAL_AVERAGE_POOL, convert_qlinear_unary, 2, 5, 1},
    {"com.microsoft.QLinearLeakyRelu", NET_LEAKY_RELU, convert_qlinear_unary, 2, 5, 1},
    {"com.microsoft.QLinearMul", NET_MUL, convert_qlinear_binary, 2, 8, 1},
    {"com.microsoft.QLinearSigmoid", NET_SIGMOID, convert_qlinear_unary, 2, 5, 1},
    {"com.microsoft.QLinearSoftmax", NET_SOFTMAX, convert_qlinear_unary, 2, 5, 1},
    {"com.microsoft.QuantizeLinear", NET_QUANTIZE_LINEAR, convert_quantize, 2, 3, 1},
    {0},
};
