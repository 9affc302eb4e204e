/* Which functions an operator has: joins the families, and is what net.h promises of ops/.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

static const op_row *find_row(net_code code)
{
    if (code <= NET_NOTHING || code >= NET_CODE_COUNT)
        return 0;
    if (code <= NET_CLIP)
        return ops_unary_row(code);
    if (code <= NET_MEAN)
        return ops_binary_row(code);
    if (code <= NET_EINSUM)
        return ops_matrix_row(code);
    if (code <= NET_SPACE_TO_DEPTH)
        return ops_window_row(code);
    if (code <= NET_HARDMAX)
        return ops_normalise_row(code);
    if (code <= NET_REDUCE_SUM_SQUARE)
        return ops_reduce_row(code);
    if (code <= NET_CUM_SUM)
        return ops_select_row(code);
    if (code <= NET_TILE)
        return ops_move_row(code);
    if (code <= NET_REVERSE_SEQUENCE)
        return ops_gather_row(code);
    if (code <= NET_DYNAMIC_QUANTIZE_LINEAR)
        return ops_quantise_row(code);
    return ops_recurrent_row(code);
}

const char *net_op_name(net_code code)
{
    const op_row *row = find_row(code);
    return row && row->name ? row->name : "unknown";
}

bdc_status net_infer(bdc_context *c, net_graph *g, const net_op *op)
{
    const op_row *row = find_row(op->code);
    if (!row || !row->infer)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The operator %s of '%s' is not supported.", op->type, op->name);
    for (uint32_t k = 0; k < op->input_count; k++)
        if (op->inputs[k] != NET_NONE && op->inputs[k] >= g->tensor_count)
            return bdc_fail(c, BDC_E_INVALID, "%s '%s' reads a tensor that does not exist.", op->type, op->name);
    for (uint32_t k = 0; k < op->output_count; k++)
        if (op->outputs[k] != NET_NONE && op->outputs[k] >= g->tensor_count)
            return bdc_fail(c, BDC_E_INVALID, "%s '%s' makes a tensor that does not exist.", op->type, op->name);
    return row->infer(&(op_infer){c, g, op});
}

bdc_status net_eval(bdc_context *c, const net_graph *g, const net_op *op, void *const *data)
{
    const op_row *row = find_row(op->code);
    if (!row || !row->eval)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The operator %s of '%s' is not supported.", op->type, op->name);
    bdc_mark mark = bdc_mark_set(c);
    bdc_status status = row->eval(&(op_eval){c, g, op, data});
    bdc_mark_release(c, mark);
    return status;
}
