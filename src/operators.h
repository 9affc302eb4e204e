/* What the files that run operators share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_OPERATORS_H
#define BEDSIDE_OPERATORS_H

#include "internal.h"

#define BDS_SCRATCH_ALIGN 16u

static inline size_t bds_align_scratch(size_t n)
{
    return (n + (BDS_SCRATCH_ALIGN - 1)) & ~(size_t)(BDS_SCRATCH_ALIGN - 1);
}

/* A tensor in the arena. */
typedef struct bds_operand {
    uint8_t *data;
    uint32_t h, w, c;
    int32_t zero_point;
    uint8_t wide; /* int16 */
    uint8_t size; /* of an element: 1 or 2 */
} bds_operand;

/* Operand i of an operator, and its result. Functions, not inline: many operators call them. */
bds_operand bds_operand_in(const bds_plan *p, const bdf_op *op, uint32_t i);
bds_operand bds_operand_out(const bds_plan *p, const bdf_op *op);
bds_requant bds_requant_of(const bds_node *node, const bds_operand *y);

static inline uint32_t bds_operand_count(const bds_operand *o)
{
    return o->h * o->w * o->c;
}

/* The kernels' scratch for an operator. */
static inline uint8_t *bds_scratch(const bds_plan *p, const bds_node *node)
{
    return p->scratch + (node->flow ? node->flow->scratch : 0);
}

/* operators.c */
bds_operator bds_run_add, bds_run_convert, bds_run_mul, bds_run_extreme, bds_run_table, bds_run_softmax,
    bds_run_normalise, bds_run_arg_max;
/* operators_layer.c */
bds_operator bds_run_conv, bds_run_depthwise, bds_run_matmul;
size_t bds_layer_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op);
/* operators_pool.c */
bds_operator bds_run_pool;
size_t bds_pool_scratch(const bds_model *m, const bdf_op *op);
/* Of which for the taps; pointer: the bytes of one. */
static inline size_t bds_pool_taps_bytes(const bdf_op *op, size_t pointer)
{
    return bds_align_scratch((size_t)op->kernel_h * op->kernel_w * pointer);
}
/* operators_move.c */
bds_operator bds_run_concat, bds_run_pad, bds_run_reshape, bds_run_view, bds_run_resize;

#endif
