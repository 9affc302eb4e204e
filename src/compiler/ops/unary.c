/* Operators that work element by element on one tensor.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../real.h"
#include "elements.h"
#include "infer.h"

/* A block of elements in place. */
typedef void real_block(const net_attributes *a, double *v, size_t count);
typedef void bits_block(int is_unsigned, uint64_t *v, size_t count);

#define REAL(name, expression)                                                                                         \
    static void name(const net_attributes *a, double *v, size_t count)                                                 \
    {                                                                                                                  \
        (void)a;                                                                                                       \
        for (size_t i = 0; i < count; i++) {                                                                           \
            const double x = v[i];                                                                                     \
            v[i] = (expression);                                                                                       \
        }                                                                                                              \
    }

#define BITS(name, expression)                                                                                         \
    static void name(int is_unsigned, uint64_t *v, size_t count)                                                       \
    {                                                                                                                  \
        for (size_t i = 0; i < count; i++) {                                                                           \
            const uint64_t x = v[i];                                                                                   \
            const int negative = !is_unsigned && x >> 63;                                                              \
            (void)negative;                                                                                            \
            v[i] = (expression);                                                                                       \
        }                                                                                                              \
    }

/* The nearest whole number, halves to the even one: beyond 2^52 there is nothing to round. */
static double round_even(double x)
{
    const double magnitude = fabs(x);
    return magnitude < 0x1p52 ? copysign((magnitude + 0x1p52) - 0x1p52, x) : x;
}

/* exp(x) - 1 without cancellation. */
static double exp_minus_one(double x)
{
    if (x > 1.0)
        return real_exp(x) - 1.0;
    const double t = real_tanh(0.5 * x);
    return 2.0 * t / (1.0 - t);
}

/* log(1 + exp(x)); log(1 + e) = 2 atanh(e / (2 + e)). */
static double softplus(double x)
{
    const double e = real_exp(-fabs(x));
    return (x > 0.0 ? x : 0.0) + (x != x ? x : 2.0 * real_atanh(e / (2.0 + e)));
}

static double hard_sigmoid(double x, double alpha, double beta)
{
    const double y = alpha * x + beta;
    return y < 0.0 ? 0.0 : y > 1.0 ? 1.0 : y;
}

static double gelu(double x, int tangent)
{
    if (tangent) /* sqrt(2 / pi) */
        return 0.5 * x * (1.0 + real_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1.0 + real_erf(x * 0.7071067811865476));
}

REAL(neg, -x)
REAL(absolute, fabs(x))
REAL(sign, x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x)
REAL(reciprocal, 1.0 / x)
REAL(square_root, sqrt(x))
REAL(exponential, real_exp(x))
REAL(logarithm, real_log(x))
REAL(floor_of, floor(x))
REAL(ceil_of, ceil(x))
REAL(rounded, round_even(x))
REAL(sine, real_sin(x))
REAL(cosine, real_cos(x))
REAL(tangent, real_tan(x))
REAL(arc_sine, real_asin(x))
REAL(arc_cosine, real_acos(x))
REAL(arc_tangent, real_atan(x))
REAL(hyperbolic_sine, real_sinh(x))
REAL(hyperbolic_cosine, real_cosh(x))
REAL(area_sine, real_asinh(x))
REAL(area_cosine, real_acosh(x))
REAL(area_tangent, real_atanh(x))
REAL(error_function, real_erf(x))
REAL(is_nan, x != x)
REAL(is_inf, ((a->mode & 1) && x == -INFINITY) || ((a->mode & 2) && x == INFINITY))
REAL(relu, x < 0.0 ? 0.0 : x)
REAL(leaky_relu, x < 0.0 ? (double)a->alpha * x : x)
REAL(elu, x < 0.0 ? (double)a->alpha * exp_minus_one(x) : x)
REAL(selu, (double)a->beta *(x < 0.0 ? (double)a->alpha * exp_minus_one(x) : x))
REAL(celu, x < 0.0 ? (double)a->alpha * exp_minus_one(x / (double)a->alpha) : x)
REAL(thresholded_relu, x > (double)a->alpha ? x : x != x ? x : 0.0)
REAL(sigmoid, real_sigmoid(x))
REAL(hard_sigmoid_of, hard_sigmoid(x, (double)a->alpha, (double)a->beta))
REAL(hard_swish, x *hard_sigmoid(x, 1.0 / 6.0, 0.5))
REAL(hyperbolic_tangent, real_tanh(x))
REAL(softplus_of, softplus(x))
REAL(softsign, x / (1.0 + fabs(x)))
REAL(mish, x *real_tanh(softplus(x)))
REAL(gelu_of, gelu(x, a->mode == 1))
REAL(shrink, x<-(double)a->alpha ? x + (double)a->beta : x>(double) a->alpha ? x - (double)a->beta : x != x ? x : 0.0)

