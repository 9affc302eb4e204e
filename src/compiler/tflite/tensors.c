/* Tensors of a TensorFlow Lite file: shape, type, quantisation, and the bytes of constants.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "tflite.h"

const char *tfl_text(bdc_context *c, fb_vector s)
{
    uint32_t n = 0;
    while (n < s.count && n < 60 && s.at[n] != ';')
        n++;
    char *text = BDC_NEW(c, char, (size_t)n + 1);
    if (!text)
        return "?";
    for (uint32_t i = 0; i < n; i++)
        text[i] = (char)(s.at[i] < 32 || s.at[i] > 126 ? '?' : s.at[i]);
    return text;
}

net_type tfl_net_type(tfl_type type)
{
    switch (type) {
    case TFL_FLOAT32:
        return NET_FLOAT;
    case TFL_FLOAT16:
        return NET_FLOAT16;
    case TFL_FLOAT64:
        return NET_DOUBLE;
    case TFL_INT8:
    case TFL_INT4: /* unpacked on import */
        return NET_INT8;
    case TFL_UINT8:
        return NET_UINT8;
    case TFL_INT16:
        return NET_INT16;
    case TFL_UINT16:
        return NET_UINT16;
    case TFL_INT32:
        return NET_INT32;
    case TFL_UINT32:
        return NET_UINT32;
    case TFL_INT64:
        return NET_INT64;
    case TFL_UINT64:
        return NET_UINT64;
    case TFL_BOOL:
        return NET_BOOL;
    }
    return (net_type)0;
}

static bdc_status read_shape(tfl_importer *m, const fb_table *table, tfl_tensor *t)
{
    bdc_context *c = m->context;
    fb_vector shape = fb_array(table, TENSOR_SHAPE, 4), signature = fb_array(table, TENSOR_SHAPE_SIGNATURE, 4);
    if (shape.count > NET_MAX_RANK)
        return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' has %u dimensions; at most %d are allowed.", t->name, shape.count,
                        NET_MAX_RANK);
    /* Old files state no shape for what is made while running; such a tensor looks like a scalar. */
    t->shape_unknown = shape.count == 0 && !fb_unsigned(table, TENSOR_HAS_RANK, 1, 0);
    t->rank = shape.count;
    uint64_t sides = 1;
    for (uint32_t i = 0; i < t->rank; i++) {
        int64_t side = fb_signed_number(shape.at + 4 * i, 4);
        int64_t sign = signature.count == shape.count ? fb_signed_number(signature.at + 4 * i, 4) : side;
        if (side == -1 || sign == -1)
            t->open |= 1u << i;
        if (side == -1)
            side = 1;
        if (side < 0 || side > NET_MAX_ELEMENTS)
            return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' has a dimension of %d, outside 0 to %d.", t->name, (int)side,
                            (int)NET_MAX_ELEMENTS);
        t->dims[i] = (uint32_t)side;
        sides *= side ? (uint64_t)side : 1;
        if (sides > NET_MAX_ELEMENTS)
            return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' has more than %u elements.", t->name,
                            (unsigned)NET_MAX_ELEMENTS);
    }
    return BDC_OK;
}

/* Smallest and largest stored number of a type that can be quantised; 0 for another type. */
static int stored_range(tfl_type type, int64_t *lo, int64_t *hi)
{
    switch (type) {
    case TFL_INT4:
        *lo = -8, *hi = 7;
        return 1;
    case TFL_INT8:
        *lo = -128, *hi = 127;
        return 1;
    case TFL_UINT8:
        *lo = 0, *hi = 255;
        return 1;
    case TFL_INT16:
        *lo = -32768, *hi = 32767;
        return 1;
    case TFL_INT32:
    case TFL_INT64:
        *lo = *hi = 0; /* biases: no zero point */
        return 1;
    default:
        return 0;
    }
}

static bdc_status read_quantization(tfl_importer *m, const fb_table *table, tfl_tensor *t)
{
    bdc_context *c = m->context;
    fb_table q = fb_child(table, TENSOR_QUANTIZATION);
    int64_t lo, hi;
    if (!q.at || !stored_range(t->type, &lo, &hi))
        return BDC_OK;
    if (fb_unsigned(&q, QUANTIZATION_DETAILS_TYPE, 1, 0))
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "Tensor '%s' is quantised in a way of its own (details), which is not supported.", t->name);
    fb_vector scales = fb_array(&q, QUANTIZATION_SCALE, 4), zeros = fb_array(&q, QUANTIZATION_ZERO_POINT, 8);
    int64_t axis = fb_signed(&q, QUANTIZATION_AXIS, 4, 0);
    if (!scales.count)
        return BDC_OK;
    if (zeros.count && zeros.count != scales.count)
        return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' has %u scales but %u zero points.", t->name, scales.count,
                        zeros.count);
    if (scales.count > 1 &&
        (axis < 0 || axis >= (int64_t)t->rank || t->dims[axis] != scales.count || (t->open >> axis & 1)))
        return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' has %u scales, which is not the size of its dimension %d.",
                        t->name, scales.count, (int)axis);
    for (uint32_t i = 0; i < scales.count; i++) {
        float scale = fb_float_number(scales.at + 4 * (size_t)i);
        if (!(scale > 0) || isinf(scale))
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' has a scale that is not a positive number.", t->name);
        int64_t zero = zeros.count ? fb_signed_number(zeros.at + 8 * (size_t)i, 8) : 0;
        if (zero < lo || zero > hi)
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' has a zero point outside the range of its type %s.", t->name,
                            tfl_type_name(t->type));
    }
    t->scale_count = scales.count;
    t->scales = scales;
    t->zero_points = zeros;
    t->axis = scales.count > 1 ? (uint32_t)axis : 0;
    return BDC_OK;
}

