/* Operators with a window or a grid: convolutions, pools, resizing, depth to space. All are N H W C in the file.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

enum { SIDE_LIMIT = 1 << 20 }; /* of kernels, strides, dilations, blocks and sizes */

/* One spatial dimension of a window, as the options have it. */
typedef struct side {
    int64_t kernel, stride, dilation;
} side;

static bdc_status four(tfl_importer *m, uint32_t x)
{
    const net_tensor *t = tfl_net_tensor(m, x);
    if (t->rank != 4 || net_count(t) == 0)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "works on something else than four dimensions of 1 or more");
    return BDC_OK;
}

static bdc_status check_side(tfl_importer *m, const side *s)
{
    if (s->stride < 1 || s->stride > SIDE_LIMIT)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a stride of %d.", m->op->type, m->op->name,
                        (int)s->stride);
    if (s->dilation < 1 || s->dilation > SIDE_LIMIT)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a dilation of %d.", m->op->type, m->op->name,
                        (int)s->dilation);
    if (s->kernel < 1 || s->kernel > SIDE_LIMIT)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a window of %d.", m->op->type, m->op->name,
                        (int)s->kernel);
    return BDC_OK;
}

/* Resolves SAME and VALID for spatial dimension k of the window over x; *out: positions of the window. */
static bdc_status place(tfl_importer *m, net_window *w, uint32_t k, const side *s, uint32_t in, uint32_t *out)
{
    BDC_TRY(check_side(m, s));
    int64_t reach = (s->kernel - 1) * s->dilation + 1, pad = 0;
    uint64_t padding = fb_unsigned(&m->op->options, 0, 1, TFL_SAME);
    if (padding == TFL_SAME) {
        *out = (uint32_t)((in + s->stride - 1) / s->stride);
        pad = ((int64_t)*out - 1) * s->stride + reach - in;
        pad = pad < 0 ? 0 : pad;
    } else if (padding == TFL_VALID) {
        if (reach > in)
            return bdc_fail(m->context, BDC_E_INVALID,
                            "Operator %s '%s' has a window of %u, larger than its input of %u.", m->op->type,
                            m->op->name, (unsigned)reach, in);
        *out = (uint32_t)((in - reach) / s->stride + 1);
    } else {
        return tfl_refuse(m, BDC_E_INVALID, "has a padding that is neither SAME nor VALID");
    }
    w->kernel[k] = (uint32_t)s->kernel;
    w->stride[k] = (uint32_t)s->stride;
    w->dilation[k] = (uint32_t)s->dilation;
    w->pad_begin[k] = (uint32_t)(pad / 2); /* the odd one goes to the end */
    w->pad_end[k] = (uint32_t)(pad - pad / 2);
    return BDC_OK;
}

/* The window of a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND. */
static bdc_status dilate(tfl_importer *m, net_window *w, uint32_t k, const side *s)
{
    BDC_TRY(check_side(m, s));
    const tfl_dilation *d = m->op->dilation;
    w->kernel[k] = (uint32_t)s->kernel;
    w->stride[k] = 1;
    w->dilation[k] = d->size[k];
    w->pad_begin[k] = d->pads[2 * k];
    w->pad_end[k] = d->pads[2 * k + 1];
    return BDC_OK;
}

/* Both convolutions once x and the weights, in ONNX's order, are real. */
static bdc_status convolve(tfl_importer *m, uint32_t x, uint32_t w, net_attributes *a, const side *sides,
                           tfl_activation activation)
{
    uint32_t inputs[3] = {x, w, NET_NONE}, count = 2, out, y;
    a->channels_last = 1;
    a->window.spatial = 2;
    for (uint32_t k = 0; k < 2; k++)
        BDC_TRY(m->op->dilation ? dilate(m, &a->window, k, &sides[k])
                                : place(m, &a->window, k, &sides[k], tfl_net_tensor(m, x)->dims[1 + k], &out));
    if (tfl_has(m, 2))
        BDC_TRY(tfl_bias(m, 2, 1, 0, &inputs[count++]));
    BDC_TRY(tfl_emit(m, NET_CONV, inputs, count, a, NULL, &y));
    return tfl_finish(m, 0, y, activation);
}

