/* Operators that work element by element on two or more tensors, broadcast to one shape.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../real.h"
#include "elements.h"
#include "infer.h"

/* x[i] becomes the operator's result for x[i] and y[i]. is_unsigned: the type of the operands, of y in a power. */
typedef void real_pairs(double *v, const double *w, size_t count);
typedef void bits_pairs(int is_unsigned, uint64_t *v, const uint64_t *w, size_t count);

#define REAL(name, expression)                                                                                         \
    static void name(double *v, const double *w, size_t count)                                                         \
    {                                                                                                                  \
        for (size_t i = 0; i < count; i++) {                                                                           \
            const double x = v[i], y = w[i];                                                                           \
            v[i] = (expression);                                                                                       \
        }                                                                                                              \
    }

#define BITS(name, expression)                                                                                         \
    static void name(int is_unsigned, uint64_t *v, const uint64_t *w, size_t count)                                    \
    {                                                                                                                  \
        (void)is_unsigned;                                                                                             \
        for (size_t i = 0; i < count; i++) {                                                                           \
            const uint64_t x = v[i], y = w[i];                                                                         \
            v[i] = (expression);                                                                                       \
        }                                                                                                              \
    }

static const uint64_t sign_bit = (uint64_t)1 << 63;

static uint64_t below(int is_unsigned, uint64_t x, uint64_t y)
{
    const uint64_t flip = is_unsigned ? 0 : sign_bit;
    return (x ^ flip) < (y ^ flip);
}

static uint64_t magnitude(int is_unsigned, uint64_t x)
{
    return !is_unsigned && (x & sign_bit) ? 0u - x : x;
}

/* Towards zero; a division by zero gives 0. */
static uint64_t divide(int is_unsigned, uint64_t x, uint64_t y)
{
    if (!y)
        return 0;
    const uint64_t quotient = magnitude(is_unsigned, x) / magnitude(is_unsigned, y);
    return !is_unsigned && ((x ^ y) & sign_bit) ? 0u - quotient : quotient;
}

/* The remainder of divide: it has the sign of x. */
static uint64_t remainder_like_c(int is_unsigned, uint64_t x, uint64_t y)
{
    return y ? x - y * divide(is_unsigned, x, y) : 0;
}

/* The remainder of a division rounded down: it has the sign of y. */
static uint64_t remainder_like_python(int is_unsigned, uint64_t x, uint64_t y)
{
    const uint64_t r = remainder_like_c(is_unsigned, x, y);
    return r && !is_unsigned && ((r ^ y) & sign_bit) ? r + y : r;
}

/* What fmod gives: long division, exact at every step. */
static double real_remainder(double x, double y)
{
    double rest = fabs(x);
    const double divisor = fabs(y);
    if (!(rest < INFINITY) || !(divisor > 0.0))
        return NAN;
    if (rest < divisor)
        return x;
    int high, low;
    (void)frexp(rest, &high);
    (void)frexp(divisor, &low);
    for (int k = high - low; k >= 0; k--) {
        const double part = ldexp(divisor, k);
        if (rest >= part)
            rest -= part;
    }
    return copysign(rest, x);
}

static uint64_t power(int is_unsigned, uint64_t x, uint64_t y)
{
    if (!is_unsigned && (y & sign_bit)) /* 1 / x^-y, towards zero */
        return x == 1 ? 1 : x != UINT64_MAX ? 0 : (y & 1u) ? x : 1;
    uint64_t result = 1;
    for (; y; y >>= 1, x *= x)
        if (y & 1u)
            result *= x;
    return result;
}

REAL(add, x + y)
REAL(subtract, x - y)
REAL(multiply, x *y)
REAL(divide_real, x / y)
REAL(power_real, real_pow(x, y))
REAL(modulo_real, real_remainder(x, y))
REAL(prelu, x < 0.0 ? x * y : x)
REAL(equal, x == y)
REAL(less, x < y)
REAL(greater, x > y)
REAL(less_equal, x <= y)
REAL(greater_equal, x >= y)
REAL(smaller, x < y || x != x ? x : y)
REAL(larger, x > y || x != x ? x : y)

BITS(add_bits, x + y)
BITS(subtract_bits, x - y)
BITS(multiply_bits, x *y)
BITS(divide_bits, divide(is_unsigned, x, y))
BITS(power_bits, power(is_unsigned, x, y))
BITS(modulo_bits, remainder_like_python(is_unsigned, x, y))
BITS(modulo_c_bits, remainder_like_c(is_unsigned, x, y))
BITS(prelu_bits, below(is_unsigned, x, 0) ? x *y : x)
BITS(equal_bits, x == y)
BITS(less_bits, below(is_unsigned, x, y))
BITS(greater_bits, below(is_unsigned, y, x))
BITS(less_equal_bits, !below(is_unsigned, y, x))
BITS(greater_equal_bits, !below(is_unsigned, x, y))
BITS(and_bits, x &y)
BITS(or_bits, x | y)
BITS(xor_bits, x ^ y)
BITS(shift_left_bits, y < 64 ? x << y : 0)
BITS(shift_right_bits, y < 64 ? x >> y : 0)
BITS(smaller_bits, below(is_unsigned, x, y) ? x : y)
BITS(larger_bits, below(is_unsigned, x, y) ? y : x)