/* The bytes of a constant lie in a buffer of the FlatBuffer or, in large files, behind it. Buffer 0 is empty by convention. */
static bdc_status read_data(tfl_importer *m, const fb_vector *buffers, const fb_table *table, tfl_tensor *t)
{
    bdc_context *c = m->context;
    uint64_t index = fb_unsigned(table, TENSOR_BUFFER, 4, 0);
    if (index >= buffers->count && (index || buffers->count))
        return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' names buffer %u, but the file has %u.", t->name, (unsigned)index,
                        buffers->count);
    if (index >= buffers->count)
        return BDC_OK;
    fb_table buffer = fb_element(&m->file, buffers, (uint32_t)index);
    t->data = fb_array(&buffer, BUFFER_DATA, 1);
    uint64_t offset = fb_unsigned(&buffer, BUFFER_OFFSET, 8, 0), size = fb_unsigned(&buffer, BUFFER_SIZE, 8, 0);
    if (!t->data.count && offset > 1) {
        if (offset > m->file.n || size > m->file.n - offset)
            return bdc_fail(c, BDC_E_FORMAT, "The data of tensor '%s' lie outside the file.", t->name);
        t->data = (fb_vector){m->file.bytes + offset, (uint32_t)size};
    }
    if (!t->data.count)
        t->data.at = NULL;
    return BDC_OK;
}

bdc_status tfl_read_tensor(tfl_importer *m, const fb_vector *buffers, const fb_table *table, tfl_tensor *t)
{
    bdc_context *c = m->context;
    *t = (tfl_tensor){
        .name = tfl_text(c, fb_array(table, TENSOR_NAME, 1)), .reader = NET_NONE, .net = NET_NONE, .real = NET_NONE};
    t->type = (tfl_type)fb_unsigned(table, TENSOR_TYPE, 1, 0);
    t->is_variable = fb_unsigned(table, TENSOR_IS_VARIABLE, 1, 0) != 0;
    if (!tfl_net_type(t->type))
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Tensor '%s' has type %s, which is not supported.", t->name,
                        tfl_type_name((uint32_t)t->type));
    if (fb_has(table, TENSOR_SPARSITY))
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "Tensor '%s' is stored sparse (TensorFlow Lite's SparsityParameters), which is not supported: "
                        "convert without sparsity.",
                        t->name);
    if (fb_has(table, TENSOR_VARIANT_TENSORS))
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Tensor '%s' is a variant, which is not supported.", t->name);
    BDC_TRY(read_shape(m, table, t));
    BDC_TRY(read_quantization(m, table, t));
    return read_data(m, buffers, table, t);
}

static uint64_t stored_bytes(const tfl_tensor *t, uint64_t count)
{
    return t->type == TFL_INT4 ? (count + 1) / 2 : count * net_type_bytes(tfl_net_type(t->type));
}

/* From the file's little-endian order to this machine's. */
static void copy_elements(const tfl_tensor *t, size_t count, void *out)
{
    const uint8_t *in = t->data.at;
    switch (t->type == TFL_INT4 ? 0 : net_type_bytes(tfl_net_type(t->type))) {
    case 0: /* two in a byte, the low half first */
        for (size_t i = 0; i < count; i++) {
            int half = in[i / 2] >> (i % 2 * 4) & 15;
            ((int8_t *)out)[i] = (int8_t)(half < 8 ? half : half - 16);
        }
        break;
    case 1:
        for (size_t i = 0; i < count; i++)
            ((uint8_t *)out)[i] = t->type == TFL_BOOL ? in[i] != 0 : in[i];
        break;
    case 2:
        for (size_t i = 0; i < count; i++)
            ((uint16_t *)out)[i] = (uint16_t)fb_number(in + 2 * i, 2);
        break;
    case 4:
        for (size_t i = 0; i < count; i++)
            ((uint32_t *)out)[i] = (uint32_t)fb_number(in + 4 * i, 4);
        break;
    default:
        for (size_t i = 0; i < count; i++)
            ((uint64_t *)out)[i] = fb_number(in + 8 * i, 8);
    }
}

static int has_nan(const net_tensor *t, size_t count)
{
    int nan = 0;
    if (t->type == NET_FLOAT)
        for (size_t i = 0; i < count; i++)
            nan |= isnan(((const float *)t->data)[i]) != 0;
    if (t->type == NET_DOUBLE)
        for (size_t i = 0; i < count; i++)
            nan |= isnan(((const double *)t->data)[i]) != 0;
    return nan;
}

bdc_status tfl_add_constant(tfl_importer *m, tfl_tensor *t)
{
    bdc_context *c = m->context;
    net_tensor n = {.name = t->name, .type = tfl_net_type(t->type), .rank = t->rank};
    for (uint32_t i = 0; i < t->rank; i++)
        n.dims[i] = t->dims[i];
    size_t count = net_count(&n);
    if (t->data.count != stored_bytes(t, count))
        return bdc_fail(c, BDC_E_INVALID, "Constant tensor '%s' has %u bytes but its shape needs %u.", t->name,
                        t->data.count, (unsigned)stored_bytes(t, count));
    void *data = bdc_alloc(c, count, net_type_bytes(n.type));
    if (!data)
        return BDC_E_MEMORY;
    copy_elements(t, count, data);
    n.data = data;
    if (has_nan(&n, count))
        return bdc_fail(c, BDC_E_INVALID, "Constant tensor '%s' holds a value that is not a number.", t->name);
    return net_add_tensor(c, m->net, &n, &t->net);
}
