/* SPDX-License-Identifier: MIT */
#include "lifetime.h"

#include <stdio.h>

#define MAX_COLUMNS 96u
#define BAR_ROWS 4u

uint32_t lifetime_tensor_bytes(const bdf_tensor *t)
{
    return t->dims[1] * t->dims[2] * t->dims[3] * (t->type == BDS_INT16 ? 2u : 1u);
}

static void use(lifetime *l, int32_t step)
{
    l->last = step > l->last ? step : l->last;
}

void lifetime_find(lifetime *list, const bds_model *m)
{
    int32_t end = (int32_t)m->op_count - 1;
    for (uint32_t i = 0; i < m->tensor_count; i++)
        list[i] = (lifetime){i, lifetime_tensor_bytes(&m->tensors[i]), m->tensors[i].arena_offset, 0, -2};
    for (uint32_t i = 0; i < m->input_count; i++)
        list[m->inputs[i].tensor].first = list[m->inputs[i].tensor].last = -1;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        for (uint32_t k = 0; k < op->input_count; k++)
            use(&list[m->links[op->input_first + k]], (int32_t)i);
        list[op->output].first = list[op->output].last = (int32_t)i;
    }
    for (uint32_t i = 0; i < m->output_count; i++)
        use(&list[m->links[m->output_first + i]], end);
    if (m->result)
        use(&list[m->result->tensor], end);
    if (m->result && m->result->gate_tensor != BDF_NONE)
        use(&list[m->result->gate_tensor], end);
}

static uint32_t alive_bytes(const lifetime *list, const bds_model *m, int32_t step)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < m->tensor_count; i++)
        if (list[i].first <= step && step <= list[i].last)
            sum += list[i].bytes;
    return sum;
}

/* In place, an operator's result takes over its input's bytes: the sum can then exceed the plan's peak. */
void lifetime_draw(const lifetime *list, const bds_model *m)
{
    uint32_t steps = m->op_count < MAX_COLUMNS ? m->op_count : MAX_COLUMNS, most = 1;
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        const lifetime *l = &list[i];
        if (l->first > l->last)
            continue;
        printf("  %4u %9u @%-8u |", l->tensor, l->bytes, l->offset);
        for (int32_t s = -1; s < (int32_t)steps; s++)
            fputs(s < l->first || s > l->last ? "·" : s == l->first ? "▐" : "█", stdout);
        puts("|");
    }
    for (int32_t s = -1; s < (int32_t)steps; s++) {
        uint32_t n = alive_bytes(list, m, s);
        most = n > most ? n : most;
    }
    for (uint32_t row = BAR_ROWS; row-- > 0;) {
        printf("  %-25s|", row == BAR_ROWS - 1 ? "bytes alive" : "");
        for (int32_t s = -1; s < (int32_t)steps; s++) {
            uint64_t eighths = (uint64_t)alive_bytes(list, m, s) * BAR_ROWS * 8 / most;
            static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
            fputs(blocks[eighths <= row * 8 ? 0 : eighths - row * 8 > 8 ? 8 : eighths - row * 8], stdout);
        }
        puts("|");
    }
    if (steps < m->op_count)
        printf("  (the first %u of %u steps)\n", steps, m->op_count);
}
