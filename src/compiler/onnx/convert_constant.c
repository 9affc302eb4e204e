/* Operators whose result is known when the file is read: constants, shapes, ranges, windows of signal processing.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../real.h"
#include "convert.h"

static bdc_status set_ints(onnx_importer *m, const onnx_node *n, const int64_t *values, uint32_t count, uint32_t rank)
{
    const onnx_shape shape = {.rank = rank, .dims = {count}};
    void *room;
    uint32_t y;
    BDC_TRY(onnx_constant(m, n, NET_INT64, &shape, &room, &y));
    if (count)
        memcpy(room, values, count * sizeof *values);
    return onnx_set_output(m, n, 0, y);
}

static bdc_status set_floats(onnx_importer *m, const onnx_node *n, const float *values, uint32_t count, uint32_t rank)
{
    const onnx_shape shape = {.rank = rank, .dims = {count}};
    void *room;
    uint32_t y;
    BDC_TRY(onnx_constant(m, n, NET_FLOAT, &shape, &room, &y));
    if (count)
        memcpy(room, values, count * sizeof *values);
    return onnx_set_output(m, n, 0, y);
}

static bdc_status set_tensor(onnx_importer *m, const onnx_node *n, net_tensor t)
{
    uint32_t y;
    if (onnx_wants_output(n, 0))
        t.name = onnx_printable(m->context, m->values[n->outputs[0]].name);
    BDC_TRY(net_add_tensor(m->context, m->graph, &t, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_constant(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor *t;
    const int64_t *ints;
    const float *floats;
    uint32_t count;
    if (n->attribute_count != 1)
        return onnx_invalid(m, n, "exactly one value is needed");
    if (onnx_has_attribute(n, "value")) {
        BDC_TRY(onnx_tensor(m, n, "value", &t));
        return set_tensor(m, n, *t);
    }
    if (onnx_has_attribute(n, "value_int")) {
        int64_t one;
        BDC_TRY(onnx_int(m, n, "value_int", 0, &one));
        return set_ints(m, n, &one, 1, 0);
    }
    if (onnx_has_attribute(n, "value_float")) {
        float one;
        BDC_TRY(onnx_float(m, n, "value_float", 0, &one));
        return set_floats(m, n, &one, 1, 0);
    }
    if (onnx_has_attribute(n, "value_ints")) {
        BDC_TRY(onnx_ints(m, n, "value_ints", &ints, &count));
        return set_ints(m, n, ints, count, 1);
    }
    if (onnx_has_attribute(n, "value_floats")) {
        BDC_TRY(onnx_floats(m, n, "value_floats", &floats, &count));
        return set_floats(m, n, floats, count, 1);
    }
    return BDC_OK; /* the attribute is not known: the caller says so */
}

static bdc_status convert_constant_of_shape(onnx_importer *m, const onnx_node *n, net_code code)
{
    const int64_t *dims;
    uint32_t count, value, y;
    const net_tensor *stated;
    onnx_shape shape = {0};
    BDC_TRY(onnx_input_ints(m, n, 0, &dims, &count));
    if (count > NET_MAX_RANK)
        return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the shape has more than %d dimensions.", n->type, n->name,
                        NET_MAX_RANK);
    shape.rank = count;
    for (uint32_t i = 0; i < count; i++) {
        if (dims[i] < 0 || dims[i] > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "a dimension of the shape is out of range");
        shape.dims[i] = (uint32_t)dims[i];
    }
    BDC_TRY(onnx_tensor(m, n, "value", &stated));
    if (stated) {
        net_tensor t = *stated;
        if (net_count(&t) != 1)
            return onnx_invalid(m, n, "attribute 'value' has more than one element");
        t.rank = 0;
        BDC_TRY(net_add_tensor(m->context, m->graph, &t, &value));
    } else {
        BDC_TRY(onnx_scalar(m, n, NET_FLOAT, 0, &value));
    }
    BDC_TRY(onnx_emit(m, n, code, &value, 1, NULL, &shape, &y));
    return onnx_set_output(m, n, 0, y);
}

/* ---- Shapes ---------------------------------------------------------------------------------------------------- */

