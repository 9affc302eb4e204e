/* Convolutions of one and two dimensions, and transposed ones as a convolution to all phases of the result.
 * SPDX-License-Identifier: MIT */
#include "../../format.h"
#include "layer_weights.h"

bdc_status lower_window(lowering *l, const lower_value *x, ir_window *w)
{
    const net_window *n = &l->op->a.window;
    const uint32_t s = n->spatial;
    if (s < 1 || s > 2)
        return lower_refuse(l, "only one or two spatial dimensions are supported");
    if (s == 2 && lower_dim(x, 0) != 1)
        return bdc_fail(l->context, BDC_E_UNSUPPORTED, "%s '%s': a batch of %u; only 1 is supported.", l->op->type,
                        l->op->name, lower_dim(x, 0));
    for (uint32_t i = 0; i < s; i++)
        if (n->pad_begin[i] > BDF_MAX_DIM || n->pad_end[i] > BDF_MAX_DIM || n->kernel[i] > BDF_MAX_DIM ||
            n->stride[i] > BDF_MAX_DIM || n->dilation[i] > BDF_MAX_DIM)
            return lower_limit(l, "a size of the window is over 65535");
    *w = (ir_window){1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    const uint32_t i = s - 1;
    w->kernel_w = n->kernel[i];
    w->stride_w = n->stride[i];
    w->dilation_w = n->dilation[i];
    w->pad_left = n->pad_begin[i];
    w->pad_right = n->pad_end[i];
    if (s == 2) {
        w->kernel_h = n->kernel[0];
        w->stride_h = n->stride[0];
        w->dilation_h = n->dilation[0];
        w->pad_top = n->pad_begin[0];
        w->pad_bottom = n->pad_end[0];
    }
    return BDC_OK;
}

static bdc_status emit(lowering *l, const lower_value *x, int channels_last, const ir_window *w, uint32_t groups,
                       const lower_layer *layer, const uint32_t *dims, lower_value *y)
{
    const lower_order o = lower_spatial_order(x->rank, channels_last);
    uint32_t tensor;
    ir_op *op;
    BDC_TRY(lower_take(l, x, &o, &tensor));
    BDC_TRY(lower_give(l, x->rank, dims, &o, y));
    BDC_TRY(lower_op1(l, IR_CONV, tensor, y->tensor, &op));
    op->window = *w;
    op->groups = groups;
    op->weights = layer->weights;
    op->bias = layer->bias;
    op->integers = layer->integers;
    return BDC_OK;
}

/* Weights and, if there is one, bias, which must be constants. */
static bdc_status constants(lowering *l, lower_value *x, lower_value *w, lower_value *bias, int *has_bias)
{
    BDC_TRY(lower_activation(l, 0, x));
    BDC_TRY(lower_input(l, 1, w));
    *has_bias = lower_has_input(l, 2);
    if (*has_bias)
        BDC_TRY(lower_input(l, 2, bias));
    if (!w->array || (*has_bias && !bias->array))
        return lower_refuse(l, "weights and bias must be constants");
    return BDC_OK;
}

bdc_status lower_op_conv(lowering *l)
{
    const net_attributes *a = &l->op->a;
    lower_value x, w, bias, y;
    lower_layer layer;
    ir_window window;
    int has_bias;
    BDC_TRY(constants(l, &x, &w, &bias, &has_bias));
    BDC_TRY(lower_window(l, &x, &window));
    const uint32_t channels = lower_dim(&w, 0), axes[2][4] = {{0, 2, 1}, {0, 2, 3, 1}};
    lower_transpose(&w, axes[a->window.spatial - 1]); /* [M][kernel][C / group] */
    BDC_TRY(lower_layer_of(l, &w, channels, has_bias ? &bias : NULL, &x, &layer));
    BDC_TRY(emit(l, &x, a->channels_last, &window, a->group, &layer, lower_shape_out(l, 0)->dims, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* ---- Transposed ------------------------------------------------------------------------------------------------------ */

/* One dimension. Result o = q * stride + r, r the phase, takes input i through tap t of the kernel where
 * o + pad = i * stride + t * dilation. So i = q + (r + pad - t * dilation) / stride where that is an integer: for each phase an
 * ordinary convolution over q whose taps look at q + offset, offset in [low, high] for all phases together. */
typedef struct phases {
    int32_t stride, dilation, pad, kernel, low, high;
    uint32_t count; /* q in [0, count) */
} phases;

/* 1 if tap t serves phase r; its offset. */
static int tap_offset(const phases *p, int32_t r, int32_t t, int32_t *offset)
{
    const int32_t n = r + p->pad - t * p->dilation;
    if (n % p->stride)
        return 0;
    *offset = n / p->stride;
    return 1;
}

static phases phases_of(const net_window *w, uint32_t i, uint32_t result)
{
    phases p = {.stride = (int32_t)w->stride[i],
                .dilation = (int32_t)w->dilation[i],
                .pad = (int32_t)w->pad_begin[i],
                .kernel = (int32_t)w->kernel[i],
                .low = INT32_MAX,
                .high = INT32_MIN};
    for (int32_t r = 0; r < p.stride; r++)
        for (int32_t t = 0, offset; t < p.kernel; t++)
            if (tap_offset(&p, r, t, &offset)) {
                p.low = offset < p.low ? offset : p.low;
                p.high = offset > p.high ? offset : p.high;
            }
    p.count = (result + (uint32_t)p.stride - 1) / (uint32_t)p.stride;
    return p;
}

/* [M][kernel][C / group] of the convolution: output channel [group][phase of rows][phase of columns][M / group]. */
static bdc_status phase_weights(lowering *l, const lower_value *w, const phases p[2], uint32_t groups, lower_value *out)
{
    lower_value source = *w;
    const uint32_t in = lower_dim(w, 0) / groups, of_group = lower_dim(w, 1);
    const uint32_t rows = (uint32_t)(p[0].high - p[0].low + 1), columns = (uint32_t)(p[1].high - p[1].low + 1);
    const uint32_t phase_count = (uint32_t)(p[0].stride * p[1].stride);
    const uint64_t count = (uint64_t)groups * phase_count * of_group * rows * columns * in;
    if (count > BDF_MAX_BLOB_COUNT)
        return lower_limit(l, "the phases of the result have too many weights");
    BDC_TRY(lower_dense_constant(l, &source));
    const lower_array *from = source.array;
    lower_array *array = BDC_NEW(l->context, lower_array, 1);
    float *real = BDC_NEW(l->context, float, (size_t)count);
    int32_t *stored = from->stored ? BDC_NEW(l->context, int32_t, (size_t)count) : NULL;
    float *scales = from->stored ? BDC_NEW(l->context, float, (size_t)groups *of_group) : NULL;
    int mixed = 0; /* several scales within one output channel */
    if (!array || !real || (from->stored && (!stored || !scales)))
        return BDC_E_MEMORY;
    for (uint32_t g = 0; g < groups; g++)
        for (uint32_t o = 0; o < of_group; o++)
            for (uint32_t ph = 0; ph < phase_count; ph++)
                for (int32_t ty = 0; ty < p[0].kernel; ty++)
                    for (int32_t tx = 0; tx < p[1].kernel; tx++) {
                        int32_t dy, dx;
                        if (!tap_offset(&p[0], (int32_t)ph / p[1].stride, ty, &dy) ||
                            !tap_offset(&p[1], (int32_t)ph % p[1].stride, tx, &dx))
                            continue;
                        const size_t channel = ((size_t)g * phase_count + ph) * of_group + o;
                        const size_t to =
                            ((channel * rows + (uint32_t)(dy - p[0].low)) * columns + (uint32_t)(dx - p[1].low)) * in;
                        for (uint32_t i = 0; i < in; i++) {
                            const size_t at =
                                ((((size_t)g * in + i) * of_group + o) * (size_t)p[0].kernel + (size_t)ty) *
                                    (size_t)p[1].kernel +
                                (size_t)tx;
                            real[to + i] = from->real[at];
                            if (stored)
                                stored[to + i] = from->stored[at];
                            if (!scales)
                                continue;
                            float *scale = &scales[g * of_group + o];
                            mixed |= *scale > 0 && (*scale < from->scales[at] || *scale > from->scales[at]);
                            *scale = from->scales[at];
                        }
                    }
    array->real = real;
    array->stored = mixed ? NULL : stored;
    const uint32_t dims[4] = {groups * phase_count * of_group, rows, columns, in};
    if (stored) { /* one scale per element of a row and channel: spread over the phases */
        float *each = BDC_NEW(l->context, float, dims[0]);
        if (!each)
            return BDC_E_MEMORY;
        for (uint32_t c = 0; c < dims[0]; c++)
            each[c] = scales[c / (phase_count * of_group) * of_group + c % of_group];
        array->scales = each;
        array->scale_count = dims[0];
        array->scale_inner = rows * columns * in;
    }
    *out = (lower_value){.tensor = IR_NONE, .array = array};
    lower_dense(out, 4, dims);
    return BDC_OK;
}

/* The bias once for each phase. */
static bdc_status phase_bias(lowering *l, lower_value *bias, uint32_t groups, uint32_t phase_count)
{
    const uint32_t n = lower_dim(bias, 0), of_group = n / groups, apart[3] = {groups, 1, of_group};
    BDC_TRY(lower_reshape(l, bias, 3, apart));
    lower_expand(bias, 1, phase_count);
    const uint32_t all[1] = {n * phase_count};
    return lower_reshape(l, bias, 1, all);
}

/* From the channels of all phases to rows and columns, and what is over cut off. */
static bdc_status unfold(lowering *l, lower_value *y, const phases p[2], uint32_t spatial, uint32_t groups, int last)
{
    const net_tensor *out = lower_shape_out(l, 0);
    const uint32_t channels = last ? out->dims[out->rank - 1] : out->dims[1], of_group = channels / groups;
    const uint32_t n = out->dims[0], sh = (uint32_t)p[0].stride, sw = (uint32_t)p[1].stride;
    /* as [N][G][sh][sw][M / G][rows][columns] or [N][rows][columns][G][sh][sw][M / G] */
    const uint32_t first[7] = {n, groups, sh, sw, of_group, p[0].count, p[1].count},
                   second[7] = {n, p[0].count, p[1].count, groups, sh, sw, of_group};
    static const uint32_t to_first[7] = {0, 1, 4, 5, 2, 6, 3}, to_last[7] = {0, 1, 4, 2, 5, 3, 6};
    BDC_TRY(lower_reshape(l, y, 7, last ? second : first));
    lower_transpose(y, last ? to_last : to_first);
    uint32_t dims[4] = {n}, k = 1;
    if (!last)
        dims[k++] = channels;
    if (spatial == 2)
        dims[k++] = p[0].count * sh;
    dims[k++] = p[1].count * sw;
    if (last)
        dims[k++] = channels;
    BDC_TRY(lower_reshape(l, y, k, dims));
    for (uint32_t i = 0; i < k; i++)
        BDC_TRY(lower_slice(l, y, i, 0, 1, out->dims[i]));
    return BDC_OK;
}

/* What the windows need of the input along one axis: padding where that is positive, else less of the input. */
static bdc_status fit_axis(lowering *l, lower_value *x, uint32_t axis, const phases *p, uint32_t *before,
                           uint32_t *after)
{
    const int64_t in = lower_dim(x, axis), begin = -(int64_t)p->low, end = (int64_t)p->count - 1 + p->high - (in - 1);
    const int64_t skip = begin < 0 ? -begin : 0, drop = end < 0 ? -end : 0;
    if (skip + drop >= in || begin > (int64_t)BDF_MAX_DIM || end > (int64_t)BDF_MAX_DIM)
        return lower_refuse(l, "its padding leaves nothing of the input");
    *before = begin > 0 ? (uint32_t)begin : 0;
    *after = end > 0 ? (uint32_t)end : 0;
    return lower_slice(l, x, axis, (uint32_t)skip, 1, (uint32_t)(in - skip - drop));
}

bdc_status lower_op_conv_transpose(lowering *l)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    const uint32_t s = a->window.spatial, first = a->channels_last ? 1 : 2;
    lower_value x, w, bias, phased, y;
    lower_layer layer;
    ir_window window;
    int has_bias;
    phases p[2] = {{1, 1, 0, 1, 0, 0, 1}, {0}};
    BDC_TRY(constants(l, &x, &w, &bias, &has_bias));
    BDC_TRY(lower_window(l, &x, &window));
    if (s == 2)
        p[0] = phases_of(&a->window, 0, out->dims[first]);
    p[1] = phases_of(&a->window, s - 1, out->dims[first + s - 1]);
    if (p[0].low > p[0].high || p[1].low > p[1].high || (uint64_t)p[0].stride * (uint64_t)p[1].stride > 4096)
        return lower_refuse(l, "its strides are too large");
    BDC_TRY(phase_weights(l, &w, p, a->group, &phased));
    const uint32_t phase_count = (uint32_t)(p[0].stride * p[1].stride), channels = lower_dim(&phased, 0);
    if (has_bias)
        BDC_TRY(phase_bias(l, &bias, a->group, phase_count));
    window = (ir_window){1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    window.kernel_h = (uint32_t)(p[0].high - p[0].low + 1);
    window.kernel_w = (uint32_t)(p[1].high - p[1].low + 1);
    if (s == 2)
        BDC_TRY(fit_axis(l, &x, first, &p[0], &window.pad_top, &window.pad_bottom));
    BDC_TRY(fit_axis(l, &x, first + s - 1, &p[1], &window.pad_left, &window.pad_right));
    BDC_TRY(lower_layer_of(l, &phased, channels, has_bias ? &bias : NULL, &x, &layer));
    uint32_t dims[4] = {out->dims[0]};
    dims[a->channels_last ? s + 1 : 1] = channels;
    if (s == 2)
        dims[first] = p[0].count;
    dims[first + s - 1] = p[1].count;
    BDC_TRY(emit(l, &x, a->channels_last, &window, a->group, &layer, dims, &y));
    BDC_TRY(unfold(l, &y, p, s, a->group, a->channels_last));
    lower_set(l, 0, &y);
    return BDC_OK;
}
