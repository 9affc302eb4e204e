/* Resize: nearest, linear and cubic, along every axis whose side changes. The result along one axis is a weighted sum of some
 * elements of the input, so every output position of an axis gets a short list of positions and weights, and axes are done one by one.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "windows.h"

/* Axis by axis positions of the input and weights: position o sums x[index[o * taps + t]] * weight[o * taps + t]. */
typedef struct axis_filter {
    uint32_t *index;
    double *weight;
    uint8_t *outside; /* tf_crop_and_resize: the extrapolation value stands there */
    uint32_t taps;
    int identity;
} axis_filter;

enum { MOST_REACH = 1 << 14 };

static double filter_scale(const net_resize *r, uint32_t axis)
{
    return r->antialias && r->scales[axis] < 1 ? (double)r->scales[axis] : 1;
}

/* Elements to each side that a filter reaches. */
static double filter_reach(const net_resize *r, uint32_t axis)
{
    return (r->mode == NET_CUBIC ? 2 : 1) / filter_scale(r, axis);
}

bdc_status infer_resize(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    const net_resize *r = i->op->a.resize;
    if (!r)
        return infer_bad_attribute(i, "mode");
    BDC_TRY(infer_type(i, x, r->mode == NET_NEAREST ? (uint32_t)TYPES_ANY : (uint32_t)TYPES_REAL));
    if ((int)r->mode < 0 || r->mode > NET_CUBIC)
        return infer_bad_attribute(i, "mode");
    if ((int)r->coordinates < 0 || r->coordinates > NET_TF_HALF_PIXEL_NEAREST)
        return infer_bad_attribute(i, "coordinate_transformation_mode");
    if ((int)r->nearest < 0 || r->nearest > NET_CEIL_NEAREST)
        return infer_bad_attribute(i, "nearest_mode");
    if (r->antialias && r->mode == NET_NEAREST)
        return infer_unsupported(i, "antialias is not possible with the mode nearest");
    if (!isfinite(r->cubic_a))
        return infer_bad_attribute(i, "cubic_coeff_a");
    if (y->rank != x->rank)
        return infer_bad_shape(i);
    uint64_t between = 1; /* elements when some axes are done and others are not */
    for (uint32_t d = 0; d < x->rank; d++) {
        if ((x->dims[d] == 0) != (y->dims[d] == 0))
            return infer_bad_shape(i);
        if (!(r->scales[d] > 0) || isinf(r->scales[d]) || filter_reach(r, d) > (double)MOST_REACH)
            return infer_bad_attribute(i, "scales");
        if (y->dims[d] * 2 * ceil(filter_reach(r, d)) > (double)NET_MAX_ELEMENTS)
            return infer_bad_attribute(i, "scales");
        if (r->coordinates == NET_TF_CROP && !(isfinite(r->roi[d]) && isfinite(r->roi[x->rank + d])))
            return infer_bad_attribute(i, "roi");
        between *= x->dims[d] > y->dims[d] ? x->dims[d] : y->dims[d];
        if (between > NET_MAX_ELEMENTS)
            return infer_bad_attribute(i, "scales");
    }
    return infer_set(i, 0, x->type, y->rank, y->dims);
}

/* Where output position o lies in the input. Where the scale is the ratio of the sides, the position is the nearest double to the
 * exact fraction, so that ties of nearest are ties. */
