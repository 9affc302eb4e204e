/* Constants: their elements in any order, as floats and as the integers of the file.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../../format.h"
#include "lower.h"

/* Multiply-adds that one constant may cost. */
#define CONSTANT_WORK ((uint64_t)1 << 31)

/* Elements in row-major order, by their index in the array. */
typedef struct walker {
    const lower_value *v;
    uint32_t digits, at[LOWER_DIGITS];
    int64_t index;
} walker;

static walker walk(const lower_value *v)
{
    return (walker){.v = v, .digits = v->first[v->rank], .index = v->offset};
}

static size_t next(walker *w)
{
    const size_t index = (size_t)w->index;
    for (uint32_t d = w->digits; d-- > 0;) {
        w->index += w->v->stride[d];
        if (++w->at[d] < w->v->count[d])
            break;
        w->index -= (int64_t)w->v->count[d] * w->v->stride[d];
        w->at[d] = 0;
    }
    return index;
}

static size_t count_of(const lower_value *v)
{
    size_t n = 1;
    for (uint32_t d = 0; d < v->first[v->rank]; d++)
        n *= v->count[d];
    return n;
}

/* One element of any type as a float. */
static float element(net_type type, const void *data, size_t i)
{
    union {
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
        double f64;
        float f32;
    } u;
    const uint32_t bytes = net_type_bytes(type);
    memcpy(&u, (const uint8_t *)data + i * bytes, bytes);
    switch (type) {
    case NET_FLOAT:
        return u.f32;
    case NET_UINT8:
    case NET_BOOL:
        return (float)((const uint8_t *)data)[i];
    case NET_INT8:
        return (float)((const int8_t *)data)[i];
    case NET_UINT16:
        return (float)u.u16;
    case NET_INT16:
        return (float)u.i16;
    case NET_INT32:
        return (float)u.i32;
    case NET_UINT32:
        return (float)u.u32;
    case NET_INT64:
        return (float)u.i64;
    case NET_UINT64:
        return (float)u.u64;
    case NET_DOUBLE:
        return (float)u.f64;
    case NET_FLOAT16: { /* sign, 5 bits of exponent, 10 of fraction */
        const int exponent = u.u16 >> 10 & 31, fraction = u.u16 & 1023;
        double x = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                   : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                  : ldexp(fraction, -24);
        return (float)(u.u16 >> 15 ? -x : x);
    }
    }
    return 0;
}

bdc_status lower_make_constant(lowering *l, const float *real, uint32_t rank, const uint32_t *dims, lower_value *v)
{
    lower_array *array = BDC_NEW(l->context, lower_array, 1);
    if (!array)
        return BDC_E_MEMORY;
    array->real = real;
    *v = (lower_value){.tensor = IR_NONE, .array = array};
    lower_dense(v, rank, dims);
    return BDC_OK;
}

bdc_status lower_constant_of(lowering *l, uint32_t tensor, lower_value *v)
{
    const net_tensor *t = &l->net->tensors[tensor];
    const void *data = t->data ? t->data : l->data[tensor];
    const float *real = data;
    if (t->type != NET_FLOAT) {
        const size_t n = net_count(t);
        float *converted = BDC_NEW(l->context, float, n);
        if (!converted)
            return BDC_E_MEMORY;
        for (size_t i = 0; i < n; i++)
            converted[i] = element(t->type, data, i);
        real = converted;
    }
    return lower_make_constant(l, real, t->rank, t->dims, v);
}

/* 1 if the elements lie as the result wants them: the array itself will do. */
static int is_plain(const lower_value *v)
{
    int64_t step = 1;
    for (uint32_t d = v->first[v->rank]; d-- > 0;) {
        if (v->stride[d] != step)
            return 0;
        step *= v->count[d];
    }
    return !v->offset;
}

bdc_status lower_floats(lowering *l, const lower_value *v, const float **out)
{
    const size_t n = count_of(v);
    if (!v->array)
        return lower_refuse(l, "an input must be a constant");
    *out = v->array->real;
    if (is_plain(v))
        return BDC_OK;
    float *copy = BDC_NEW(l->context, float, n);
    if (!copy)
        return BDC_E_MEMORY;
    walker w = walk(v);
    for (size_t i = 0; i < n; i++)
        copy[i] = v->array->real[next(&w)];
    *out = copy;
    return BDC_OK;
}

bdc_status lower_integers(lowering *l, const lower_value *v, uint32_t rows, const int32_t **out, const double **scales)
{
    const lower_array *a = v->array;
    const size_t n = count_of(v), row = rows ? n / rows : 0;
    *out = NULL;
    if (!a || !a->stored || !rows || n % rows)
        return BDC_OK;
    int32_t *stored = BDC_NEW(l->context, int32_t, n);
    double *of_row = BDC_NEW(l->context, double, rows);
    if (!stored || !of_row)
        return BDC_E_MEMORY;
    walker w = walk(v);
    for (size_t i = 0; i < n; i++) {
        const size_t index = next(&w);
        const double scale = (double)a->scales[index / a->scale_inner % a->scale_count];
        stored[i] = a->stored[index];
        if (i % row == 0)
            of_row[i / row] = scale;
        else if (of_row[i / row] < scale || of_row[i / row] > scale)
            return BDC_OK; /* several scales within one row: no integers then */
    }
    *out = stored;
    *scales = of_row;
    return BDC_OK;
}

int lower_is_scalar(const lower_value *v, float *value)
{
    if (!v->array)
        return 0;
    const size_t n = count_of(v);
    walker w = walk(v);
    *value = v->array->real[v->offset];
    for (size_t i = 0; i < n; i++) {
        float x = v->array->real[next(&w)];
        if (x < *value || x > *value)
            return 0;
    }
    return 1;
}

