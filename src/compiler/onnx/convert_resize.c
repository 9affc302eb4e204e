/* Resize and its predecessor Upsample.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "convert.h"

/* Sizes and scales of all axes, from those that the node states. */
typedef struct target {
    const double *scales;
    const int64_t *sizes;
    uint32_t count, axes[NET_MAX_RANK]; /* which axes they are for */
    int policy;                         /* 0 stretch, 1 not larger, 2 not smaller than the sizes */
} target;

static bdc_status read_axes(const onnx_importer *m, const onnx_node *n, uint32_t rank, uint32_t *count,
                            uint32_t axes[NET_MAX_RANK])
{
    const int64_t *list;
    BDC_TRY(onnx_ints(m, n, "axes", &list, count));
    if (list)
        return onnx_normal_axes(m, n, list, *count, rank, axes);
    *count = rank;
    for (uint32_t i = 0; i < rank; i++)
        axes[i] = i;
    return BDC_OK;
}

/* With a policy, one scale for all axes that are named: the least or the greatest of those that the sizes ask for. */
static bdc_status keep_ratio(const target *t, const net_tensor *x, onnx_shape *shape, net_resize *r)
{
    float scale = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const float own = (float)t->sizes[i] / (float)x->dims[t->axes[i]];
        const int better = t->policy == 1 ? own < scale : own > scale;
        scale = i == 0 || better ? own : scale;
    }
    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t axis = t->axes[i];
        const double size = floor((double)scale * x->dims[axis] + 0.5); /* halves up */
        shape->dims[axis] = size<1 ? 1 : size>(double) NET_MAX_ELEMENTS ? NET_MAX_ELEMENTS : (uint32_t)size;
        r->scales[axis] = scale;
    }
    return BDC_OK;
}

static bdc_status set_target(const onnx_importer *m, const onnx_node *n, const target *t, const net_tensor *x,
                             onnx_shape *shape, net_resize *r)
{
    for (uint32_t i = 0; i < x->rank; i++)
        r->scales[i] = 1;
    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t axis = t->axes[i];
        if (!x->dims[axis])
            return onnx_invalid(m, n, "the input is empty");
        if (t->sizes) {
            if (t->sizes[i] < 1 || t->sizes[i] > NET_MAX_ELEMENTS)
                return onnx_invalid(m, n, "a size is out of range");
            shape->dims[axis] = (uint32_t)t->sizes[i];
            r->scales[axis] = (float)t->sizes[i] / (float)x->dims[axis];
        } else {
            const double scale = t->scales[i], size = floor(scale * x->dims[axis]);
            if (!(scale > 0) || !(size >= 1 && size <= (double)NET_MAX_ELEMENTS))
                return onnx_invalid(m, n, "a scale is out of range");
            shape->dims[axis] = (uint32_t)size;
            r->scales[axis] = (float)scale;
        }
    }
    return t->sizes && t->policy ? keep_ratio(t, x, shape, r) : BDC_OK;
}

/* The region of interest: where it begins and ends on each axis, for tf_crop_and_resize only. */
static bdc_status read_region(const onnx_importer *m, const onnx_node *n, const target *t, uint32_t rank, net_resize *r)
{
    const double *region;
    uint32_t count;
    for (uint32_t i = 0; i < rank; i++) {
        r->roi[i] = 0;
        r->roi[rank + i] = 1;
    }
    if (r->coordinates != NET_TF_CROP)
        return BDC_OK;
    BDC_TRY(onnx_input_numbers(m, n, 1, &region, &count));
    if (count != 2 * t->count)
        return onnx_invalid(m, n, "the region of interest does not have two numbers for each axis");
    for (uint32_t i = 0; i < t->count; i++) {
        if (!isfinite(region[i]) || !isfinite(region[t->count + i]))
            return onnx_invalid(m, n, "the region of interest is not finite");
        r->roi[t->axes[i]] = (float)region[i];
        r->roi[rank + t->axes[i]] = (float)region[t->count + i];
    }
    return BDC_OK;
}

static bdc_status emit_resize(onnx_importer *m, const onnx_node *n, const target *t, net_resize *r)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 0));
    net_attributes a = {.resize = r};
    int same = r->coordinates != NET_TF_CROP;
    BDC_TRY(set_target(m, n, t, &x, &shape, r));
    BDC_TRY(read_region(m, n, t, x.rank, r));
    for (uint32_t i = 0; i < x.rank; i++)
        same = same && shape.dims[i] == x.dims[i] && r->scales[i] == 1;
    if (same)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, NET_RESIZE, 1, &a, &shape);
}

