/* Padding along any dimensions: the layers pad rows and columns, so one dimension after the other becomes the columns.
 * SPDX-License-Identifier: MIT */
#include "../../format.h"
#include "lower.h"

enum { CONSTANT = 0, REFLECT, EDGE, WRAP };

/* before and after of one dimension: what lies outside of it in memory are the rows, what lies inside the channels. */
static bdc_status pad_axis(lowering *l, lower_value *x, uint32_t axis, uint32_t before, uint32_t after, float value)
{
    lower_order o = lower_memory_order(x);
    uint32_t dims[NET_MAX_RANK], tensor, at = 0;
    lower_value y;
    ir_op *op;
    while (o.dims[at] != axis)
        at++;
    o.h_end = at;
    o.w_end = at + 1;
    o.pixels = 0;
    lower_dims(x, dims);
    dims[axis] += before + after;
    BDC_TRY(lower_take(l, x, &o, &tensor));
    BDC_TRY(lower_give(l, x->rank, dims, &o, &y));
    BDC_TRY(lower_op1(l, IR_PAD, tensor, y.tensor, &op));
    op->window.pad_left = before;
    op->window.pad_right = after;
    op->alpha = value;
    lower_keep_type(l, x, &y);
    *x = y;
    return BDC_OK;
}

/* Both spatial dimensions of a picture at once. */
static bdc_status pad_picture(lowering *l, lower_value *x, const uint32_t *before, const uint32_t *after, float value,
                              int *done)
{
    lower_order o = lower_memory_order(x);
    uint32_t dims[NET_MAX_RANK], tensor, n = 0, axes[2] = {0};
    *done = 0;
    for (uint32_t i = 0; i < o.count; i++)
        if (before[o.dims[i]] || after[o.dims[i]]) {
            if (n < 2)
                axes[n] = i;
            n++;
        }
    if (n != 2 || axes[1] != axes[0] + 1 || lower_product(x, o.dims, axes[0]) != 1)
        return BDC_OK;
    o.h_end = axes[1];
    o.w_end = axes[1] + 1;
    o.pixels = 0;
    lower_dims(x, dims);
    for (uint32_t i = 0; i < x->rank; i++)
        dims[i] += before[i] + after[i];
    lower_value y;
    ir_op *op;
    BDC_TRY(lower_take(l, x, &o, &tensor));
    BDC_TRY(lower_give(l, x->rank, dims, &o, &y));
    BDC_TRY(lower_op1(l, IR_PAD, tensor, y.tensor, &op));
    const uint32_t row = o.dims[axes[0]], column = o.dims[axes[1]];
    op->window.pad_top = before[row];
    op->window.pad_bottom = after[row];
    op->window.pad_left = before[column];
    op->window.pad_right = after[column];
    op->alpha = value;
    lower_keep_type(l, x, &y);
    *x = y;
    *done = 1;
    return BDC_OK;
}

/* Reflection, repeated edges or the other end: parts of x itself, joined. */
static bdc_status pad_with_itself(lowering *l, lower_value *x, uint32_t axis, uint32_t before, uint32_t after, int mode)
{
    const uint32_t n = lower_dim(x, axis);
    lower_value parts[3] = {*x, *x, *x};
    if (mode == EDGE) {
        BDC_TRY(lower_slice(l, &parts[0], axis, 0, 1, 1));
        lower_expand(&parts[0], axis, before);
        BDC_TRY(lower_slice(l, &parts[2], axis, n - 1, 1, 1));
        lower_expand(&parts[2], axis, after);
    } else {
        const uint32_t beyond = mode == REFLECT; /* the edge itself is not repeated */
        if (before + beyond > n || after + beyond > n)
            return lower_refuse(l, "the padding is larger than the tensor");
        if (before)
            BDC_TRY(lower_slice(l, &parts[0], axis, mode == REFLECT ? before : n - before, mode == REFLECT ? -1 : 1,
                                before));
        if (after)
            BDC_TRY(lower_slice(l, &parts[2], axis, mode == REFLECT ? n - 2 : 0, mode == REFLECT ? -1 : 1, after));
    }
    lower_value y;
    BDC_TRY(lower_concat(l, parts + (before ? 0 : 1), 1u + (before > 0) + (after > 0), axis, &y));
    lower_keep_type(l, x, &y);
    *x = y;
    return BDC_OK;
}

bdc_status lower_op_pad(lowering *l)
{
    const net_attributes *a = &l->op->a;
    lower_value x;
    uint32_t before[NET_MAX_RANK], after[NET_MAX_RANK];
    float value = 0;
    int done = 0;
    BDC_TRY(lower_activation(l, 0, &x));
    if (lower_has_input(l, 1))
        BDC_TRY(lower_scalar(l, 1, &value));
    const ir_tensor *t = &l->ir->tensors[x.tensor];
    const net_type type = lower_shape_out(l, 0)->type;
    if (type != NET_FLOAT && type != NET_FLOAT16 && type != NET_DOUBLE) { /* an integer of the file */
        if (!t->type || !(t->scale > 0))
            return lower_refuse(l, "what its integers mean is not known");
        const double shift = type == NET_UINT8 ? 128 : type == NET_UINT16 ? 32768 : 0;
        value = (float)(((double)value - shift - t->zero_point) * t->scale);
    }
    if (!(value >= -1e30f && value <= 1e30f))
        return lower_refuse(l, "the padding's value is not a finite number");
    for (uint32_t i = 0; i < x.rank; i++) {
        const int64_t b = a->pads[i], e = a->pads[x.rank + i], n = lower_dim(&x, i);
        if (b > (int64_t)BDF_MAX_DIM || e > (int64_t)BDF_MAX_DIM)
            return lower_limit(l, "the padding is over 65535");
        before[i] = b > 0 ? (uint32_t)b : 0;
        after[i] = e > 0 ? (uint32_t)e : 0;
        const int64_t start = b < 0 ? -b : 0, rest = n - start + (e < 0 ? e : 0);
        if (rest < 1)
            return lower_refuse(l, "its negative padding leaves nothing");
        BDC_TRY(lower_slice(l, &x, i, (uint32_t)start, 1, (uint32_t)rest));
    }
    if (a->mode == CONSTANT)
        BDC_TRY(pad_picture(l, &x, before, after, value, &done));
    for (uint32_t i = 0; !done && i < x.rank; i++) {
        if (!before[i] && !after[i])
            continue;
        if (a->mode == CONSTANT)
            BDC_TRY(pad_axis(l, &x, i, before[i], after[i], value));
        else
            BDC_TRY(pad_with_itself(l, &x, i, before[i], after[i], a->mode));
    }
    lower_set(l, 0, &x);
    return BDC_OK;
}