bdc_status lower_scalar(lowering *l, uint32_t i, float *value)
{
    lower_value v;
    BDC_TRY(lower_input(l, i, &v));
    if (!lower_is_scalar(&v, value))
        return lower_refuse(l, "an input must be a constant number");
    return BDC_OK;
}

bdc_status lower_materialise(lowering *l, lower_value *v)
{
    bdc_context *c = l->context;
    const size_t n = count_of(v);
    const float *real;
    if (n > BDF_MAX_DIM)
        return lower_limit(l, "a constant of more than 65535 elements stands where only a computed tensor can");
    BDC_TRY(lower_floats(l, v, &real));
    ir_view *view = BDC_NEW(c, ir_view, 1);
    float *zeros = BDC_NEW(c, float, n);
    uint32_t repeated, tensor, dims[NET_MAX_RANK];
    ir_op *op;
    if (!view || !zeros)
        return BDC_E_MEMORY;
    *view = (ir_view){{1, 1, 1, 1, 1, (uint32_t)n}, {0}, 0};
    BDC_TRY(ir_add_tensor(c, l->ir, lower_name(l), (uint32_t)n, 1, 1, &repeated));
    BDC_TRY(lower_op1(l, IR_VIEW, l->ir->inputs[0], repeated, &op));
    op->view = view;
    BDC_TRY(ir_add_tensor(c, l->ir, lower_name(l), (uint32_t)n, 1, 1, &tensor));
    BDC_TRY(lower_op1(l, IR_AFFINE, repeated, tensor, &op));
    op->weights = zeros;
    op->bias = real;
    lower_dims(v, dims);
    v->array = NULL;
    v->tensor = tensor;
    lower_dense(v, v->rank, dims);
    return BDC_OK;
}

bdc_status lower_dense_constant(lowering *l, lower_value *v)
{
    const lower_array *old = v->array;
    const size_t n = count_of(v);
    uint32_t dims[NET_MAX_RANK];
    lower_array *array = BDC_NEW(l->context, lower_array, 1);
    if (!array)
        return BDC_E_MEMORY;
    BDC_TRY(lower_floats(l, v, &array->real));
    if (old->stored) {
        int32_t *stored = BDC_NEW(l->context, int32_t, n);
        float *scales = BDC_NEW(l->context, float, n);
        walker w = walk(v);
        if (!stored || !scales)
            return BDC_E_MEMORY;
        for (size_t i = 0; i < n; i++) {
            const size_t index = next(&w);
            stored[i] = old->stored[index];
            scales[i] = old->scales[index / old->scale_inner % old->scale_count];
        }
        array->stored = stored;
        array->scales = scales;
        array->scale_count = (uint32_t)n;
        array->scale_inner = 1;
    }
    lower_dims(v, dims);
    v->array = array;
    lower_dense(v, v->rank, dims);
    return BDC_OK;
}

bdc_status lower_constant_product(lowering *l, const lower_value *x, const lower_value *mask, lower_value *y)
{
    lower_value a = *x, b = *mask;
    uint32_t dims[NET_MAX_RANK], rank = a.rank > b.rank ? a.rank : b.rank;
    const float *value, *condition;
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t p = i + a.rank < rank ? 1 : lower_dim(&a, i + a.rank - rank);
        uint32_t q = i + b.rank < rank ? 1 : lower_dim(&b, i + b.rank - rank);
        dims[i] = p > q ? p : q;
    }
    BDC_TRY(lower_broadcast(l, &a, rank, dims));
    BDC_TRY(lower_broadcast(l, &b, rank, dims));
    BDC_TRY(lower_floats(l, &a, &value));
    BDC_TRY(lower_floats(l, &b, &condition));
    const size_t n = count_of(&a);
    float *out = BDC_NEW(l->context, float, n);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        out[i] = condition[i] < 0 || condition[i] > 0 ? value[i] : 0;
    return lower_make_constant(l, out, rank, dims, y);
}

bdc_status lower_evaluate(lowering *l)
{
    const net_op *op = l->op;
    for (uint32_t i = 0; i < op->input_count; i++) {
        const uint32_t t = op->inputs[i];
        if (t == NET_NONE || l->data[t])
            continue;
        const void *data = l->net->tensors[t].data;
        if (!data) { /* dequantised: float */
            const float *real;
            BDC_TRY(lower_floats(l, &l->values[t], &real));
            data = real;
        }
        memcpy(&l->data[t], &data, sizeof data); /* net_eval's pointers are not const */
    }
    if (net_work(l->net, op) > CONSTANT_WORK)
        return bdc_fail(l->context, BDC_E_LIMIT, "%s '%s' would take more than 2^31 steps to compute a constant.",
                        op->type, op->name);
    for (uint32_t k = 0; k < op->output_count; k++) {
        const uint32_t t = op->outputs[k];
        if (t == NET_NONE)
            continue;
        l->data[t] = bdc_alloc(l->context, net_count(&l->net->tensors[t]), net_type_bytes(l->net->tensors[t].type));
        if (!l->data[t])
            return BDC_E_MEMORY;
    }
    BDC_TRY(net_eval(l->context, l->net, op, l->data));
    for (uint32_t k = 0; k < op->output_count; k++)
        if (op->outputs[k] != NET_NONE)
            BDC_TRY(lower_constant_of(l, op->outputs[k], &l->values[op->outputs[k]]));
    return BDC_OK;
}
