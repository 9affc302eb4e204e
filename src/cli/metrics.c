/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef struct keyed {
    double score;
    uint32_t index;
} keyed;

static int by_score(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

int ranking_make(ranking *r, const double *score, const uint8_t *truth, uint32_t n)
{
    keyed *k = malloc(n * sizeof *k + 1);
    *r = (ranking){n, malloc(n * sizeof *r->order + 1), score, truth};
    if (!k || !r->order) {
        free(k);
        ranking_free(r);
        return cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t i = 0; i < n; i++)
        k[i] = (keyed){score[i], i};
    qsort(k, n, sizeof *k, by_score);
    for (uint32_t i = 0; i < n; i++)
        r->order[i] = k[i].index;
    free(k);
    return 0;
}

void ranking_free(ranking *r)
{
    free(r->order);
    memset(r, 0, sizeof *r);
}

double ranking_auc(const ranking *r, const uint32_t *weight)
{
    double positives = 0, negatives = 0, wins = 0;
    for (uint32_t i = 0; i < r->n;) {
        double p = 0, q = 0, score = r->score[r->order[i]];
        for (; i < r->n && !(r->score[r->order[i]] > score); i++) {
            uint32_t at = r->order[i], w = weight ? weight[at] : 1;
            p += r->truth[at] ? w : 0;
            q += r->truth[at] ? 0 : w;
        }
        wins += p * (negatives + q / 2);
        positives += p;
        negatives += q;
    }
    return positives > 0 && negatives > 0 ? wins / (positives * negatives) : NAN;
}

double ranking_youden(const ranking *r, double prefer)
{
    double positives = 0, below_positive = 0, below_negative = 0, best = -1, threshold = prefer;
    for (uint32_t i = 0; i < r->n; i++)
        positives += r->truth[i];
    double negatives = r->n - positives;
    for (uint32_t i = 0; i + 1 < r->n; i++) {
        uint32_t at = r->order[i];
        double score = r->score[at], next = r->score[r->order[i + 1]], middle = score + (next - score) / 2;
        below_positive += r->truth[at];
        below_negative += !r->truth[at];
        if (!(next > score))
            continue;
        double j = (positives - below_positive) / positives + below_negative / negatives;
        if (j > best || (!(j < best) && fabs(middle - prefer) < fabs(threshold - prefer))) {
            best = j;
            threshold = middle;
        }
    }
    return threshold;
}

void reliability_of(reliability *r, const double *probability, const uint8_t *truth, uint32_t n)
{
    memset(r, 0, sizeof *r);
    for (uint32_t i = 0; i < n; i++) {
        int bin = (int)(probability[i] * METRICS_BINS);
        bin = bin < 0 ? 0 : bin >= METRICS_BINS ? METRICS_BINS - 1 : bin;
        r->count[bin]++;
        r->confidence[bin] += probability[i];
        r->observed[bin] += truth[i];
    }
    for (int b = 0; b < METRICS_BINS; b++) {
        if (!r->count[b])
            continue;
        r->ece += fabs(r->confidence[b] - r->observed[b]) / n;
        r->confidence[b] /= r->count[b];
        r->observed[b] /= r->count[b];
    }
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const double *sorted, uint32_t n, double share)
{
    double at = share * (n - 1);
    uint32_t i = (uint32_t)at;
    return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void percentile_interval(double *values, uint32_t n, double *low, double *high)
{
    qsort(values, n, sizeof *values, rising);
    *low = percentile(values, n, 0.025);
    *high = percentile(values, n, 0.975);
}
