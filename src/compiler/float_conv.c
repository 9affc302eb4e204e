/* Convolutions of float32 as products of panels: output pixels are the rows when channels are last, the columns when they are first.
 * Depthwise ones, which have no sums over channels, run directly.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "float_kernels.h"
#include "float_panels.h"

enum { TAPS = 63 }; /* of one depthwise step; a multiple of 3 */

static size_t volume(const uint32_t dims[3])
{
    return (size_t)dims[0] * dims[1] * dims[2];
}

/* Terms of one output. */
static size_t terms(const float_conv *v)
{
    return volume(v->kernel) * v->group_in;
}

static int is_depthwise(const float_conv *v)
{
    return v->group_in == 1;
}

/* Output channels of a group as they are packed. */
static size_t packed_channels(const float_conv *v)
{
    return round_up(v->group_out, v->channels_last ? COLUMNS : ROWS);
}

size_t float_conv_packed(const float_conv *v)
{
    if (is_depthwise(v))
        return volume(v->kernel) * v->groups * v->group_out;
    return v->groups * packed_channels(v) * terms(v);
}

/* Terms [p, p + depth) of one group's weights as panels of output channels. */
static void pack_weights(const float_conv *v, const float *weights, size_t p, size_t depth, float *packed)
{
    const size_t width = v->channels_last ? COLUMNS : ROWS, taps = volume(v->kernel);
    if (v->weights_in_last || taps == 1) {
        float_pack_panels(width, v->group_out, depth, weights + p, terms(v), 1, packed);
        return;
    }
    memset(packed, 0, packed_channels(v) * depth * sizeof(float));
    for (size_t o = 0; o < v->group_out; o++) {
        const float *from = weights + o * terms(v);
        float *to = packed + o / width * width * depth + o % width;
        size_t tap = p / v->group_in, channel = p % v->group_in;
        for (size_t done = 0; done < depth; tap++, channel = 0) {
            const size_t run = least(v->group_in - channel, depth - done);
            for (size_t i = 0; i < run; i++)
                to[i * width] = from[(channel + i) * taps + tap];
            to += run * width;
            done += run;
        }
    }
}

/* Depthwise: [tap][C out] or [C out][tap]. Others, per group and DEPTH terms: panels of output channels. */
void float_conv_pack(const float_conv *v, const float *weights, float *packed)
{
    const size_t taps = volume(v->kernel), channels = (size_t)v->groups * v->group_out, k = terms(v);
    if (is_depthwise(v)) {
        for (size_t c = 0; c < channels; c++)
            for (size_t t = 0; t < taps; t++)
                packed[v->channels_last ? t * channels + c : c * taps + t] = weights[c * taps + t];
        return;
    }
    for (size_t g = 0; g < v->groups; g++)
        for (size_t p = 0; p < k; p += DEPTH)
            pack_weights(v, weights + g * v->group_out * k, p, least(k - p, DEPTH),
                         packed + packed_channels(v) * (g * k + p));
}

size_t float_conv_scratch(const float_conv *v)
{
    if (is_depthwise(v))
        return 0;
    if (v->channels_last)
        return (size_t)LEFT * least(terms(v), DEPTH) + v->group_in;
    return (size_t)RIGHT * least(terms(v), DEPTH);
}

/* Where the windows of some output pixels begin and where taps lie in them, per dimension. Sums of both are input positions. */
typedef struct places {
    int32_t window[RIGHT][3], tap[DEPTH][3];
} places;

static void place_windows(const float_conv *v, size_t first, size_t count, places *at)
{
    uint32_t o[3] = {(uint32_t)(first / v->out[2] / v->out[1]), (uint32_t)(first / v->out[2] % v->out[1]),
                     (uint32_t)(first % v->out[2])};
    for (size_t i = 0; i < count; i++) {
        for (int d = 0; d < 3; d++)
            at->window[i][d] = (int32_t)((int64_t)o[d] * v->stride[d] - v->pad[d]);
        for (int d = 2; d >= 0 && ++o[d] == v->out[d]; d--)
            o[d] = 0;
    }
}

/* The taps of terms [p, p + depth); their number is at most the depth. */
static void place_taps(const float_conv *v, size_t p, size_t depth, places *at)
{
    const size_t first = p / v->group_in, end = (p + depth - 1) / v->group_in + 1;
    for (size_t t = first; t < end; t++) {
        const uint32_t k[3] = {(uint32_t)(t / v->kernel[2] / v->kernel[1]), (uint32_t)(t / v->kernel[2] % v->kernel[1]),
                               (uint32_t)(t % v->kernel[2])};
        for (int d = 0; d < 3; d++)
            at->tap[t - first][d] = (int32_t)(k[d] * v->dilation[d]);
    }
}

