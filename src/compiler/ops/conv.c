/* Convolution. x [N, C, in...], w [M, C / group, kernel...], b [M] -> y [N, M, out...]; channels of x and y may be last.
 * SPDX-License-Identifier: MIT */
#include "../float_kernels.h"
#include "windows.h"

/* The shapes of weights [M, C / group, kernel...] and input agree; sets y's dims. */
static bdc_status infer_shapes(const op_infer *i, net_type type)
{
    const net_tensor *x = infer_input(i, 0), *w = infer_input(i, 1);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_window(i, x));
    if (w->rank != x->rank)
        return infer_invalid(i, "the weights' number of dimensions is not that of the input");
    op_picture p = operand_picture(x, a->channels_last);
    if (a->group < 1 || w->dims[0] < 1 || w->dims[0] % a->group)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': %u output channels do not divide into a group of %u.",
                        i->op->type, i->op->name, w->dims[0], a->group);
    if (p.channels < 1 || (uint64_t)w->dims[1] * a->group != p.channels)
        return bdc_fail(i->context, BDC_E_INVALID,
                        "%s '%s': the weights are for %u channels in each group (group %u), but the input has %u.",
                        i->op->type, i->op->name, w->dims[1], a->group, p.channels);
    for (uint32_t d = 0; d < a->window.spatial; d++) {
        uint32_t *side = &p.dims[3 - a->window.spatial + d];
        if (w->dims[2 + d] != a->window.kernel[d])
            return infer_invalid(i, "kernel_shape is not that of the weights");
        *side = window_positions(&a->window, d, *side);
        if (*side == 0)
            return infer_invalid(i, "the kernel is larger than the input with its pads");
    }
    p.channels = w->dims[0];
    uint32_t dims[NET_MAX_RANK];
    operand_picture_dims(&p, a->window.spatial, a->channels_last, dims);
    return infer_set(i, 0, type, x->rank, dims);
}

bdc_status infer_conv(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *w = infer_input(i, 1), *b = infer_input(i, 2);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_same_type(i, x, w));
    BDC_TRY(infer_same_type(i, x, b));
    BDC_TRY(infer_shapes(i, x->type));
    return infer_vector(i, b, w->dims[0], "the bias");
}

static bdc_status eval_floats(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    const op_picture in = operand_picture(eval_input(e, 0), a->channels_last),
                     out = operand_picture(eval_output(e, 0), a->channels_last);
    float_conv v = {.groups = a->group,
                    .group_in = in.channels / a->group,
                    .group_out = out.channels / a->group,
                    .channels_last = a->channels_last};
    for (uint32_t d = 0; d < 3; d++) {
        v.in[d] = in.dims[d];
        v.out[d] = out.dims[d];
    }
    window_three(&a->window, a->window.kernel, 1, v.kernel);
    window_three(&a->window, a->window.stride, 1, v.stride);
    window_three(&a->window, a->window.dilation, 1, v.dilation);
    window_three(&a->window, a->window.pad_begin, 0, v.pad);

    float *packed = BDC_NEW(e->context, float, float_conv_packed(&v)),
          *scratch = BDC_NEW(e->context, float, float_conv_scratch(&v));
    if (!packed || !scratch)
        return BDC_E_MEMORY;
    float_conv_pack(&v, eval_input_data(e, 1), packed);
    const float *x = eval_input_data(e, 0);
    float *y = eval_output_data(e, 0);
    for (uint32_t n = 0; n < in.batch; n++)
        float_conv_run(&v, x + n * in.pixels * in.channels, packed, eval_input_data(e, 2),
                       y + n * out.pixels * out.channels, scratch);
    return BDC_OK;
}

bdc_status eval_conv(const op_eval *e)
{
    return eval_in_float(e, eval_floats);
}

/* ---- ConvInteger: x, w, [x zero point], [w zero point] -> int32 --------------------------------------------------- */

bdc_status infer_conv_integer(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 4, 1, 1));
    const net_tensor *x = infer_input(i, 0), *w = infer_input(i, 1), *zero = infer_input(i, 3);
    BDC_TRY(infer_type(i, x, TYPES_BYTE));
    BDC_TRY(infer_type(i, w, TYPES_BYTE));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 2)));
    BDC_TRY(infer_same_type(i, w, zero));
    BDC_TRY(infer_scalar(i, infer_input(i, 2)));
    BDC_TRY(infer_shapes(i, NET_INT32));
    return zero && net_count(zero) != 1 ? infer_vector(i, zero, w->dims[0], "the weights' zero point") : BDC_OK;
}