double ops_resize_position(const net_resize *r, uint32_t axis, uint32_t rank, uint32_t in, uint32_t out, uint32_t o)
{
    const double scale = r->scales[axis], length = scale * in, at = o;
    const int exact = fabs(length - out) < 1e-4 * out;
    const double width = exact ? out : length; /* of the output, before it was cut to whole elements */
    switch (r->coordinates) {
    case NET_ASYMMETRIC:
        return exact ? at * in / out : at / scale;
    case NET_ALIGN_CORNERS:
        return out == 1 ? 0 : at * (in - 1.0) / (width - 1);
    case NET_TF_CROP: {
        const double begin = r->roi[axis], end = r->roi[rank + axis];
        return out == 1 ? 0.5 * (begin + end) * (in - 1.0)
                        : begin * (in - 1.0) + at * (end - begin) * (in - 1.0) / (width - 1);
    }
    case NET_TF_HALF_PIXEL_NEAREST:
        return exact ? (2 * at + 1) * in / (2.0 * out) : (at + 0.5) / scale;
    case NET_PYTORCH_HALF_PIXEL:
        if (out == 1)
            return 0;
        break;
    case NET_HALF_PIXEL_SYMMETRIC: {
        const double center = 0.5 * in, offset = center * (1 - out / width);
        return offset + (at + 0.5) / (exact ? (double)out / in : scale) - 0.5;
    }
    case NET_HALF_PIXEL:
        break;
    }
    return exact ? ((2 * at + 1) * in - out) / (2.0 * out) : (at + 0.5) / scale - 0.5;
}

double ops_resize_nearest(const net_resize *r, double at)
{
    switch (r->nearest) {
    case NET_ROUND_PREFER_FLOOR:
        return ceil(at - 0.5);
    case NET_ROUND_PREFER_CEIL:
        return floor(at + 0.5);
    case NET_FLOOR_NEAREST:
        return floor(at);
    case NET_CEIL_NEAREST:
        break;
    }
    return ceil(at);
}