/* The input pixel that a tap sees, or -1 in the padding. */
static int32_t seen_pixel(const float_conv *v, const int32_t window[3], const int32_t tap[3])
{
    const uint32_t z = (uint32_t)window[0] + (uint32_t)tap[0], row = (uint32_t)window[1] + (uint32_t)tap[1],
                   column = (uint32_t)window[2] + (uint32_t)tap[2];
    if (z >= v->in[0] || row >= v->in[1] || column >= v->in[2])
        return -1;
    return (int32_t)((z * v->in[1] + row) * v->in[2] + column);
}

/* Patches of count pixels as panels of rows, terms [p, p + depth). zeros: group_in of them, for the padding. */
static void pack_patch_rows(const float_conv *v, const float *x, const places *at, size_t count, size_t p, size_t depth,
                            const float *zeros, float *to)
{
    const size_t all = (size_t)v->groups * v->group_in;
    for (size_t i = 0; i < count; i += ROWS) {
        size_t channel = p % v->group_in;
        const int32_t(*tap)[3] = at->tap;
        for (size_t done = 0; done < depth; tap++) {
            const float *row[ROWS];
            for (size_t r = 0; r < ROWS; r++) {
                const int32_t pixel = i + r < count ? seen_pixel(v, at->window[i + r], *tap) : -1;
                row[r] = (pixel < 0 ? zeros : x + (size_t)pixel * all) + channel;
            }
            const size_t run = least(v->group_in - channel, depth - done);
            const float *restrict r0 = row[0], *restrict r1 = row[1], *restrict r2 = row[2], *restrict r3 = row[3];
            float *restrict panel = to;
            for (size_t j = 0; j < run; j++) {
                panel[ROWS * j] = r0[j];
                panel[ROWS * j + 1] = r1[j];
                panel[ROWS * j + 2] = r2[j];
                panel[ROWS * j + 3] = r3[j];
            }
            to += ROWS * run;
            done += run;
            channel = 0;
        }
    }
}

/* One tap's view of the pixels of a block: where each lies in a plane, and which panels see neighbours in a row. */
typedef struct tap_view {
    int32_t pixel[RIGHT]; /* -1: padding or behind the last pixel */
    int run[RIGHT / COLUMNS];
} tap_view;

static void look_through_tap(const float_conv *v, const places *at, size_t count, size_t tap, tap_view *view)
{
    for (size_t i = 0; i < round_up(count, COLUMNS); i++)
        view->pixel[i] = i < count ? seen_pixel(v, at->window[i], at->tap[tap]) : -1;
    for (size_t i = 0; i < count; i += COLUMNS) {
        int run = view->pixel[i] >= 0;
        for (size_t j = 1; j < COLUMNS; j++)
            run = run && view->pixel[i + j] == view->pixel[i] + (int32_t)j;
        view->run[i / COLUMNS] = run;
    }
}

/* Patches of count pixels as panels of columns, terms [p, p + depth). */
static void pack_patch_columns(const float_conv *v, const float *x, const places *at, size_t count, size_t p,
                               size_t depth, float *to)
{
    const size_t plane = volume(v->in);
    size_t tap = 0, channel = p % v->group_in;
    tap_view view;
    look_through_tap(v, at, count, tap, &view);
    for (size_t k = 0; k < depth; k++) {
        const float *from = x + channel * plane;
        for (size_t i = 0; i < count; i += COLUMNS) {
            float *panel = to + i * depth + k * COLUMNS;
            if (view.run[i / COLUMNS])
                memcpy(panel, from + view.pixel[i], COLUMNS * sizeof(float));
            else
                for (size_t j = 0; j < COLUMNS; j++)
                    panel[j] = view.pixel[i + j] < 0 ? 0 : from[view.pixel[i + j]];
        }
        if (++channel == v->group_in && k + 1 < depth) {
            channel = 0;
            look_through_tap(v, at, count, ++tap, &view);
        }
    }
}

