/* Greedy placement: in some order, each buffer goes to the lowest place that no buffer placed before it forbids. Several orders are
 * tried, and the best of them is bettered by exchanging two of its buffers as long as that is worth something.
 * SPDX-License-Identifier: MIT */
#include "export_memory.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

typedef enum order { BY_SIZE, BY_AREA, BY_LIFE, BY_TIME, ORDERS } order;

static uint32_t align_up(uint32_t n)
{
    return (n + EXPORT_ALIGN - 1) / EXPORT_ALIGN * EXPORT_ALIGN;
}

static int is_over(const export_buffer *b, uint32_t other)
{
    return b->over[0] == other || b->over[1] == other;
}

/* Whether `upper`, the younger one, may overlap `lower`. */
static int may_overlap(const export_buffer *upper, const export_buffer *lower)
{
    return upper->exact ? upper->offset == lower->offset : lower->offset >= upper->offset + upper->behind;
}

static int collide(const export_buffer *buffers, uint32_t i, uint32_t k)
{
    const export_buffer *a = &buffers[i], *b = &buffers[k];
    if (a->first > b->last || b->first > a->last || a->offset >= b->offset + b->bytes ||
        b->offset >= a->offset + a->bytes)
        return 0;
    return !(is_over(a, k) && may_overlap(a, b)) && !(is_over(b, i) && may_overlap(b, a));
}

/* Tries a place for buffer i. */
static int fits(export_buffer *buffers, const uint32_t *placed, uint32_t count, uint32_t i, uint64_t at)
{
    if (at + buffers[i].bytes > INT32_MAX)
        return 0;
    buffers[i].offset = (uint32_t)at;
    for (uint32_t k = 0; k < count; k++)
        if (collide(buffers, i, placed[k]))
            return 0;
    return 1;
}

/* The lowest place: at the beginning, behind another buffer, or where a relation to another begins to hold. */
static void place(export_buffer *buffers, const uint32_t *placed, uint32_t count, uint32_t i)
{
    uint32_t best = fits(buffers, placed, count, i, 0) ? 0 : UINT32_MAX;
    for (uint32_t k = 0; k < count && best > 0; k++) {
        const export_buffer *a = &buffers[i], *b = &buffers[placed[k]];
        uint64_t tries[3] = {align_up(b->offset + b->bytes), UINT64_MAX, b->offset};
        if (is_over(a, placed[k]) && b->offset >= a->behind)
            tries[1] = (b->offset - a->behind) / EXPORT_ALIGN * EXPORT_ALIGN;
        else if (is_over(b, i))
            tries[1] = align_up(b->offset + b->behind);
        for (int t = 0; t < 3; t++)
            if (tries[t] < best && fits(buffers, placed, count, i, tries[t]))
                best = (uint32_t)tries[t];
    }
    buffers[i].offset = best;
}

/* Places in the order of `sequence`; returns the bytes, or UINT32_MAX when they are absurd. */
static uint32_t place_all(export_buffer *buffers, const uint32_t *sequence, uint32_t count)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        export_buffer *b = &buffers[sequence[i]];
        place(buffers, sequence, i, sequence[i]);
        if (b->offset == UINT32_MAX)
            return UINT32_MAX;
        total = b->offset + b->bytes > total ? b->offset + b->bytes : total;
    }
    return total;
}

static uint64_t order_key(const export_buffer *b, order o)
{
    const uint64_t life = (uint64_t)b->last - b->first + 1;
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

/* Largest key first; of equals the earlier: insertion, as there are few. */
static void sort(uint32_t *sequence, const export_buffer *buffers, uint32_t count, order o)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t b = sequence[i];
        uint32_t k = i;
        for (; k > 0 && order_key(&buffers[b], o) > order_key(&buffers[sequence[k - 1]], o); k--)
            sequence[k] = sequence[k - 1];
        sequence[k] = b;
    }
}

/* Exchanges two of the order at a time, and keeps what is not worse. */
static void search(export_buffer *buffers, uint32_t *sequence, uint32_t count, uint32_t best)
{
    const uint64_t work = (uint64_t)count * count * count;
    const uint32_t rounds = (uint32_t)(work ? 200000000u / work : 0);
    random_state random = {1};
    for (uint32_t round = 0; round < rounds && round < 1000 && count > 1; round++) {
        const uint32_t a = random_below(&random, count), b = random_below(&random, count), swap = sequence[a];
        sequence[a] = sequence[b];
        sequence[b] = swap;
        const uint32_t total = place_all(buffers, sequence, count);
        if (total <= best) {
            best = total;
        } else {
            sequence[b] = sequence[a];
            sequence[a] = swap;
        }
    }
}

uint32_t export_place(export_buffer *buffers, uint32_t count, int thorough)
{
    uint32_t *sequence = malloc((count + 1) * sizeof *sequence), *chosen = malloc((count + 1) * sizeof *chosen);
    uint32_t used = 0, best = UINT32_MAX;
    if (!sequence || !chosen) {
        free(sequence);
        free(chosen);
        return UINT32_MAX;
    }
    for (int o = 0; o < ORDERS; o++) {
        used = 0;
        for (uint32_t i = 0; i < count; i++)
            if (buffers[i].bytes)
                sequence[used++] = i;
        sort(sequence, buffers, used, (order)o);
        const uint32_t total = place_all(buffers, sequence, used);
        if (total < best || o == 0) {
            best = total;
            memcpy(chosen, sequence, used * sizeof *chosen);
        }
    }
    if (thorough)
        search(buffers, chosen, used, best);
    best = place_all(buffers, chosen, used);
    free(sequence);
    free(chosen);
    return best;
}
