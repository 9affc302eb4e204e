/* Reductions, and which element is the largest or smallest.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

/* Axes are an attribute in old opsets and input 1 since; without any, all. */
static bdc_status convert_reduce(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *list;
    uint32_t count;
    int none_is_none;
    net_attributes a = {0};
    BDC_TRY(onnx_flag(m, n, "keepdims", 1, &a.keep_dims));
    BDC_TRY(onnx_flag(m, n, "noop_with_empty_axes", 0, &none_is_none));
    BDC_TRY(onnx_ints_either(m, n, "axes", 1, &list, &count));
    if (!count && none_is_none)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    BDC_TRY(onnx_normal_axes(m, n, list, count, x.rank, a.axes));
    a.axis_count = count ? count : x.rank;
    for (uint32_t i = 0; !count && i < x.rank; i++)
        a.axes[i] = i;
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_arg(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_axis(m, n, "axis", 0, onnx_input_tensor(m, n, 0).rank, &a.axis));
    BDC_TRY(onnx_flag(m, n, "keepdims", 1, &a.keep_dims));
    BDC_TRY(onnx_flag(m, n, "select_last_index", 0, &a.mode));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

const onnx_row onnx_reduce_rows[] = {
    {"ArgMax", NET_ARG_MAX, convert_arg, 1, 1, 1},
    {"ArgMin", NET_ARG_MIN, convert_arg, 1, 1, 1},
    {"ReduceL1", NET_REDUCE_L1, convert_reduce, 1, 2, 1},
    {"ReduceL2", NET_REDUCE_L2, convert_reduce, 1, 2, 1},
    {"ReduceLogSum", NET_REDUCE_LOG_SUM, convert_reduce, 1, 2, 1},
    {"ReduceLogSumExp", NET_REDUCE_LOG_SUM_EXP, convert_reduce, 1, 2, 1},
    {"ReduceMax", NET_REDUCE_MAX, convert_reduce, 1, 2, 1},
    {"ReduceMean", NET_REDUCE_MEAN, convert_reduce, 1, 2, 1},
    {"ReduceMin", NET_REDUCE_MIN, convert_reduce, 1, 2, 1},
    {"ReduceProd", NET_REDUCE_PROD, convert_reduce, 1, 2, 1},
    {"ReduceSum", NET_REDUCE_SUM, convert_reduce, 1, 2, 1},
    {"ReduceSumSquare", NET_REDUCE_SUM_SQUARE, convert_reduce, 1, 2, 1},
    {0},
};