BITS(neg_bits, 0u - x)
BITS(absolute_bits, negative ? 0u - x : x)
BITS(sign_bits, negative ? UINT64_MAX : x != 0)
BITS(relu_bits, negative ? 0 : x)
BITS(not_bits, x == 0)
BITS(bitwise_not_bits, ~x)

typedef struct unary {
    op_row row;
    uint32_t types;
    real_block *real; /* null: not for float types, or no block at all */
    bits_block *bits; /* null: integers pass through double */
} unary;

static const unary *find(net_code code);

static bdc_status infer_unary(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, find(i->op->code)->types));
    net_type type = x->type;
    if (i->op->code == NET_IS_NAN || i->op->code == NET_IS_INF)
        type = NET_BOOL;
    if (i->op->code == NET_CAST) {
        type = i->op->a.to;
        if (!net_type_bytes(type))
            return bdc_fail(i->context, BDC_E_UNSUPPORTED,
                            "The attribute to of %s '%s' names a type that is not supported.", i->op->type,
                            i->op->name);
    }
    if (i->op->code == NET_CELU && i->op->a.alpha == 0.0f)
        return infer_bad_attribute(i, "alpha");
    return infer_like(i, 0, type, x);
}

static bdc_status eval_unary(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *in = &e->graph->tensors[op->inputs[0]], *out = &e->graph->tensors[op->outputs[0]];
    const void *x = e->data[op->inputs[0]];
    void *y = e->data[op->outputs[0]];
    const size_t count = net_count(in);
    const unary *u = find(op->code);
    union {
        double reals[ELEMENTS_BLOCK];
        uint64_t bits[ELEMENTS_BLOCK];
    } block;
    for (size_t at = 0; at < count; at += ELEMENTS_BLOCK) {
        const size_t n = count - at < ELEMENTS_BLOCK ? count - at : ELEMENTS_BLOCK;
        if (u->bits && !elements_are_real(in->type)) {
            elements_load_bits(in->type, x, at, 1, n, block.bits);
            u->bits(elements_are_unsigned(in->type), block.bits, n);
            elements_store_bits(out->type, y, at, n, block.bits);
        } else {
            elements_load_real(in->type, x, at, 1, n, block.reals);
            u->real(&op->a, block.reals, n);
            elements_store_real(out->type, y, at, n, block.reals);
        }
    }
    return BDC_OK;
}

static bdc_status eval_identity(const op_eval *e)
{
    const net_tensor *t = &e->graph->tensors[e->op->inputs[0]];
    const size_t bytes = net_count(t) * net_type_bytes(t->type);
    if (bytes)
        memcpy(e->data[e->op->outputs[0]], e->data[e->op->inputs[0]], bytes);
    return BDC_OK;
}

/* A float type to any: towards zero where the target is an integer. Integers to integers keep the lowest bits. */
static bdc_status eval_cast(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *in = &e->graph->tensors[op->inputs[0]], *out = &e->graph->tensors[op->outputs[0]];
    const void *x = e->data[op->inputs[0]];
    void *y = e->data[op->outputs[0]];
    const size_t count = net_count(in);
    if (in->type == out->type)
        return eval_identity(e);
    /* 64-bit integers have more digits than a double: they must be rounded once only. */
    if (out->type == NET_FLOAT && in->type == NET_INT64) {
        for (size_t i = 0; i < count; i++)
            ((float *)y)[i] = (float)((const int64_t *)x)[i];
        return BDC_OK;
    }
    if (out->type == NET_FLOAT && in->type == NET_UINT64) {
        for (size_t i = 0; i < count; i++)
            ((float *)y)[i] = (float)((const uint64_t *)x)[i];
        return BDC_OK;
    }
    const int real = elements_are_real(in->type) || elements_are_real(out->type);
    union {
        double reals[ELEMENTS_BLOCK];
        uint64_t bits[ELEMENTS_BLOCK];
    } block;
    for (size_t at = 0; at < count; at += ELEMENTS_BLOCK) {
        const size_t n = count - at < ELEMENTS_BLOCK ? count - at : ELEMENTS_BLOCK;
        if (real) {
            elements_load_real(in->type, x, at, 1, n, block.reals);
            elements_store_real(out->type, y, at, n, block.reals);
        } else {
            elements_load_bits(in->type, x, at, 1, n, block.bits);
            elements_store_bits(out->type, y, at, n, block.bits);
        }
    }
    return BDC_OK;
}

