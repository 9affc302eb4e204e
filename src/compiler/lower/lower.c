/* Walks the network in order and lowers each operator that an output needs; inputs and outputs of the layers.
 * SPDX-License-Identifier: MIT */
#include "lower.h"

#include "../../bedside.h"

/* ---- For the families ----------------------------------------------------------------------------------------------- */

bdc_status lower_refuse(const lowering *l, const char *why)
{
    return bdc_fail(l->context, BDC_E_UNSUPPORTED, "%s '%s': %s.", l->op->type, l->op->name, why);
}

bdc_status lower_limit(const lowering *l, const char *why)
{
    return bdc_fail(l->context, BDC_E_LIMIT, "%s '%s': %s.", l->op->type, l->op->name, why);
}

int lower_has_input(const lowering *l, uint32_t i)
{
    return i < l->op->input_count && l->op->inputs[i] != NET_NONE;
}

static int is_known(const lower_value *v)
{
    return v->rank <= NET_MAX_RANK;
}

bdc_status lower_input(lowering *l, uint32_t i, lower_value *v)
{
    if (!lower_has_input(l, i))
        return lower_refuse(l, "an input is missing");
    const uint32_t t = l->op->inputs[i];
    if (!is_known(&l->values[t])) {
        if (!l->net->tensors[t].data)
            return bdc_fail(l->context, BDC_E_INVALID, "Tensor '%s' is read before it is made.",
                            l->net->tensors[t].name);
        BDC_TRY(lower_constant_of(l, t, &l->values[t]));
    }
    *v = l->values[t];
    return BDC_OK;
}

bdc_status lower_activation(lowering *l, uint32_t i, lower_value *v)
{
    BDC_TRY(lower_input(l, i, v));
    return v->array ? lower_materialise(l, v) : BDC_OK;
}

const net_tensor *lower_shape_in(const lowering *l, uint32_t i)
{
    return &l->net->tensors[l->op->inputs[i]];
}

const net_tensor *lower_shape_out(const lowering *l, uint32_t i)
{
    return &l->net->tensors[l->op->outputs[i]];
}

const char *lower_name(const lowering *l)
{
    for (uint32_t i = 0; l->op && i < l->op->output_count; i++)
        if (l->op->outputs[i] != NET_NONE)
            return l->net->tensors[l->op->outputs[i]].name;
    return "";
}

void lower_set(lowering *l, uint32_t output, const lower_value *v)
{
    l->values[l->op->outputs[output]] = *v;
}

void lower_keep_type(lowering *l, const lower_value *from, const lower_value *to)
{
    if (lower_shape_out(l, 0)->type == NET_FLOAT || from->array || to->array)
        return;
    const ir_tensor *a = &l->ir->tensors[from->tensor];
    ir_tensor *b = &l->ir->tensors[to->tensor];
    b->type = a->type;
    b->scale = a->scale;
    b->zero_point = a->zero_point;
}

bdc_status lower_no_output(const lowering *l, uint32_t i, const char *what)
{
    if (i < l->op->output_count && l->op->outputs[i] != NET_NONE && l->needed[l->op->outputs[i]])
        return bdc_fail(l->context, BDC_E_UNSUPPORTED, "%s '%s': its output %u (%s) is not supported.", l->op->type,
                        l->op->name, i, what);
    return BDC_OK;
}

/* ---- Operators ------------------------------------------------------------------------------------------------------- */

typedef struct lower_row {
    bdc_status (*lower)(lowering *l);
    int any_type; /* also of integers; else of floats only */
} lower_row;

