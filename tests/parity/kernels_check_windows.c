/* Cases of layers as a network has them: windows with padding, strides and dilation over a picture, groups of its channels, all rows of
 * the result or some.
 * SPDX-License-Identifier: MIT */
#include "cases.h"

static uint32_t windows_along(uint32_t size, uint32_t padding, uint32_t kernel, uint32_t stride, uint32_t dilation)
{
    const uint32_t span = (kernel - 1) * dilation + 1;

    return size + padding < span ? 1 : (size + padding - span) / stride + 1;
}

/* Windows that a network's are like: mostly 1 x 1, 3 x 3 and 5 x 5; and any other. x is drawn here. */
static int random_window(check *c, bds_window *w, uint32_t channels)
{
    const uint32_t kind = upto(c, 0, 7), more = chance(c, 4) ? upto(c, 1, 9) : 0;
    size_t bytes;

    memset(w, 0, sizeof *w);
    w->kernel_h = kind < 2 ? 1 : kind < 5 ? 3 : kind == 5 ? 5 : upto(c, 1, 6);
    w->kernel_w = kind < 2 ? 1 : kind < 5 ? 3 : kind == 5 ? 5 : upto(c, 1, 6);
    w->stride_h = chance(c, 2) ? 1 : upto(c, 1, 3);
    w->stride_w = chance(c, 2) ? w->stride_h : upto(c, 1, 3);
    w->dilation_h = chance(c, 4) ? upto(c, 1, 3) : 1;
    w->dilation_w = chance(c, 4) ? upto(c, 1, 3) : 1;
    w->pad_top = upto(c, 0, w->kernel_h - 1);
    w->pad_left = upto(c, 0, w->kernel_w - 1);
    w->height = upto(c, 1, 12);
    w->width = chance(c, 8) ? upto(c, 1, 40) : upto(c, 1, 12);
    w->channels = channels;
    w->pixel = channels + more;
    w->zero_point = between(c, INT8_MIN, INT8_MAX);
    w->out_width =
        windows_along(w->width, w->pad_left + upto(c, 0, w->kernel_w - 1), w->kernel_w, w->stride_w, w->dilation_w);
    w->rows = w->row_end =
        windows_along(w->height, w->pad_top + upto(c, 0, w->kernel_h - 1), w->kernel_h, w->stride_h, w->dilation_h);
    bytes = ((size_t)w->height * w->width - 1) * w->pixel + channels;
    w->x = random_bytes(c, bytes, any_mood(c));
    return w->x != NULL;
}

/* Half of the time only some rows of the result, as when threads share the work. Returns the windows as they were. */
static bds_window some_rows(check *c, bds_window *w)
{
    const bds_window whole = *w;

    if (chance(c, 2)) {
        w->row_begin = upto(c, 0, w->row_end - 1);
        w->row_end = upto(c, w->row_begin + 1, w->row_end);
    }
    return whole;
}

/* Small ones, so that more than seven bits are not always needed, or any. */
static int8_t *random_weights_of(check *c, size_t n)
{
    const uint32_t bits = chance(c, 2) ? 8 : upto(c, 1, 7);
    int8_t *w = random_bytes(c, n, any_mood(c));

    for (size_t i = 0; w && i < n; i++)
        w[i] = (int8_t)(w[i] >> (8 - bits));
    return w;
}

void check_conv_windows(check *c)
{
    bds_conv v = {0};
    const uint32_t in = chance(c, 4) ? upto(c, 1, 4) : upto(c, 1, 40);
    uint32_t depth;
    bds_window whole;
    outputs o;

    if (!random_window(c, &v.window, in))
        return;
    depth = v.window.kernel_h * v.window.kernel_w * in;
    v.channels = chance(c, 3) ? 8 * upto(c, 1, 6) : upto(c, 1, 40);
    v.out_stride = v.channels + (chance(c, 4) ? upto(c, 1, 9) : 0);
    v.weights = random_weights_of(c, (size_t)v.channels * depth);
    if (!v.weights || !random_requant(c, &v.rq, v.channels, depth, INT8_MIN, INT8_MAX) ||
        !take_outputs(c, &o, (v.window.row_end * v.window.out_width - 1) * v.out_stride + v.channels, 1))
        return;
    whole = some_rows(c, &v.window);
    both_convs(c, &v, &whole, &o);
}

void check_depthwise_windows(check *c)
{
    bds_depthwise d = {0};
    const uint32_t channels = chance(c, 3) ? 8 * upto(c, 1, 6) : upto(c, 1, 60);
    bds_window whole;
    outputs o;

    if (!random_window(c, &d.window, channels) ||
        !random_requant(c, &d.rq, channels, d.window.kernel_h * d.window.kernel_w, INT8_MIN, INT8_MAX))
        return;
    d.weights = random_weights_of(c, (size_t)d.window.kernel_h * d.window.kernel_w * channels);
    if (!d.weights || !take_outputs(c, &o, (size_t)d.window.row_end * d.window.out_width * channels, 1))
        return;
    whole = some_rows(c, &d.window);
    both_depthwise(c, &d, &whole, &o);
}