static int64_t clamp_axis(int64_t axis, uint32_t rank)
{
    axis = axis < 0 ? axis + rank : axis;
    return axis < 0 ? 0 : axis > rank ? rank : axis;
}

static bdc_status convert_shape(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    int64_t start, end, dims[NET_MAX_RANK];
    uint32_t count = 0;
    BDC_TRY(onnx_int(m, n, "start", 0, &start));
    BDC_TRY(onnx_int(m, n, "end", x.rank, &end));
    start = clamp_axis(start < -NET_MAX_RANK ? -NET_MAX_RANK : start, x.rank);
    end = clamp_axis(end < -NET_MAX_RANK ? -NET_MAX_RANK : end, x.rank);
    for (int64_t i = start; i < end; i++)
        dims[count++] = x.dims[i];
    return set_ints(m, n, dims, count, 1);
}

static bdc_status convert_size(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t count = (int64_t)net_count(&x);
    return set_ints(m, n, &count, 1, 0);
}

/* ---- Series ---------------------------------------------------------------------------------------------------- */

/* The integers up to here are all doubles. */
#define LARGEST 9007199254740992.0

/* A number of elements worth making beforehand. */
static bdc_status check_length(const onnx_importer *m, const onnx_node *n, double length)
{
    return length >= 0 && length <= (double)NET_FOLD_ELEMENTS
               ? BDC_OK
               : bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the result has more than %d elements.", n->type, n->name,
                          NET_FOLD_ELEMENTS);
}

/* start, start + delta, ... up to before limit. */
static bdc_status convert_range(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    double ends[3];
    const net_type type = onnx_input_tensor(m, n, 0).type;
    for (uint32_t i = 0; i < 3; i++) {
        const double *value;
        uint32_t count;
        BDC_TRY(onnx_input_numbers(m, n, i, &value, &count));
        if (count != 1 || onnx_input_tensor(m, n, i).type != type || !(fabs(value[0]) <= LARGEST))
            return onnx_invalid(m, n, "start, limit and delta must be numbers of one type up to 2^53");
        ends[i] = value[0];
    }
    if (ends[2] == 0)
        return onnx_invalid(m, n, "delta is zero");
    const double length = fmax(ceil((ends[1] - ends[0]) / ends[2]), 0);
    BDC_TRY(check_length(m, n, length));
    const onnx_shape shape = {.rank = 1, .dims = {(uint32_t)length}};
    void *room;
    uint32_t wide, y;
    const int integers = type == NET_INT64;
    BDC_TRY(onnx_constant(m, n, integers ? NET_INT64 : NET_DOUBLE, &shape, &room, &wide));
    for (uint32_t i = 0; i < shape.dims[0]; i++) {
        if (integers)
            ((int64_t *)room)[i] = (int64_t)(ends[0] + i * ends[2]);
        else
            ((double *)room)[i] = ends[0] + i * ends[2];
    }
    BDC_TRY(onnx_cast(m, n, wide, type, &y));
    return onnx_set_output(m, n, 0, y);
}

