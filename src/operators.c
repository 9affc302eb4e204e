/* One function per operator: hands the operands to a kernel. The arithmetic itself is in kernels/ref/; here and in
 * operators_*.c is only where the bytes lie. In this file: operators that go value by value or row by row.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

static bds_operand operand_at(const bds_plan *p, uint32_t tensor)
{
    const bdf_tensor *t = &p->model->tensors[tensor];
    const uint8_t wide = t->type == BDS_INT16;
    bds_operand o = {bds_plan_data(p, tensor), t->dims[1], t->dims[2], t->dims[3], t->zero_point, wide,
                     (uint8_t)(1 + wide)};
    return o;
}

bds_operand bds_operand_in(const bds_plan *p, const bdf_op *op, uint32_t i)
{
    return operand_at(p, p->model->links[op->input_first + i]);
}

bds_operand bds_operand_out(const bds_plan *p, const bdf_op *op)
{
    return operand_at(p, op->output);
}

bds_requant bds_requant_of(const bds_node *node, const bds_operand *y)
{
    bds_requant q = {node->bias, node->multipliers, y->zero_point, node->op->lo, node->op->hi, node->left, node->shift};
    return q;
}

void bds_run_add(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand a = bds_operand_in(p, op, 0), b = bds_operand_in(p, op, 1), y = bds_operand_out(p, op);
    bds_add args = {a.data,
                    b.data,
                    y.data,
                    bds_operand_count(&y),
                    bds_operand_count(&b),
                    a.zero_point,
                    b.zero_point,
                    op->m_a,
                    op->m_b,
                    op->shift,
                    y.zero_point,
                    op->lo,
                    op->hi,
                    a.wide,
                    b.wide,
                    y.wide};
    p->kernels->add(&args);
}

/* A sum with nothing. */
void bds_run_convert(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    const uint32_t count = bds_operand_count(&y);
    bds_add args = {x.data, x.data,    y.data,       count,  count,  x.zero_point, x.zero_point, op->m_a,
                    0,      op->shift, y.zero_point, op->lo, op->hi, x.wide,       x.wide,       y.wide};
    p->kernels->add(&args);
}

void bds_run_mul(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand a = bds_operand_in(p, op, 0), b = bds_operand_in(p, op, 1), y = bds_operand_out(p, op);
    bds_mul args = {a.data,       b.data,       y.data,  bds_operand_count(&y),    bds_operand_count(&b),
                    a.zero_point, b.zero_point, op->m_a, bds_requant_of(node, &y), a.wide,
                    b.wide,       y.wide};
    p->kernels->mul(&args);
}

void bds_run_extreme(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand a = bds_operand_in(p, op, 0), b = bds_operand_in(p, op, 1), y = bds_operand_out(p, op);
    bds_extreme args = {
        a.data, b.data, y.data, bds_operand_count(&y), bds_operand_count(&b), op->lo, op->hi, op->code == BDF_MAX,
        y.wide};
    p->kernels->extreme(&args);
}

void bds_run_table(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    bds_table args = {x.data, y.data, bds_operand_count(&y), node->op->code == BDF_TABLE ? 1 : y.c, node->table,
                      x.wide, y.wide};
    p->kernels->table(&args);
}

void bds_run_softmax(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    bds_softmax args = {x.data, y.data, y.h * y.w, y.c, node->table, node->op->shift, x.wide, y.wide};
    p->kernels->softmax(&args);
}

/* Pixel by pixel, or group of channels by group. */
void bds_run_normalise(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    const int layer = op->code == BDF_LAYER_NORM;
    const uint32_t pieces = layer ? y.h * y.w : op->groups, step = layer ? y.c : y.c / op->groups;
    bds_normalise args = {.rows = layer ? 1 : y.h * y.w,
                          .channels = step,
                          .stride = y.c,
                          .epsilon = (uint32_t)op->m_a,
                          .shift = op->shift,
                          .zero_point = y.zero_point,
                          .lo = op->lo,
                          .hi = op->hi,
                          .x_wide = x.wide,
                          .out_wide = y.wide};
    for (uint32_t i = 0; i < pieces; i++) {
        args.x = x.data + (size_t)i * step * x.size;
        args.out = y.data + (size_t)i * step * y.size;
        args.multiplier = node->multipliers + (layer ? 0 : i * step);
        args.bias = node->bias + (layer ? 0 : i * step);
        p->kernels->normalise(&args);
    }
}