static bdc_status infer_clip(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_NUMBER));
    for (uint32_t k = 1; k < 3; k++) {
        BDC_TRY(infer_same_type(i, x, infer_input(i, k)));
        BDC_TRY(infer_scalar(i, infer_input(i, k)));
    }
    return infer_like(i, 0, x->type, x);
}

/* First the lower limit, then the upper one, which so wins where they cross. */
static bdc_status eval_clip(const op_eval *e)
{
    const net_op *op = e->op;
    const net_type type = e->graph->tensors[op->inputs[0]].type;
    const size_t count = net_count(&e->graph->tensors[op->inputs[0]]);
    const void *x = e->data[op->inputs[0]];
    const void *low = op->input_count > 1 && op->inputs[1] != NET_NONE ? e->data[op->inputs[1]] : 0;
    const void *high = op->input_count > 2 && op->inputs[2] != NET_NONE ? e->data[op->inputs[2]] : 0;
    void *y = e->data[op->outputs[0]];
    if (elements_are_real(type)) {
        const double least = low ? elements_real_at(type, low, 0) : -INFINITY;
        const double most = high ? elements_real_at(type, high, 0) : INFINITY;
        double block[ELEMENTS_BLOCK];
        for (size_t at = 0; at < count; at += ELEMENTS_BLOCK) {
            const size_t n = count - at < ELEMENTS_BLOCK ? count - at : ELEMENTS_BLOCK;
            elements_load_real(type, x, at, 1, n, block);
            for (size_t k = 0; k < n; k++) {
                const double above = block[k] < least ? least : block[k];
                block[k] = above > most ? most : above;
            }
            elements_store_real(type, y, at, n, block);
        }
        return BDC_OK;
    }
    /* Flipping the sign bit makes signed numbers compare as unsigned ones do. */
    const uint64_t flip = elements_are_unsigned(type) ? 0 : (uint64_t)1 << 63;
    uint64_t least = 0, most = UINT64_MAX, block[ELEMENTS_BLOCK];
    if (low) {
        elements_load_bits(type, low, 0, 1, 1, &least);
        least ^= flip;
    }
    if (high) {
        elements_load_bits(type, high, 0, 1, 1, &most);
        most ^= flip;
    }
    for (size_t at = 0; at < count; at += ELEMENTS_BLOCK) {
        const size_t n = count - at < ELEMENTS_BLOCK ? count - at : ELEMENTS_BLOCK;
        elements_load_bits(type, x, at, 1, n, block);
        for (size_t k = 0; k < n; k++) {
            const uint64_t v = block[k] ^ flip, above = v < least ? least : v;
            block[k] = (above > most ? most : above) ^ flip;
        }
        elements_store_bits(type, y, at, n, block);
    }
    return BDC_OK;
}

#define ELEMENTWISE(name) {name, infer_unary, eval_unary}

