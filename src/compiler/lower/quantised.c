/* Quantised networks: DequantizeLinear -> operator -> QuantizeLinear. What the file fixes is kept in the tensors of the layers; uint8
 * becomes int8 by taking 128 off both the values and the zero point, which changes nothing real.
 * SPDX-License-Identifier: MIT */
#include "../../bedside.h"
#include "lower.h"

typedef struct grid {
    uint32_t type;
    double scale;
    int32_t zero_point;
} grid;

/* Type and the shift from the file's integers to those of the layers; 0 if there is none. */
static int stored_type(net_type type, uint32_t *stored, int32_t *shift)
{
    *stored = type == NET_INT8 || type == NET_UINT8 ? BDS_INT8 : BDS_INT16;
    *shift = type == NET_UINT8 ? -128 : type == NET_UINT16 ? -32768 : 0;
    return type == NET_INT8 || type == NET_UINT8 || type == NET_INT16 || type == NET_UINT16;
}

/* Scale and zero point of the operator at hand, for a whole tensor. */
static bdc_status read_grid(lowering *l, net_type type, grid *g)
{
    float scale, zero = 0;
    int32_t shift;
    lower_value v;
    if (!stored_type(type, &g->type, &shift))
        return bdc_fail(l->context, BDC_E_UNSUPPORTED, "%s '%s': computed tensors of type %s are not supported.",
                        l->op->type, l->op->name, net_type_name(type));
    BDC_TRY(lower_input(l, 1, &v));
    if (!v.array || !lower_is_scalar(&v, &scale))
        return lower_refuse(l, "a computed tensor must have one constant scale");
    if (lower_has_input(l, 2)) {
        BDC_TRY(lower_input(l, 2, &v));
        if (!v.array || !lower_is_scalar(&v, &zero))
            return lower_refuse(l, "a computed tensor must have one constant zero point");
    }
    if (!(scale > 1e-30f && scale < 1e30f))
        return lower_refuse(l, "the scale is not a positive, finite number");
    g->scale = (double)scale;
    g->zero_point = (int32_t)zero + shift;
    return BDC_OK;
}

static int same_grid(const ir_tensor *t, const grid *g)
{
    return t->type == g->type && t->zero_point == g->zero_point && !(t->scale < g->scale) && !(t->scale > g->scale);
}

static void set_grid(ir_tensor *t, const grid *g)
{
    t->type = g->type;
    t->scale = g->scale;
    t->zero_point = g->zero_point;
}

bdc_status lower_op_quantize(lowering *l)
{
    lower_value x, y;
    grid g;
    BDC_TRY(lower_activation(l, 0, &x));
    BDC_TRY(read_grid(l, lower_shape_out(l, 0)->type, &g));
    ir_tensor *t = &l->ir->tensors[x.tensor];
    if (!t->type) {
        set_grid(t, &g);
        y = x;
    } else if (same_grid(t, &g)) {
        y = x;
    } else {
        BDC_TRY(lower_function(l, &x, (ir_function){.code = IR_IDENTITY}, &y));
        set_grid(&l->ir->tensors[y.tensor], &g);
    }
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* Weights and biases: floats, and the integers with their scales. */
static bdc_status dequantize_constant(lowering *l, lower_value *y)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *t = lower_shape_in(l, 0), *scale = lower_shape_in(l, 1);
    const size_t n = net_count(t), scales = net_count(scale);
    lower_value x, v;
    const float *values, *factors, *zeros = NULL;
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_floats(l, &x, &values)); /* exact but for large int32, which are read below */
    BDC_TRY(lower_input(l, 1, &v));
    if (!v.array || (scales > 1 && (scale->rank != 1 || scales != t->dims[a->axis])))
        return lower_refuse(l, "scales per block are not supported");
    BDC_TRY(lower_floats(l, &v, &factors));
    if (lower_has_input(l, 2)) {
        BDC_TRY(lower_input(l, 2, &v));
        BDC_TRY(lower_floats(l, &v, &zeros));
        if (net_count(lower_shape_in(l, 2)) != scales)
            return lower_refuse(l, "scale and zero point differ in their shapes");
    }
    lower_array *array = BDC_NEW(l->context, lower_array, 1);
    float *real = BDC_NEW(l->context, float, n);
    int32_t *stored = BDC_NEW(l->context, int32_t, n);
    if (!array || !real || !stored)
        return BDC_E_MEMORY;
    uint32_t inner = 1;
    for (uint32_t i = (uint32_t)a->axis + 1; scales > 1 && i < t->rank; i++)
        inner *= t->dims[i];
    for (size_t i = 0; i < n; i++) {
        const size_t k = scales > 1 ? i / inner % scales : 0;
        stored[i] = (t->type == NET_INT32 ? ((const int32_t *)t->data)[i] : (int32_t)values[i]) -
                    (zeros ? (int32_t)zeros[k] : 0);
        real[i] = (float)stored[i] * factors[k];
    }
    *array = (lower_array){real, stored, factors, (uint32_t)scales, inner};
    *y = (lower_value){.tensor = IR_NONE, .array = array};
    lower_dense(y, t->rank, t->dims);
    return BDC_OK;
}

bdc_status lower_op_dequantize(lowering *l)
{
    lower_value x, y;
    grid g;
    BDC_TRY(lower_input(l, 0, &x));
    if (x.array) {
        if (!lower_shape_in(l, 0)->data)
            return lower_refuse(l, "its input is a constant that had to be computed");
        BDC_TRY(dequantize_constant(l, &y));
        lower_set(l, 0, &y);
        return BDC_OK;
    }
    BDC_TRY(read_grid(l, lower_shape_in(l, 0)->type, &g));
    ir_tensor *t = &l->ir->tensors[x.tensor];
    y = x;
    if (!t->type || !(t->scale > 0)) {
        set_grid(t, &g);
    } else if (!same_grid(t, &g)) { /* the same integers in other units */
        const double factor = g.scale / t->scale, shift = (t->zero_point - g.zero_point) * g.scale;
        BDC_TRY(lower_linear(l, &x, (float)factor, (float)shift, &y));
        set_grid(&l->ir->tensors[y.tensor], &g);
    }
    lower_set(l, 0, &y);
    return BDC_OK;
}