/* Opset 10: x, scales; since 11: x, region, scales, sizes. */
static bdc_status convert_resize(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    net_resize *r = BDC_NEW(m->context, net_resize, 1);
    target t = {0};
    uint32_t scale_count, size_count;
    int mode, coordinates = NET_ASYMMETRIC, nearest = NET_FLOOR_NEAREST;
    if (!r)
        return BDC_E_MEMORY;
    BDC_TRY(onnx_word(m, n, "mode", "nearest linear cubic", &mode));
    if (m->opset >= 11) {
        BDC_TRY(onnx_word(m, n, "coordinate_transformation_mode",
                          "half_pixel pytorch_half_pixel align_corners asymmetric tf_crop_and_resize "
                          "half_pixel_symmetric tf_half_pixel_for_nn",
                          &coordinates));
        BDC_TRY(onnx_word(m, n, "nearest_mode", "round_prefer_floor round_prefer_ceil floor ceil", &nearest));
        BDC_TRY(onnx_float(m, n, "cubic_coeff_a", -0.75f, &r->cubic_a));
        BDC_TRY(onnx_float(m, n, "extrapolation_value", 0, &r->extrapolation));
        BDC_TRY(onnx_flag(m, n, "exclude_outside", 0, &r->exclude_outside));
        BDC_TRY(onnx_flag(m, n, "antialias", 0, &r->antialias));
        BDC_TRY(onnx_word(m, n, "keep_aspect_ratio_policy", "stretch not_larger not_smaller", &t.policy));
    }
    BDC_TRY(read_axes(m, n, x.rank, &t.count, t.axes));
    BDC_TRY(onnx_input_numbers(m, n, m->opset >= 11 ? 2 : 1, &t.scales, &scale_count));
    if (m->opset >= 11)
        BDC_TRY(onnx_input_ints(m, n, 3, &t.sizes, &size_count));
    if (t.sizes && !size_count)
        t.sizes = NULL;
    if (t.scales && !scale_count) /* an empty list stands for none */
        t.scales = NULL;
    if (!t.scales == !t.sizes)
        return onnx_invalid(m, n, "either scales or sizes are needed");
    if ((t.scales ? scale_count : size_count) != t.count)
        return onnx_invalid(m, n, "there is not one scale or size for each axis");
    /* Of the enumerations of net_resize, whose order is that of the words. */
    memcpy(&r->mode, &mode, sizeof mode);
    memcpy(&r->coordinates, &coordinates, sizeof coordinates);
    memcpy(&r->nearest, &nearest, sizeof nearest);
    return emit_resize(m, n, &t, r);
}

/* Opset 7: scales in an attribute; 9: in input 1. Opset 1: two scales for height and width. */
static bdc_status convert_upsample(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    net_resize *r = BDC_NEW(m->context, net_resize, 1);
    double *stated = BDC_NEW(m->context, double, NET_MAX_RANK);
    const float *scales;
    target t = {.scales = stated};
    uint32_t count = 0;
    int linear;
    if (!r || !stated)
        return BDC_E_MEMORY;
    BDC_TRY(onnx_word(m, n, "mode", "nearest linear bilinear", &linear));
    r->mode = linear ? NET_LINEAR : NET_NEAREST;
    r->coordinates = NET_ASYMMETRIC;
    r->nearest = NET_FLOOR_NEAREST;
    BDC_TRY(onnx_floats(m, n, "scales", &scales, &count));
    if (m->opset < 7) {
        float height, width;
        BDC_TRY(onnx_float(m, n, "height_scale", 1, &height));
        BDC_TRY(onnx_float(m, n, "width_scale", 1, &width));
        if (x.rank != 4)
            return onnx_unsupported(m, n, "the input does not have 4 dimensions");
        count = 4;
        stated[0] = stated[1] = 1;
        stated[2] = (double)height;
        stated[3] = (double)width;
    } else if (scales) {
        for (uint32_t i = 0; i < count && i < NET_MAX_RANK; i++)
            stated[i] = (double)scales[i];
    } else {
        BDC_TRY(onnx_input_numbers(m, n, 1, &t.scales, &count));
    }
    BDC_TRY(read_axes(m, n, x.rank, &t.count, t.axes));
    if (count != t.count)
        return onnx_invalid(m, n, "there is not one scale for each axis");
    return emit_resize(m, n, &t, r);
}

const onnx_row onnx_resize_rows[] = {
    {"Resize", NET_RESIZE, convert_resize, 1, 4, 1},
    {"Upsample", NET_RESIZE, convert_upsample, 1, 2, 1},
    {0},
};
