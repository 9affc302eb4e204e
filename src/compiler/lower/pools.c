/* Pools and reductions. A reduction over any dimensions is a pool over columns: what lies outside of them in memory are the rows, what
 * lies inside the channels.
 * SPDX-License-Identifier: MIT */
#include "../../bedside.h"
#include "../../format.h"
#include "lower.h"

/* Padding at the end up to which the result's last window reaches. */
static uint32_t end_padding(uint32_t in, uint32_t out, uint32_t kernel, uint32_t stride, uint32_t begin)
{
    const int64_t need = (int64_t)(out - 1) * stride + kernel - in - begin;
    return need > 0 ? (uint32_t)need : 0;
}

bdc_status lower_op_pool(lowering *l)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x, y;
    ir_window w;
    uint32_t tensor;
    ir_op *op;
    BDC_TRY(lower_no_output(l, 1, "the indices"));
    BDC_TRY(lower_activation(l, 0, &x));
    if (l->op->code == NET_LP_POOL)
        return lower_refuse(l, "the operator is not supported");
    BDC_TRY(lower_window(l, &x, &w));
    if (w.dilation_h != 1 || w.dilation_w != 1)
        return lower_refuse(l, "attribute 'dilations' other than 1 is not supported");
    const lower_order o = lower_spatial_order(x.rank, a->channels_last);
    const uint32_t s = a->window.spatial, column = o.dims[o.count - 2], row = o.dims[o.count - 3];
    const ir_window stated = w;
    w.pad_right = end_padding(lower_dim(&x, column), out->dims[column], w.kernel_w, w.stride_w, w.pad_left);
    if (s == 2)
        w.pad_bottom = end_padding(lower_dim(&x, row), out->dims[row], w.kernel_h, w.stride_h, w.pad_top);
    if (a->mode && l->op->code == NET_AVERAGE_POOL &&
        (w.pad_right > stated.pad_right || w.pad_bottom > stated.pad_bottom))
        return lower_refuse(l, "ceil_mode together with count_include_pad is not supported");
    if (w.pad_top >= w.kernel_h || w.pad_bottom >= w.kernel_h || w.pad_left >= w.kernel_w || w.pad_right >= w.kernel_w)
        return lower_refuse(l, "the padding is as large as the window");
    BDC_TRY(lower_take(l, &x, &o, &tensor));
    BDC_TRY(lower_give(l, x.rank, out->dims, &o, &y));
    BDC_TRY(lower_op1(l, l->op->code == NET_MAX_POOL ? IR_MAX_POOL : IR_AVG_POOL, tensor, y.tensor, &op));
    op->window = w;
    op->include_pad = l->op->code == NET_AVERAGE_POOL && a->mode;
    lower_keep_type(l, &x, &y);
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* ---- Reductions -------------------------------------------------------------------------------------------------------- */

/* An order in which the set is one run, and how many dimensions lie outside of it. */
static lower_order run_order(const lower_value *x, uint32_t set, uint32_t *outside)
{
    const lower_order memory = lower_memory_order(x);
    lower_order o = {.count = memory.count};
    uint32_t n = 0;
    int begun = 0;
    for (uint32_t i = 0; i < memory.count && !begun; i++) { /* outside: up to the first of the set */
        begun = (int)(set >> memory.dims[i] & 1u) && lower_dim(x, memory.dims[i]) > 1;
        if (!begun && !(set >> memory.dims[i] & 1u))
            o.dims[n++] = memory.dims[i];
    }
    *outside = n;
    for (uint32_t i = 0; i < memory.count; i++)
        if (set >> memory.dims[i] & 1u)
            o.dims[n++] = memory.dims[i];
    const uint32_t inside = n;
    for (uint32_t i = 0; i < memory.count; i++) {
        int placed = 0;
        for (uint32_t k = 0; k < inside; k++)
            placed |= o.dims[k] == memory.dims[i];
        if (!placed)
            o.dims[n++] = memory.dims[i];
    }
    o.h_end = *outside;
    o.w_end = inside;
    return o;
}