bdc_status tfl_conv(tfl_importer *m, net_code code)
{
    (void)code;
    static const uint32_t ohwi_to_oihw[4] = {0, 3, 1, 2};
    tfl_activation activation;
    uint32_t x, w;
    BDC_TRY(tfl_fused(m, 3, &activation));
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(four(m, tfl_stored(m, 1)));
    BDC_TRY(tfl_real(m, 0, &x));
    const tfl_tensor *weights = tfl_input(m, 1);
    const side sides[2] = {{weights->dims[1], tfl_option(m, 2, 4, 0), tfl_option(m, 5, 4, 1)},
                           {weights->dims[2], tfl_option(m, 1, 4, 0), tfl_option(m, 4, 4, 1)}};
    uint32_t channels = tfl_net_tensor(m, x)->dims[3], each = weights->dims[3];
    if (channels % each || weights->dims[0] % (channels / each))
        return bdc_fail(m->context, BDC_E_INVALID,
                        "Operator %s '%s' has weights for %u channels, but its input has %u.", m->op->type, m->op->name,
                        each, channels);
    BDC_TRY(tfl_real_transposed(m, 1, ohwi_to_oihw, &w));
    net_attributes a = {.group = channels / each};
    return convolve(m, x, w, &a, sides, activation);
}

bdc_status tfl_depthwise(tfl_importer *m, net_code code)
{
    (void)code;
    static const uint32_t ihwo_to_oihw[4] = {3, 0, 1, 2};
    tfl_activation activation;
    uint32_t x, w;
    BDC_TRY(tfl_fused(m, 4, &activation));
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(four(m, tfl_stored(m, 1)));
    BDC_TRY(tfl_real(m, 0, &x));
    const tfl_tensor *weights = tfl_input(m, 1);
    const side sides[2] = {{weights->dims[1], tfl_option(m, 2, 4, 0), tfl_option(m, 6, 4, 1)},
                           {weights->dims[2], tfl_option(m, 1, 4, 0), tfl_option(m, 5, 4, 1)}};
    uint32_t channels = tfl_net_tensor(m, x)->dims[3];
    if (weights->dims[0] != 1 || weights->dims[3] % channels)
        return bdc_fail(m->context, BDC_E_INVALID,
                        "Operator %s '%s' has weights of %u x %u channels, but its input has %u.", m->op->type,
                        m->op->name, weights->dims[0], weights->dims[3], channels);
    BDC_TRY(tfl_real_transposed(m, 1, ihwo_to_oihw, &w));
    net_attributes a = {.group = channels};
    return convolve(m, x, w, &a, sides, activation);
}

bdc_status tfl_transpose_conv(tfl_importer *m, net_code code)
{
    (void)code;
    static const uint32_t ohwi_to_iohw[4] = {3, 0, 1, 2};
    const int64_t *shape;
    uint32_t rank, inputs[3] = {NET_NONE, NET_NONE, NET_NONE}, count = 2, y;
    tfl_activation activation;
    BDC_TRY(tfl_fused(m, 3, &activation));
    BDC_TRY(tfl_integers(m, 0, &shape, &rank));
    BDC_TRY(four(m, tfl_stored(m, 1)));
    BDC_TRY(four(m, tfl_stored(m, 2)));
    if (rank != 4)
        return tfl_refuse(m, BDC_E_INVALID, "has an output shape of other than four dimensions");
    BDC_TRY(tfl_real(m, 2, &inputs[0]));
    BDC_TRY(tfl_real_transposed(m, 1, ohwi_to_iohw, &inputs[1]));
    if (tfl_has(m, 3))
        BDC_TRY(tfl_bias(m, 3, 1, 2, &inputs[count++]));
    net_attributes a = {.channels_last = 1, .group = 1, .window = {.spatial = 2}};
    for (uint32_t k = 0; k < 2; k++) {
        /* The padding is the one that a convolution from the result to the input would have. */
        uint32_t in = tfl_net_tensor(m, inputs[0])->dims[1 + k], out;
        const side s = {tfl_input(m, 1)->dims[1 + k], tfl_option(m, 2 - k, 4, 0), 1};
        if (shape[1 + k] < 1 || shape[1 + k] > SIDE_LIMIT)
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has an output shape with a side of %d.",
                            m->op->type, m->op->name, (int)shape[1 + k]);
        BDC_TRY(place(m, &a.window, k, &s, (uint32_t)shape[1 + k], &out));
        if (out != in)
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' cannot make a side of %u from one of %u.",
                            m->op->type, m->op->name, (unsigned)shape[1 + k], in);
        int64_t end = ((int64_t)in - 1) * s.stride + s.kernel - a.window.pad_begin[k] - shape[1 + k];
        a.window.pad_end[k] = (uint32_t)(end > 0 ? end : 0);
        a.window.output_pad[k] = (uint32_t)(end < 0 ? -end : 0);
    }
    BDC_TRY(tfl_emit(m, NET_CONV_TRANSPOSE, inputs, count, &a, NULL, &y));
    return tfl_finish(m, 0, y, activation);
}