void bds_run_arg_max(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0);
    bds_arg_max args = {x.data, (int16_t *)(void *)bds_operand_out(p, node->op).data, x.h * x.w, x.c, x.wide};
    p->kernels->arg_max(&args);
}

/* Two tables, as firmware has the functions in its nodes and may still want the names. */
static bds_operator *const operators[] = {
    [BDF_CONV] = bds_run_conv,
    [BDF_DEPTHWISE] = bds_run_depthwise,
    [BDF_FULLY_CONNECTED] = bds_run_conv,
    [BDF_ADD] = bds_run_add,
    [BDF_MUL] = bds_run_mul,
    [BDF_MAX_POOL] = bds_run_pool,
    [BDF_AVG_POOL] = bds_run_pool,
    [BDF_CONCAT] = bds_run_concat,
    [BDF_PAD] = bds_run_pad,
    [BDF_TABLE] = bds_run_table,
    [BDF_SOFTMAX] = bds_run_softmax,
    [BDF_RESHAPE] = bds_run_reshape,
    [BDF_MIN] = bds_run_extreme,
    [BDF_MAX] = bds_run_extreme,
    [BDF_CHANNEL_TABLE] = bds_run_table,
    [BDF_RESIZE] = bds_run_resize,
    [BDF_CONVERT] = bds_run_convert,
#ifndef BDS_NO_SEQUENCES /* check_op.c refuses them then */
    [BDF_VIEW] = bds_run_view,
    [BDF_MATMUL] = bds_run_matmul,
    [BDF_LAYER_NORM] = bds_run_normalise,
    [BDF_INSTANCE_NORM] = bds_run_normalise,
    [BDF_ARG_MAX] = bds_run_arg_max,
#endif
};

#ifndef BDS_NO_OBSERVER
const char *bds_operator_name(uint32_t code)
{
    /* Not pointers: compilers keep all texts that tables of a file point to together, and none alone can be left out. */
    static const char names[][16] = {
        [BDF_CONV] = "conv",
        [BDF_DEPTHWISE] = "depthwise",
        [BDF_FULLY_CONNECTED] = "fully_connected",
        [BDF_ADD] = "add",
        [BDF_MUL] = "mul",
        [BDF_MAX_POOL] = "max_pool",
        [BDF_AVG_POOL] = "avg_pool",
        [BDF_CONCAT] = "concat",
        [BDF_PAD] = "pad",
        [BDF_TABLE] = "table",
        [BDF_SOFTMAX] = "softmax",
        [BDF_RESHAPE] = "reshape",
        [BDF_VIEW] = "view",
        [BDF_MATMUL] = "matmul",
        [BDF_MIN] = "min",
        [BDF_MAX] = "max",
        [BDF_CHANNEL_TABLE] = "channel_table",
        [BDF_RESIZE] = "resize",
        [BDF_LAYER_NORM] = "layer_norm",
        [BDF_INSTANCE_NORM] = "instance_norm",
        [BDF_ARG_MAX] = "arg_max",
        [BDF_CONVERT] = "convert",
    };
    return code >= BDF_CONV && code <= BDF_CONVERT ? names[code] : "unknown";
}
#endif

bds_operator *bds_operator_of(uint32_t code)
{
    return operators[code];
}

size_t bds_operator_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op)
{
    switch (op->code) {
    case BDF_CONV:
    case BDF_DEPTHWISE:
    case BDF_FULLY_CONNECTED:
    case BDF_MATMUL:
        return bds_layer_scratch(m, k, op);
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return bds_pool_scratch(m, op);
    default:
        return 0;
    }
}