/* One channel from all: a layer of equal weights. */
static bdc_status sum_of_channels(lowering *l, uint32_t x, uint32_t y, float weight)
{
    const uint32_t depth = l->ir->tensors[x].c;
    float *weights = BDC_NEW(l->context, float, depth);
    ir_op *op;
    if (!weights)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < depth; i++)
        weights[i] = weight;
    BDC_TRY(lower_op1(l, IR_CONV, x, y, &op));
    op->weights = weights;
    return BDC_OK;
}

bdc_status lower_reduce(lowering *l, const lower_value *given, uint32_t set, lower_reduction kind, lower_value *y)
{
    lower_value x = *given;
    uint32_t dims[NET_MAX_RANK], outside, tensor;
    if (x.array)
        BDC_TRY(lower_materialise(l, &x));
    lower_order o = run_order(&x, set, &outside);
    lower_dims(&x, dims);
    const uint32_t rows = lower_product(&x, o.dims, outside);
    const uint32_t n = lower_product(&x, o.dims + outside, o.w_end - outside);
    const uint32_t channels = lower_product(&x, o.dims + o.w_end, o.count - o.w_end);
    uint32_t shape[3] = {rows, n, channels};
    for (uint32_t i = 0; i < x.rank; i++)
        dims[i] = set >> i & 1u ? 1 : dims[i];
    if (n == 1) {
        *y = x;
        return BDC_OK;
    }
    if (n > BDF_MAX_DIM)
        return lower_limit(l, "it reduces more than 65535 elements to one");
    if (channels == 1 && kind != LOWER_MAX) { /* over the channels */
        lower_order pixels = o;
        pixels.h_end = 0;
        pixels.w_end = outside;
        pixels.pixels = 1;
        BDC_TRY(lower_take(l, &x, &pixels, &tensor));
        BDC_TRY(lower_give(l, x.rank, dims, &pixels, y));
        ir_tensor *t = &l->ir->tensors[y->tensor];
        t->h = l->ir->tensors[tensor].h;
        t->w = l->ir->tensors[tensor].w;
        t->c = 1;
        return sum_of_channels(l, tensor, y->tensor, kind == LOWER_MEAN ? 1.0f / (float)n : 1);
    }
    const ir_tensor base = l->ir->tensors[x.tensor];
    const int whole = rows == 1 && lower_lies_in(l, &x, &o) && base.c == channels;
    if (whole) {
        shape[0] = base.h;
        shape[1] = base.w;
    }
    if (rows == 1 && !whole) /* rows and columns as they are, where the run begins with a dimension of its own */
        for (uint32_t i = outside; i + 1 < o.w_end; i++) {
            const uint32_t first = lower_dim(&x, o.dims[i]);
            if (first > 1) {
                shape[0] = first;
                shape[1] = n / first;
                break;
            }
        }
    BDC_TRY(lower_take_as(l, &x, &o, shape, &tensor));
    BDC_TRY(lower_give(l, x.rank, dims, &o, y));
    ir_op *op;
    BDC_TRY(lower_op1(l, kind == LOWER_MAX ? IR_MAX_POOL : IR_AVG_POOL, tensor, y->tensor, &op));
    op->window.kernel_h = rows == 1 ? shape[0] : 1;
    op->window.kernel_w = shape[1];
    return kind == LOWER_SUM ? lower_linear(l, y, (float)n, 0, y) : BDC_OK;
}