static void conv_channels_last(const float_conv *v, const float *x, const float *packed, float *y, float *scratch)
{
    const size_t pixels = volume(v->out), k = terms(v), channels = (size_t)v->groups * v->group_out;
    float *zeros = scratch, *left = scratch + v->group_in;
    places at;
    memset(zeros, 0, v->group_in * sizeof(float));
    for (size_t i = 0; i < pixels; i += LEFT) {
        const size_t rows = least(pixels - i, LEFT);
        place_windows(v, i, rows, &at);
        for (size_t p = 0; p < k; p += DEPTH) {
            const size_t depth = least(k - p, DEPTH);
            place_taps(v, p, depth, &at);
            for (size_t g = 0; g < v->groups; g++) {
                pack_patch_rows(v, x + g * v->group_in, &at, rows, p, depth, zeros, left);
                float_multiply_panels(rows, v->group_out, depth, left, packed + packed_channels(v) * (g * k + p),
                                      y + i * channels + g * v->group_out, channels);
            }
        }
    }
}

static void conv_channels_first(const float_conv *v, const float *x, const float *packed, float *y, float *scratch)
{
    const size_t pixels = volume(v->out), k = terms(v);
    places at;
    for (size_t i = 0; i < pixels; i += RIGHT) {
        const size_t columns = least(pixels - i, RIGHT);
        place_windows(v, i, columns, &at);
        for (size_t p = 0; p < k; p += DEPTH) {
            const size_t depth = least(k - p, DEPTH);
            place_taps(v, p, depth, &at);
            for (size_t g = 0; g < v->groups; g++) {
                pack_patch_columns(v, x + g * v->group_in * volume(v->in), &at, columns, p, depth, scratch);
                float_multiply_panels(v->group_out, columns, depth, packed + packed_channels(v) * (g * k + p), scratch,
                                      y + g * v->group_out * pixels + i, pixels);
            }
        }
    }
}

/* Taps [*first, *end) of one dimension see pixels inside the input from output position o. */
static void taps_inside(const float_conv *v, int d, size_t o, uint32_t *first, uint32_t *end)
{
    const int64_t at = (int64_t)o * v->stride[d] - v->pad[d], n = v->in[d], step = v->dilation[d];
    const int64_t low = at < 0 ? (-at + step - 1) / step : 0, high = at < n ? (n - 1 - at) / step + 1 : 0;
    *end = (uint32_t)(high < v->kernel[d] ? high : v->kernel[d]);
    *first = (uint32_t)(low < *end ? low : *end);
}

/* What the taps of one pixel see: where its channels begin in x and in the packed weights. */
typedef struct taps_seen {
    size_t x[TAPS], weights[TAPS], count;
} taps_seen;

/* y[c] += what three taps or one see, for all channels without a multiplier. */
static void add_three_taps(const taps_seen *seen, size_t t, size_t channels, const float *x, const float *weights,
                           float *restrict y)
{
    const float *restrict x0 = x + seen->x[t], *restrict x1 = x + seen->x[t + 1], *restrict x2 = x + seen->x[t + 2];
    const float *restrict w0 = weights + seen->weights[t], *restrict w1 = weights + seen->weights[t + 1],
                          *restrict w2 = weights + seen->weights[t + 2];
    for (size_t c = 0; c < channels; c++)
        y[c] = y[c] + x0[c] * w0[c] + x1[c] * w1[c] + x2[c] * w2[c];
}

static void add_tap(const float *restrict x, const float *restrict weights, size_t channels, float *restrict y)
{
    for (size_t c = 0; c < channels; c++)
        y[c] += x[c] * weights[c];
}

static void add_taps(const float_conv *v, const taps_seen *seen, const float *x, const float *weights, float *y)
{
    const size_t channels = (size_t)v->groups * v->group_out;
    size_t t = 0;
    if (v->group_out == 1) {
        for (; t + 3 <= seen->count; t += 3)
            add_three_taps(seen, t, channels, x, weights, y);
        for (; t < seen->count; t++)
            add_tap(x + seen->x[t], weights + seen->weights[t], channels, y);
        return;
    }
    for (; t < seen->count; t++)
        for (size_t c = 0; c < channels; c++)
            y[c] += x[seen->x[t] + c / v->group_out] * weights[seen->weights[t] + c];
}

static void depthwise_pixel(const float_conv *v, const float *x, const float *weights, float *y, const size_t at[3])
{
    const size_t channels = (size_t)v->groups * v->group_out;
    uint32_t begin[3], end[3];
    taps_seen seen;
    seen.count = 0;
    for (int d = 0; d < 3; d++)
        taps_inside(v, d, at[d], &begin[d], &end[d]);
    for (uint32_t a = begin[0]; a < end[0]; a++)
        for (uint32_t b = begin[1]; b < end[1]; b++)
            for (uint32_t c = begin[2]; c < end[2]; c++) {
                const size_t z = at[0] * v->stride[0] + (size_t)a * v->dilation[0] - v->pad[0];
                const size_t row = at[1] * v->stride[1] + (size_t)b * v->dilation[1] - v->pad[1];
                const size_t column = at[2] * v->stride[2] + (size_t)c * v->dilation[2] - v->pad[2];
                seen.x[seen.count] = ((z * v->in[1] + row) * v->in[2] + column) * v->groups;
                seen.weights[seen.count] = (((size_t)a * v->kernel[1] + b) * v->kernel[2] + c) * channels;
                if (++seen.count == TAPS) {
                    add_taps(v, &seen, x, weights, y);
                    seen.count = 0;
                }
            }
    add_taps(v, &seen, x, weights, y);
}