static lower_row row_of(net_code code)
{
    if (code >= NET_NEG && code <= NET_SHRINK && code != NET_NOT && code != NET_BITWISE_NOT && code != NET_IS_NAN &&
        code != NET_IS_INF)
        return (lower_row){lower_op_unary, 0};
    if (code >= NET_REDUCE_SUM && code <= NET_REDUCE_SUM_SQUARE)
        return (lower_row){lower_op_reduce, code == NET_REDUCE_MAX || code == NET_REDUCE_MIN};
    switch (code) {
    case NET_IDENTITY:
        return (lower_row){lower_op_identity, 1};
    case NET_CAST:
        return (lower_row){lower_op_cast, 1};
    case NET_CLIP:
        return (lower_row){lower_op_clip, 0};
    case NET_ADD:
    case NET_SUB:
    case NET_MUL:
        return (lower_row){lower_op_arithmetic, 0};
    case NET_DIV:
        return (lower_row){lower_op_division, 0};
    case NET_POW:
        return (lower_row){lower_op_power, 0};
    case NET_PRELU:
        return (lower_row){lower_op_prelu, 0};
    case NET_WHERE:
        return (lower_row){lower_op_where, 0};
    case NET_MIN:
    case NET_MAX:
    case NET_SUM:
    case NET_MEAN:
        return (lower_row){lower_op_many, 0};
    case NET_MATMUL:
        return (lower_row){lower_op_matmul, 0};
    case NET_GEMM:
        return (lower_row){lower_op_gemm, 0};
    case NET_EINSUM:
        return (lower_row){lower_op_einsum, 0};
    case NET_CONV:
        return (lower_row){lower_op_conv, 0};
    case NET_CONV_TRANSPOSE:
        return (lower_row){lower_op_conv_transpose, 0};
    case NET_MAX_POOL:
    case NET_AVERAGE_POOL:
    case NET_LP_POOL:
        return (lower_row){lower_op_pool, code == NET_MAX_POOL};
    case NET_GLOBAL_MAX_POOL:
    case NET_GLOBAL_AVERAGE_POOL:
    case NET_GLOBAL_LP_POOL:
        return (lower_row){lower_op_global_pool, 0};
    case NET_RESIZE:
        return (lower_row){lower_op_resize, 0};
    case NET_DEPTH_TO_SPACE:
    case NET_SPACE_TO_DEPTH:
        return (lower_row){lower_op_depth_space, 1};
    case NET_BATCH_NORMALIZATION:
        return (lower_row){lower_op_batch_norm, 0};
    case NET_INSTANCE_NORMALIZATION:
        return (lower_row){lower_op_instance_norm, 0};
    case NET_GROUP_NORMALIZATION:
        return (lower_row){lower_op_group_norm, 0};
    case NET_LAYER_NORMALIZATION:
        return (lower_row){lower_op_layer_norm, 0};
    case NET_RMS_NORMALIZATION:
        return (lower_row){lower_op_rms_norm, 0};
    case NET_LP_NORMALIZATION:
        return (lower_row){lower_op_lp_norm, 0};
    case NET_MEAN_VARIANCE_NORMALIZATION:
        return (lower_row){lower_op_mean_variance, 0};
    case NET_LRN:
        return (lower_row){lower_op_lrn, 0};
    case NET_SOFTMAX:
    case NET_LOG_SOFTMAX:
        return (lower_row){lower_op_softmax, 0};
    case NET_ARG_MAX:
    case NET_ARG_MIN:
        return (lower_row){lower_op_arg_max, 1};
    case NET_RESHAPE:
        return (lower_row){lower_op_reshape, 1};
    case NET_TRANSPOSE:
        return (lower_row){lower_op_transpose, 1};
    case NET_CONCAT:
        return (lower_row){lower_op_concat, 1};
    case NET_SPLIT:
        return (lower_row){lower_op_split, 1};
    case NET_SLICE:
        return (lower_row){lower_op_slice, 1};
    case NET_PAD:
        return (lower_row){lower_op_pad, 1};
    case NET_EXPAND:
        return (lower_row){lower_op_expand, 1};
    case NET_TILE:
        return (lower_row){lower_op_tile, 1};
    case NET_GATHER:
        return (lower_row){lower_op_gather, 1};
    case NET_QUANTIZE_LINEAR:
        return (lower_row){lower_op_quantize, 1};
    case NET_DEQUANTIZE_LINEAR:
        return (lower_row){lower_op_dequantize, 1};
    case NET_LSTM:
    case NET_GRU:
    case NET_RNN:
        return (lower_row){lower_op_recurrent, 0};
    default:
        return (lower_row){0};
    }
}

