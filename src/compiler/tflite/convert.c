/* Which operators there are, and the walk over those of the file.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

/* Counts of inputs and outputs, and the type of its options, of an operator. */
typedef struct row {
    tfl_builtin builtin;
    uint32_t options; /* number in the schema's union BuiltinOptions; 0: none of its own */
    uint32_t least, most, outputs;
    net_code code;
    tfl_converter *convert;
} row;

static const row rows[] = {
    {TFL_ADD, 11, 2, 2, 1, NET_ADD, tfl_arithmetic},
    {TFL_AVERAGE_POOL_2D, 5, 1, 1, 1, NET_AVERAGE_POOL, tfl_pool},
    {TFL_CONCATENATION, 10, 1, 1024, 1, NET_CONCAT, tfl_concat},
    {TFL_CONV_2D, 1, 2, 3, 1, NET_CONV, tfl_conv},
    {TFL_DEPTHWISE_CONV_2D, 2, 2, 3, 1, NET_CONV, tfl_depthwise},
    {TFL_DEPTH_TO_SPACE, 94, 1, 1, 1, NET_DEPTH_TO_SPACE, tfl_depth_space},
    {TFL_DEQUANTIZE, 38, 1, 1, 1, NET_DEQUANTIZE_LINEAR, tfl_dequantize_op},
    {TFL_EMBEDDING_LOOKUP, 0, 2, 2, 1, NET_GATHER, tfl_embedding_lookup},
    {TFL_FLOOR, 0, 1, 1, 1, NET_FLOOR, tfl_element},
    {TFL_FULLY_CONNECTED, 8, 2, 3, 1, NET_GEMM, tfl_fully_connected},
    {TFL_L2_NORMALIZATION, 12, 1, 1, 1, NET_LP_NORMALIZATION, tfl_l2_normalization},
    {TFL_L2_POOL_2D, 5, 1, 1, 1, NET_LP_POOL, tfl_l2_pool},
    {TFL_LOCAL_RESPONSE_NORMALIZATION, 13, 1, 1, 1, NET_LRN, tfl_lrn},
    {TFL_LOGISTIC, 0, 1, 1, 1, NET_SIGMOID, tfl_element},
    {TFL_MAX_POOL_2D, 5, 1, 1, 1, NET_MAX_POOL, tfl_pool},
    {TFL_MUL, 21, 2, 2, 1, NET_MUL, tfl_arithmetic},
    {TFL_RELU, 0, 1, 1, 1, NET_RELU, tfl_element},
    {TFL_RELU_N1_TO_1, 0, 1, 1, 1, NET_CLIP, tfl_limit},
    {TFL_RELU6, 0, 1, 1, 1, NET_CLIP, tfl_limit},
    {TFL_RESHAPE, 17, 1, 2, 1, NET_RESHAPE, tfl_reshape_op},
    {TFL_RESIZE_BILINEAR, 15, 2, 2, 1, NET_RESIZE, tfl_resize_bilinear},
    {TFL_SOFTMAX, 9, 1, 1, 1, NET_SOFTMAX, tfl_softmax},
    {TFL_SPACE_TO_DEPTH, 19, 1, 1, 1, NET_SPACE_TO_DEPTH, tfl_depth_space},
    {TFL_TANH, 0, 1, 1, 1, NET_TANH, tfl_element},
    {TFL_PAD, 22, 2, 2, 1, NET_PAD, tfl_pad},
    {TFL_GATHER, 23, 2, 2, 1, NET_GATHER, tfl_gather},
    {TFL_BATCH_TO_SPACE_ND, 24, 3, 3, 1, NET_SLICE, tfl_batch_to_space},
    {TFL_SPACE_TO_BATCH_ND, 25, 3, 3, 1, NET_PAD, tfl_space_to_batch},
    {TFL_TRANSPOSE, 26, 2, 2, 1, NET_TRANSPOSE, tfl_transpose_op},
    {TFL_MEAN, 27, 2, 2, 1, NET_REDUCE_MEAN, tfl_reduce},
    {TFL_SUB, 28, 2, 2, 1, NET_SUB, tfl_arithmetic},
    {TFL_DIV, 29, 2, 2, 1, NET_DIV, tfl_arithmetic},
    {TFL_SQUEEZE, 30, 1, 1, 1, NET_RESHAPE, tfl_squeeze},
    {TFL_UNIDIRECTIONAL_SEQUENCE_LSTM, 71, 20, 24, 1, NET_LSTM, tfl_sequence_lstm},
    {TFL_STRIDED_SLICE, 32, 4, 4, 1, NET_SLICE, tfl_strided_slice},
    {TFL_EXP, 33, 1, 1, 1, NET_EXP, tfl_element},
    {TFL_TOPK_V2, 34, 2, 2, 2, NET_TOP_K, tfl_top_k},
    {TFL_SPLIT, 35, 2, 2, 1024, NET_SPLIT, tfl_split_op},
    {TFL_LOG_SOFTMAX, 36, 1, 1, 1, NET_LOG_SOFTMAX, tfl_softmax},
    {TFL_CAST, 37, 1, 1, 1, NET_CAST, tfl_cast_op},
    {TFL_PRELU, 0, 2, 2, 1, NET_PRELU, tfl_broadcast},
    {TFL_MAXIMUM, 39, 2, 2, 1, NET_MAX, tfl_broadcast},
    {TFL_ARG_MAX, 40, 2, 2, 1, NET_ARG_MAX, tfl_arg},
    {TFL_MINIMUM, 39, 2, 2, 1, NET_MIN, tfl_broadcast},
    {TFL_LESS, 41, 2, 2, 1, NET_LESS, tfl_broadcast},
    {TFL_NEG, 42, 1, 1, 1, NET_NEG, tfl_element},
    {TFL_PADV2, 43, 3, 3, 1, NET_PAD, tfl_pad},
    {TFL_GREATER, 44, 2, 2, 1, NET_GREATER, tfl_broadcast},
    {TFL_GREATER_EQUAL, 45, 2, 2, 1, NET_GREATER_EQUAL, tfl_broadcast},
    {TFL_LESS_EQUAL, 46, 2, 2, 1, NET_LESS_EQUAL, tfl_broadcast},
    {TFL_SELECT, 47, 3, 3, 1, NET_WHERE, tfl_select},
    {TFL_SLICE, 48, 3, 3, 1, NET_SLICE, tfl_slice},
    {TFL_SIN, 0, 1, 1, 1, NET_SIN, tfl_element},
    {TFL_TRANSPOSE_CONV, 49, 3, 4, 1, NET_CONV_TRANSPOSE, tfl_transpose_conv},
    {TFL_TILE, 51, 2, 2, 1, NET_TILE, tfl_tile},
    {TFL_EXPAND_DIMS, 52, 2, 2, 1, NET_RESHAPE, tfl_expand_dims},
    {TFL_EQUAL, 53, 2, 2, 1, NET_EQUAL, tfl_broadcast},
    {TFL_NOT_EQUAL, 54, 2, 2, 1, NET_EQUAL, tfl_not_equal},
    {TFL_LOG, 0, 1, 1, 1, NET_LOG, tfl_element},
    {TFL_SUM, 27, 2, 2, 1, NET_REDUCE_SUM, tfl_reduce},
    {TFL_SQRT, 0, 1, 1, 1, NET_SQRT, tfl_element},
    {TFL_RSQRT, 0, 1, 1, 1, NET_RECIPROCAL, tfl_rsqrt},
    {TFL_SHAPE, 55, 1, 1, 1, NET_NOTHING, tfl_shape},
    {TFL_POW, 56, 2, 2, 1, NET_POW, tfl_broadcast},
    {TFL_ARG_MIN, 57, 2, 2, 1, NET_ARG_MIN, tfl_arg},
    {TFL_REDUCE_PROD, 27, 2, 2, 1, NET_REDUCE_PROD, tfl_reduce},
    {TFL_REDUCE_MAX, 27, 2, 2, 1, NET_REDUCE_MAX, tfl_reduce},
    {TFL_PACK, 59, 1, 1024, 1, NET_CONCAT, tfl_pack},
    {TFL_LOGICAL_OR, 60, 2, 2, 1, NET_OR, tfl_broadcast},
    {TFL_ONE_HOT, 61, 4, 4, 1, NET_ONE_HOT, tfl_one_hot},
    {TFL_LOGICAL_AND, 62, 2, 2, 1, NET_AND, tfl_broadcast},
    {TFL_LOGICAL_NOT, 63, 1, 1, 1, NET_NOT, tfl_element},
    {TFL_UNPACK, 64, 1, 1, 1024, NET_SPLIT, tfl_unpack},
    {TFL_REDUCE_MIN, 27, 2, 2, 1, NET_REDUCE_MIN, tfl_reduce},
    {TFL_FLOOR_DIV, 65, 2, 2, 1, NET_DIV, tfl_floor_div},
    {TFL_SQUARE, 66, 1, 1, 1, NET_MUL, tfl_square},
    {TFL_ZEROS_LIKE, 67, 1, 1, 1, NET_EXPAND, tfl_zeros_like},
    {TFL_FILL, 68, 2, 2, 1, NET_EXPAND, tfl_fill},
    {TFL_FLOOR_MOD, 72, 2, 2, 1, NET_MOD, tfl_floor_mod},
    {TFL_RANGE, 73, 3, 3, 1, NET_NOTHING, tfl_range},
    {TFL_RESIZE_NEAREST_NEIGHBOR, 74, 2, 2, 1, NET_RESIZE, tfl_resize_nearest},
    {TFL_LEAKY_RELU, 75, 1, 1, 1, NET_LEAKY_RELU, tfl_leaky_relu},
    {TFL_SQUARED_DIFFERENCE, 76, 2, 2, 1, NET_SUB, tfl_squared_difference},
    {TFL_MIRROR_PAD, 77, 2, 2, 1, NET_PAD, tfl_mirror_pad},
    {TFL_ABS, 78, 1, 1, 1, NET_ABS, tfl_element},
    {TFL_SPLIT_V, 79, 3, 3, 1024, NET_SPLIT, tfl_split_v},
    {TFL_CEIL, 0, 1, 1, 1, NET_CEIL, tfl_element},
    {TFL_REVERSE_V2, 81, 2, 2, 1, NET_SLICE, tfl_reverse},
    {TFL_ADD_N, 82, 1, 1024, 1, NET_SUM, tfl_add_n},
    {TFL_GATHER_ND, 83, 2, 2, 1, NET_GATHER_ND, tfl_gather_nd},
    {TFL_COS, 84, 1, 1, 1, NET_COS, tfl_element},
    {TFL_RANK, 86, 1, 1, 1, NET_NOTHING, tfl_rank},
    {TFL_ELU, 0, 1, 1, 1, NET_ELU, tfl_elu},
    {TFL_QUANTIZE, 89, 1, 1, 1, NET_QUANTIZE_LINEAR, tfl_quantize},
    {TFL_ROUND, 0, 1, 1, 1, NET_ROUND, tfl_element},
    {TFL_HARD_SWISH, 91, 1, 1, 1, NET_HARD_SWISH, tfl_element},
    {TFL_SELECT_V2, 98, 3, 3, 1, NET_WHERE, tfl_select},
    {TFL_BATCH_MATMUL, 101, 2, 2, 1, NET_MATMUL, tfl_batch_matmul},
    {TFL_CUMSUM, 102, 2, 2, 1, NET_CUM_SUM, tfl_cumsum},
    {TFL_BROADCAST_TO, 104, 2, 2, 1, NET_EXPAND, tfl_broadcast_to},
    {TFL_GELU, 116, 1, 1, 1, NET_GELU, tfl_gelu},
    {TFL_RELU_0_TO_1, 0, 1, 1, 1, NET_CLIP, tfl_limit},
    {TFL_SIGN, 123, 1, 1, 1, NET_SIGN, tfl_element},
};