typedef struct binary {
    op_row row;
    uint32_t types;
    real_pairs *real;
    bits_pairs *bits;
} binary;

static const binary *find(net_code code);

static int is_comparison(net_code code)
{
    return code >= NET_EQUAL && code <= NET_GREATER_EQUAL;
}

static bdc_status infer_binary(const op_infer *i)
{
    const net_op *op = i->op;
    const int any_number = op->code >= NET_MIN;
    BDC_TRY(infer_counts(i, any_number ? 1 : 2, any_number ? NET_MAX_LINKS : 2, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    for (uint32_t k = 0; k < op->input_count; k++) {
        const net_tensor *y = infer_input(i, k);
        if (!y)
            return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' lacks its input %u.", op->type, op->name, k);
        BDC_TRY(infer_type(i, y, find(op->code)->types));
        if (op->code != NET_POW)
            BDC_TRY(infer_same_type(i, x, y));
    }
    if (op->code == NET_MOD && op->a.mode == 0 && elements_are_real(x->type))
        return bdc_fail(i->context, BDC_E_INVALID, "The attribute fmod of %s '%s' must be 1 for elements of type %s.",
                        op->type, op->name, net_type_name(x->type));
    uint32_t rank, dims[NET_MAX_RANK];
    BDC_TRY(infer_broadcast(i, 0, &rank, dims));
    BDC_TRY(infer_set(i, 0, is_comparison(op->code) ? NET_BOOL : x->type, rank, dims));
    if (op->code == NET_PRELU && !net_same_shape(x, infer_output(i, 0)))
        return infer_bad_shape(i);
    return BDC_OK;
}

/* The tensors of all inputs. */
static bdc_status operands_of(const op_eval *e, const net_tensor ***operands)
{
    *operands = BDC_NEW(e->context, const net_tensor *, e->op->input_count);
    if (!*operands)
        return BDC_E_MEMORY;
    for (uint32_t k = 0; k < e->op->input_count; k++)
        (*operands)[k] = &e->graph->tensors[e->op->inputs[k]];
    return BDC_OK;
}

static void evaluate_reals(const op_eval *e, const broadcast *b, const net_tensor *const *in, size_t at, size_t n)
{
    const net_op *op = e->op;
    const net_tensor *out = &e->graph->tensors[op->outputs[0]];
    double v[ELEMENTS_BLOCK], w[ELEMENTS_BLOCK];
    for (uint32_t k = 0; k < op->input_count; k++) {
        const size_t stride = broadcast_stride(b, k);
        elements_load_real(in[k]->type, e->data[op->inputs[k]], b->first[k] + at * stride, stride, n, k ? w : v);
        if (k)
            find(op->code)->real(v, w, n);
    }
    if (op->code == NET_MEAN)
        for (size_t k = 0; k < n; k++)
            v[k] /= op->input_count;
    elements_store_real(out->type, e->data[op->outputs[0]], b->row + at, n, v);
}

static void evaluate_bits(const op_eval *e, const broadcast *b, const net_tensor *const *in, size_t at, size_t n)
{
    const net_op *op = e->op;
    const net_tensor *out = &e->graph->tensors[op->outputs[0]];
    bits_pairs *pairs = find(op->code)->bits;
    if (op->code == NET_MOD && op->a.mode == 1)
        pairs = modulo_c_bits;
    if (op->code == NET_BIT_SHIFT && op->a.mode == 1)
        pairs = shift_right_bits;
    uint64_t v[ELEMENTS_BLOCK], w[ELEMENTS_BLOCK];
    for (uint32_t k = 0; k < op->input_count; k++) {
        const size_t stride = broadcast_stride(b, k);
        elements_load_bits(in[k]->type, e->data[op->inputs[k]], b->first[k] + at * stride, stride, n, k ? w : v);
        if (k)
            pairs(elements_are_unsigned(in[k]->type), v, w, n);
    }
    elements_store_bits(out->type, e->data[op->outputs[0]], b->row + at, n, v);
}

static bdc_status eval_binary(const op_eval *e)
{
    const net_tensor **in;
    BDC_TRY(operands_of(e, &in));
    int real = 0;
    for (uint32_t k = 0; k < e->op->input_count; k++)
        real |= elements_are_real(in[k]->type);
    broadcast b;
    BDC_TRY(broadcast_start(e->context, &b, &e->graph->tensors[e->op->outputs[0]], in, e->op->input_count));
    for (; broadcast_more(&b); broadcast_next(&b))
        for (size_t at = 0; at < b.count; at += ELEMENTS_BLOCK) {
            const size_t n = b.count - at < ELEMENTS_BLOCK ? b.count - at : ELEMENTS_BLOCK;
            if (real)
                evaluate_reals(e, &b, in, at, n);
            else
                evaluate_bits(e, &b, in, at, n);
        }
    return BDC_OK;
}

static bdc_status infer_where(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *x = infer_input(i, 1);
    BDC_TRY(infer_type(i, infer_input(i, 0), TYPES_BOOL));
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 2)));
    uint32_t rank, dims[NET_MAX_RANK];
    BDC_TRY(infer_broadcast(i, 0, &rank, dims));
    return infer_set(i, 0, x->type, rank, dims);
}