static int is_real(net_type type)
{
    return type == NET_FLOAT || type == NET_FLOAT16 || type == NET_DOUBLE;
}

/* 1 if some output is of use and every input is a constant. */
static int is_constant(const lowering *l)
{
    for (uint32_t i = 0; i < l->op->input_count; i++) {
        const uint32_t t = l->op->inputs[i];
        if (t != NET_NONE && !l->net->tensors[t].data && !(is_known(&l->values[t]) && l->values[t].array))
            return 0;
    }
    return 1;
}

static bdc_status lower_one(lowering *l)
{
    const net_op *op = l->op;
    const lower_row row = row_of(op->code);
    int needed = 0;
    for (uint32_t k = 0; k < op->output_count; k++)
        needed |= op->outputs[k] != NET_NONE && l->needed[op->outputs[k]];
    if (!needed || op->code == NET_NOTHING)
        return BDC_OK;
    for (uint32_t k = 0; k < op->output_count; k++)
        if (op->outputs[k] != NET_NONE && !net_count(&l->net->tensors[op->outputs[k]]))
            return lower_refuse(l, "an empty tensor");
    if (is_constant(l) && op->code != NET_DEQUANTIZE_LINEAR && op->code != NET_TRANSPOSE && op->code != NET_RESHAPE)
        return lower_evaluate(l);
    if (!row.lower)
        return lower_refuse(l, "the operator is not supported");
    for (uint32_t k = 0; k < op->output_count && !row.any_type; k++)
        if (op->outputs[k] != NET_NONE && !is_real(l->net->tensors[op->outputs[k]].type))
            return bdc_fail(l->context, BDC_E_UNSUPPORTED, "%s '%s': only floats can be computed, not %s.", op->type,
                            op->name, net_type_name(l->net->tensors[op->outputs[k]].type));
    return row.lower(l);
}

/* ---- Inputs and outputs ---------------------------------------------------------------------------------------------- */

/* 1 if the first operators that read a tensor want its channels last, which the file has first. */
static int wants_channels_last(const net_graph *g, uint32_t tensor, uint32_t depth)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        const net_op *op = &g->ops[i];
        if (!op->input_count || op->inputs[0] != tensor)
            continue;
        if ((op->code >= NET_CONV && op->code <= NET_SPACE_TO_DEPTH && op->code != NET_RESIZE) ||
            op->code == NET_BATCH_NORMALIZATION || op->code == NET_INSTANCE_NORMALIZATION ||
            op->code == NET_GROUP_NORMALIZATION || op->code == NET_LRN)
            return !op->a.channels_last;
        const int passes = op->code <= NET_MEAN || op->code == NET_QUANTIZE_LINEAR || op->code == NET_PAD ||
                           op->code == NET_DEQUANTIZE_LINEAR || op->code == NET_RESIZE;
        if (passes && depth && op->output_count && op->outputs[0] != NET_NONE)
            return wants_channels_last(g, op->outputs[0], depth - 1);
    }
    return 0;
}

