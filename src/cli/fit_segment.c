/* SPDX-License-Identifier: MIT */
#include "fit_segment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* All pixels of the split, and what their stored logits mean. */
typedef struct pixels {
    segment_histogram all;
    double logit[SEGMENT_LEVELS], mark_from, count;
} pixels;

static double mean_nll(const void *data, double t)
{
    const pixels *p = data;
    double sum = 0;
    for (int i = 0; i < SEGMENT_LEVELS; i++) {
        const double x = p->logit[i] / t;
        sum += (double)p->all.of[0][i] * score_softplus(x) + (double)p->all.of[1][i] * score_softplus(-x);
    }
    return sum / p->count;
}

/* What bds_mask makes of these logits at a temperature, in real numbers. */
static double certainty_of(const pixels *p, const segment_histogram *h, double t)
{
    double all = 0, within = 0, marked = 0, most = 0;
    for (int i = 0; i < SEGMENT_LEVELS; i++) {
        const double n = (double)(h->of[0][i] + h->of[1][i]), q = score_sigmoid(p->logit[i] / t);
        if (!(n > 0))
            continue;
        all += n * q;
        most = fmax(most, q);
        if (p->logit[i] >= p->mark_from) {
            within += n * q;
            marked += n;
        }
    }
    return marked > 0 ? 2 * within / (all + marked) : 1 - most;
}

typedef struct answer {
    double certainty, dice;
} answer;

static int by_certainty(const void *a, const void *b)
{
    const double x = ((const answer *)a)->certainty, y = ((const answer *)b)->certainty;
    return x < y ? -1 : x > y;
}

static void choose_limit(fitted *f, answer *all, uint32_t n)
{
    double sum = 0, limit = FIT_MASK_ABSTAIN;
    uint32_t best_from = 0, answered = 0;
    qsort(all, n, sizeof *all, by_certainty);
    for (uint32_t j = 0; j < n; j++)
        sum += all[j].dice;
    double best = sum / n, left = sum, good = 0;
    for (uint32_t from = 1; from < n && n - from >= FIT_COVERAGE * n; from++) {
        left -= all[from - 1].dice;
        if (all[from].certainty > all[from - 1].certainty && left / (n - from) > best) {
            best = left / (n - from);
            best_from = from;
        }
    }
    if (best_from)
        limit = (all[best_from - 1].certainty + all[best_from].certainty) / 2;
    for (uint32_t j = 0; j < n; j++)
        if (all[j].certainty >= limit) {
            answered++;
            good += all[j].dice;
        }
    f->abstain_below = (uint32_t)ceil(limit * 65536);
    f->coverage = (double)answered / n;
    f->selective_accuracy = answered ? good / answered : NAN;
}

int fit_segment(fitted *f, const segments *s, double scale, int32_t zero_point, double mark_from)
{
    pixels *p = calloc(1, sizeof *p);
    answer *all = malloc(s->count * sizeof *all);
    int failed = p && all ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    memset(f, 0, sizeof *f);
    if (!failed) {
        p->mark_from = mark_from;
        p->count = (double)s->count * s->width * s->height;
        for (int i = 0; i < SEGMENT_LEVELS; i++)
            p->logit[i] = scale * (i + SEGMENT_FIRST - zero_point);
        for (uint32_t j = 0; j < s->count; j++)
            for (int i = 0; i < 2 * SEGMENT_LEVELS; i++)
                p->all.of[i / SEGMENT_LEVELS][i % SEGMENT_LEVELS] +=
                    s->pictures[j].histogram.of[i / SEGMENT_LEVELS][i % SEGMENT_LEVELS];
        f->temperature = fit_temperature(mean_nll, p);
        f->nll_before = mean_nll(p, 1);
        f->nll_after = mean_nll(p, f->temperature);
        for (uint32_t j = 0; j < s->count; j++)
            all[j] =
                (answer){certainty_of(p, &s->pictures[j].histogram, f->temperature), segment_dice(&s->pictures[j])};
        choose_limit(f, all, s->count);
    }
    free(p);
    free(all);
    return failed;
}
