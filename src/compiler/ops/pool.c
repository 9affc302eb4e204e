/* Pooling over windows and over whole pictures. Channels of x and y may be last.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../real.h"
#include "windows.h"

/* Output dims are the importer's, for ceil_mode makes more of them than whole windows; if it set none, windows are whole. */
bdc_status infer_pool(const op_infer *i)
{
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_counts(i, 1, 1, 1, i->op->code == NET_MAX_POOL ? 2 : 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL | (i->op->code == NET_MAX_POOL ? TYPES_BYTE : 0)));
    BDC_TRY(infer_window(i, x));
    if (i->op->code == NET_LP_POOL && a->axis < 1)
        return infer_bad_attribute(i, "p");
    const op_picture in = operand_picture(x, a->channels_last);
    op_picture out = in;
    const int given = y->rank != 0;
    if (given) {
        if (y->rank != x->rank)
            return infer_bad_shape(i);
        out = operand_picture(y, a->channels_last);
        if (out.batch != in.batch || out.channels != in.channels)
            return infer_bad_shape(i);
    }
    for (uint32_t d = 0; d < a->window.spatial; d++) {
        const uint32_t k = 3 - a->window.spatial + d;
        if (!given)
            out.dims[k] = window_positions(&a->window, d, in.dims[k]);
        if (in.dims[k] == 0 || out.dims[k] == 0)
            return infer_invalid(i, "the kernel is larger than the input with its pads");
        /* The last window begins within the input or its padding. */
        if ((uint64_t)(out.dims[k] - 1) * a->window.stride[d] >=
            (uint64_t)in.dims[k] + a->window.pad_begin[d] + a->window.pad_end[d])
            return infer_invalid(i, "its output has more windows than fit");
    }
    uint32_t dims[NET_MAX_RANK];
    operand_picture_dims(&out, a->window.spatial, a->channels_last, dims);
    BDC_TRY(infer_set(i, 0, x->type, x->rank, dims));
    return infer_set(i, 1, NET_INT64, x->rank, dims);
}

/* Both layouts are some planes [pixels][inner]: N C planes with one channel inside, or N planes with C inside. */
typedef struct pool {
    op_picture in, out;
    size_t planes, inner;
    uint32_t kernel[3], stride[3], dilation[3], begin[3], end[3];
} pool;

static pool make_pool(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    pool p = {.in = operand_picture(eval_input(e, 0), a->channels_last),
              .out = operand_picture(eval_output(e, 0), a->channels_last)};
    p.planes = a->channels_last ? p.in.batch : (size_t)p.in.batch * p.in.channels;
    p.inner = a->channels_last ? p.in.channels : 1;
    window_three(&a->window, a->window.kernel, 1, p.kernel);
    window_three(&a->window, a->window.stride, 1, p.stride);
    window_three(&a->window, a->window.dilation, 1, p.dilation);
    window_three(&a->window, a->window.pad_begin, 0, p.begin);
    window_three(&a->window, a->window.pad_end, 0, p.end);
    return p;
}

/* One output pixel: where its window begins, which taps see the input, and how many see the input or its padding. */
typedef struct pool_window {
    int64_t at[3];
    uint32_t first[3], end[3];
    uint64_t padded_taps;
} pool_window;

static pool_window place_window(const pool *p, size_t pixel)
{
    const uint32_t o[3] = {(uint32_t)(pixel / p->out.dims[2] / p->out.dims[1]),
                           (uint32_t)(pixel / p->out.dims[2] % p->out.dims[1]), (uint32_t)(pixel % p->out.dims[2])};
    pool_window w = {.padded_taps = 1};
    for (int d = 0; d < 3; d++) {
        const int64_t step = p->dilation[d], n = p->in.dims[d], at = (int64_t)o[d] * p->stride[d] - p->begin[d];
        const int64_t low = at < 0 ? (-at + step - 1) / step : 0, high = at < n ? (n - 1 - at) / step + 1 : 0,
                      padded = (n + p->end[d] - 1 - at) / step + 1; /* the window begins before the padding's end */
        w.at[d] = at;
        w.end[d] = (uint32_t)(high < p->kernel[d] ? high : p->kernel[d]);
        w.first[d] = (uint32_t)(low < w.end[d] ? low : w.end[d]);
        w.padded_taps *= (uint64_t)(padded < p->kernel[d] ? padded : p->kernel[d]);
    }
    return w;
}

static uint64_t taps_inside(const pool_window *w)
{
    return (uint64_t)(w->end[0] - w->first[0]) * (w->end[1] - w->first[1]) * (w->end[2] - w->first[2]);
}