static bdc_status add_input(lowering *l, uint32_t i)
{
    const uint32_t index = l->net->inputs[i];
    const net_tensor *t = &l->net->tensors[index];
    ir_port *port = &l->graph->input_ports[i];
    lower_value *v = &l->values[index];
    const uint32_t channels = t->rank >= 2 ? t->dims[1] : 0;
    *port = (ir_port){.rank = t->rank, .type = (int)t->type};
    for (uint32_t k = 0; k < t->rank; k++)
        port->dims[k] = t->dims[k];
    if (!net_count(t))
        return bdc_fail(l->context, BDC_E_UNSUPPORTED, "Input '%s' of type %s is empty.", t->name,
                        net_type_name(t->type));
    if (!is_real(t->type) && t->type != NET_INT8 && t->type != NET_UINT8 && t->type != NET_INT16 &&
        t->type != NET_UINT16)
        return bdc_fail(l->context, BDC_E_UNSUPPORTED, "Input '%s' has the type %s, which is not supported.", t->name,
                        net_type_name(t->type));
    if (l->ir->input_count == 0 || net_use_count(l->net, index))
        port->channels_first = t->rank >= 3 && t->dims[0] == 1 && wants_channels_last(l->net, index, 8);
    /* Rows, columns and channels: all is one run but for what has its channels last. */
    lower_order o = {.count = t->rank};
    for (uint32_t k = 0; k < t->rank; k++)
        o.dims[k] = k;
    if (port->channels_first && channels)
        o = lower_spatial_order(t->rank, 0);
    else if (t->rank >= 2) {
        o.w_end = t->rank - 1;
        o.h_end = t->rank - 2;
    }
    o.pixels = 1;
    BDC_TRY(lower_give(l, t->rank, t->dims, &o, v));
    ir_tensor *x = &l->ir->tensors[v->tensor];
    x->name = t->name;
    if (!is_real(t->type)) { /* its scale is 0 until something says what the integers mean */
        x->type = t->type == NET_INT8 || t->type == NET_UINT8 ? BDS_INT8 : BDS_INT16;
        x->zero_point = t->type == NET_UINT8 ? -128 : t->type == NET_UINT16 ? -32768 : 0;
    }
    l->ir->inputs[l->ir->input_count++] = v->tensor;
    return BDC_OK;
}

static bdc_status add_output(lowering *l, uint32_t i, net_op *here)
{
    const uint32_t index = l->net->outputs[i];
    const net_tensor *t = &l->net->tensors[index];
    ir_port *port = &l->graph->output_ports[i];
    *here = (net_op){.type = "Output", .name = t->name, .outputs = &l->net->outputs[i], .output_count = 1};
    l->op = here;
    if (!is_known(&l->values[index])) {
        if (!t->data)
            return bdc_fail(l->context, BDC_E_INVALID, "Output '%s' is never made.", t->name);
        BDC_TRY(lower_constant_of(l, index, &l->values[index]));
    }
    lower_value v = l->values[index];
    uint32_t tensor;
    if (v.array)
        BDC_TRY(lower_materialise(l, &v));
    *port = (ir_port){.rank = t->rank, .type = (int)t->type};
    for (uint32_t k = 0; k < t->rank; k++)
        port->dims[k] = t->dims[k];
    lower_order o = {.count = t->rank, .pixels = 1};
    for (uint32_t k = 0; k < t->rank; k++)
        o.dims[k] = k;
    o.w_end = t->rank ? t->rank - 1 : 0;
    o.h_end = o.w_end ? o.w_end - 1 : 0;
    const lower_order last = lower_spatial_order(t->rank < 3 ? 3 : t->rank, 0);
    const int one_channel =
        t->rank == 4 && t->dims[1] == 1; /* both orders are the same values: take the picture's shape */
    if (t->rank >= 3 && t->dims[0] == 1 && (one_channel || lower_lies_in(l, &v, &last)) && !lower_lies_in(l, &v, &o)) {
        o = last;
        port->channels_first = 1;
    }
    const uint32_t channels = l->ir->tensors[v.tensor].c;
    if (lower_lies_in(l, &v, &o) && (!port->channels_first || channels == t->dims[1])) /* in any rows and columns */
        tensor = v.tensor;
    else
        BDC_TRY(lower_take(l, &v, &o, &tensor));
    /* An input that is an output too, or one that is two outputs, gets a tensor of its own. */
    int again = ir_producer(l->ir, tensor) == IR_NONE;
    for (uint32_t k = 0; k < l->ir->output_count; k++)
        again |= l->ir->outputs[k] == tensor;
    if (again) {
        const ir_tensor from = l->ir->tensors[tensor];
        uint32_t copy;
        ir_op *op;
        BDC_TRY(ir_add_tensor(l->context, l->ir, t->name, from.c, from.h, from.w, &copy));
        l->ir->tensors[copy].type = from.type;
        l->ir->tensors[copy].scale = from.scale;
        l->ir->tensors[copy].zero_point = from.zero_point;
        BDC_TRY(lower_op1(l, IR_FUNCTION, tensor, copy, &op));
        op->function_count = 1;
        tensor = copy;
    }
    l->ir->outputs[l->ir->output_count++] = tensor;
    return BDC_OK;
}

