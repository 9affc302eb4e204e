/* Convolutions and pools: kernel, strides, dilations, padding of all kinds, and the shapes that follow.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

enum { WINDOW_LIMIT = 1 << 24 }; /* of every number in a window */

enum { AS_STATED = 0, SAME_UPPER, SAME_LOWER, VALID };

/* A list with one number in [low, WINDOW_LIMIT] for each of count dimensions; left alone when absent. */
static bdc_status read_sizes(const onnx_importer *m, const onnx_node *n, const char *name, uint32_t count, int64_t low,
                             uint32_t *out, int *found)
{
    const int64_t *values;
    uint32_t length;
    BDC_TRY(onnx_ints(m, n, name, &values, &length));
    *found = values != NULL && length;
    if (!*found)
        return BDC_OK;
    if (length != count)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' has the wrong number of elements.", n->type,
                        n->name, name);
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] < low || values[i] > WINDOW_LIMIT)
            return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' has a value that is out of range.",
                            n->type, n->name, name);
        out[i] = (uint32_t)values[i];
    }
    return BDC_OK;
}

/* Everything but what auto_pad, ceil_mode and output_shape do. kernel: of the weights, or null. */
static bdc_status read_window(const onnx_importer *m, const onnx_node *n, const net_tensor *x, const uint32_t *kernel,
                              net_window *w, int *auto_pad)
{
    uint32_t pads[2 * NET_MAX_SPATIAL] = {0}, stated[NET_MAX_SPATIAL] = {0};
    int found, pads_found;
    if (x->rank < 3 || x->rank - 2 > NET_MAX_SPATIAL)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': an input of %u dimensions is not supported.", n->type,
                        n->name, x->rank);
    *w = (net_window){.spatial = x->rank - 2};
    for (uint32_t i = 0; i < w->spatial; i++)
        w->stride[i] = w->dilation[i] = 1;
    BDC_TRY(read_sizes(m, n, "kernel_shape", w->spatial, 1, stated, &found));
    if (!kernel && !found)
        return onnx_invalid(m, n, "attribute 'kernel_shape' is missing");
    for (uint32_t i = 0; i < w->spatial; i++) {
        w->kernel[i] = kernel ? kernel[i] : stated[i];
        if (found && stated[i] != w->kernel[i])
            return onnx_invalid(m, n, "attribute 'kernel_shape' is not the shape of the weights");
        if (!w->kernel[i] || w->kernel[i] > WINDOW_LIMIT)
            return onnx_invalid(m, n, "a side of the kernel is out of range");
    }
    BDC_TRY(read_sizes(m, n, "strides", w->spatial, 1, w->stride, &found));
    BDC_TRY(read_sizes(m, n, "dilations", w->spatial, 1, w->dilation, &found));
    BDC_TRY(read_sizes(m, n, "pads", 2 * w->spatial, 0, pads, &pads_found));
    BDC_TRY(onnx_word(m, n, "auto_pad", "NOTSET SAME_UPPER SAME_LOWER VALID", auto_pad));
    for (uint32_t i = 0; *auto_pad == AS_STATED && i < w->spatial; i++) {
        w->pad_begin[i] = pads[i];
        w->pad_end[i] = pads[w->spatial + i];
    }
    return BDC_OK;
}

/* From the first to the last pixel that a window sees. */
static uint64_t window_extent(const net_window *w, uint32_t i)
{
    return (uint64_t)(w->kernel[i] - 1) * w->dilation[i] + 1;
}

/* Padding such that a window at every stride-th pixel fits. */
static void pad_same(net_window *w, const uint32_t *in, int lower)
{
    for (uint32_t i = 0; i < w->spatial; i++) {
        const uint64_t windows = ((uint64_t)in[i] + w->stride[i] - 1) / w->stride[i];
        const uint64_t need = windows ? (windows - 1) * w->stride[i] + window_extent(w, i) : 0;
        const uint32_t total = need > in[i] ? (uint32_t)(need - in[i]) : 0;
        w->pad_begin[i] = lower ? total - total / 2 : total / 2;
        w->pad_end[i] = total - w->pad_begin[i];
    }
}

/* ---- Convolutions ---------------------------------------------------------------------------------------------- */

static bdc_status read_group(const onnx_importer *m, const onnx_node *n, net_attributes *a)
{
    int64_t group;
    BDC_TRY(onnx_int(m, n, "group", 1, &group));
    if (group < 1 || group > WINDOW_LIMIT)
        return onnx_invalid(m, n, "attribute 'group' is out of range");
    a->group = (uint32_t)group;
    return BDC_OK;
}

