/* Transposed convolution. x [N, C, in...], w [C, M / group, kernel...], b [M] -> y [N, M, out...]; channels of x and y may be last.
 * What one input pixel adds to its window of the output: tap by tap a matrix product over the channels, then a scatter.
 * SPDX-License-Identifier: MIT */
#include "../float_kernels.h"
#include "windows.h"

bdc_status infer_conv_transpose(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *w = infer_input(i, 1), *b = infer_input(i, 2);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_same_type(i, x, w));
    BDC_TRY(infer_same_type(i, x, b));
    BDC_TRY(infer_window(i, x));
    if (w->rank != x->rank)
        return infer_invalid(i, "the weights' number of dimensions is not that of the input");
    op_picture p = operand_picture(x, a->channels_last);
    if (a->group < 1 || p.channels < 1 || p.channels % a->group)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': %u input channels do not divide into a group of %u.",
                        i->op->type, i->op->name, p.channels, a->group);
    if (w->dims[0] != p.channels || w->dims[1] < 1)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': the weights are for %u channels, but the input has %u.",
                        i->op->type, i->op->name, w->dims[0], p.channels);
    if ((uint64_t)w->dims[1] * a->group > NET_MAX_ELEMENTS)
        return infer_bad_attribute(i, "group");
    if ((uint64_t)w->dims[1] * p.pixels > NET_MAX_ELEMENTS)
        return bdc_fail(i->context, BDC_E_LIMIT, "%s '%s': its input has too many pixels for %u output channels.",
                        i->op->type, i->op->name, w->dims[1]);
    p.channels = w->dims[1] * a->group;
    for (uint32_t d = 0; d < a->window.spatial; d++) {
        const net_window *v = &a->window;
        uint32_t *side = &p.dims[3 - v->spatial + d];
        if (w->dims[2 + d] != v->kernel[d])
            return infer_invalid(i, "kernel_shape is not that of the weights");
        if (*side == 0)
            return infer_invalid(i, "its input has no pixels");
        const int64_t out = (int64_t)(*side - 1) * v->stride[d] + (int64_t)(v->kernel[d] - 1) * v->dilation[d] + 1 +
                            v->output_pad[d] - v->pad_begin[d] - v->pad_end[d];
        if (out < 1 || out > NET_MAX_ELEMENTS)
            return infer_invalid(i, "its pads, output_padding or output_shape leave no possible output");
        *side = (uint32_t)out;
    }
    uint32_t dims[NET_MAX_RANK];
    operand_picture_dims(&p, a->window.spatial, a->channels_last, dims);
    BDC_TRY(infer_set(i, 0, x->type, x->rank, dims));
    return infer_vector(i, b, p.channels, "the bias");
}

typedef struct scatter {
    uint32_t kernel[3], stride[3], dilation[3], pad[3];
    op_picture in, out;
    size_t pixel_step, channel_step; /* of y */
} scatter;

/* y += one tap's products [channels][pixels in]. */
static void scatter_tap(const scatter *s, const float *products, size_t channels, uint32_t tap, float *y)
{
    const uint32_t k[3] = {tap / s->kernel[2] / s->kernel[1], tap / s->kernel[2] % s->kernel[1], tap % s->kernel[2]};
    const uint32_t *in = s->in.dims, *out = s->out.dims;
    for (uint32_t z = 0; z < in[0]; z++)
        for (uint32_t row = 0; row < in[1]; row++)
            for (uint32_t column = 0; column < in[2]; column++) {
                /* Positions before the output wrap around to large ones. */
                const uint32_t to_z = z * s->stride[0] + k[0] * s->dilation[0] - s->pad[0],
                               to_row = row * s->stride[1] + k[1] * s->dilation[1] - s->pad[1],
                               to_column = column * s->stride[2] + k[2] * s->dilation[2] - s->pad[2];
                if (to_z >= out[0] || to_row >= out[1] || to_column >= out[2])
                    continue;
                const float *from = products + ((size_t)z * in[1] + row) * in[2] + column;
                float *to = y + (((size_t)to_z * out[1] + to_row) * out[2] + to_column) * s->pixel_step;
                for (size_t c = 0; c < channels; c++)
                    to[c * s->channel_step] += from[c * s->in.pixels];
            }
}

static void fill_with_bias(const scatter *s, const float *bias, float *y)
{
    for (size_t c = 0; c < s->out.channels; c++)
        for (size_t p = 0; p < s->out.pixels; p++)
            y[c * s->channel_step + p * s->pixel_step] = bias ? bias[c] : 0;
}

static bdc_status eval_floats(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    scatter s = {.in = operand_picture(eval_input(e, 0), a->channels_last),
                 .out = operand_picture(eval_output(e, 0), a->channels_last)};
    window_three(&a->window, a->window.kernel, 1, s.kernel);
    window_three(&a->window, a->window.stride, 1, s.stride);
    window_three(&a->window, a->window.dilation, 1, s.dilation);
    window_three(&a->window, a->window.pad_begin, 0, s.pad);
    s.pixel_step = a->channels_last ? s.out.channels : 1;
    s.channel_step = a->channels_last ? 1 : s.out.pixels;

    const size_t taps = (size_t)s.kernel[0] * s.kernel[1] * s.kernel[2], group_in = s.in.channels / a->group,
                 group_out = s.out.channels / a->group, pixels = s.in.pixels;
    float *products = BDC_NEW(e->context, float, group_out *pixels),
          *scratch = BDC_NEW(e->context, float, float_gemm_scratch(group_out, pixels, group_in));
    if (!products || !scratch)
        return BDC_E_MEMORY;
    for (uint32_t n = 0; n < s.in.batch; n++) {
        const float *x = (const float *)eval_input_data(e, 0) + n * pixels * s.in.channels;
        float *y = (float *)eval_output_data(e, 0) + n * s.out.pixels * s.out.channels;
        fill_with_bias(&s, eval_input_data(e, 2), y);
        for (size_t g = 0; g < a->group; g++)
            for (uint32_t t = 0; t < taps; t++) {
                const float *w = (const float *)eval_input_data(e, 1) + g * group_in * group_out * taps + t;
                const float_matrix left = {w, taps, group_out * taps};
                const float_matrix right = a->channels_last ? (float_matrix){x + g * group_in, 1, s.in.channels}
                                                            : (float_matrix){x + g * group_in * pixels, pixels, 1};
                for (size_t k = 0; k < group_out * pixels; k++)
                    products[k] = 0;
                float_gemm(group_out, pixels, group_in, left, right, products, pixels, scratch);
                scatter_tap(&s, products, group_out, t, y + g * group_out * s.channel_step);
            }
    }
    return BDC_OK;
}

bdc_status eval_conv_transpose(const op_eval *e)
{
    return eval_in_float(e, eval_floats);
}