/* What is only copied to a tensor that the file quantised has its grid already. Integers whose scale nothing has said have that of
 * what they are copied to, or 1. */
static void settle_scales(ir_graph *g)
{
    for (uint32_t i = g->op_count; i-- > 0;) {
        const ir_op *op = &g->ops[i];
        const ir_tensor *y = &g->tensors[op->output];
        const int copies = op->code == IR_VIEW || op->code == IR_RESHAPE || op->code == IR_PAD ||
                           op->code == IR_MAX_POOL || op->code == IR_CONCAT;
        for (uint32_t k = 0; copies && y->type && y->scale > 0 && k < op->input_count; k++) {
            ir_tensor *x = &g->tensors[op->inputs[k]];
            if (x->type ? !(x->scale > 0) : op->code != IR_PAD && op->code != IR_CONCAT)
                ir_take_grid(x, y);
        }
    }
    for (uint32_t i = 0; i < g->tensor_count; i++)
        if (g->tensors[i].type && !(g->tensors[i].scale > 0))
            g->tensors[i].scale = 1;
}

static void find_needed(lowering *l)
{
    const net_graph *g = l->net;
    for (uint32_t i = 0; i < g->output_count; i++)
        l->needed[g->outputs[i]] = 1;
    for (uint32_t i = g->op_count; i-- > 0;) {
        const net_op *op = &g->ops[i];
        int needed = 0;
        for (uint32_t k = 0; k < op->output_count; k++)
            needed |= op->outputs[k] != NET_NONE && l->needed[op->outputs[k]];
        for (uint32_t k = 0; needed && k < op->input_count; k++)
            if (op->inputs[k] != NET_NONE)
                l->needed[op->inputs[k]] = 1;
    }
}

bdc_status lower(bdc_graph *graph)
{
    bdc_context *c = graph->context;
    net_graph *net;
    BDC_TRY(lower_patterns(c, graph->net, &net));
    lowering l = {.context = c, .net = net, .graph = graph, .ir = &graph->ir};
    graph->ir = (ir_graph){0};
    graph->ir.inputs = BDC_NEW(c, uint32_t, net->input_count);
    graph->ir.outputs = BDC_NEW(c, uint32_t, net->output_count);
    graph->input_ports = BDC_NEW(c, ir_port, net->input_count);
    graph->output_ports = BDC_NEW(c, ir_port, net->output_count);
    l.values = BDC_NEW(c, lower_value, net->tensor_count);
    l.needed = BDC_NEW(c, uint8_t, net->tensor_count);
    l.data = BDC_NEW(c, void *, net->tensor_count);
    if (!graph->ir.inputs || !graph->ir.outputs || !graph->input_ports || !graph->output_ports || !l.values ||
        !l.needed || !l.data)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < net->tensor_count; i++)
        l.values[i].rank = NET_MAX_RANK + 1;
    find_needed(&l);
    net_op end; /* stands for an input or an output in messages */
    for (uint32_t i = 0; i < net->input_count; i++) {
        end = (net_op){
            .type = "Input", .name = net->tensors[net->inputs[i]].name, .outputs = &net->inputs[i], .output_count = 1};
        l.op = &end;
        BDC_TRY(add_input(&l, i));
    }
    for (uint32_t i = 0; i < net->op_count; i++) {
        l.op = &net->ops[i];
        BDC_TRY(lower_one(&l));
        BDC_TRY(bdc_report_progress(c, "lower", i + 1, net->op_count));
    }
    for (uint32_t i = 0; i < net->output_count; i++)
        BDC_TRY(add_output(&l, i, &end));
    settle_scales(&graph->ir);
    return BDC_OK;
}