bdc_status lower_op_global_pool(lowering *l)
{
    lower_value x, y;
    BDC_TRY(lower_activation(l, 0, &x));
    if (l->op->code == NET_GLOBAL_LP_POOL)
        return lower_refuse(l, "the operator is not supported");
    const uint32_t all = (1u << x.rank) - 1, channels = l->op->a.channels_last ? x.rank - 1 : 1;
    BDC_TRY(lower_reduce(l, &x, all & ~1u & ~(1u << channels),
                         l->op->code == NET_GLOBAL_MAX_POOL ? LOWER_MAX : LOWER_MEAN, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* Functions before and after the sum, mean or maximum of each reduction. */
static bdc_status reduce(lowering *l, net_code code, const lower_value *given, uint32_t set, lower_value *y)
{
    const ir_function square = {.code = IR_POWER, .alpha = 2};
    lower_value x = *given;
    switch (code) {
    case NET_REDUCE_MEAN:
        return lower_reduce(l, &x, set, LOWER_MEAN, y);
    case NET_REDUCE_SUM:
        return lower_reduce(l, &x, set, LOWER_SUM, y);
    case NET_REDUCE_MAX:
        return lower_reduce(l, &x, set, LOWER_MAX, y);
    case NET_REDUCE_MIN:
        BDC_TRY(lower_linear(l, &x, -1, 0, &x));
        BDC_TRY(lower_reduce(l, &x, set, LOWER_MAX, y));
        return lower_linear(l, y, -1, 0, y);
    case NET_REDUCE_L1:
        BDC_TRY(lower_unary(l, &x, NET_ABS, &x));
        return lower_reduce(l, &x, set, LOWER_SUM, y);
    case NET_REDUCE_L2:
    case NET_REDUCE_SUM_SQUARE:
        BDC_TRY(lower_function(l, &x, square, &x));
        BDC_TRY(lower_reduce(l, &x, set, LOWER_SUM, y));
        return code == NET_REDUCE_L2 ? lower_unary(l, y, NET_SQRT, y) : BDC_OK;
    case NET_REDUCE_LOG_SUM:
        BDC_TRY(lower_reduce(l, &x, set, LOWER_SUM, y));
        return lower_unary(l, y, NET_LOG, y);
    case NET_REDUCE_LOG_SUM_EXP:
        BDC_TRY(lower_unary(l, &x, NET_EXP, &x));
        BDC_TRY(lower_reduce(l, &x, set, LOWER_SUM, y));
        return lower_unary(l, y, NET_LOG, y);
    default:
        return lower_refuse(l, "the operator is not supported");
    }
}

bdc_status lower_op_reduce(lowering *l)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x, y;
    uint32_t set = 0;
    BDC_TRY(lower_activation(l, 0, &x));
    for (uint32_t i = 0; i < a->axis_count; i++)
        set |= 1u << a->axes[i];
    if (!a->axis_count)
        set = (1u << x.rank) - 1;
    BDC_TRY(reduce(l, l->op->code, &x, set, &y));
    if (l->op->code == NET_REDUCE_MAX || l->op->code == NET_REDUCE_MIN)
        lower_keep_type(l, &x, &y);
    BDC_TRY(lower_reshape(l, &y, out->rank, out->dims));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_arg_max(lowering *l)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    const uint32_t axis = (uint32_t)a->axis;
    lower_value x, y;
    lower_order o;
    uint32_t dims[NET_MAX_RANK], tensor;
    ir_op *op;
    BDC_TRY(lower_activation(l, 0, &x));
    if (a->mode)
        return lower_refuse(l, "attribute 'select_last_index' is not supported");
    if (l->op->code == NET_ARG_MIN)
        BDC_TRY(lower_linear(l, &x, -1, 0, &x));
    if (lower_dim(&x, axis) > 32767)
        return lower_limit(l, "the axis has more than 32767 elements");
    if (!lower_is_inside(&x, &o, 1u << axis)) {
        o = lower_memory_order(&x);
        lower_move_inside(&o, 1u << axis);
    }
    lower_dims(&x, dims);
    dims[axis] = 1;
    BDC_TRY(lower_take(l, &x, &o, &tensor));
    BDC_TRY(lower_give(l, x.rank, dims, &o, &y));
    ir_tensor *t = &l->ir->tensors[y.tensor];
    t->h = l->ir->tensors[tensor].h;
    t->w = l->ir->tensors[tensor].w;
    t->type = BDS_INT16;
    t->scale = 1;
    BDC_TRY(lower_op1(l, IR_ARG_MAX, tensor, y.tensor, &op));
    BDC_TRY(lower_reshape(l, &y, out->rank, out->dims));
    lower_set(l, 0, &y);
    return BDC_OK;
}
