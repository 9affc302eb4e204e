/* Masks of single weights.
 * SPDX-License-Identifier: MIT */
#include "prune.h"

#include <math.h>
#include <string.h>

bdc_status prune_check(bdc_context *c, const bdc_options *options)
{
    if (options->choice_count && !options->choices)
        return bdc_fail(c, BDC_E_ARGUMENT, "There are %u choices, but no place of them was given.",
                        options->choice_count);
    for (uint32_t i = 0; i < options->choice_count; i++) {
        const bdc_choice *choice = &options->choices[i];
        const char *name = choice->name ? choice->name : "all";
        if (choice->weights > BDC_POWER || choice->weights < 0 || choice->pruning > BDC_PRUNE_CHANNELS ||
            choice->pruning < 0)
            return bdc_fail(c, BDC_E_ARGUMENT, "The choice for '%s' has an unknown class or way of pruning.", name);
        if (!(choice->sparsity >= 0) || !(choice->sparsity < 1))
            return bdc_fail(c, BDC_E_ARGUMENT, "The sparsity for '%s' is not in [0, 1).", name);
        if (choice->pruning == BDC_PRUNE_N_M && (choice->n < 1 || choice->m < choice->n || choice->m > 64))
            return bdc_fail(c, BDC_E_ARGUMENT, "For '%s', n and m are not 1 <= n <= m <= 64.", name);
    }
    return BDC_OK;
}

/* The order of a heap: later ones have higher scores, or equal ones and a higher index. */
static int later(const float *score, uint32_t a, uint32_t b)
{
    return score[a] > score[b] || (!(score[a] < score[b]) && a > b);
}

static void sift(const float *score, uint32_t *heap, size_t at, size_t n)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && later(score, heap[child + 1], heap[child]))
            child++;
        if (!later(score, heap[child], heap[at]))
            return;
        const uint32_t other = heap[at];
        heap[at] = heap[child];
        heap[child] = other;
        at = child;
    }
}

/* Indices by rising score. */
static void sort(const float *score, uint32_t *order, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(score, order, i, n);
    for (size_t i = n; i-- > 1;) {
        const uint32_t top = order[0];
        order[0] = order[i];
        order[i] = top;
        sift(score, order, 0, i);
    }
}

static bdc_status drop_lowest(bdc_context *c, double share, const float *score, size_t count, uint8_t *kept)
{
    uint32_t *order = BDC_NEW(c, uint32_t, count);
    size_t n = 0, wanted = (size_t)floor(share * (double)count + 0.5);
    if (!order)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (kept[i])
            order[n++] = (uint32_t)i;
    wanted -= wanted < count - n ? wanted : count - n; /* those that are 0 already */
    sort(score, order, n);
    for (size_t i = 0; i < wanted && i < n; i++)
        kept[order[i]] = 0;
    return BDC_OK;
}

/* Of each group of m weights of a row, the last one being shorter, the n best stay. */
static void keep_best(const bdc_choice *choice, const float *score, uint32_t rows, uint32_t depth, uint8_t *kept)
{
    uint32_t order[64];
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t first = 0; first < depth; first += choice->m) {
            const size_t at = (size_t)r * depth + first;
            uint32_t n = 0;
            for (uint32_t i = 0; i < choice->m && first + i < depth; i++)
                if (kept[at + i])
                    order[n++] = i;
            sort(score + at, order, n);
            for (uint32_t i = 0; i + choice->n < n; i++)
                kept[at + order[i]] = 0;
        }
}

bdc_status prune_weights(bdc_context *c, const bdc_choice *choice, double share, const float *weights,
                         const float *score, uint32_t rows, uint32_t depth, uint8_t *kept)
{
    const size_t count = (size_t)rows * depth;
    bdc_mark mark = bdc_mark_set(c);
    bdc_status status = BDC_OK;
    for (size_t i = 0; i < count; i++)
        kept[i] = weights[i] < 0 || weights[i] > 0;
    if (choice && choice->pruning == BDC_PRUNE_MAGNITUDE)
        status = drop_lowest(c, share, score, count, kept);
    else if (choice && choice->pruning == BDC_PRUNE_N_M)
        keep_best(choice, score, rows, depth, kept);
    bdc_mark_release(c, mark);
    return status;
}