static bdc_status read_conv_window(const onnx_importer *m, const onnx_node *n, const net_tensor *x, const net_tensor *w,
                                   net_attributes *a, int *auto_pad)
{
    if (w->rank != x->rank || w->rank < 3)
        return onnx_invalid(m, n, "the weights do not have as many dimensions as the input, three or more");
    BDC_TRY(read_window(m, n, x, w->dims + 2, &a->window, auto_pad));
    return read_group(m, n, a);
}

static bdc_status emit_conv(onnx_importer *m, const onnx_node *n, net_code code, const uint32_t *inputs, uint32_t count,
                            uint32_t *y)
{
    const net_tensor x = m->graph->tensors[inputs[0]], w = m->graph->tensors[inputs[1]];
    net_attributes a = {0};
    int auto_pad;
    BDC_TRY(read_conv_window(m, n, &x, &w, &a, &auto_pad));
    if (auto_pad == SAME_UPPER || auto_pad == SAME_LOWER)
        pad_same(&a.window, x.dims + 2, auto_pad == SAME_LOWER);
    return onnx_emit(m, n, code, inputs, count, &a, NULL, y);
}

bdc_status onnx_emit_conv(onnx_importer *m, const onnx_node *n, const uint32_t *inputs, uint32_t count, uint32_t *y)
{
    return emit_conv(m, n, NET_CONV, inputs, count, y);
}

static bdc_status convert_conv(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t inputs[4], count = 0, y;
    for (uint32_t i = 0; i < n->input_count; i++) {
        inputs[i] = onnx_input(m, n, i);
        count = inputs[i] == NET_NONE ? count : i + 1;
    }
    BDC_TRY(emit_conv(m, n, code, inputs, count, &y));
    return onnx_set_output(m, n, 0, y);
}

/* Padding such that the output gets a given size: what is cut off at both ends, or added at the end. */
static bdc_status pad_to_output(const onnx_importer *m, const onnx_node *n, net_window *w, const uint32_t *in,
                                const uint32_t *out, int upper)
{
    for (uint32_t i = 0; i < w->spatial; i++) {
        const int64_t full =
            (int64_t)w->stride[i] * ((int64_t)in[i] - 1) + w->output_pad[i] + (int64_t)window_extent(w, i);
        const int64_t total = full - (int64_t)out[i];
        if (!in[i] || total > WINDOW_LIMIT || -total > WINDOW_LIMIT)
            return onnx_invalid(m, n, "the output's shape is out of range");
        if (total < 0) {
            w->pad_begin[i] = w->pad_end[i] = 0;
            w->output_pad[i] += (uint32_t)-total;
            continue;
        }
        w->pad_begin[i] = (uint32_t)(upper ? total / 2 : total - total / 2);
        w->pad_end[i] = (uint32_t)total - w->pad_begin[i];
    }
    return BDC_OK;
}

static bdc_status convert_conv_transpose(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int auto_pad, found;
    uint32_t out[NET_MAX_SPATIAL];
    const net_tensor x = onnx_input_tensor(m, n, 0), weights = onnx_input_tensor(m, n, 1);
    BDC_TRY(read_conv_window(m, n, &x, &weights, &a, &auto_pad));
    net_window *w = &a.window;
    BDC_TRY(read_sizes(m, n, "output_padding", w->spatial, 0, w->output_pad, &found));
    BDC_TRY(read_sizes(m, n, "output_shape", w->spatial, 1, out, &found));
    if (!found && (auto_pad == SAME_UPPER || auto_pad == SAME_LOWER)) {
        for (uint32_t i = 0; i < w->spatial; i++) {
            const uint64_t side = (uint64_t)x.dims[2 + i] * w->stride[i];
            if (side > WINDOW_LIMIT)
                return onnx_invalid(m, n, "the output's shape is out of range");
            out[i] = (uint32_t)side;
        }
        found = 1;
    }
    if (found)
        BDC_TRY(pad_to_output(m, n, w, x.dims + 2, out, auto_pad == SAME_UPPER));
    return onnx_emit_node(m, n, code, n->input_count, &a, NULL);
}

/* ---- Pools ----------------------------------------------------------------------------------------------------- */