/* Of 3 x 3 over pictures that kernels may cut in strips, for few channels. */
void check_depthwise_large(check *c)
{
    bds_depthwise d = {0};
    bds_window *w = &d.window, whole;
    const uint32_t channels = upto(c, 1, 6);
    outputs o;

    w->kernel_h = w->kernel_w = 3;
    w->stride_h = w->stride_w = upto(c, 1, 2);
    w->dilation_h = w->dilation_w = 1;
    w->pad_top = upto(c, 0, 2);
    w->pad_left = upto(c, 0, 2);
    w->height = upto(c, 20, 100);
    w->width = upto(c, 20, 100);
    w->channels = w->pixel = channels;
    w->zero_point = between(c, INT8_MIN, INT8_MAX);
    w->out_width = windows_along(w->width, w->pad_left + upto(c, 0, 2), 3, w->stride_w, 1);
    w->rows = w->row_end = windows_along(w->height, w->pad_top + upto(c, 0, 2), 3, w->stride_h, 1);
    w->x = random_bytes(c, (size_t)w->height * w->width * channels, any_mood(c));
    d.weights = random_weights_of(c, (size_t)9 * channels);
    if (!w->x || !d.weights || !random_requant(c, &d.rq, channels, 9, INT8_MIN, INT8_MAX) ||
        !take_outputs(c, &o, (size_t)w->rows * w->out_width * channels, 1))
        return;
    whole = some_rows(c, w);
    both_depthwise(c, &d, &whole, &o);
}

/* What the two below have in common: x, weights, constants, and both kernels. */
static void check_drawn(check *c, bds_conv *v)
{
    bds_window *w = &v->window, whole;
    const uint32_t depth = w->kernel_h * w->kernel_w * w->channels;
    outputs o;

    w->pixel = w->channels;
    w->zero_point = between(c, INT8_MIN, INT8_MAX);
    w->x = random_bytes(c, (size_t)w->height * w->width * w->pixel, any_mood(c));
    v->channels = chance(c, 3) ? 8 * upto(c, 1, 6) : upto(c, 1, 50);
    v->out_stride = v->channels + (chance(c, 4) ? upto(c, 1, 9) : 0);
    v->weights = random_weights(c, (size_t)v->channels * depth, v->weights_wide);
    if (w->x && v->weights && depth >= 500 && depth == w->channels && !v->weights_wide &&
        chance(c, 2)) { /* the largest sums that there are */
        memset((void *)(uintptr_t)w->x, INT8_MIN, w->channels);
        memset((void *)(uintptr_t)v->weights, chance(c, 2) ? INT8_MIN : INT8_MAX, (size_t)v->channels * depth);
    }
    if (!w->x || !v->weights ||
        !random_requant(c, &v->rq, v->channels, (1u + v->weights_wide) * depth, INT8_MIN, INT8_MAX) ||
        !take_outputs(c, &o, (w->row_end * w->out_width - 1) * v->out_stride + v->channels, 1))
        return;
    whole = some_rows(c, w);
    both_convs(c, v, &whole, &o);
}

/* Pixels by matrices, deep and many enough for kernels that keep such weights in another form; or a single pixel. */
void check_conv_deep(check *c)
{
    bds_conv v = {0};
    bds_window *w = &v.window;

    w->kernel_h = w->kernel_w = w->dilation_h = w->dilation_w = 1;
    w->stride_h = w->stride_w = chance(c, 4) ? 2 : 1;
    w->channels = chance(c, 3) ? 32 * upto(c, 1, 12) : upto(c, 40, 330);
    w->height = chance(c, 6) ? 1 : upto(c, 1, 16);
    w->width = w->height == 1 && chance(c, 2) ? 1 : upto(c, 1, 24);
    w->out_width = windows_along(w->width, 0, 1, w->stride_w, 1) + (chance(c, 8) ? upto(c, 1, 2) : 0);
    w->rows = w->row_end = windows_along(w->height, 0, 1, w->stride_h, 1) + (chance(c, 4) ? upto(c, 1, 3) : 0);
    v.weights_wide = (uint8_t)chance(c, 2);
    if (chance(c, 6)) { /* more products than some kernels can add in one go */
        w->height = w->width = w->rows = w->row_end = w->out_width = 1;
        w->channels = upto(c, 500, 1100);
        v.weights_wide = 0;
    }
    check_drawn(c, &v);
}

/* Kernels of three columns over whole vectors of channels, which may be computed from sums and differences of pixels. */
void check_conv_columns(check *c)
{
    bds_conv v = {0};
    bds_window *w = &v.window;

    w->kernel_w = 3;
    w->kernel_h = chance(c, 3) ? upto(c, 1, 3) : 3;
    w->stride_w = w->dilation_h = w->dilation_w = 1;
    w->stride_h = chance(c, 4) ? upto(c, 1, 3) : 1;
    w->pad_top = upto(c, 0, w->kernel_h - 1);
    w->pad_left = upto(c, 0, 2);
    w->channels = 8 * (chance(c, 8) ? upto(c, 1, 17) : upto(c, 1, 5));
    w->height = upto(c, 1, 10);
    w->width = upto(c, 1, 14);
    w->out_width = windows_along(w->width, w->pad_left + upto(c, 0, 2), 3, 1, 1);
    w->rows = w->row_end =
        windows_along(w->height, w->pad_top + upto(c, 0, w->kernel_h - 1), w->kernel_h, w->stride_h, 1);
    v.weights_wide = (uint8_t)chance(c, 8);
    check_drawn(c, &v);
}
