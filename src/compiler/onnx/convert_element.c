/* Operators that work element by element: functions of one number, arithmetic, comparisons.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

static bdc_status convert_plain(onnx_importer *m, const onnx_node *n, net_code code)
{
    return onnx_emit_node(m, n, code, n->input_count, NULL, NULL);
}

/* ---- Functions with parameters --------------------------------------------------------------------------------- */

static bdc_status convert_alpha(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_float(m, n, "alpha", code == NET_LEAKY_RELU ? 0.01f : 1.0f, &a.alpha));
    if (code == NET_CELU && a.alpha == 0)
        return onnx_invalid(m, n, "attribute 'alpha' is zero");
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_selu(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    const int old = m->opset < 6;
    BDC_TRY(onnx_float(m, n, "alpha", old ? 1.6732f : 1.67326319217681884765625f, &a.alpha));
    BDC_TRY(onnx_float(m, n, "gamma", old ? 1.0507f : 1.05070102214813232421875f, &a.beta));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_hard_sigmoid(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_float(m, n, "alpha", 0.2f, &a.alpha));
    BDC_TRY(onnx_float(m, n, "beta", 0.5f, &a.beta));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_shrink(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_float(m, n, "lambd", 0.5f, &a.alpha));
    BDC_TRY(onnx_float(m, n, "bias", 0, &a.beta));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_gelu(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_word(m, n, "approximate", "none tanh", &a.mode));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_is_inf(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int negative, positive;
    BDC_TRY(onnx_flag(m, n, "detect_negative", 1, &negative));
    BDC_TRY(onnx_flag(m, n, "detect_positive", 1, &positive));
    a.mode = negative | positive << 1;
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

/* Limits were attributes before opset 11. */
static bdc_status convert_clip(onnx_importer *m, const onnx_node *n, net_code code)
{
    if (m->opset >= 11)
        return onnx_emit_node(m, n, code, n->input_count, NULL, NULL);
    static const char *const names[2] = {"min", "max"};
    const net_type type = onnx_input_tensor(m, n, 0).type;
    uint32_t inputs[3] = {onnx_input(m, n, 0), NET_NONE, NET_NONE}, count = 1, y;
    for (uint32_t i = 0; i < 2; i++) {
        float limit;
        if (!onnx_has_attribute(n, names[i]))
            continue;
        BDC_TRY(onnx_float(m, n, names[i], 0, &limit));
        BDC_TRY(onnx_scalar(m, n, type, (double)limit, &inputs[i + 1]));
        count = i + 2;
    }
    BDC_TRY(onnx_emit(m, n, code, inputs, count, NULL, NULL, &y));
    return onnx_set_output(m, n, 0, y);
}

/* ---- Types ----------------------------------------------------------------------------------------------------- */

static bdc_status convert_cast(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t to;
    int saturate;
    BDC_TRY(onnx_int(m, n, "to", 0, &to));
    BDC_TRY(onnx_flag(m, n, "saturate", 1, &saturate)); /* of casts to float8, which are refused */
    a.to = (net_type)(to < 0 || to > 100 ? 100 : to);
    if (!net_type_bytes(a.to))
        return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                        "%s '%s': attribute 'to' is the type %s, which is not supported.", n->type, n->name,
                        onnx_type_name(to < 0 ? 100 : (uint64_t)to));
    if (a.to == onnx_input_tensor(m, n, 0).type)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_cast_like(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_attributes a = {.to = onnx_input_tensor(m, n, 1).type};
    int saturate;
    BDC_TRY(onnx_flag(m, n, "saturate", 1, &saturate));
    if (a.to == onnx_input_tensor(m, n, 0).type)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

/* ---- Two inputs ------------------------------------------------------------------------------------------------ */

/* Before opset 7, b was repeated only where the attribute broadcast said so, from dimension axis of a on. */
static bdc_status convert_binary(onnx_importer *m, const onnx_node *n, net_code code)
{
    if (m->opset >= 7)
        return convert_plain(m, n, code);
    int broadcast;
    int64_t axis;
    uint32_t b = onnx_input(m, n, 1), y;
    const uint32_t rank = onnx_input_tensor(m, n, 0).rank;
    onnx_shape shape = onnx_shape_of(m, b);
    BDC_TRY(onnx_flag(m, n, "broadcast", 0, &broadcast));
    if (onnx_has_attribute(n, "axis") && shape.rank) {
        BDC_TRY(onnx_axis(m, n, "axis", 0, rank, &axis));
        if (!broadcast || axis + shape.rank > rank)
            return onnx_invalid(m, n, "attribute 'axis' does not fit the inputs");
        while (axis + shape.rank < rank)
            shape.dims[shape.rank++] = 1;
        BDC_TRY(onnx_reshape(m, n, b, &shape, &b));
    }
    BDC_TRY(onnx_emit_2(m, n, code, onnx_input(m, n, 0), b, &y));
    return onnx_set_output(m, n, 0, y);
}

/* Before opset 7, one slope per channel had no dimensions behind it. */
static bdc_status convert_prelu(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t slope = onnx_input(m, n, 1), y;
    const uint32_t rank = onnx_input_tensor(m, n, 0).rank;
    onnx_shape shape = onnx_shape_of(m, slope);
    if (m->opset < 7 && shape.rank == 1 && rank > 2) {
        while (shape.rank + 1 < rank)
            shape.dims[shape.rank++] = 1;
        BDC_TRY(onnx_reshape(m, n, slope, &shape, &slope));
    }
    BDC_TRY(onnx_emit_2(m, n, code, onnx_input(m, n, 0), slope, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_mod(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_flag(m, n, "fmod", 0, &a.mode));
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

static bdc_status convert_bit_shift(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    if (!onnx_has_attribute(n, "direction"))
        return onnx_invalid(m, n, "attribute 'direction' is missing");
    BDC_TRY(onnx_word(m, n, "direction", "LEFT RIGHT", &a.mode));
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

/* One input: nothing to do. */
static bdc_status convert_many(onnx_importer *m, const onnx_node *n, net_code code)
{
    if (n->input_count == 1)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return convert_plain(m, n, code);
}

const onnx_row onnx_element_rows[] = {
    {"Abs", NET_ABS, convert_plain, 1, 1, 1},
    {"Acos", NET_ACOS, convert_plain, 1, 1, 1},
    {"Acosh", NET_ACOSH, convert_plain, 1, 1, 1},
    {"Add", NET_ADD, convert_binary, 2, 2, 1},
    {"And", NET_AND, convert_binary, 2, 2, 1},
    {"Asin", NET_ASIN, convert_plain, 1, 1, 1},
    {"Asinh", NET_ASINH, convert_plain, 1, 1, 1},
    {"Atan", NET_ATAN, convert_plain, 1, 1, 1},
    {"Atanh", NET_ATANH, convert_plain, 1, 1, 1},
    {"BitShift", NET_BIT_SHIFT, convert_bit_shift, 2, 2, 1},
    {"BitwiseAnd", NET_BITWISE_AND, convert_plain, 2, 2, 1},
    {"BitwiseNot", NET_BITWISE_NOT, convert_plain, 1, 1, 1},
    {"BitwiseOr", NET_BITWISE_OR, convert_plain, 2, 2, 1},
    {"BitwiseXor", NET_BITWISE_XOR, convert_plain, 2, 2, 1},
    {"Cast", NET_CAST, convert_cast, 1, 1, 1},
    {"CastLike", NET_CAST, convert_cast_like, 2, 2, 1},
    {"Ceil", NET_CEIL, convert_plain, 1, 1, 1},
    {"Celu", NET_CELU, convert_alpha, 1, 1, 1},
    {"Clip", NET_CLIP, convert_clip, 1, 3, 1},
    {"Cos", NET_COS, convert_plain, 1, 1, 1},
    {"Cosh", NET_COSH, convert_plain, 1, 1, 1},
    {"Div", NET_DIV, convert_binary, 2, 2, 1},
    {"Elu", NET_ELU, convert_alpha, 1, 1, 1},
    {"Equal", NET_EQUAL, convert_binary, 2, 2, 1},
    {"Erf", NET_ERF, convert_plain, 1, 1, 1},
    {"Exp", NET_EXP, convert_plain, 1, 1, 1},
    {"Floor", NET_FLOOR, convert_plain, 1, 1, 1},
    {"Gelu", NET_GELU, convert_gelu, 1, 1, 1},
    {"Greater", NET_GREATER, convert_binary, 2, 2, 1},
    {"GreaterOrEqual", NET_GREATER_EQUAL, convert_plain, 2, 2, 1},
    {"HardSigmoid", NET_HARD_SIGMOID, convert_hard_sigmoid, 1, 1, 1},
    {"HardSwish", NET_HARD_SWISH, convert_plain, 1, 1, 1},
    {"IsInf", NET_IS_INF, convert_is_inf, 1, 1, 1},
    {"IsNaN", NET_IS_NAN, convert_plain, 1, 1, 1},
    {"LeakyRelu", NET_LEAKY_RELU, convert_alpha, 1, 1, 1},
    {"Less", NET_LESS, convert_binary, 2, 2, 1},
    {"LessOrEqual", NET_LESS_EQUAL, convert_plain, 2, 2, 1},
    {"Log", NET_LOG, convert_plain, 1, 1, 1},
    {"Max", NET_MAX, convert_many, 1, NET_MAX_LINKS, 1},
    {"Mean", NET_MEAN, convert_many, 1, NET_MAX_LINKS, 1},
    {"Min", NET_MIN, convert_many, 1, NET_MAX_LINKS, 1},
    {"Mish", NET_MISH, convert_plain, 1, 1, 1},
    {"Mod", NET_MOD, convert_mod, 2, 2, 1},
    {"Mul", NET_MUL, convert_binary, 2, 2, 1},
    {"Neg", NET_NEG, convert_plain, 1, 1, 1},
    {"Not", NET_NOT, convert_plain, 1, 1, 1},
    {"Or", NET_OR, convert_binary, 2, 2, 1},
    {"PRelu", NET_PRELU, convert_prelu, 2, 2, 1},
    {"Pow", NET_POW, convert_binary, 2, 2, 1},
    {"Reciprocal", NET_RECIPROCAL, convert_plain, 1, 1, 1},
    {"Relu", NET_RELU, convert_plain, 1, 1, 1},
    {"Round", NET_ROUND, convert_plain, 1, 1, 1},
    {"Selu", NET_SELU, convert_selu, 1, 1, 1},
    {"Shrink", NET_SHRINK, convert_shrink, 1, 1, 1},
    {"Sigmoid", NET_SIGMOID, convert_plain, 1, 1, 1},
    {"Sign", NET_SIGN, convert_plain, 1, 1, 1},
    {"Sin", NET_SIN, convert_plain, 1, 1, 1},
    {"Sinh", NET_SINH, convert_plain, 1, 1, 1},
    {"Softplus", NET_SOFTPLUS, convert_plain, 1, 1, 1},
    {"Softsign", NET_SOFTSIGN, convert_plain, 1, 1, 1},
    {"Sqrt", NET_SQRT, convert_plain, 1, 1, 1},
    {"Sub", NET_SUB, convert_binary, 2, 2, 1},
    {"Sum", NET_SUM, convert_many, 1, NET_MAX_LINKS, 1},
    {"Tan", NET_TAN, convert_plain, 1, 1, 1},
    {"Tanh", NET_TANH, convert_plain, 1, 1, 1},
    {"ThresholdedRelu", NET_THRESHOLDED_RELU, convert_alpha, 1, 1, 1},
    {"Where", NET_WHERE, convert_plain, 3, 3, 1},
    {"Xor", NET_XOR, convert_binary, 2, 2, 1},
    {"com.microsoft.Gelu", NET_GELU, convert_plain, 1, 1, 1},
    {0},
};
