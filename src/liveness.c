/* Who is alive when: every tensor is defined once and before its first use, and no two tensors that are alive at the same operator
 * share a byte of the arena. The compiler chose the offsets; this proves them.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

/* Time 0 is before the first operator; operator i runs at time i + 1; the caller reads results at op_count + 1. */
typedef struct lifetimes {
    uint16_t first[BDF_MAX_TENSORS], last[BDF_MAX_TENSORS];
} lifetimes;

#define UNDEFINED 0xffffu
static_assert(BDF_MAX_OPS + 1 < UNDEFINED, "times fit 16 bits");

static bds_status use(lifetimes *l, uint32_t tensor, uint32_t time)
{
    if (l->first[tensor] == UNDEFINED)
        return BDS_E_INVALID;
    l->last[tensor] = (uint16_t)time;
    return BDS_OK;
}

static bds_status define(lifetimes *l, uint32_t tensor, uint32_t time)
{
    if (l->first[tensor] != UNDEFINED)
        return BDS_E_INVALID;
    l->first[tensor] = l->last[tensor] = (uint16_t)time;
    return BDS_OK;
}

static bds_status find_lifetimes(const bds_model *m, lifetimes *l)
{
    bds_status st;
    for (uint32_t i = 0; i < m->tensor_count; i++)
        l->first[i] = l->last[i] = UNDEFINED;
    for (uint32_t i = 0; i < m->input_count; i++)
        if ((st = define(l, m->inputs[i].tensor, 0)) < 0)
            return st;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        for (uint32_t k = 0; k < op->input_count; k++)
            if ((st = use(l, m->links[op->input_first + k], i + 1)) < 0)
                return st;
        if ((st = define(l, op->output, i + 1)) < 0)
            return st;
    }
    const uint32_t end = m->op_count + 1;
    for (uint32_t i = 0; i < m->output_count; i++)
        if ((st = use(l, m->links[m->output_first + i], end)) < 0)
            return st;
    if (m->result && (st = use(l, m->result->tensor, end)) < 0)
        return st;
    if (m->result && m->result->gate_tensor != BDF_NONE && (st = use(l, m->result->gate_tensor, end)) < 0)
        return st;
    return BDS_OK;
}

/* An elementwise operator may write over an input that dies there, byte on byte. */
static int written_in_place(const bds_model *m, const lifetimes *l, uint32_t dying, uint32_t born)
{
    if (l->first[born] == 0 || l->last[dying] != l->first[born])
        return 0;
    const bdf_op *op = &m->ops[l->first[born] - 1];
    if (!bds_op_in_place(op))
        return 0;
    const bdf_tensor *a = &m->tensors[dying], *b = &m->tensors[born];
    if (a->arena_offset != b->arena_offset || bds_tensor_bytes(a) != bds_tensor_bytes(b))
        return 0;
    for (uint32_t k = 0; k < op->input_count; k++)
        if (m->links[op->input_first + k] == dying)
            return 1;
    return 0;
}

static int overlap_in_memory(const bdf_tensor *a, const bdf_tensor *b)
{
    return a->arena_offset < b->arena_offset + bds_tensor_bytes(b) &&
           b->arena_offset < a->arena_offset + bds_tensor_bytes(a);
}

bds_status bds_check_memory(bds_model *m)
{
    lifetimes l;
    bds_status st = find_lifetimes(m, &l);
    if (st < 0)
        return st;
    uint32_t peak = 0;
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        const bdf_tensor *a = &m->tensors[i];
        if (l.first[i] == UNDEFINED)
            continue; /* nobody writes or reads it */
        uint32_t end = a->arena_offset + bds_tensor_bytes(a);
        if (end > peak)
            peak = end;
        for (uint32_t k = 0; k < i; k++) {
            if (l.first[k] == UNDEFINED || l.first[k] > l.last[i] || l.first[i] > l.last[k] ||
                !overlap_in_memory(a, &m->tensors[k]))
                continue;
            if (!written_in_place(m, &l, i, k) && !written_in_place(m, &l, k, i))
                return BDS_E_INVALID;
        }
    }
    m->activation_bytes = peak;
    return BDS_OK;
}
