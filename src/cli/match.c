/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <stdlib.h>

#include "cli.h"

typedef struct pair {
    uint32_t apart, truth, found;
} pair;

static int nearer(const void *a, const void *b)
{
    const pair *p = a, *q = b;
    if (p->apart != q->apart)
        return p->apart < q->apart ? -1 : 1;
    return p->truth != q->truth ? (p->truth < q->truth ? -1 : 1) : (p->found > q->found) - (p->found < q->found);
}

/* All pairs within reach; list may be null: only their number. */
static size_t pairs_of(const uint32_t *truth, uint32_t truths, const uint32_t *found, uint32_t founds, uint32_t reach,
                       pair *list)
{
    size_t n = 0;
    uint32_t first = 0;
    for (uint32_t k = 0; k < founds; k++) {
        while (first < truths && (uint64_t)truth[first] + reach < found[k])
            first++;
        for (uint32_t i = first; i < truths && truth[i] <= (uint64_t)found[k] + reach; i++, n++)
            if (list)
                list[n] = (pair){truth[i] > found[k] ? truth[i] - found[k] : found[k] - truth[i], i, k};
    }
    return n;
}

int match_beats(const uint32_t *truth, uint32_t truths, const uint32_t *found, uint32_t founds, uint32_t reach,
                uint32_t *of)
{
    const size_t n = pairs_of(truth, truths, found, founds, reach, NULL);
    pair *list = malloc((n + 1) * sizeof *list);
    uint8_t *taken = calloc(truths + 1u, 1);
    const int failed = list && taken ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t k = 0; k < founds; k++)
        of[k] = MATCH_NONE;
    if (!failed) {
        pairs_of(truth, truths, found, founds, reach, list);
        qsort(list, n, sizeof *list, nearer);
        for (size_t i = 0; i < n; i++) {
            if (taken[list[i].truth] || of[list[i].found] != MATCH_NONE)
                continue;
            of[list[i].found] = list[i].truth;
            taken[list[i].truth] = 1;
        }
    }
    free(list);
    free(taken);
    return failed;
}