/* Bytes less their zero point, of which there is one for every `each` elements, or one for all if each is 0. */
static int32_t *widen(const op_eval *e, uint32_t n, uint32_t zero_index, size_t each)
{
    const net_tensor *t = eval_input(e, n), *zero_tensor = eval_input(e, zero_index);
    const size_t count = net_count(t);
    const uint8_t *bytes = eval_input_data(e, n), *zeros = eval_input_data(e, zero_index);
    int32_t *wide = BDC_NEW(e->context, int32_t, count);
    if (zero_tensor && net_count(zero_tensor) == 1)
        each = 0;
    for (size_t i = 0; wide && i < count; i++) {
        const uint8_t zero = zeros ? zeros[each ? i / each : 0] : 0;
        wide[i] = t->type == NET_INT8 ? (int8_t)bytes[i] - (int8_t)zero : bytes[i] - zero;
    }
    return wide;
}

/* One output: the taps of one window over the channels of its group. Sums wrap, as 32 bits do. */
static int32_t window_sum(const net_attributes *a, const op_picture *in, const int32_t *x, const int32_t *w,
                          const uint32_t at[3], uint32_t group_in)
{
    uint32_t kernel[3], stride[3], dilation[3], pad[3], sum = 0;
    window_three(&a->window, a->window.kernel, 1, kernel);
    window_three(&a->window, a->window.stride, 1, stride);
    window_three(&a->window, a->window.dilation, 1, dilation);
    window_three(&a->window, a->window.pad_begin, 0, pad);
    const size_t taps = (size_t)kernel[0] * kernel[1] * kernel[2], pixel_step = a->channels_last ? in->channels : 1,
                 channel_step = a->channels_last ? 1 : in->pixels;
    for (uint32_t t = 0; t < taps; t++) {
        /* Positions before the input wrap around to large ones. */
        const uint32_t z = at[0] * stride[0] + t / kernel[2] / kernel[1] * dilation[0] - pad[0],
                       row = at[1] * stride[1] + t / kernel[2] % kernel[1] * dilation[1] - pad[1],
                       column = at[2] * stride[2] + t % kernel[2] * dilation[2] - pad[2];
        if (z >= in->dims[0] || row >= in->dims[1] || column >= in->dims[2])
            continue;
        const int32_t *from = x + (((size_t)z * in->dims[1] + row) * in->dims[2] + column) * pixel_step;
        for (size_t c = 0; c < group_in; c++)
            sum += (uint32_t)(from[c * channel_step] * w[c * taps + t]);
    }
    return (int32_t)sum;
}

bdc_status eval_conv_integer(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    const net_tensor *weights = eval_input(e, 1);
    const op_picture in = operand_picture(eval_input(e, 0), a->channels_last),
                     out = operand_picture(eval_output(e, 0), a->channels_last);
    const size_t filter = net_count(weights) / out.channels;
    const uint32_t group_in = in.channels / a->group, group_out = out.channels / a->group;
    const int32_t *x = widen(e, 0, 2, 0), *w = widen(e, 1, 3, filter);
    int32_t *y = eval_output_data(e, 0);
    if (!x || !w)
        return BDC_E_MEMORY;
    for (uint32_t n = 0; n < in.batch; n++)
        for (uint32_t c = 0; c < out.channels; c++)
            for (uint32_t p = 0; p < out.pixels; p++) {
                const uint32_t at[3] = {p / out.dims[2] / out.dims[1], p / out.dims[2] % out.dims[1], p % out.dims[2]};
                const size_t group = (size_t)(c / group_out) * group_in;
                const int32_t *from = x + n * in.pixels * in.channels + group * (a->channels_last ? 1 : in.pixels);
                const size_t to = a->channels_last ? (n * out.pixels + p) * out.channels + c
                                                   : ((size_t)n * out.channels + c) * out.pixels + p;
                y[to] = window_sum(a, &in, from, w + c * filter, at, group_in);
            }
    return BDC_OK;
}
