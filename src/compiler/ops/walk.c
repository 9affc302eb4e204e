/* Walks over tensors: operands broadcast to one shape, elements picked by a table per axis.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "elements.h"

void elements_strides(const net_tensor *t, size_t strides[NET_MAX_RANK])
{
    size_t stride = 1;
    for (uint32_t d = t->rank; d-- > 0; stride *= t->dims[d])
        strides[d] = stride;
}

axis_split elements_split(const net_tensor *t, uint32_t axis)
{
    axis_split s = {1, t->dims[axis], 1};
    for (uint32_t d = 0; d < axis; d++)
        s.outer *= t->dims[d];
    for (uint32_t d = axis + 1; d < t->rank; d++)
        s.inner *= t->dims[d];
    return s;
}

/* Stride of an operand along axis d of the result: shapes are aligned at their ends, sides of 1 repeat. */
static size_t operand_stride(const net_tensor *t, uint32_t rank, uint32_t d)
{
    if (d + t->rank < rank || t->dims[d + t->rank - rank] == 1)
        return 0;
    size_t stride = 1;
    for (uint32_t k = d + t->rank - rank + 1; k < t->rank; k++)
        stride *= t->dims[k];
    return stride;
}

/* Whether every operand steps over axis d + 1 as if it were the inside of axis d. */
static int may_merge(const broadcast *b, uint32_t d)
{
    for (uint32_t k = 0; k < b->operands; k++) {
        const size_t *s = b->strides + (size_t)k * NET_MAX_RANK;
        if (s[d] != s[d + 1] * b->dims[d + 1])
            return 0;
    }
    return 1;
}

static void remove_axis(broadcast *b, uint32_t axis)
{
    b->rank--;
    for (uint32_t d = axis; d < b->rank; d++) {
        b->dims[d] = b->dims[d + 1];
        for (uint32_t k = 0; k < b->operands; k++)
            b->strides[(size_t)k * NET_MAX_RANK + d] = b->strides[(size_t)k * NET_MAX_RANK + d + 1];
    }
}

bdc_status broadcast_start(bdc_context *c, broadcast *b, const net_tensor *result, const net_tensor *const *operands,
                           uint32_t count)
{
    *b = (broadcast){.rank = result->rank, .operands = count};
    b->strides = BDC_NEW(c, size_t, (size_t)count *NET_MAX_RANK);
    b->first = BDC_NEW(c, size_t, count);
    if (!b->strides || !b->first)
        return BDC_E_MEMORY;
    for (uint32_t d = 0; d < b->rank; d++) {
        b->dims[d] = result->dims[d];
        for (uint32_t k = 0; k < count; k++)
            b->strides[(size_t)k * NET_MAX_RANK + d] = operand_stride(operands[k], b->rank, d);
    }
    for (uint32_t d = b->rank; d-- > 0;)
        if (b->dims[d] == 1)
            remove_axis(b, d);
    for (uint32_t d = b->rank; d-- > 1;)
        if (may_merge(b, d - 1)) {
            b->dims[d] *= b->dims[d - 1];
            remove_axis(b, d - 1);
        }
    if (b->rank == 0) {
        b->rank = 1;
        b->dims[0] = 1;
    }
    b->count = b->dims[b->rank - 1];
    for (uint32_t d = 0; d < b->rank; d++)
        if (!b->dims[d])
            b->index[0] = b->dims[0] + 1; /* nothing to do: see broadcast_more */
    return BDC_OK;
}

int broadcast_more(const broadcast *b)
{
    /* The last axis is not counted, so with one axis only the index shows the end. */
    return b->rank == 1 ? b->index[0] == 0 : b->index[0] < b->dims[0];
}

void broadcast_next(broadcast *b)
{
    b->row += b->count;
    if (b->rank == 1) {
        b->index[0] = 1;
        return;
    }
    for (uint32_t d = b->rank - 1; d-- > 0;) {
        const int turned = d > 0 && b->index[d] + 1 == b->dims[d];
        for (uint32_t k = 0; k < b->operands; k++) {
            const size_t stride = b->strides[(size_t)k * NET_MAX_RANK + d];
            b->first[k] = turned ? b->first[k] - stride * b->index[d] : b->first[k] + stride;
        }
        b->index[d] = turned ? 0 : b->index[d] + 1;
        if (!turned)
            return;
    }
}

size_t broadcast_stride(const broadcast *b, uint32_t operand)
{
    return b->strides[(size_t)operand * NET_MAX_RANK + b->rank - 1];
}

bdc_status pick_make(bdc_context *c, pick *p, uint32_t rank, const uint32_t *dims)
{
    *p = (pick){.rank = rank};
    for (uint32_t d = 0; d < rank; d++) {
        p->dims[d] = dims[d];
        p->tables[d] = BDC_NEW(c, uint32_t, dims[d]);
        if (!p->tables[d])
            return BDC_E_MEMORY;
    }
    return BDC_OK;
}

/* Places of a row are base + table[i]. */
#define PICK_ROW(T)                                                                                                    \
    {                                                                                                                  \
        const T *source = (const T *)from + base;                                                                      \
        T *target = (T *)to + at;                                                                                      \
        for (size_t i = 0; i < count; i++)                                                                             \
            target[i] = table[i] == PICK_FILL ? *(const T *)fill : source[table[i]];                                   \
        break;                                                                                                         \
    }

static void pick_row(uint32_t bytes, const void *from, size_t base, const uint32_t *table, size_t count,
                     const void *fill, void *to, size_t at)
{
    switch (bytes) {
    case 1:
        PICK_ROW(uint8_t)
    case 2:
        PICK_ROW(uint16_t)
    case 4:
        PICK_ROW(uint32_t)
    default:
        PICK_ROW(uint64_t)
    }
}

void pick_run(const pick *p, uint32_t bytes, const void *from, const void *fill, void *to)
{
    /* A scalar is a row of one element. */
    static const uint32_t zero[1] = {0};
    const uint32_t inner = p->rank ? p->rank - 1 : 0;
    const uint32_t *table = p->rank ? p->tables[inner] : zero;
    const size_t count = p->rank ? p->dims[inner] : 1;
    size_t rows = 1;
    for (uint32_t d = 0; d < inner; d++)
        rows *= p->dims[d];
    if (!rows || !count)
        return;

    int dense = table[0] != PICK_FILL;
    for (size_t i = 1; dense && i < count; i++)
        dense = table[i] == table[0] + i && table[i] != PICK_FILL;
    size_t index[NET_MAX_RANK] = {0};
    for (size_t row = 0; row < rows; row++) {
        size_t base = 0;
        int filled = 0;
        for (uint32_t d = 0; d < inner; d++) {
            filled |= p->tables[d][index[d]] == PICK_FILL;
            base += p->tables[d][index[d]];
        }
        if (filled)
            for (size_t i = 0; i < count; i++)
                memcpy((char *)to + (row * count + i) * bytes, fill, bytes);
        else if (dense)
            memcpy((char *)to + row * count * bytes, (const char *)from + (base + table[0]) * bytes, count * bytes);
        else
            pick_row(bytes, from, base, table, count, fill, to, row * count);
        for (uint32_t d = inner; d-- > 0;) {
            if (++index[d] < p->dims[d])
                break;
            index[d] = 0;
        }
    }
}