/* The pixel that tap number n of those inside sees. */
static size_t pixel_of(const pool *p, const pool_window *w, uint64_t n)
{
    const uint64_t rows = w->end[1] - w->first[1], columns = w->end[2] - w->first[2];
    const uint64_t tap[3] = {n / columns / rows + w->first[0], n / columns % rows + w->first[1],
                             n % columns + w->first[2]};
    size_t index = 0;
    for (int d = 0; d < 3; d++)
        index = index * p->in.dims[d] + (size_t)(w->at[d] + (int64_t)tap[d] * p->dilation[d]);
    return index;
}

/* The elements of one output pixel. */
typedef void pool_pixel(const op_eval *e, const pool *p, const pool_window *w, const float *x, float *y, size_t plane);

enum { WINDOWS = 256 }; /* placed at once, so that planes are read piece by piece */

static bdc_status walk(const op_eval *e, pool_pixel *pixel)
{
    const pool p = make_pool(e);
    const float *x = eval_input_data(e, 0);
    float *y = eval_output_data(e, 0);
    pool_window *w = BDC_NEW(e->context, pool_window, WINDOWS);
    if (!w)
        return BDC_E_MEMORY;
    for (size_t first = 0; first < p.out.pixels; first += WINDOWS) {
        const size_t count = p.out.pixels - first < WINDOWS ? p.out.pixels - first : WINDOWS;
        for (size_t o = 0; o < count; o++)
            w[o] = place_window(&p, first + o);
        for (size_t plane = 0; plane < p.planes; plane++)
            for (size_t o = 0; o < count; o++)
                pixel(e, &p, &w[o], x + plane * p.in.pixels * p.inner, y + (plane * p.out.pixels + first + o) * p.inner,
                      plane);
    }
    return BDC_OK;
}

/* y = the largest element or the sum, over the taps of a window. */
static inline void combine_taps(const pool *p, const pool_window *w, const float *x, float *y, int largest)
{
    for (size_t c = 0; c < p->inner; c++)
        y[c] = largest ? -INFINITY : 0;
    for (uint32_t a = w->first[0]; a < w->end[0]; a++)
        for (uint32_t b = w->first[1]; b < w->end[1]; b++)
            for (uint32_t k = w->first[2]; k < w->end[2]; k++) {
                const size_t z = (size_t)(w->at[0] + (int64_t)a * p->dilation[0]),
                             row = (size_t)(w->at[1] + (int64_t)b * p->dilation[1]),
                             column = (size_t)(w->at[2] + (int64_t)k * p->dilation[2]);
                const float *from = x + ((z * p->in.dims[1] + row) * p->in.dims[2] + column) * p->inner;
                for (size_t c = 0; c < p->inner; c++)
                    y[c] = largest ? (from[c] > y[c] ? from[c] : y[c]) : y[c] + from[c];
            }
}

/* ---- MaxPool --------------------------------------------------------------------------------------------------- */

static void max_pixel(const op_eval *e, const pool *p, const pool_window *w, const float *x, float *y, size_t plane)
{
    (void)e;
    (void)plane;
    combine_taps(p, w, x, y, 1);
}

/* The index that ONNX gives a pixel: in the flattened N C spatial tensor, its last two dimensions exchanged with storage_order 1. */
static int64_t stored_index(const op_eval *e, const pool *p, size_t plane, size_t pixel)
{
    if (e->op->a.mode == 1) {
        const size_t columns = p->in.dims[2], rows = p->in.dims[1], z = pixel / columns / rows;
        pixel = (z * columns + pixel % columns) * rows + pixel / columns % rows;
    }
    return (int64_t)(plane * p->in.pixels + pixel);
}

static void max_index_pixel(const op_eval *e, const pool *p, const pool_window *w, const float *x, float *y,
                            size_t plane)
{
    const float *whole = eval_output_data(e, 0);
    int64_t *indices = (int64_t *)eval_output_data(e, 1) + (y - whole);
    for (size_t c = 0; c < p->inner; c++) {
        size_t best = 0;
        y[c] = -INFINITY;
        for (uint64_t t = 0; t < taps_inside(w); t++) {
            const size_t pixel = pixel_of(p, w, t);
            if (t == 0 || x[pixel * p->inner + c] > y[c]) {
                y[c] = x[pixel * p->inner + c];
                best = pixel;
            }
        }
        indices[c] = stored_index(e, p, plane * p->inner + c, best);
    }
}

static bdc_status max_in_float(const op_eval *e)
{
    return walk(e, eval_output(e, 1) ? max_index_pixel : max_pixel);
}

bdc_status eval_max_pool(const op_eval *e)
{
    return eval_in_float(e, max_in_float);
}

/* ---- AveragePool, LpPool --------------------------------------------------------------------------------------- */