static void depthwise_channels_last(const float_conv *v, const float *x, const float *packed, float *y)
{
    size_t at[3];
    for (at[0] = 0; at[0] < v->out[0]; at[0]++)
        for (at[1] = 0; at[1] < v->out[1]; at[1]++)
            for (at[2] = 0; at[2] < v->out[2]; at[2]++, y += (size_t)v->groups * v->group_out)
                depthwise_pixel(v, x, packed, y, at);
}

/* Outputs [*first, *end) of one row see through tap t pixels inside the input. */
static void outputs_inside(const float_conv *v, uint32_t tap, size_t *first, size_t *end)
{
    const int64_t at = (int64_t)tap * v->dilation[2] - v->pad[2], n = v->in[2], step = v->stride[2];
    const int64_t low = at < 0 ? (-at + step - 1) / step : 0, high = at < n ? (n - 1 - at) / step + 1 : 0;
    *end = (size_t)(high < v->out[2] ? high : v->out[2]);
    *first = (size_t)low < *end ? (size_t)low : *end;
}

static void depthwise_row(const float_conv *v, const float *plane, const float *weights, float *y, const size_t at[2])
{
    uint32_t begin[2], end[2];
    for (int d = 0; d < 2; d++)
        taps_inside(v, d, at[d], &begin[d], &end[d]);
    for (uint32_t a = begin[0]; a < end[0]; a++)
        for (uint32_t b = begin[1]; b < end[1]; b++)
            for (uint32_t c = 0; c < v->kernel[2]; c++) {
                const size_t z = at[0] * v->stride[0] + (size_t)a * v->dilation[0] - v->pad[0];
                const size_t row = at[1] * v->stride[1] + (size_t)b * v->dilation[1] - v->pad[1];
                const float w = weights[((size_t)a * v->kernel[1] + b) * v->kernel[2] + c];
                size_t first, last;
                outputs_inside(v, c, &first, &last);
                if (first == last)
                    continue;
                const size_t column = first * v->stride[2] + (size_t)c * v->dilation[2] - v->pad[2];
                const float *restrict from = plane + (z * v->in[1] + row) * v->in[2] + column;
                float *restrict to = y + first;
                if (v->stride[2] == 1)
                    for (size_t i = 0; i < last - first; i++)
                        to[i] += from[i] * w;
                else
                    for (size_t i = 0; i < last - first; i++)
                        to[i] += from[i * v->stride[2]] * w;
            }
}

static void depthwise_channels_first(const float_conv *v, const float *x, const float *packed, float *y)
{
    const size_t taps = volume(v->kernel), channels = (size_t)v->groups * v->group_out;
    size_t at[2];
    for (size_t c = 0; c < channels; c++, packed += taps)
        for (at[0] = 0; at[0] < v->out[0]; at[0]++)
            for (at[1] = 0; at[1] < v->out[1]; at[1]++, y += v->out[2])
                depthwise_row(v, x + c / v->group_out * volume(v->in), packed, y, at);
}

static void fill_with_bias(const float_conv *v, const float *bias, float *y)
{
    const size_t pixels = volume(v->out), channels = (size_t)v->groups * v->group_out;
    if (!bias) {
        memset(y, 0, pixels * channels * sizeof(float));
    } else if (v->channels_last) {
        for (size_t i = 0; i < pixels; i++)
            memcpy(y + i * channels, bias, channels * sizeof(float));
    } else {
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < pixels; i++)
                y[c * pixels + i] = bias[c];
    }
}

void float_conv_run(const float_conv *v, const float *x, const float *packed, const float *bias, float *y,
                    float *scratch)
{
    fill_with_bias(v, bias, y);
    if (is_depthwise(v) && v->channels_last)
        depthwise_channels_last(v, x, packed, y);
    else if (is_depthwise(v))
        depthwise_channels_first(v, x, packed, y);
    else if (v->channels_last)
        conv_channels_last(v, x, packed, y, scratch);
    else
        conv_channels_first(v, x, packed, y, scratch);
}