/* Cosine windows a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N); code tells them apart: 0 Hann, 1 Hamming, 2 Blackman. */
static bdc_status convert_cosine_window(onnx_importer *m, const onnx_node *n, int which)
{
    static const double weights[3][3] = {{0.5, 0.5, 0}, {25.0 / 46, 1 - 25.0 / 46, 0}, {0.42, 0.5, 0.08}};
    static const double pi = 3.14159265358979323846;
    const int64_t *size;
    uint32_t count, wide, y;
    int64_t to;
    int periodic;
    void *room;
    BDC_TRY(onnx_flag(m, n, "periodic", 1, &periodic));
    BDC_TRY(onnx_int(m, n, "output_datatype", NET_FLOAT, &to));
    BDC_TRY(onnx_input_ints(m, n, 0, &size, &count));
    if (count != 1 || size[0] < 0)
        return onnx_invalid(m, n, "the size must be a number");
    BDC_TRY(check_length(m, n, (double)size[0]));
    const net_type type = (net_type)(to < 0 || to > 100 ? 100 : to);
    if (!net_type_bytes(type))
        return onnx_unsupported(m, n, "attribute 'output_datatype' is a type that is not supported");
    const onnx_shape shape = {.rank = 1, .dims = {(uint32_t)size[0]}};
    BDC_TRY(onnx_constant(m, n, NET_DOUBLE, &shape, &room, &wide));
    const double period = periodic ? (double)size[0] : (double)(size[0] - 1);
    for (uint32_t i = 0; i < shape.dims[0]; i++) {
        const double angle = period > 0 ? 2 * pi * i / period : 0;
        ((double *)room)[i] =
            weights[which][0] - weights[which][1] * real_cos(angle) + weights[which][2] * real_cos(2 * angle);
    }
    BDC_TRY(onnx_cast(m, n, wide, type, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_hann(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    return convert_cosine_window(m, n, 0);
}

static bdc_status convert_hamming(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    return convert_cosine_window(m, n, 1);
}

static bdc_status convert_blackman(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    return convert_cosine_window(m, n, 2);
}

/* ---- What the values of a constant say ------------------------------------------------------------------------- */

/* The indices of all elements that are not zero: [rank, count]. */
static bdc_status convert_non_zero(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const double *values;
    BDC_TRY(onnx_require_constant(m, n, 0));
    BDC_TRY(onnx_constant_numbers(m, onnx_input(m, n, 0), &values));
    const size_t count = net_count(&x);
    size_t found = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        found += values[i] != 0;
    const onnx_shape shape = {.rank = 2, .dims = {x.rank, (uint32_t)found}};
    void *room;
    uint32_t y;
    BDC_TRY(onnx_constant(m, n, NET_INT64, &shape, &room, &y));
    for (size_t i = 0; i < count; i++) {
        if (values[i] == 0)
            continue;
        size_t rest = i;
        for (uint32_t axis = x.rank; axis-- > 0; rest /= x.dims[axis])
            ((int64_t *)room)[axis * found + at] = (int64_t)(rest % x.dims[axis]);
        at++;
    }
    return onnx_set_output(m, n, 0, y);
}

/* Ones on diagonal k of a zero matrix of x's shape. */
static bdc_status convert_eye_like(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    int64_t to, k;
    uint32_t y;
    void *room;
    BDC_TRY(onnx_int(m, n, "dtype", x.type, &to));
    BDC_TRY(onnx_int(m, n, "k", 0, &k));
    const net_type type = (net_type)(to < 0 || to > 100 ? 100 : to);
    if (!net_type_bytes(type))
        return onnx_unsupported(m, n, "attribute 'dtype' is a type that is not supported");
    if (x.rank != 2)
        return onnx_invalid(m, n, "the input is not a matrix");
    BDC_TRY(check_length(m, n, (double)net_count(&x)));
    const onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 0));
    BDC_TRY(onnx_constant(m, n, NET_UINT8, &shape, &room, &y));
    for (int64_t row = 0; row < x.dims[0]; row++)
        if (k <= (int64_t)x.dims[1] && k >= -(int64_t)x.dims[0] && row + k >= 0 && row + k < x.dims[1])
            ((uint8_t *)room)[row * x.dims[1] + row + k] = 1;
    BDC_TRY(onnx_cast(m, n, y, type, &y));
    return onnx_set_output(m, n, 0, y);
}

const onnx_row onnx_constant_rows[] = {
    {"BlackmanWindow", NET_NOTHING, convert_blackman, 1, 1, 1},
    {"Constant", NET_NOTHING, convert_constant, 0, 0, 1},
    {"ConstantOfShape", NET_EXPAND, convert_constant_of_shape, 1, 1, 1},
    {"EyeLike", NET_NOTHING, convert_eye_like, 1, 1, 1},
    {"HammingWindow", NET_NOTHING, convert_hamming, 1, 1, 1},
    {"HannWindow", NET_NOTHING, convert_hann, 1, 1, 1},
    {"NonZero", NET_NOTHING, convert_non_zero, 1, 1, 1},
    {"Range", NET_NOTHING, convert_range, 3, 3, 1},
    {"Shape", NET_NOTHING, convert_shape, 1, 1, 1},
    {"Size", NET_NOTHING, convert_size, 1, 1, 1},
    {0},
};
