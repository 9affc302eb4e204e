/* Functions of one number, and arithmetic of two values that are broadcast together.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lower.h"

static size_t elements(const lower_value *v)
{
    size_t n = 1;
    for (uint32_t d = 0; d < v->first[v->rank]; d++)
        n *= v->count[d];
    return n;
}

/* 1 if the value reads every element of its tensor: then a function may work on the tensor as it lies. */
static int covers(const lowering *l, const lower_value *v)
{
    uint64_t n = 1;
    for (uint32_t d = 0; d < v->first[v->rank]; d++)
        n *= v->stride[d] ? v->count[d] : 1;
    return n == ir_count(&l->ir->tensors[v->tensor]);
}

/* ---- One input ------------------------------------------------------------------------------------------------------ */

static bdc_status constant_function(lowering *l, const lower_value *x, const ir_op *op, lower_value *y)
{
    const size_t n = elements(x);
    const float *in;
    float *out = BDC_NEW(l->context, float, n);
    uint32_t dims[NET_MAX_RANK];
    if (!out)
        return BDC_E_MEMORY;
    BDC_TRY(lower_floats(l, x, &in));
    for (size_t i = 0; i < n; i++)
        out[i] = ir_apply(op, in[i]);
    lower_dims(x, dims);
    return lower_make_constant(l, out, x->rank, dims, y);
}

bdc_status lower_function(lowering *l, const lower_value *x, ir_function f, lower_value *y)
{
    lower_value in = *x;
    uint32_t tensor;
    ir_op *op;
    if (x->array)
        return constant_function(l, x, &(ir_op){.functions = {f}, .function_count = 1}, y);
    if (!covers(l, &in))
        BDC_TRY(lower_settle(l, &in));
    const ir_tensor base = l->ir->tensors[in.tensor];
    BDC_TRY(ir_add_tensor(l->context, l->ir, lower_name(l), base.c, base.h, base.w, &tensor));
    BDC_TRY(lower_op1(l, IR_FUNCTION, in.tensor, tensor, &op));
    op->functions[0] = f;
    op->function_count = 1;
    *y = in;
    y->tensor = tensor;
    return BDC_OK;
}

bdc_status lower_linear(lowering *l, const lower_value *x, float factor, float shift, lower_value *y)
{
    if (!isfinite(factor) || !isfinite(shift))
        return lower_refuse(l, "a constant is not a finite number");
    return lower_function(l, x, (ir_function){.code = IR_LINEAR, .alpha = factor, .beta = shift}, y);
}

bdc_status lower_unary(lowering *l, const lower_value *x, net_code code, lower_value *y)
{
    return lower_function(l, x, (ir_function){.code = IR_NET_UNARY, .unary = (int)code}, y);
}

ir_function lower_function_of(net_code code, const net_attributes *a)
{
    ir_function f = {.code = IR_NET_UNARY, .alpha = a->alpha, .beta = a->beta, .unary = (int)code, .mode = a->mode};
    switch (code) {
    case NET_RELU:
        return (ir_function){.code = IR_CLAMP, .alpha = 0, .beta = INFINITY};
    case NET_LEAKY_RELU:
        f.code = IR_LEAKY_RELU;
        break;
    case NET_ELU:
        f.code = IR_ELU;
        break;
    case NET_SIGMOID:
        f.code = IR_SIGMOID;
        break;
    case NET_TANH:
        f.code = IR_TANH;
        break;
    case NET_HARD_SIGMOID:
        f.code = IR_HARD_SIGMOID;
        break;
    case NET_HARD_SWISH:
        return (ir_function){.code = IR_HARD_SWISH, .alpha = 1.0f / 6, .beta = 0.5f};
    case NET_NEG:
        return (ir_function){.code = IR_LINEAR, .alpha = -1};
    default:
        break;
    }
    return f;
}