/* Windows along each dimension. With ceil_mode a last one may reach beyond the padding, if it begins before the end padding. */
static bdc_status pool_shape(const onnx_importer *m, const onnx_node *n, const net_window *w, int ceil_mode,
                             onnx_shape *shape)
{
    for (uint32_t i = 0; i < w->spatial; i++) {
        const uint64_t in = (uint64_t)shape->dims[2 + i] + w->pad_begin[i] + w->pad_end[i],
                       extent = window_extent(w, i);
        if (in < extent)
            return onnx_invalid(m, n, "the window is larger than the padded input");
        uint64_t windows = (in - extent) / w->stride[i] + 1;
        if (ceil_mode && (in - extent) % w->stride[i] &&
            windows * w->stride[i] < (uint64_t)shape->dims[2 + i] + w->pad_begin[i])
            windows++;
        shape->dims[2 + i] = (uint32_t)windows;
    }
    return BDC_OK;
}

static bdc_status read_power(const onnx_importer *m, const onnx_node *n, net_attributes *a)
{
    BDC_TRY(onnx_int(m, n, "p", 2, &a->axis));
    return a->axis >= 1 && a->axis <= 1000 ? BDC_OK : onnx_invalid(m, n, "attribute 'p' is out of range");
}

/* Output 1 may be NET_NONE. */
static bdc_status emit_pool(onnx_importer *m, const onnx_node *n, net_code code, uint32_t input, uint32_t ys[2])
{
    const net_tensor x = m->graph->tensors[input];
    net_attributes a = {0};
    int auto_pad, ceil_mode;
    BDC_TRY(read_window(m, n, &x, NULL, &a.window, &auto_pad));
    BDC_TRY(onnx_flag(m, n, "ceil_mode", 0, &ceil_mode));
    if (code == NET_AVERAGE_POOL)
        BDC_TRY(onnx_flag(m, n, "count_include_pad", 0, &a.mode));
    if (code == NET_MAX_POOL)
        BDC_TRY(onnx_flag(m, n, "storage_order", 0, &a.mode));
    if (code == NET_LP_POOL)
        BDC_TRY(read_power(m, n, &a));
    if (auto_pad == SAME_UPPER || auto_pad == SAME_LOWER)
        pad_same(&a.window, x.dims + 2, auto_pad == SAME_LOWER);
    onnx_shape shapes[2] = {onnx_shape_of(m, input)};
    BDC_TRY(pool_shape(m, n, &a.window, ceil_mode, &shapes[0]));
    shapes[1] = shapes[0];
    const uint8_t wanted[2] = {1, code == NET_MAX_POOL && onnx_wants_output(n, 1)};
    return onnx_emit_many(m, n, code, &input, 1, &a, shapes, wanted[1] ? 2 : 1, ys, wanted);
}

bdc_status onnx_emit_average_pool(onnx_importer *m, const onnx_node *n, uint32_t x, uint32_t *y)
{
    uint32_t ys[2];
    BDC_TRY(emit_pool(m, n, NET_AVERAGE_POOL, x, ys));
    *y = ys[0];
    return BDC_OK;
}

static bdc_status convert_pool(onnx_importer *m, const onnx_node *n, net_code code)
{
    uint32_t ys[2];
    BDC_TRY(emit_pool(m, n, code, onnx_input(m, n, 0), ys));
    if (onnx_wants_output(n, 1))
        BDC_TRY(onnx_set_output(m, n, 1, ys[1]));
    return onnx_wants_output(n, 0) ? onnx_set_output(m, n, 0, ys[0]) : BDC_OK;
}

static bdc_status convert_global_pool(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    if (code == NET_GLOBAL_LP_POOL)
        BDC_TRY(read_power(m, n, &a));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

const onnx_row onnx_window_rows[] = {
    {"AveragePool", NET_AVERAGE_POOL, convert_pool, 1, 1, 1},
    {"Conv", NET_CONV, convert_conv, 2, 3, 1},
    {"ConvInteger", NET_CONV_INTEGER, convert_conv, 2, 4, 1},
    {"ConvTranspose", NET_CONV_TRANSPOSE, convert_conv_transpose, 2, 3, 1},
    {"GlobalAveragePool", NET_GLOBAL_AVERAGE_POOL, convert_global_pool, 1, 1, 1},
    {"GlobalLpPool", NET_GLOBAL_LP_POOL, convert_global_pool, 1, 1, 1},
    {"GlobalMaxPool", NET_GLOBAL_MAX_POOL, convert_global_pool, 1, 1, 1},
    {"LpPool", NET_LP_POOL, convert_pool, 1, 1, 1},
    {"MaxPool", NET_MAX_POOL, convert_pool, 1, 1, 2},
    {0},
};
