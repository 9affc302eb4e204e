/* Products of matrices.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

static bdc_status convert_matmul(onnx_importer *m, const onnx_node *n, net_code code)
{
    return onnx_emit_node(m, n, code, n->input_count, NULL, NULL);
}

static bdc_status convert_gemm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int first, second, broadcast;
    BDC_TRY(onnx_float(m, n, "alpha", 1, &a.alpha));
    BDC_TRY(onnx_float(m, n, "beta", 1, &a.beta));
    BDC_TRY(onnx_flag(m, n, "transA", 0, &first));
    BDC_TRY(onnx_flag(m, n, "transB", 0, &second));
    if (m->opset < 7) /* c is repeated now whether or not it is said */
        BDC_TRY(onnx_flag(m, n, "broadcast", 0, &broadcast));
    a.transpose = (uint32_t)(first | second << 1);
    return onnx_emit_node(m, n, code, n->input_count, &a, NULL);
}

static bdc_status convert_einsum(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(onnx_string(m, n, "equation", &a.text));
    if (!a.text)
        return onnx_invalid(m, n, "attribute 'equation' is missing");
    return onnx_emit_node(m, n, code, n->input_count, &a, NULL);
}

const onnx_row onnx_matrix_rows[] = {
    {"Einsum", NET_EINSUM, convert_einsum, 1, NET_MAX_LINKS, 1},
    {"Gemm", NET_GEMM, convert_gemm, 2, 3, 1},
    {"MatMul", NET_MATMUL, convert_matmul, 2, 2, 1},
    {"MatMulInteger", NET_MATMUL_INTEGER, convert_matmul, 2, 4, 1},
    {0},
};