#define CHOOSE(T)                                                                                                      \
    for (size_t i = 0; i < b.count; i++)                                                                               \
        ((T *)out)[b.row + i] = condition[b.first[0] + i * step[0]] ? ((const T *)x)[b.first[1] + i * step[1]]         \
                                                                    : ((const T *)y)[b.first[2] + i * step[2]];        \
    break;

static bdc_status eval_where(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *result = &e->graph->tensors[op->outputs[0]];
    const net_tensor **in;
    BDC_TRY(operands_of(e, &in));
    const uint8_t *condition = e->data[op->inputs[0]];
    const void *x = e->data[op->inputs[1]], *y = e->data[op->inputs[2]];
    void *out = e->data[op->outputs[0]];
    broadcast b;
    BDC_TRY(broadcast_start(e->context, &b, result, in, 3));
    const size_t step[3] = {broadcast_stride(&b, 0), broadcast_stride(&b, 1), broadcast_stride(&b, 2)};
    for (; broadcast_more(&b); broadcast_next(&b))
        switch (net_type_bytes(result->type)) {
        case 1:
            CHOOSE(uint8_t)
        case 2:
            CHOOSE(uint16_t)
        case 4:
            CHOOSE(uint32_t)
        default:
            CHOOSE(uint64_t)
        }
    return BDC_OK;
}

#define PAIRWISE(name) {name, infer_binary, eval_binary}

static const binary operators[] = {
    [0] = {PAIRWISE("Add"), TYPES_NUMBER, add, add_bits},
    [NET_SUB - NET_ADD] = {PAIRWISE("Sub"), TYPES_NUMBER, subtract, subtract_bits},
    [NET_MUL - NET_ADD] = {PAIRWISE("Mul"), TYPES_NUMBER, multiply, multiply_bits},
    [NET_DIV - NET_ADD] = {PAIRWISE("Div"), TYPES_NUMBER, divide_real, divide_bits},
    [NET_POW - NET_ADD] = {PAIRWISE("Pow"), TYPES_NUMBER, power_real, power_bits},
    [NET_MOD - NET_ADD] = {PAIRWISE("Mod"), TYPES_NUMBER, modulo_real, modulo_bits},
    [NET_PRELU - NET_ADD] = {PAIRWISE("PRelu"), TYPES_NUMBER, prelu, prelu_bits},
    [NET_EQUAL - NET_ADD] = {PAIRWISE("Equal"), TYPES_ANY, equal, equal_bits},
    [NET_LESS - NET_ADD] = {PAIRWISE("Less"), TYPES_NUMBER, less, less_bits},
    [NET_GREATER - NET_ADD] = {PAIRWISE("Greater"), TYPES_NUMBER, greater, greater_bits},
    [NET_LESS_EQUAL - NET_ADD] = {PAIRWISE("LessOrEqual"), TYPES_NUMBER, less_equal, less_equal_bits},
    [NET_GREATER_EQUAL - NET_ADD] = {PAIRWISE("GreaterOrEqual"), TYPES_NUMBER, greater_equal, greater_equal_bits},
    [NET_AND - NET_ADD] = {PAIRWISE("And"), TYPES_BOOL, 0, and_bits},
    [NET_OR - NET_ADD] = {PAIRWISE("Or"), TYPES_BOOL, 0, or_bits},
    [NET_XOR - NET_ADD] = {PAIRWISE("Xor"), TYPES_BOOL, 0, xor_bits},
    [NET_BITWISE_AND - NET_ADD] = {PAIRWISE("BitwiseAnd"), TYPES_INTEGER, 0, and_bits},
    [NET_BITWISE_OR - NET_ADD] = {PAIRWISE("BitwiseOr"), TYPES_INTEGER, 0, or_bits},
    [NET_BITWISE_XOR - NET_ADD] = {PAIRWISE("BitwiseXor"), TYPES_INTEGER, 0, xor_bits},
    [NET_BIT_SHIFT - NET_ADD] = {PAIRWISE("BitShift"), TYPES_UNSIGNED, 0, shift_left_bits},
    [NET_WHERE - NET_ADD] = {{"Where", infer_where, eval_where}, TYPES_ANY, 0, 0},
    [NET_MIN - NET_ADD] = {PAIRWISE("Min"), TYPES_NUMBER, smaller, smaller_bits},
    [NET_MAX - NET_ADD] = {PAIRWISE("Max"), TYPES_NUMBER, larger, larger_bits},
    [NET_SUM - NET_ADD] = {PAIRWISE("Sum"), TYPES_NUMBER, add, add_bits},
    [NET_MEAN - NET_ADD] = {PAIRWISE("Mean"), TYPES_FLOAT, add, 0},
};

static const binary *find(net_code code)
{
    return &operators[code - NET_ADD];
}

const op_row *ops_binary_row(net_code code)
{
    return &find(code)->row;
}