bdc_status lower_op_unary(lowering *l)
{
    lower_value x, y;
    const ir_function f = lower_function_of(l->op->code, &l->op->a);
    if (!isfinite(f.alpha) || (f.code != IR_CLAMP && !isfinite(f.beta)))
        return lower_refuse(l, "an attribute is not a finite number");
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_function(l, &x, f, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_clip(lowering *l)
{
    lower_value x, y;
    float bound[2] = {-INFINITY, INFINITY};
    for (uint32_t i = 0; i < 2; i++)
        if (lower_has_input(l, i + 1))
            BDC_TRY(lower_scalar(l, i + 1, &bound[i]));
    if (isnan(bound[0]) || isnan(bound[1]))
        return lower_refuse(l, "a bound is not a number");
    bound[0] = fminf(bound[0], bound[1]); /* the upper bound wins where they cross */
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_function(l, &x, (ir_function){.code = IR_CLAMP, .alpha = bound[0], .beta = bound[1]}, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_cast(lowering *l)
{
    lower_value x;
    const net_type from = lower_shape_in(l, 0)->type, to = lower_shape_out(l, 0)->type;
    const int from_real = from == NET_FLOAT || from == NET_DOUBLE || from == NET_FLOAT16;
    const int to_real = to == NET_FLOAT || to == NET_DOUBLE || to == NET_FLOAT16;
    BDC_TRY(lower_input(l, 0, &x));
    if (from != to && !to_real && from_real)
        return lower_refuse(l, "a cast to an integer type is not supported");
    if (from != to && !to_real && net_type_bytes(to) < net_type_bytes(from) && net_type_bytes(to) < 4)
        return lower_refuse(l, "a cast to a narrower type is not supported"); /* the layers' integers have 16 bits */
    lower_set(l, 0, &x);
    return BDC_OK;
}

/* ---- With a constant ------------------------------------------------------------------------------------------------ */

/* The common shape of values that are broadcast, and each with it. */
static bdc_status align(lowering *l, lower_value *const *values, uint32_t n, uint32_t *dims, uint32_t *rank)
{
    *rank = 0;
    for (uint32_t i = 0; i < n; i++)
        *rank = values[i]->rank > *rank ? values[i]->rank : *rank;
    for (uint32_t k = 0; k < *rank; k++)
        dims[k] = 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t own[NET_MAX_RANK], added = *rank - values[i]->rank;
        for (uint32_t k = 0; k < *rank; k++)
            own[k] = k < added ? 1 : lower_dim(values[i], k - added);
        for (uint32_t k = 0; k < *rank; k++)
            dims[k] = own[k] > dims[k] ? own[k] : dims[k];
        BDC_TRY(lower_broadcast(l, values[i], *rank, own));
    }
    return BDC_OK;
}

static uint32_t varying(const lower_value *v)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < v->rank; i++)
        set |= (uint32_t)(lower_dim(v, i) > 1) << i;
    return set;
}

/* One number per channel: the constant along the order's channels; null stays null. */
static bdc_status per_channel(lowering *l, const lower_value *constant, const uint32_t *dims, const lower_order *o,
                              const float **out)
{
    *out = NULL;
    if (!constant)
        return BDC_OK;
    lower_value v = *constant;
    uint32_t wanted[NET_MAX_RANK];
    for (uint32_t i = 0; i < o->count; i++)
        wanted[o->dims[i]] = i < o->w_end ? 1 : dims[o->dims[i]];
    BDC_TRY(lower_broadcast(l, &v, v.rank, wanted));
    lower_transpose(&v, o->dims);
    return lower_floats(l, &v, out);
}

static bdc_status fill(lowering *l, float value, size_t n, const float **out)
{
    float *all = BDC_NEW(l->context, float, n);
    for (size_t i = 0; all && i < n; i++)
        all[i] = value;
    *out = all;
    return all ? BDC_OK : BDC_E_MEMORY;
}

/* The value in an order whose channels are the dimensions of a set: as it lies if they lie inside, else moved. */
static bdc_status channels_of(lowering *l, const lower_value *x, uint32_t set, lower_order *o, uint32_t *tensor)
{
    if (!lower_is_inside(x, o, set)) {
        *o = lower_memory_order(x);
        lower_move_inside(o, set);
    }
    return lower_take(l, x, o, tensor);
}

bdc_status lower_affine(lowering *l, const lower_value *given, const lower_value *factor, const lower_value *shift,
                        lower_value *y)
{
    lower_value x = *given, f = factor ? *factor : x, s = shift ? *shift : x;
    lower_value *values[3] = {&x, &f, &s};
    float number[2] = {1, 0};
    uint32_t dims[NET_MAX_RANK], rank, tensor;
    lower_order o;
    ir_op *op;
    BDC_TRY(align(l, values, 3, dims, &rank));
    BDC_TRY(lower_broadcast(l, &x, rank, dims));
    if ((!factor || lower_is_scalar(&f, &number[0])) && (!shift || lower_is_scalar(&s, &number[1])))
        return lower_linear(l, &x, number[0], number[1], y);
    const uint32_t set = (factor ? varying(&f) : 0) | (shift ? varying(&s) : 0);
    BDC_TRY(channels_of(l, &x, set, &o, &tensor));
    const float *weights, *bias;
    BDC_TRY(per_channel(l, factor ? &f : NULL, dims, &o, &weights));
    BDC_TRY(per_channel(l, shift ? &s : NULL, dims, &o, &bias));
    BDC_TRY(lower_give(l, rank, dims, &o, y));
    const uint32_t channels = l->ir->tensors[tensor].c;
    if (!weights)
        BDC_TRY(fill(l, 1, channels, &weights));
    if (!bias)
        BDC_TRY(fill(l, 0, channels, &bias));
    lower_same_shape(l, tensor, y);
    BDC_TRY(lower_op1(l, IR_AFFINE, tensor, y->tensor, &op));
    op->weights = weights;
    op->bias = bias;
    return BDC_OK;
}

bdc_status lower_op_prelu(lowering *l)
{
    lower_value x, slope, y;
    lower_value *values[2] = {&x, &slope};
    uint32_t dims[NET_MAX_RANK], rank, tensor;
    float number;
    const float *weights;
    lower_order o;
    ir_op *op;
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_input(l, 1, &slope));
    if (!slope.array) { /* max(x, 0) + slope * min(x, 0) */
        lower_value above, below, scaled;
        BDC_TRY(lower_function(l, &x, (ir_function){.code = IR_CLAMP, .alpha = 0, .beta = INFINITY}, &above));
        BDC_TRY(lower_function(l, &x, (ir_function){.code = IR_CLAMP, .alpha = -INFINITY, .beta = 0}, &below));
        BDC_TRY(lower_binary(l, IR_MUL, &below, &slope, &scaled));
        BDC_TRY(lower_binary(l, IR_ADD, &above, &scaled, &y));
    } else if (lower_is_scalar(&slope, &number)) {
        BDC_TRY(lower_function(l, &x, (ir_function){.code = IR_LEAKY_RELU, .alpha = number}, &y));
    } else {
        BDC_TRY(align(l, values, 2, dims, &rank));
        BDC_TRY(lower_broadcast(l, &x, rank, dims));
        BDC_TRY(channels_of(l, &x, varying(&slope), &o, &tensor));
        BDC_TRY(per_channel(l, &slope, dims, &o, &weights));
        BDC_TRY(lower_give(l, rank, dims, &o, &y));
        lower_same_shape(l, tensor, &y);
        BDC_TRY(lower_op1(l, IR_PRELU, tensor, y.tensor, &op));
        op->weights = weights;
    }
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* x in the shape that it has together with k. */
static bdc_status repeated_with(lowering *l, const lower_value *x, const lower_value *k, lower_value *out)
{
    lower_value other = *k;
    lower_value *values[2] = {out, &other};
    uint32_t dims[NET_MAX_RANK], rank;
    *out = *x;
    BDC_TRY(align(l, values, 2, dims, &rank));
    return lower_broadcast(l, out, rank, dims);
}

static bdc_status with_constant(lowering *l, ir_code code, const lower_value *x, const lower_value *k, int first,
                                lower_value *y)
{
    float number;
    if (code == IR_MIN || code == IR_MAX) {
        lower_value made;
        if (lower_is_scalar(k, &number)) {
            ir_function f = {.code = IR_CLAMP,
                             .alpha = code == IR_MAX ? number : -INFINITY,
                             .beta = code == IR_MIN ? number : INFINITY};
            BDC_TRY(repeated_with(l, x, k, &made));
            return lower_function(l, &made, f, y);
        }
        made = *k;
        BDC_TRY(lower_materialise(l, &made));
        return lower_binary(l, code, x, &made, y);
    }
    if (code == IR_MUL)
        return lower_affine(l, x, k, NULL, y);
    if (code == IR_ADD)
        return lower_affine(l, x, NULL, k, y);
    lower_value minus, turned; /* x - k, or k - x */
    if (!first) {
        BDC_TRY(lower_linear(l, k, -1, 0, &minus));
        return lower_affine(l, x, NULL, &minus, y);
    }
    BDC_TRY(lower_linear(l, x, -1, 0, &turned));
    return lower_affine(l, &turned, NULL, k, y);
}

/* ---- Of two tensors --------------------------------------------------------------------------------------------------- */

/* Dimensions that only repeat become 1 again. */
static void drop_repeats(lower_value *v)
{
    for (uint32_t i = 0; i < v->rank; i++) {
        int repeats = 1;
        for (uint32_t d = v->first[i]; d < v->first[i + 1]; d++)
            repeats = repeats && !v->stride[d];
        if (repeats)
            lower_try_slice(v, i, 0, 1, 1);
    }
}

/* host has all of the result's dimensions; guest is repeated along some. */
static bdc_status with_guest(lowering *l, ir_code code, const lower_value *host, lower_value *guest,
                             const uint32_t *dims, lower_value *y)
{
    drop_repeats(guest);
    const uint32_t rank = host->rank, set = varying(guest);
    uint32_t product = 1, a, b;
    lower_order o, guest_order;
    ir_op *op;
    for (uint32_t i = 0; i < rank; i++)
        product *= set >> i & 1u ? dims[i] : 1;
    const int all = set == varying(host);
    if (!all && product <= 65535 && lower_is_inside(host, &o, set)) {
        BDC_TRY(lower_take(l, host, &o, &a));
        guest_order = o; /* its other dimensions are 1 */
        BDC_TRY(lower_take_as(l, guest, &guest_order, (uint32_t[3]){1, 1, product}, &b));
    } else {
        BDC_TRY(lower_broadcast(l, guest, rank, dims));
        o = lower_memory_order(host);
        BDC_TRY(lower_take(l, host, &o, &a));
        const ir_tensor t = l->ir->tensors[a];
        BDC_TRY(lower_take_as(l, guest, &o, (uint32_t[3]){t.h, t.w, t.c}, &b));
    }
    BDC_TRY(lower_give(l, rank, dims, &o, y));
    lower_same_shape(l, a, y);
    BDC_TRY(lower_op(l, code, 2, y->tensor, &op));
    op->inputs[0] = a;
    op->inputs[1] = b;
    return BDC_OK;
}

static int has_dims(const lower_value *v, const uint32_t *dims)
{
    for (uint32_t i = 0; i < v->rank; i++)
        if (lower_dim(v, i) != dims[i])
            return 0;
    return 1;
}

/* 1 if both values describe their tensors in the same way, and read all of them. */
static int lie_alike(const lowering *l, const lower_value *a, const lower_value *b)
{
    int alike = a->rank == b->rank && a->offset == b->offset && covers(l, a) && covers(l, b) &&
                ir_count(&l->ir->tensors[a->tensor]) == ir_count(&l->ir->tensors[b->tensor]);
    for (uint32_t i = 0; alike && i <= a->rank; i++)
        alike = a->first[i] == b->first[i];
    for (uint32_t d = 0; alike && d < a->first[a->rank]; d++)
        alike = a->count[d] == b->count[d] && a->stride[d] == b->stride[d];
    return alike;
}

/* Both as they lie: the result lies so too. */
static bdc_status in_place(lowering *l, ir_code code, const lower_value *a, const lower_value *b, lower_value *y)
{
    const ir_tensor t = l->ir->tensors[a->tensor];
    const uint32_t n = ir_count(&t);
    const lower_order line = {.count = 1, .dims = {0}};
    lower_value flat = *b;
    uint32_t tb, ty;
    ir_op *op;
    lower_dense(&flat, 1, &n);
    BDC_TRY(lower_take_as(l, &flat, &line, (uint32_t[3]){t.h, t.w, t.c}, &tb));
    BDC_TRY(ir_add_tensor(l->context, l->ir, lower_name(l), t.c, t.h, t.w, &ty));
    BDC_TRY(lower_op(l, code, 2, ty, &op));
    op->inputs[0] = a->tensor;
    op->inputs[1] = tb;
    *y = *a;
    y->tensor = ty;
    return BDC_OK;
}

bdc_status lower_binary(lowering *l, ir_code code, const lower_value *first, const lower_value *second, lower_value *y)
{
    if (second->array)
        return with_constant(l, code, first, second, 0, y);
    if (first->array)
        return with_constant(l, code, second, first, 1, y);
    lower_value a = *first, b = *second;
    lower_value *values[2] = {&a, &b};
    uint32_t dims[NET_MAX_RANK], rank;
    if (lie_alike(l, &a, &b))
        return in_place(l, code, &a, &b, y);
    BDC_TRY(align(l, values, 2, dims, &rank));
    if (!has_dims(&a, dims) && !has_dims(&b, dims))
        BDC_TRY(lower_broadcast(l, &a, rank, dims));
    /* The host sets the order: rather one that need not be moved. */
    const int a_full = has_dims(&a, dims), b_full = has_dims(&b, dims);
    if (a_full && (!b_full || covers(l, &a) || !covers(l, &b)))
        return with_guest(l, code, &a, &b, dims, y);
    if (code != IR_SUB)
        return with_guest(l, code, &b, &a, dims, y);
    lower_value minus; /* a - b = -b + a */
    BDC_TRY(lower_linear(l, &b, -1, 0, &minus));
    return with_guest(l, IR_ADD, &minus, &a, dims, y);
}

/* ---- Operators ---------------------------------------------------------------------------------------------------------- */

static ir_code code_of(net_code code)
{
    return code == NET_ADD || code == NET_SUM || code == NET_MEAN ? IR_ADD
           : code == NET_SUB                                      ? IR_SUB
           : code == NET_MUL                                      ? IR_MUL
           : code == NET_MIN                                      ? IR_MIN
                                                                  : IR_MAX;
}

bdc_status lower_op_arithmetic(lowering *l)
{
    lower_value a, b, y;
    BDC_TRY(lower_input(l, 0, &a));
    BDC_TRY(lower_input(l, 1, &b));
    BDC_TRY(lower_binary(l, code_of(l->op->code), &a, &b, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_division(lowering *l)
{
    lower_value a, b, inverse, y;
    BDC_TRY(lower_input(l, 0, &a));
    BDC_TRY(lower_input(l, 1, &b));
    BDC_TRY(lower_unary(l, &b, NET_RECIPROCAL, &inverse));
    BDC_TRY(lower_binary(l, IR_MUL, &a, &inverse, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_power(lowering *l)
{
    lower_value a, b, x, y;
    float number;
    BDC_TRY(lower_input(l, 0, &a));
    BDC_TRY(lower_input(l, 1, &b));
    ir_function f = {.code = IR_POWER};
    if (lower_is_scalar(&b, &number)) {
        f.alpha = number;
        BDC_TRY(repeated_with(l, &a, &b, &x));
    } else if (lower_is_scalar(&a, &number) && number > 0) {
        f = (ir_function){.code = IR_POWER_OF, .alpha = number};
        BDC_TRY(repeated_with(l, &b, &a, &x));
    } else {
        return lower_refuse(l, "the exponent, or a positive base, must be one constant number");
    }
    if (!isfinite(f.alpha))
        return lower_refuse(l, "the exponent is not a finite number");
    BDC_TRY(lower_function(l, &x, f, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_many(lowering *l)
{
    const uint32_t n = l->op->input_count;
    lower_value sum, x;
    BDC_TRY(lower_input(l, 0, &sum));
    for (uint32_t i = 1; i < n; i++) {
        BDC_TRY(lower_input(l, i, &x));
        BDC_TRY(lower_binary(l, code_of(l->op->code), &sum, &x, &sum));
    }
    if (l->op->code == NET_MEAN)
        BDC_TRY(lower_linear(l, &sum, 1.0f / (float)n, 0, &sum));
    lower_set(l, 0, &sum);
    return BDC_OK;
}

/* x where the condition, a constant, holds, else y: x * c + y * (1 - c). */
bdc_status lower_op_where(lowering *l)
{
    lower_value condition, not, part[2], sum;
    BDC_TRY(lower_input(l, 0, &condition));
    if (!condition.array)
        return lower_refuse(l, "only a constant condition is supported");
    BDC_TRY(lower_linear(l, &condition, -1, 1, &not));
    for (uint32_t i = 0; i < 2; i++) {
        lower_value x;
        BDC_TRY(lower_input(l, i + 1, &x));
        if (x.array)
            BDC_TRY(lower_constant_product(l, &x, i ? &not : &condition, &part[i]));
        else
            BDC_TRY(lower_affine(l, &x, i ? &not : &condition, NULL, &part[i]));
    }
    BDC_TRY(lower_binary(l, IR_ADD, &part[0], &part[1], &sum));
    lower_set(l, 0, &sum);
    return BDC_OK;
}