/* The weight of an element at a distance: a triangle, or Keys' cubic convolution with its parameter a. */
static double filter_weight(const net_resize *r, double distance)
{
    const double x = fabs(distance), a = r->cubic_a;
    if (r->mode == NET_LINEAR)
        return x < 1 ? 1 - x : 0;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* Elements that do not exist repeat the last one, or do not count with exclude_outside. */
static void fill_position(const net_resize *r, uint32_t axis, uint32_t in, double at, axis_filter *f, uint32_t o)
{
    uint32_t *index = f->index + (size_t)o * f->taps;
    double *weight = f->weight + (size_t)o * f->taps, sum = 0;
    const uint32_t before = f->taps / 2 - 1; /* of the elements at both sides, without the nearest one */
    const double first = r->mode == NET_NEAREST ? ops_resize_nearest(r, at) : floor(at) - before;
    for (uint32_t t = 0; t < f->taps; t++) {
        const double element = first + t, inside = element < 0 ? 0 : element > in - 1.0 ? in - 1.0 : element;
        index[t] = (uint32_t)inside;
        weight[t] = r->mode == NET_NEAREST ? 1 : filter_weight(r, (element - at) * filter_scale(r, axis));
        if (r->exclude_outside && r->mode != NET_NEAREST && inside != element)
            weight[t] = 0;
        sum += weight[t];
    }
    if ((r->exclude_outside || r->antialias) && sum != 0)
        for (uint32_t t = 0; t < f->taps; t++)
            weight[t] /= sum;
}

static bdc_status make_filter(const op_eval *e, uint32_t axis, axis_filter *f)
{
    const net_resize *r = e->op->a.resize;
    const net_tensor *x = eval_input(e, 0);
    const uint32_t in = x->dims[axis], out = eval_output(e, 0)->dims[axis];
    f->taps = r->mode == NET_NEAREST ? 1 : 2 * (uint32_t)ceil(filter_reach(r, axis));
    f->index = BDC_NEW(e->context, uint32_t, (size_t)out * f->taps);
    f->weight = BDC_NEW(e->context, double, (size_t)out * f->taps);
    f->outside = BDC_NEW(e->context, uint8_t, out);
    if (!f->index || !f->weight || !f->outside)
        return BDC_E_MEMORY;
    f->identity = in == out;
    for (uint32_t o = 0; o < out; o++) {
        double at = ops_resize_position(r, axis, x->rank, in, out, o);
        f->outside[o] = r->coordinates == NET_TF_CROP && (at < 0 || at > in - 1.0);
        at = at > -1e9 ? at < 1e9 ? at : 1e9 : -1e9; /* not a number: an absurd scale */
        fill_position(r, axis, in, at, f, o);
        double own = 0;
        for (uint32_t t = 0; t < f->taps; t++)
            own += f->index[(size_t)o * f->taps + t] == o ? f->weight[(size_t)o * f->taps + t] : 0;
        f->identity = f->identity && own == 1 && !f->outside[o];
    }
    return BDC_OK;
}

/* y [outer][out][inner] from x [outer][in][inner]. */
static void filter_axis(const axis_filter *f, size_t outer, uint32_t in, uint32_t out, size_t inner, const float *x,
                        float *y)
{
    for (size_t n = 0; n < outer; n++, x += in * inner)
        for (uint32_t o = 0; o < out; o++, y += inner) {
            const uint32_t *index = f->index + (size_t)o * f->taps;
            const double *weight = f->weight + (size_t)o * f->taps;
            for (size_t i = 0; i < inner; i++) {
                double sum = 0;
                for (uint32_t t = 0; t < f->taps; t++)
                    sum += weight[t] * x[index[t] * inner + i];
                y[i] = (float)sum;
            }
        }
}

static void copy_axis(const axis_filter *f, size_t outer, uint32_t in, uint32_t out, size_t inner, const char *x,
                      char *y)
{
    for (size_t n = 0; n < outer; n++, x += in * inner)
        for (uint32_t o = 0; o < out; o++, y += inner)
            memcpy(y, x + f->index[o] * inner, inner);
}

/* The extrapolation value wherever one of the axes leaves the input. */
static void extrapolate(const op_eval *e, const axis_filter *filters)
{
    const net_tensor *y = eval_output(e, 0);
    const float value = e->op->a.resize->extrapolation;
    const size_t count = net_count(y);
    for (size_t i = 0; i < count; i++) {
        int outside = 0;
        size_t rest = i;
        for (uint32_t d = y->rank; d-- > 0; rest /= y->dims[d])
            outside |= filters[d].outside[rest % y->dims[d]];
        if (outside && y->type == NET_DOUBLE)
            ((double *)eval_output_data(e, 0))[i] = value;
        else if (outside && y->type == NET_FLOAT)
            ((float *)eval_output_data(e, 0))[i] = value;
    }
}

/* Nearest moves elements of any type; the others compute in float. */
static bdc_status resize(const op_eval *e)
{
    const net_tensor *x = eval_input(e, 0), *y = eval_output(e, 0);
    const int copies = e->op->a.resize->mode == NET_NEAREST;
    const size_t bytes = copies ? net_type_bytes(x->type) : sizeof(float);
    const char *from = eval_input_data(e, 0);
    axis_filter filters[NET_MAX_RANK];
    size_t outer = 1, inner = 1;
    if (net_count(y) == 0)
        return BDC_OK;
    for (uint32_t d = 0; d < x->rank; d++)
        inner *= x->dims[d];
    for (uint32_t d = 0; d < x->rank; d++) {
        const uint32_t in = x->dims[d], out = y->dims[d];
        inner /= in;
        BDC_TRY(make_filter(e, d, &filters[d]));
        if (!filters[d].identity) {
            char *to = BDC_NEW(e->context, char, outer *out *inner *bytes);
            if (!to)
                return BDC_E_MEMORY;
            if (copies)
                copy_axis(&filters[d], outer, in, out, inner * bytes, from, to);
            else
                filter_axis(&filters[d], outer, in, out, inner, (const float *)(const void *)from, (float *)(void *)to);
            from = to;
        }
        outer *= out;
    }
    memcpy(eval_output_data(e, 0), from, outer * bytes);
    if (e->op->a.resize->coordinates == NET_TF_CROP)
        extrapolate(e, filters);
    return BDC_OK;
}

bdc_status eval_resize(const op_eval *e)
{
    return e->op->a.resize->mode == NET_NEAREST ? resize(e) : eval_in_float(e, resize);
}