static const row *find(uint32_t builtin)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((uint32_t)rows[i].builtin == builtin)
            return &rows[i];
    return NULL;
}

static bdc_status check(tfl_importer *m, const row *r)
{
    const tfl_op *op = m->op;
    if (op->input_count < r->least || op->input_count > r->most || op->output_count < 1 ||
        op->output_count > r->outputs)
        return bdc_fail(m->context, BDC_E_INVALID,
                        "Operator %s '%s' has %u inputs and %u outputs, which it cannot have.", op->type, op->name,
                        op->input_count, op->output_count);
    for (uint32_t i = 0; i < r->least && op->code != TFL_UNIDIRECTIONAL_SEQUENCE_LSTM; i++)
        if (!tfl_has(m, i))
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' lacks its input %u.", op->type, op->name, i);
    if (op->options_type && op->options_type != r->options)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has the options of another operator.", op->type,
                        op->name);
    return BDC_OK;
}

static bdc_status convert(tfl_importer *m)
{
    const row *r = find(m->op->code);
    if (!r)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "The operator %s ('%s') is not supported.", m->op->type,
                        m->op->name);
    BDC_TRY(check(m, r));
    m->takes_variables = m->op->code == TFL_UNIDIRECTIONAL_SEQUENCE_LSTM;
    BDC_TRY(tfl_prepare_inputs(m));
    m->first_new = m->net->tensor_count;
    bdc_status status = r->convert(m, r->code);
    if (m->file.bad)
        return bdc_fail(m->context, BDC_E_FORMAT,
                        "The file is damaged: the options of operator %s '%s' are not a "
                        "well-formed FlatBuffer.",
                        m->op->type, m->op->name);
    return status;
}

bdc_status tfl_refuse(tfl_importer *m, bdc_status status, const char *what)
{
    return bdc_fail(m->context, status, "Operator %s '%s' %s.", m->op->type, m->op->name, what);
}

bdc_status tfl_convert_all(tfl_importer *m)
{
    for (uint32_t i = 0; i < m->op_count; i++) {
        m->op = &m->ops[i];
        if (i % 64 == 0)
            BDC_TRY(bdc_report_progress(m->context, "import", i, m->op_count));
        BDC_TRY(convert(m));
    }
    return BDC_OK;
}
