/* Greedy placement: in some order, each block goes to the lowest gap among the blocks already placed that live at the same time.
 * No order is best for all networks, so several are tried.
 * SPDX-License-Identifier: MIT */
#include "memory_plan.h"

#include <string.h>

/* One buffer, or a chain of buffers that write over each other. */
typedef struct block {
    uint64_t bytes, offset, key;
    uint32_t first, last, index;
} block;

typedef enum order { BY_SIZE, BY_AREA, BY_LIFE, BY_TIME, ORDERS } order;

static uint64_t order_key(const block *b, order o)
{
    uint64_t life = (uint64_t)b->last - b->first + 1;
    switch (o) {
    case BY_SIZE:
        return b->bytes;
    case BY_AREA:
        return b->bytes * life;
    case BY_LIFE:
        return life;
    default:
        return UINT32_MAX - (uint64_t)b->first;
    }
}

/* Largest key first; then the larger block, then the earlier. */
static int compare_blocks(const block *a, const block *b)
{
    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Shell's sort. No two blocks are equal, so every sort gives this order. */
static void sort_blocks(block *blocks, uint32_t count)
{
    for (uint32_t gap = count / 2; gap > 0; gap /= 2)
        for (uint32_t i = gap; i < count; i++) {
            const block b = blocks[i];
            uint32_t k = i;
            for (; k >= gap && compare_blocks(&b, &blocks[k - gap]) < 0; k -= gap)
                blocks[k] = blocks[k - gap];
            blocks[k] = b;
        }
}

/* Places block n; placed holds the blocks before it sorted by offset. */
static void place(block *b, const block *const *placed, uint32_t count)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const block *p = placed[i];
        if (p->first > b->last || b->first > p->last)
            continue;
        if (p->offset >= at + b->bytes)
            break; /* the gap before p is wide enough */
        if (p->offset + p->bytes > at)
            at = p->offset + p->bytes;
    }
    b->offset = at;
}

static uint64_t place_all(block *blocks, uint32_t count, order o, const block **placed)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        blocks[i].key = order_key(&blocks[i], o);
    sort_blocks(blocks, count);
    for (uint32_t i = 0; i < count; i++) {
        place(&blocks[i], placed, i);
        uint32_t k = i;
        for (; k > 0 && placed[k - 1]->offset > blocks[i].offset; k--)
            placed[k] = placed[k - 1];
        placed[k] = &blocks[i];
        if (blocks[i].offset + blocks[i].bytes > total)
            total = blocks[i].offset + blocks[i].bytes;
    }
    return total;
}

/* Groups the buffers into blocks; root[i] is the block of buffer i. */
static uint32_t make_blocks(const memory_buffer *buffers, uint32_t count, int share, block *blocks, uint32_t *root)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        root[i] = MEMORY_ALONE;
    for (uint32_t i = 0; i < count; i++) {
        /* Follow the chain to its first buffer; chains are as long as the network at most. */
        uint32_t top = i;
        while (share && buffers[top].over != MEMORY_ALONE)
            top = buffers[top].over;
        if (root[top] == MEMORY_ALONE) {
            root[top] = n;
            blocks[n++] = (block){.bytes = (buffers[top].bytes + MEMORY_ALIGN - 1) / MEMORY_ALIGN * MEMORY_ALIGN,
                                  .first = buffers[top].first,
                                  .last = buffers[top].last};
        }
        block *b = &blocks[root[top]];
        root[i] = root[top];
        if (buffers[i].last > b->last)
            b->last = buffers[i].last;
        if (buffers[i].first < b->first)
            b->first = buffers[i].first;
    }
    for (uint32_t i = 0; i < n; i++)
        blocks[i].index = i;
    return n;
}

bdc_status memory_plan(bdc_context *c, memory_buffer *buffers, uint32_t count, uint64_t *total)
{
    bdc_mark mark = bdc_mark_set(c);
    block *blocks = BDC_NEW(c, block, count);
    const block **placed = BDC_NEW(c, const block *, count);
    uint32_t *root = BDC_NEW(c, uint32_t, count);
    uint64_t *offset = BDC_NEW(c, uint64_t, count);
    if (!blocks || !placed || !root || !offset)
        return BDC_E_MEMORY;
    *total = UINT64_MAX;
    for (int share = 1; share >= 0; share--) {
        uint32_t n = make_blocks(buffers, count, share, blocks, root);
        for (int o = 0; o < ORDERS; o++) {
            uint64_t size = place_all(blocks, n, (order)o, placed);
            if (size >= *total)
                continue;
            *total = size;
            for (uint32_t i = 0; i < n; i++)
                offset[blocks[i].index] = blocks[i].offset;
            for (uint32_t i = 0; i < count; i++)
                buffers[i].offset = offset[root[i]];
        }
    }
    bdc_mark_release(c, mark);
    return BDC_OK;
}
