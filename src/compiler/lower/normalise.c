/* Normalisations and softmax.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "lower.h"

/* A constant vector of n floats. */
static bdc_status vector(lowering *l, uint32_t input, uint32_t n, const float **out)
{
    lower_value v;
    BDC_TRY(lower_input(l, input, &v));
    if (!v.array)
        return lower_refuse(l, "scale, bias and statistics must be constants");
    BDC_TRY(lower_reshape(l, &v, 1, &n));
    return lower_floats(l, &v, out);
}

static bdc_status positive_epsilon(lowering *l)
{
    return l->op->a.alpha >= 0 && l->op->a.alpha <= 1e30f
               ? BDC_OK
               : lower_refuse(l, "attribute 'epsilon' is negative or not finite");
}

bdc_status lower_op_batch_norm(lowering *l)
{
    const net_attributes *a = &l->op->a;
    lower_value x, factor, shift, y;
    const float *gain, *beta, *mean, *variance;
    for (uint32_t i = 1; i < l->op->output_count; i++)
        BDC_TRY(lower_no_output(l, i, "statistics"));
    BDC_TRY(lower_activation(l, 0, &x));
    const uint32_t axis = a->channels_last || x.rank < 2 ? x.rank - 1 : 1, n = lower_dim(&x, axis);
    BDC_TRY(vector(l, 1, n, &gain));
    BDC_TRY(vector(l, 2, n, &beta));
    BDC_TRY(vector(l, 3, n, &mean));
    BDC_TRY(vector(l, 4, n, &variance));
    float *f = BDC_NEW(l->context, float, n), *s = BDC_NEW(l->context, float, n);
    if (!f || !s)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        const double v = (double)variance[i] + (double)a->alpha;
        if (!(v > 0))
            return lower_refuse(l, "a variance is negative, or zero without an epsilon");
        const double scale = (double)gain[i] / sqrt(v);
        f[i] = (float)scale;
        s[i] = (float)((double)beta[i] - (double)mean[i] * scale);
        if (!isfinite(f[i]) || !isfinite(s[i]))
            return lower_refuse(l, "scale over standard deviation is not a number");
    }
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t i = 0; i < x.rank; i++)
        dims[i] = i == axis ? n : 1;
    BDC_TRY(lower_make_constant(l, f, x.rank, dims, &factor));
    BDC_TRY(lower_make_constant(l, s, x.rank, dims, &shift));
    BDC_TRY(lower_affine(l, &x, &factor, &shift, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

static bdc_status repeat_vector(lowering *l, const float *from, uint32_t n, uint32_t times, const float **out)
{
    float *to = BDC_NEW(l->context, float, (size_t)n *times);
    if (!to)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n * times; i++)
        to[i] = from ? from[i / times] : 1;
    *out = to;
    return BDC_OK;
}

/* 1 if the value lies in memory as pixels, the n channels in order, and `within` elements of each channel side by side. */
static int lies_in_groups(const lowering *l, const lower_value *x, uint32_t axis, uint32_t n, uint32_t *within)
{
    const uint32_t first = x->first[axis], end = x->first[axis + 1];
    uint64_t inside = 1, outside = 1;
    if (end != first + 1 || x->offset)
        return 0;
    for (uint32_t d = 0; d < x->first[x->rank]; d++) {
        if (x->stride[d] <= 0)
            return 0;
        if (d != first && x->stride[d] < x->stride[first])
            inside *= x->count[d];
        else if (d != first)
            outside *= x->count[d];
    }
    *within = (uint32_t)inside;
    return x->stride[first] == (int32_t)inside && n * inside <= 65535 &&
           n * inside * outside == ir_count(&l->ir->tensors[x->tensor]);
}

/* Over all dimensions but the channels (dimension `axis`). What lies side by side in memory for each channel are the channels of a
 * group: so a group norm needs no transposition. */
static bdc_status instance_norm(lowering *l, const lower_value *given, uint32_t axis, const float *gain,
                                const float *bias, float epsilon, lower_value *y)
{
    lower_value x = *given;
    const uint32_t n = lower_dim(&x, axis);
    uint32_t within = 1, tensor, dims[NET_MAX_RANK];
    ir_op *op;
    lower_dims(&x, dims);
    if (n == 1) { /* over everything, in any order */
        BDC_TRY(lower_settle(l, &x));
        tensor = x.tensor;
        within = l->ir->tensors[tensor].c;
    } else if (lies_in_groups(l, &x, axis, n, &within)) {
        const ir_tensor base = l->ir->tensors[x.tensor];
        const lower_order line = {.count = 1, .dims = {0}};
        const uint32_t all = ir_count(&base);
        lower_value flat = x;
        lower_dense(&flat, 1, &all);
        tensor = x.tensor;
        if (base.c != n * within)
            BDC_TRY(lower_take_as(l, &flat, &line, (uint32_t[3]){1, all / (n * within), n * within}, &tensor));
    } else {
        lower_order o = lower_memory_order(&x);
        lower_move_inside(&o, 1u << axis);
        within = 1;
        BDC_TRY(lower_take(l, &x, &o, &tensor));
        lower_place(&x, x.rank, dims, &o);
    }
    const ir_tensor t = l->ir->tensors[tensor];
    const float *w, *b = NULL;
    BDC_TRY(repeat_vector(l, gain, n, within, &w));
    if (bias)
        BDC_TRY(repeat_vector(l, bias, n, within, &b));
    *y = x; /* the same places */
    BDC_TRY(ir_add_tensor(l->context, l->ir, lower_name(l), t.c, t.h, t.w, &y->tensor));
    BDC_TRY(lower_op1(l, IR_INSTANCE_NORM, tensor, y->tensor, &op));
    op->groups = n;
    op->weights = w;
    op->bias = b;
    op->alpha = epsilon;
    return BDC_OK;
}

bdc_status lower_op_instance_norm(lowering *l)
{
    lower_value x, y;
    const float *gain, *bias;
    BDC_TRY(lower_activation(l, 0, &x));
    BDC_TRY(positive_epsilon(l));
    if (lower_dim(&x, 0) != 1)
        return lower_refuse(l, "only a batch of 1 is supported");
    const uint32_t axis = l->op->a.channels_last ? x.rank - 1 : 1, n = lower_dim(&x, axis);
    BDC_TRY(vector(l, 1, n, &gain));
    BDC_TRY(vector(l, 2, n, &bias));
    BDC_TRY(instance_norm(l, &x, axis, gain, bias, l->op->a.alpha, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* [N, C, ...] as [N, G, C / G, ...]: normalised per group, then scaled per channel. */
bdc_status lower_op_group_norm(lowering *l)
{
    const uint32_t groups = l->op->a.group;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x, factor, shift, y;
    uint32_t dims[NET_MAX_RANK + 1];
    BDC_TRY(lower_activation(l, 0, &x));
    BDC_TRY(positive_epsilon(l));
    if (lower_dim(&x, 0) != 1 || x.rank == NET_MAX_RANK)
        return lower_refuse(l, "only a batch of 1 is supported");
    const uint32_t n = lower_dim(&x, 1);
    dims[0] = 1;
    dims[1] = groups;
    dims[2] = n / groups;
    for (uint32_t i = 2; i < x.rank; i++)
        dims[i + 1] = lower_dim(&x, i);
    BDC_TRY(lower_reshape(l, &x, x.rank + 1, dims));
    BDC_TRY(instance_norm(l, &x, 1, NULL, NULL, l->op->a.alpha, &y));
    BDC_TRY(lower_reshape(l, &y, out->rank, out->dims));
    const uint32_t per_group = net_count(lower_shape_in(l, 1)) != n; /* opset 18: scale per group */
    for (uint32_t k = 0; k < 2; k++) {
        const float *given, *each;
        lower_value *to = k ? &shift : &factor;
        BDC_TRY(vector(l, 1 + k, per_group ? groups : n, &given));
        BDC_TRY(repeat_vector(l, given, per_group ? groups : n, per_group ? n / groups : 1, &each));
        for (uint32_t i = 0; i < out->rank; i++)
            dims[i] = i == 1 ? n : 1;
        BDC_TRY(lower_make_constant(l, each, out->rank, dims, to));
    }
    BDC_TRY(lower_affine(l, &y, &factor, &shift, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* The dimensions that are normalised, as channels: the last ones from `axis` on, or `axes` where a pattern was recognised. */
static bdc_status normalised_channels(lowering *l, const lower_value *x, lower_order *o, uint32_t *tensor)
{
    const net_attributes *a = &l->op->a;
    uint32_t set = 0;
    for (uint32_t i = 0; i < a->axis_count; i++)
        set |= 1u << a->axes[i];
    for (uint32_t i = (uint32_t)a->axis; !a->axis_count && i < x->rank; i++)
        set |= 1u << i;
    if (!lower_is_inside(x, o, set)) {
        *o = lower_memory_order(x);
        lower_move_inside(o, set);
    }
    return lower_take(l, x, o, tensor);
}

/* One number per channel from an input, which may be left out. */
static bdc_status channel_vector(lowering *l, uint32_t input, const lower_value *x, const lower_order *o,
                                 const float **out)
{
    *out = NULL;
    if (!lower_has_input(l, input))
        return BDC_OK;
    lower_value v;
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t i = 0; i < o->count; i++)
        dims[o->dims[i]] = i < o->w_end ? 1 : lower_dim(x, o->dims[i]);
    BDC_TRY(lower_input(l, input, &v));
    if (!v.array)
        return lower_refuse(l, "scale and bias must be constants");
    if (v.rank > x->rank)
        return lower_refuse(l, "the scale has more dimensions than the input");
    BDC_TRY(lower_broadcast(l, &v, x->rank, dims));
    lower_transpose(&v, o->dims);
    return lower_floats(l, &v, out);
}

bdc_status lower_op_layer_norm(lowering *l)
{
    lower_value x, y;
    lower_order o;
    uint32_t tensor, dims[NET_MAX_RANK];
    const float *gain, *bias;
    ir_op *op;
    BDC_TRY(lower_no_output(l, 1, "the mean"));
    BDC_TRY(lower_no_output(l, 2, "the deviation"));
    BDC_TRY(lower_activation(l, 0, &x));
    BDC_TRY(positive_epsilon(l));
    BDC_TRY(normalised_channels(l, &x, &o, &tensor));
    BDC_TRY(channel_vector(l, 1, &x, &o, &gain));
    BDC_TRY(channel_vector(l, 2, &x, &o, &bias));
    const uint32_t channels = l->ir->tensors[tensor].c;
    if (!gain)
        BDC_TRY(repeat_vector(l, NULL, channels, 1, &gain));
    lower_dims(&x, dims);
    BDC_TRY(lower_give(l, x.rank, dims, &o, &y));
    lower_same_shape(l, tensor, &y);
    BDC_TRY(lower_op1(l, IR_LAYER_NORM, tensor, y.tensor, &op));
    op->weights = gain;
    op->bias = bias;
    op->alpha = l->op->a.alpha;
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* x * function(mean of squares over a set). */
static bdc_status by_mean_square(lowering *l, const lower_value *x, uint32_t set, lower_reduction kind, float epsilon,
                                 lower_value *y)
{
    lower_value square, mean, inverse;
    BDC_TRY(lower_function(l, x, (ir_function){.code = IR_POWER, .alpha = 2}, &square));
    BDC_TRY(lower_reduce(l, &square, set, kind, &mean));
    BDC_TRY(lower_linear(l, &mean, 1, epsilon, &mean));
    BDC_TRY(lower_function(l, &mean, (ir_function){.code = IR_POWER, .alpha = -0.5f}, &inverse));
    return lower_binary(l, IR_MUL, x, &inverse, y);
}

bdc_status lower_op_rms_norm(lowering *l)
{
    lower_value x, y, gain;
    uint32_t set = 0;
    BDC_TRY(lower_activation(l, 0, &x));
    BDC_TRY(positive_epsilon(l));
    for (uint32_t i = (uint32_t)l->op->a.axis; i < x.rank; i++)
        set |= 1u << i;
    BDC_TRY(by_mean_square(l, &x, set, LOWER_MEAN, l->op->a.alpha, &y));
    BDC_TRY(lower_input(l, 1, &gain));
    BDC_TRY(lower_binary(l, IR_MUL, &y, &gain, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_lp_norm(lowering *l)
{
    lower_value x, y, sum;
    const uint32_t set = 1u << l->op->a.axis;
    BDC_TRY(lower_activation(l, 0, &x));
    if (l->op->a.mode == 2) {
        BDC_TRY(by_mean_square(l, &x, set, LOWER_SUM, 0, &y));
    } else {
        BDC_TRY(lower_unary(l, &x, NET_ABS, &sum));
        BDC_TRY(lower_reduce(l, &sum, set, LOWER_SUM, &sum));
        BDC_TRY(lower_unary(l, &sum, NET_RECIPROCAL, &sum));
        BDC_TRY(lower_binary(l, IR_MUL, &x, &sum, &y));
    }
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* Over the batch, height and width: an instance norm without scale. */
bdc_status lower_op_mean_variance(lowering *l)
{
    const net_attributes *a = &l->op->a;
    lower_value x, y;
    uint32_t set = 0, rest = 0;
    BDC_TRY(lower_activation(l, 0, &x));
    for (uint32_t i = 0; i < a->axis_count; i++)
        set |= 1u << a->axes[i];
    for (uint32_t i = 0; i < x.rank; i++)
        if (!(set >> i & 1u) && lower_dim(&x, i) > 1)
            rest |= 1u << i;
    if (rest != 2 && rest)
        return lower_refuse(l, "only means over all but the channels are supported");
    BDC_TRY(instance_norm(l, &x, 1, NULL, NULL, 1e-9f, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* x * (bias + alpha / size * sum of squares of the neighbouring channels) ^ -beta: the sum is a banded 1 x 1 layer. */
bdc_status lower_op_lrn(lowering *l)
{
    const net_attributes *a = &l->op->a;
    lower_value x, turned, square, factor, y;
    lower_layer layer = {0};
    BDC_TRY(lower_activation(l, 0, &x));
    const uint32_t axis = a->channels_last ? x.rank - 1 : 1, n = lower_dim(&x, axis), size = a->group;
    if (n > 4096)
        return lower_limit(l, "more than 4096 channels");
    uint32_t axes[NET_MAX_RANK], back[NET_MAX_RANK], k = 0;
    for (uint32_t i = 0; i < x.rank; i++)
        if (i != axis)
            axes[k++] = i;
    axes[k] = axis;
    for (uint32_t i = 0; i < x.rank; i++)
        back[axes[i]] = i;
    float *weights = BDC_NEW(l->context, float, (size_t)n *n), *bias = BDC_NEW(l->context, float, n);
    if (!weights || !bias || !size)
        return size ? BDC_E_MEMORY : lower_refuse(l, "attribute 'size' is 0");
    const uint32_t below = (size - 1) / 2, above = size / 2; /* the window is [c - below, c + above] */
    for (uint32_t c = 0; c < n; c++) {
        bias[c] = a->gamma;
        for (uint32_t i = c > below ? c - below : 0; i < n && i <= c + above; i++)
            weights[(size_t)c * n + i] = a->alpha / (float)size;
    }
    layer.weights = weights;
    layer.bias = bias;
    layer.channels = n;
    turned = x;
    lower_transpose(&turned, axes);
    BDC_TRY(lower_function(l, &turned, (ir_function){.code = IR_POWER, .alpha = 2}, &square));
    BDC_TRY(lower_dense_layer(l, &square, &layer, &factor));
    BDC_TRY(lower_function(l, &factor, (ir_function){.code = IR_POWER, .alpha = -a->beta}, &factor));
    BDC_TRY(lower_binary(l, IR_MUL, &turned, &factor, &y));
    lower_transpose(&y, back);
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_softmax(lowering *l)
{
    const uint32_t axis = (uint32_t)l->op->a.axis;
    lower_value x, y;
    lower_order o;
    uint32_t tensor, dims[NET_MAX_RANK];
    ir_op *op;
    BDC_TRY(lower_activation(l, 0, &x));
    if (!lower_is_inside(&x, &o, 1u << axis)) {
        o = lower_memory_order(&x);
        lower_move_inside(&o, 1u << axis);
    }
    lower_dims(&x, dims);
    BDC_TRY(lower_take(l, &x, &o, &tensor));
    BDC_TRY(lower_give(l, x.rank, dims, &o, &y));
    lower_same_shape(l, tensor, &y);
    BDC_TRY(lower_op1(l, IR_SOFTMAX, tensor, y.tensor, &op));
    if (l->op->code == NET_LOG_SOFTMAX)
        BDC_TRY(lower_unary(l, &y, NET_LOG, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}
