/* Operators that put values elsewhere, and resizing, which mixes neighbours.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

void bds_run_concat(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand y = bds_operand_out(p, op);
    const size_t pixel = (size_t)y.c * y.size;
    size_t at = 0;
    for (uint32_t i = 0; i < op->input_count; i++) {
        bds_operand x = bds_operand_in(p, op, i);
        const size_t part = (size_t)x.c * x.size;
        for (size_t k = 0; k < (size_t)y.h * y.w; k++)
            __builtin_memcpy(y.data + k * pixel + at, x.data + k * part, part);
        at += part;
    }
}

void bds_run_pad(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    const uint32_t count = bds_operand_count(&y);
    const size_t pixel = (size_t)y.c * y.size, row = x.w * pixel;
    if (y.wide)
        for (uint32_t i = 0; i < count; i++)
            ((int16_t *)(void *)y.data)[i] = (int16_t)op->m_a;
    else
        __builtin_memset(y.data, op->m_a, count);
    for (uint32_t iy = 0; iy < x.h; iy++)
        __builtin_memcpy(y.data + ((size_t)(iy + op->pad_top) * y.w + op->pad_left) * pixel, x.data + iy * row, row);
}

void bds_run_reshape(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    __builtin_memmove(y.data, x.data, (size_t)bds_operand_count(&y) * y.size);
}

void bds_run_view(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    const int32_t *table = node->table;
    bds_view args = {.x = x.data, .out = y.data, .offset = table[12], .wide = x.wide};
    for (int d = 0; d < 6; d++) {
        args.count[d] = (uint32_t)table[d];
        args.stride[d] = table[6 + d];
    }
    p->kernels->view(&args);
}

void bds_run_resize(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    bds_resize args = {x.data, y.data, x.w, y.h, y.w, y.c, node->table, x.wide};
    p->kernels->resize(&args);
}
