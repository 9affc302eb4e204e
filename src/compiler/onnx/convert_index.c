/* Operators that pick, place or order elements by index.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

#define STEP_LIMIT ((int64_t)1 << 31)

/* ---- Slice ----------------------------------------------------------------------------------------------------- */

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* Where along a dimension a slice begins and how many elements it has. */
static uint32_t slice_dimension(uint32_t dim, int64_t *start, int64_t end, int64_t step)
{
    const int64_t size = dim;
    *start = *start < 0 ? *start + size : *start;
    end = end < 0 ? end + size : end;
    *start = step > 0 ? clamp(*start, 0, size) : clamp(*start, -1, size - 1);
    end = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
    const int64_t span = step > 0 ? end - *start : *start - end, stride = step > 0 ? step : -step;
    if (span > 0)
        return (uint32_t)((span + stride - 1) / stride);
    *start = 0;
    return 0;
}

/* Bounds are attributes before opset 10 and inputs since. */
static bdc_status convert_slice(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *starts, *ends, *axes, *steps = NULL;
    uint32_t count, end_count, axis_count, step_count = 0, at[NET_MAX_RANK];
    int64_t in_order[NET_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
    onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 0));
    net_attributes a = {.steps = {1, 1, 1, 1, 1, 1, 1, 1}};
    BDC_TRY(onnx_ints_either(m, n, "starts", 1, &starts, &count));
    BDC_TRY(onnx_ints_either(m, n, "ends", 2, &ends, &end_count));
    BDC_TRY(onnx_ints_either(m, n, "axes", 3, &axes, &axis_count));
    BDC_TRY(onnx_input_ints(m, n, 4, &steps, &step_count));
    if (!starts || !ends || count != end_count || (axes && axis_count != count) || (steps && step_count != count) ||
        count > x.rank)
        return onnx_invalid(m, n, "starts, ends, axes and steps do not have as many elements as each other");
    BDC_TRY(onnx_normal_axes(m, n, axes ? axes : in_order, count, x.rank, at));
    for (uint32_t i = 0; i < count; i++) {
        const int64_t step = steps ? clamp(steps[i], -STEP_LIMIT, STEP_LIMIT) : 1;
        if (!step)
            return onnx_invalid(m, n, "a step is zero");
        int64_t start = starts[i];
        shape.dims[at[i]] = slice_dimension(x.dims[at[i]], &start, ends[i], step);
        a.starts[at[i]] = start;
        a.steps[at[i]] = step;
    }
    int same = 1;
    for (uint32_t i = 0; i < x.rank; i++)
        same = same && shape.dims[i] == x.dims[i] && a.steps[i] == 1;
    if (same)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, code, 1, &a, &shape);
}

/* ---- Pad ------------------------------------------------------------------------------------------------------- */

static bdc_status convert_pad(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *pads, *axes;
    uint32_t count, axis_count, at[NET_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7}, y;
    float value;
    net_attributes a = {0};
    BDC_TRY(onnx_word(m, n, "mode", "constant reflect edge wrap", &a.mode));
    BDC_TRY(onnx_float(m, n, "value", 0, &value));
    BDC_TRY(onnx_ints_either(m, n, m->opset < 2 ? "paddings" : "pads", 1, &pads, &count));
    BDC_TRY(onnx_input_ints(m, n, 3, &axes, &axis_count));
    if (axes)
        BDC_TRY(onnx_normal_axes(m, n, axes, axis_count, x.rank, at));
    else
        axis_count = x.rank;
    if (!pads || count != 2 * axis_count)
        return onnx_invalid(m, n, "the pads are not two numbers for each dimension");
    int pads_any = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (pads[i] < -NET_MAX_ELEMENTS || pads[i] > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "a pad is out of range");
        a.pads[i < axis_count ? at[i] : x.rank + at[i - axis_count]] = pads[i];
        pads_any |= pads[i] != 0;
    }
    if (!pads_any)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    uint32_t inputs[2] = {onnx_input(m, n, 0), NET_NONE};
    if (a.mode == 0)
        inputs[1] = onnx_input(m, n, 2);
    if (a.mode == 0 && value != 0)
        BDC_TRY(onnx_scalar(m, n, x.type, (double)value, &inputs[1]));
    BDC_TRY(onnx_emit(m, n, code, inputs, inputs[1] == NET_NONE ? 1 : 2, &a, NULL, &y));
    return onnx_set_output(m, n, 0, y);
}

/* ---- Gather and scatter ---------------------------------------------------------------------------------------- */

static bdc_status convert_gather(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_axis(m, n, "axis", 0, onnx_input_tensor(m, n, 0).rank, &a.axis));
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

static bdc_status convert_gather_nd(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_int(m, n, "batch_dims", 0, &a.axis));
    if (a.axis < 0 || a.axis > NET_MAX_RANK)
        return onnx_invalid(m, n, "attribute 'batch_dims' is out of range");
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

static bdc_status convert_scatter(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    if (code == NET_SCATTER_ELEMENTS)
        BDC_TRY(onnx_axis(m, n, "axis", 0, onnx_input_tensor(m, n, 0).rank, &a.axis));
    BDC_TRY(onnx_word(m, n, "reduction", "none add mul max min", &a.mode));
    return onnx_emit_node(m, n, code, 3, &a, NULL);
}