static bdc_status pool(tfl_importer *m, net_code code, uint32_t x, uint32_t *y)
{
    const side sides[2] = {{tfl_option(m, 4, 4, 0), tfl_option(m, 2, 4, 0), 1},
                           {tfl_option(m, 3, 4, 0), tfl_option(m, 1, 4, 0), 1}};
    net_attributes a = {.channels_last = 1, .window = {.spatial = 2}};
    net_tensor shape = *tfl_net_tensor(m, x);
    for (uint32_t k = 0; k < 2; k++) {
        uint32_t in = shape.dims[1 + k];
        BDC_TRY(place(m, &a.window, k, &sides[k], in, &shape.dims[1 + k]));
    }
    return tfl_emit(m, code, &x, 1, &a, &shape, y);
}

bdc_status tfl_pool(tfl_importer *m, net_code code)
{
    tfl_activation activation;
    uint32_t x, y;
    BDC_TRY(tfl_fused(m, 5, &activation));
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(pool(m, code, x, &y));
    return tfl_finish(m, 0, y, activation);
}

/* The root of the mean of the squares: LpPool would take their sum. */
bdc_status tfl_l2_pool(tfl_importer *m, net_code code)
{
    (void)code;
    tfl_activation activation;
    uint32_t x, squares, mean, y;
    BDC_TRY(tfl_fused(m, 5, &activation));
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_binary(m, NET_MUL, x, x, &squares));
    BDC_TRY(pool(m, NET_AVERAGE_POOL, squares, &mean));
    BDC_TRY(tfl_unary(m, NET_SQRT, mean, &y));
    return tfl_finish(m, 0, y, activation);
}

/* Coordinates are ONNX's, but for the nearest pixel of half-pixel centres, which TensorFlow Lite takes by floor. */
static bdc_status resize(tfl_importer *m, int bilinear, int align_corners, int half_pixel)
{
    const int64_t *size;
    uint32_t count, x, y;
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &size, &count));
    if (count != 2 || size[0] < 1 || size[1] < 1 || size[0] > SIDE_LIMIT || size[1] > SIDE_LIMIT)
        return tfl_refuse(m, BDC_E_INVALID, "has a size that is not two positive numbers");
    if (align_corners && half_pixel)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "has both align_corners and half_pixel_centers");
    net_resize *r = BDC_NEW(m->context, net_resize, 1);
    if (!r)
        return BDC_E_MEMORY;
    net_tensor shape = *tfl_net_tensor(m, x);
    for (uint32_t k = 0; k < 4; k++)
        r->scales[k] = 1;
    for (uint32_t k = 0; k < 2; k++) {
        r->scales[1 + k] = (float)size[k] / (float)shape.dims[1 + k];
        shape.dims[1 + k] = (uint32_t)size[k];
    }
    r->mode = bilinear ? NET_LINEAR : NET_NEAREST;
    r->cubic_a = -0.75f;
    r->coordinates = align_corners ? NET_ALIGN_CORNERS
                     : !half_pixel ? NET_ASYMMETRIC
                     : bilinear    ? NET_HALF_PIXEL
                                   : NET_TF_HALF_PIXEL_NEAREST;
    r->nearest = align_corners ? NET_ROUND_PREFER_CEIL : NET_FLOOR_NEAREST;
    const net_attributes a = {.resize = r, .channels_last = 1};
    BDC_TRY(tfl_emit(m, NET_RESIZE, &x, 1, &a, &shape, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_resize_bilinear(tfl_importer *m, net_code code)
{
    (void)code;
    return resize(m, 1, tfl_option(m, 2, 1, 0) != 0, tfl_option(m, 3, 1, 0) != 0);
}

bdc_status tfl_resize_nearest(tfl_importer *m, net_code code)
{
    (void)code;
    return resize(m, 0, tfl_option(m, 0, 1, 0) != 0, tfl_option(m, 1, 1, 0) != 0);
}

bdc_status tfl_depth_space(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    int64_t block = tfl_option(m, 0, 4, 0);
    BDC_TRY(four(m, tfl_stored(m, 0)));
    BDC_TRY(tfl_real(m, 0, &x));
    const uint32_t *d = tfl_net_tensor(m, x)->dims;
    int fits = block >= 1 && block <= SIDE_LIMIT;
    if (fits && code == NET_DEPTH_TO_SPACE)
        fits = d[3] % (uint64_t)(block * block) == 0;
    else if (fits)
        fits = d[1] % (uint32_t)block == 0 && d[2] % (uint32_t)block == 0;
    if (!fits)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a block of %d, which does not fit its input.",
                        m->op->type, m->op->name, (int)block);
    const net_attributes a = {.channels_last = 1, .block = (uint32_t)block};
    BDC_TRY(tfl_emit(m, code, &x, 1, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}