static const unary operators[] = {
    [NET_IDENTITY] = {{"Identity", infer_unary, eval_identity}, TYPES_ANY, 0, 0},
    [NET_CAST] = {{"Cast", infer_unary, eval_cast}, TYPES_ANY, 0, 0},
    [NET_NEG] = {ELEMENTWISE("Neg"), TYPES_FLOAT | TYPES_SIGNED, neg, neg_bits},
    [NET_ABS] = {ELEMENTWISE("Abs"), TYPES_NUMBER, absolute, absolute_bits},
    [NET_SIGN] = {ELEMENTWISE("Sign"), TYPES_NUMBER, sign, sign_bits},
    [NET_RECIPROCAL] = {ELEMENTWISE("Reciprocal"), TYPES_FLOAT, reciprocal, 0},
    [NET_SQRT] = {ELEMENTWISE("Sqrt"), TYPES_FLOAT, square_root, 0},
    [NET_EXP] = {ELEMENTWISE("Exp"), TYPES_FLOAT, exponential, 0},
    [NET_LOG] = {ELEMENTWISE("Log"), TYPES_FLOAT, logarithm, 0},
    [NET_FLOOR] = {ELEMENTWISE("Floor"), TYPES_FLOAT, floor_of, 0},
    [NET_CEIL] = {ELEMENTWISE("Ceil"), TYPES_FLOAT, ceil_of, 0},
    [NET_ROUND] = {ELEMENTWISE("Round"), TYPES_FLOAT, rounded, 0},
    [NET_SIN] = {ELEMENTWISE("Sin"), TYPES_FLOAT, sine, 0},
    [NET_COS] = {ELEMENTWISE("Cos"), TYPES_FLOAT, cosine, 0},
    [NET_TAN] = {ELEMENTWISE("Tan"), TYPES_FLOAT, tangent, 0},
    [NET_ASIN] = {ELEMENTWISE("Asin"), TYPES_FLOAT, arc_sine, 0},
    [NET_ACOS] = {ELEMENTWISE("Acos"), TYPES_FLOAT, arc_cosine, 0},
    [NET_ATAN] = {ELEMENTWISE("Atan"), TYPES_FLOAT, arc_tangent, 0},
    [NET_SINH] = {ELEMENTWISE("Sinh"), TYPES_FLOAT, hyperbolic_sine, 0},
    [NET_COSH] = {ELEMENTWISE("Cosh"), TYPES_FLOAT, hyperbolic_cosine, 0},
    [NET_ASINH] = {ELEMENTWISE("Asinh"), TYPES_FLOAT, area_sine, 0},
    [NET_ACOSH] = {ELEMENTWISE("Acosh"), TYPES_FLOAT, area_cosine, 0},
    [NET_ATANH] = {ELEMENTWISE("Atanh"), TYPES_FLOAT, area_tangent, 0},
    [NET_ERF] = {ELEMENTWISE("Erf"), TYPES_NUMBER, error_function, 0},
    [NET_NOT] = {ELEMENTWISE("Not"), TYPES_BOOL, 0, not_bits},
    [NET_BITWISE_NOT] = {ELEMENTWISE("BitwiseNot"), TYPES_INTEGER, 0, bitwise_not_bits},
    [NET_IS_NAN] = {ELEMENTWISE("IsNaN"), TYPES_FLOAT, is_nan, 0},
    [NET_IS_INF] = {ELEMENTWISE("IsInf"), TYPES_FLOAT, is_inf, 0},
    [NET_RELU] = {ELEMENTWISE("Relu"), TYPES_FLOAT | TYPES_SIGNED, relu, relu_bits},
    [NET_LEAKY_RELU] = {ELEMENTWISE("LeakyRelu"), TYPES_FLOAT, leaky_relu, 0},
    [NET_ELU] = {ELEMENTWISE("Elu"), TYPES_FLOAT, elu, 0},
    [NET_SELU] = {ELEMENTWISE("Selu"), TYPES_FLOAT, selu, 0},
    [NET_CELU] = {ELEMENTWISE("Celu"), TYPES_FLOAT, celu, 0},
    [NET_THRESHOLDED_RELU] = {ELEMENTWISE("ThresholdedRelu"), TYPES_FLOAT, thresholded_relu, 0},
    [NET_SIGMOID] = {ELEMENTWISE("Sigmoid"), TYPES_FLOAT, sigmoid, 0},
    [NET_HARD_SIGMOID] = {ELEMENTWISE("HardSigmoid"), TYPES_FLOAT, hard_sigmoid_of, 0},
    [NET_HARD_SWISH] = {ELEMENTWISE("HardSwish"), TYPES_FLOAT, hard_swish, 0},
    [NET_TANH] = {ELEMENTWISE("Tanh"), TYPES_FLOAT, hyperbolic_tangent, 0},
    [NET_SOFTPLUS] = {ELEMENTWISE("Softplus"), TYPES_FLOAT, softplus_of, 0},
    [NET_SOFTSIGN] = {ELEMENTWISE("Softsign"), TYPES_FLOAT, softsign, 0},
    [NET_MISH] = {ELEMENTWISE("Mish"), TYPES_FLOAT, mish, 0},
    [NET_GELU] = {ELEMENTWISE("Gelu"), TYPES_FLOAT, gelu_of, 0},
    [NET_SHRINK] = {ELEMENTWISE("Shrink"), TYPES_NUMBER, shrink, 0},
    [NET_CLIP] = {{"Clip", infer_clip, eval_clip}, TYPES_NUMBER, 0, 0},
};

static const unary *find(net_code code)
{
    return &operators[code];
}

const op_row *ops_unary_row(net_code code)
{
    return &operators[code].row;
}

float ops_unary_apply(net_code code, const net_attributes *a, float x)
{
    const unary *u = find(code);
    double value = (double)x;
    if (!u || !u->real)
        return 0;
    u->real(a, &value, 1);
    return (float)value;
}