/* The slices whose condition, a constant, is true; without an axis, of all elements in a row. */
static bdc_status convert_compress(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *condition;
    uint32_t count, from = onnx_input(m, n, 0), found = 0, indices, y;
    net_attributes a = {0};
    BDC_TRY(onnx_input_ints(m, n, 1, &condition, &count));
    if (!onnx_has_attribute(n, "axis")) {
        const onnx_shape flat = {.rank = 1, .dims = {(uint32_t)net_count(&x)}};
        BDC_TRY(onnx_reshape(m, n, from, &flat, &from));
        x = m->graph->tensors[from];
    }
    BDC_TRY(onnx_axis(m, n, "axis", 0, x.rank, &a.axis));
    if (count > x.dims[a.axis])
        return onnx_invalid(m, n, "the condition is longer than the axis");
    for (uint32_t i = 0; i < count; i++)
        found += condition[i] != 0;
    const onnx_shape shape = {.rank = 1, .dims = {found}};
    void *room;
    BDC_TRY(onnx_constant(m, n, NET_INT64, &shape, &room, &indices));
    for (uint32_t i = 0, at = 0; i < count; i++)
        if (condition[i])
            ((int64_t *)room)[at++] = i;
    const uint32_t inputs[2] = {from, indices};
    BDC_TRY(onnx_emit(m, n, code, inputs, 2, &a, NULL, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_one_hot(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_require_constant(m, n, 1));
    BDC_TRY(onnx_axis(m, n, "axis", -1, onnx_input_tensor(m, n, 0).rank + 1, &a.axis));
    return onnx_emit_node(m, n, code, 3, &a, NULL);
}

/* ---- Order ----------------------------------------------------------------------------------------------------- */

/* How many was an attribute before opset 10. */
static bdc_status convert_top_k(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    int64_t stated;
    int largest, sorted;
    uint32_t inputs[2] = {onnx_input(m, n, 0), onnx_input(m, n, 1)}, ys[2];
    net_attributes a = {0};
    BDC_TRY(onnx_axis(m, n, "axis", -1, x.rank, &a.axis));
    BDC_TRY(onnx_flag(m, n, "largest", 1, &largest));
    BDC_TRY(onnx_flag(m, n, "sorted", 1, &sorted));
    BDC_TRY(onnx_int(m, n, "k", 0, &stated));
    a.mode = largest | sorted << 1;
    if (m->opset < 10) {
        const onnx_shape one = {.rank = 1, .dims = {1}};
        void *room;
        BDC_TRY(onnx_constant(m, n, NET_INT64, &one, &room, &inputs[1]));
        memcpy(room, &stated, sizeof stated);
    } else {
        if (!onnx_has_input(n, 1))
            return onnx_invalid(m, n, "input 1, the number of elements, is missing");
        BDC_TRY(onnx_require_constant(m, n, 1));
    }
    BDC_TRY(onnx_emit_many(m, n, code, inputs, 2, &a, NULL, 2, ys, NULL));
    BDC_TRY(onnx_set_output(m, n, 1, ys[1]));
    return onnx_wants_output(n, 0) ? onnx_set_output(m, n, 0, ys[0]) : BDC_OK;
}

static bdc_status convert_cum_sum(onnx_importer *m, const onnx_node *n, net_code code)
{
    int exclusive, reverse;
    net_attributes a = {0};
    BDC_TRY(onnx_flag(m, n, "exclusive", 0, &exclusive));
    BDC_TRY(onnx_flag(m, n, "reverse", 0, &reverse));
    a.mode = exclusive | reverse << 1;
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

static bdc_status convert_trilu(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_flag(m, n, "upper", 1, &a.mode));
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

static bdc_status convert_reverse_sequence(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t time;
    BDC_TRY(onnx_int(m, n, "batch_axis", 1, &a.axis));
    BDC_TRY(onnx_int(m, n, "time_axis", 0, &time));
    if (time < 0 || time > 1 || a.axis < 0 || a.axis > 1 || a.axis == time)
        return onnx_invalid(m, n, "attributes 'batch_axis' and 'time_axis' must be 0 and 1 or 1 and 0");
    a.group = (uint32_t)time;
    return onnx_emit_node(m, n, code, 2, &a, NULL);
}

const onnx_row onnx_index_rows[] = {
    {"Compress", NET_GATHER, convert_compress, 2, 2, 1},
    {"CumSum", NET_CUM_SUM, convert_cum_sum, 2, 2, 1},
    {"Gather", NET_GATHER, convert_gather, 2, 2, 1},
    {"GatherElements", NET_GATHER_ELEMENTS, convert_gather, 2, 2, 1},
    {"GatherND", NET_GATHER_ND, convert_gather_nd, 2, 2, 1},
    {"OneHot", NET_ONE_HOT, convert_one_hot, 3, 3, 1},
    {"Pad", NET_PAD, convert_pad, 1, 4, 1},
    {"ReverseSequence", NET_REVERSE_SEQUENCE, convert_reverse_sequence, 2, 2, 1},
    {"Scatter", NET_SCATTER_ELEMENTS, convert_scatter, 3, 3, 1},
    {"ScatterElements", NET_SCATTER_ELEMENTS, convert_scatter, 3, 3, 1},
    {"ScatterND", NET_SCATTER_ND, convert_scatter, 3, 3, 1},
    {"Slice", NET_SLICE, convert_slice, 1, 5, 1},
    {"TopK", NET_TOP_K, convert_top_k, 1, 2, 2},
    {"Trilu", NET_TRIL_TRIU, convert_trilu, 1, 2, 1},
    {0},
};