static void average_pixel(const op_eval *e, const pool *p, const pool_window *w, const float *x, float *y, size_t plane)
{
    (void)plane;
    const uint64_t count = e->op->a.mode ? w->padded_taps : taps_inside(w);
    combine_taps(p, w, x, y, 0);
    for (size_t c = 0; c < p->inner && count; c++)
        y[c] /= (float)count;
}

static bdc_status average_in_float(const op_eval *e)
{
    return walk(e, average_pixel);
}

bdc_status eval_average_pool(const op_eval *e)
{
    return eval_in_float(e, average_in_float);
}

static double absolute_power(double x, int64_t p)
{
    return p == 1 ? fabs(x) : p == 2 ? x * x : real_pow(fabs(x), (double)p);
}

static float root(double sum, int64_t p)
{
    return (float)(p == 1 ? sum : p == 2 ? sqrt(sum) : real_pow(sum, 1 / (double)p));
}

static void lp_pixel(const op_eval *e, const pool *p, const pool_window *w, const float *x, float *y, size_t plane)
{
    (void)plane;
    for (size_t c = 0; c < p->inner; c++) {
        double sum = 0;
        for (uint64_t t = 0; t < taps_inside(w); t++)
            sum += absolute_power(x[pixel_of(p, w, t) * p->inner + c], e->op->a.axis);
        y[c] = root(sum, e->op->a.axis);
    }
}

static bdc_status lp_in_float(const op_eval *e)
{
    return walk(e, lp_pixel);
}

bdc_status eval_lp_pool(const op_eval *e)
{
    return eval_in_float(e, lp_in_float);
}

/* ---- whole pictures -------------------------------------------------------------------------------------------- */

bdc_status infer_global_pool(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_rank(i, x, 2, NET_MAX_RANK));
    if (i->op->code == NET_GLOBAL_LP_POOL && i->op->a.axis < 1)
        return infer_bad_attribute(i, "p");
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t d = 0; d < x->rank; d++)
        dims[d] = d == 0 || d == (i->op->a.channels_last ? x->rank - 1 : 1) ? x->dims[d] : 1;
    for (uint32_t d = 0; d < x->rank; d++)
        if (x->dims[d] == 0 && dims[d] == 1)
            return infer_invalid(i, "its input has no pixels");
    return infer_set(i, 0, x->type, x->rank, dims);
}

enum { CHANNELS = 16 }; /* of one step through memory */

static void add_pixel(net_code code, int64_t power, const float *x, double *sum, size_t count)
{
    if (code == NET_GLOBAL_MAX_POOL)
        for (size_t i = 0; i < count; i++)
            sum[i] = x[i] > sum[i] ? x[i] : sum[i];
    else if (code == NET_GLOBAL_AVERAGE_POOL)
        for (size_t i = 0; i < count; i++)
            sum[i] += x[i];
    else
        for (size_t i = 0; i < count; i++)
            sum[i] += absolute_power(x[i], power);
}

/* One picture [pixels][inner]. */
static void pool_picture(const net_op *op, const float *x, size_t pixels, size_t inner, float *y)
{
    for (size_t c = 0; c < inner; c += CHANNELS) {
        const size_t count = inner - c < CHANNELS ? inner - c : CHANNELS;
        double sum[CHANNELS];
        for (size_t i = 0; i < CHANNELS; i++)
            sum[i] = op->code == NET_GLOBAL_MAX_POOL ? -INFINITY : 0;
        for (size_t p = 0; p < pixels; p++)
            add_pixel(op->code, op->a.axis, x + p * inner + c, sum, count);
        for (size_t i = 0; i < count; i++)
            y[c + i] = op->code == NET_GLOBAL_MAX_POOL       ? (float)sum[i]
                       : op->code == NET_GLOBAL_AVERAGE_POOL ? (float)(sum[i] / (double)pixels)
                                                             : root(sum[i], op->a.axis);
    }
}

static bdc_status global_in_float(const op_eval *e)
{
    const int last = e->op->a.channels_last;
    const net_tensor *t = eval_input(e, 0);
    const float *x = eval_input_data(e, 0);
    float *y = eval_output_data(e, 0);
    size_t pixels = 1;
    for (uint32_t d = 1; d + 1 < t->rank; d++)
        pixels *= t->dims[last ? d : d + 1];
    const size_t inner = last ? t->dims[t->rank - 1] : 1, planes = last ? t->dims[0] : (size_t)t->dims[0] * t->dims[1];
    for (size_t n = 0; n < planes; n++)
        pool_picture(e->op, x + n * pixels * inner, pixels, inner, y + n * inner);
    return BDC_OK;
}

bdc_status eval_global_pool(const op_eval *e)
{
    return eval_in_float(e, global_in_float);
}
