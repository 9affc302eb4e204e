/* SPDX-License-Identifier: MIT */
#include "fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "metrics.h"
#include "progress.h"
#include "random.h"
#include "scores.h"

static double mean_nll(const void *data, double t)
{
    const scores *c = data;
    double sum = 0;
    for (uint32_t j = 0; j < c->count; j++) {
        if (!c->sigmoid) {
            sum += score_softplus(-score_log_odds(c, j, c->truth[j], t));
            continue;
        }
        for (uint32_t i = 0; i < c->labels; i++) {
            double x = score_log_odds(c, j, i, t);
            sum += score_softplus(score_is_true(c, j, i) ? -x : x);
        }
    }
    return sum / c->count;
}

/* Golden section over log T. */
double fit_temperature(double (*loss)(const void *data, double temperature), const void *data)
{
    const double ratio = 0.6180339887498949;
    double lo = -log(FIT_MAX_T), hi = log(FIT_MAX_T);
    double a = hi - ratio * (hi - lo), b = lo + ratio * (hi - lo);
    double fa = loss(data, exp(a)), fb = loss(data, exp(b));
    for (uint32_t i = 0; i < 60; i++) {
        if (fa < fb) {
            hi = b;
            b = a;
            fb = fa;
            a = hi - ratio * (hi - lo);
            fa = loss(data, exp(a));
        } else {
            lo = a;
            a = b;
            fa = fb;
            b = lo + ratio * (hi - lo);
            fb = loss(data, exp(b));
        }
    }
    /* Six digits: the file must not hang on the last bits of a C library's exp and log. */
    double t = exp((lo + hi) / 2), unit = pow(10, floor(log10(t)) - 5);
    return floor(t / unit + 0.5) * unit;
}

/* Platt's line through n points: p = sigmoid(a * x + b), by Newton's method with halved steps; his targets keep separable data
 * finite. */
static void fit_line(const double *x, const uint8_t *truth, const double *weight, uint32_t n, double *a, double *b)
{
    uint32_t positives = 0, negatives = 0;
    for (uint32_t i = 0; i < n; i++) {
        positives += weight[i] > 0 && truth[i];
        negatives += weight[i] > 0 && !truth[i];
    }
    double high = (positives + 1.0) / (positives + 2.0), low = 1 / (negatives + 2.0);
    double before = HUGE_VAL, da = 0, db = 0;
    *a = 1;
    *b = 0;
    for (int round = 0; round < 100; round++) {
        double loss = 0, ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
        for (uint32_t i = 0; i < n; i++) {
            if (!(weight[i] > 0))
                continue;
            double s = *a * x[i] + *b, p = score_sigmoid(s), target = truth[i] ? high : low, w = weight[i];
            loss += w * (score_softplus(s) - target * s);
            ga += w * (p - target) * x[i];
            gb += w * (p - target);
            haa += w * p * (1 - p) * x[i] * x[i];
            hab += w * p * (1 - p) * x[i];
            hbb += w * p * (1 - p);
        }
        if (loss > before + 1e-9) { /* too far: half the way back */
            da /= 2;
            db /= 2;
            *a += da;
            *b += db;
            continue;
        }
        double det = haa * hbb - hab * hab;
        if (before - loss < 1e-10 * n || !(det > 0))
            break;
        before = loss;
        da = (hbb * ga - hab * gb) / det;
        db = (haa * gb - hab * ga) / det;
        *a -= da;
        *b -= db;
    }
}

/* p = 0 and 1 have no logit: they are taken as 1 / 1024 away. */
static double knot_logit(uint32_t k)
{
    double p = k / (double)(FIT_KNOTS - 1), least = 1.0 / 1024;
    p = p < least ? least : p > 1 - least ? 1 - least : p;
    return log(p / (1 - p));
}

static uint16_t in_table(double p)
{
    return (uint16_t)floor(p * 65535 + 0.5);
}

static void fill_interval(uint16_t *to, double *values)
{
    for (uint32_t k = 0; k < FIT_KNOTS; k++) {
        double low, high, p = k / (double)(FIT_KNOTS - 1);
        percentile_interval(values + (size_t)k * FIT_RESAMPLES, FIT_RESAMPLES, &low, &high);
        to[2 * k] = in_table(low < p ? low : p);
        to[2 * k + 1] = in_table(high > p ? high : p);
    }
}

/* Draws as many pictures as there are, with repetition (seed null: each once), and gives every label the same weight in all. */
static void resample(double *weight, const scores *c, random_state *seed)
{
    uint32_t drawn[BDF_MAX_LABELS] = {0};
    for (uint32_t j = 0; j < c->count; j++)
        weight[j] = 0;
    for (uint32_t j = 0; j < c->count; j++) {
        uint32_t at = seed ? random_below(seed, c->count) : j;
        weight[at]++;
        drawn[c->truth[at]]++;
    }
    for (uint32_t j = 0; j < c->count; j++)
        if (weight[j] > 0)
            weight[j] *= (double)c->count / ((c->labels < 2 ? 2 : c->labels) * (double)drawn[c->truth[j]]);
}

static int fit_interval(fitted *f, const scores *c)
{
    double *x = malloc(c->count * sizeof *x), *values = malloc(sizeof *values * FIT_KNOTS * FIT_RESAMPLES);
    uint8_t *truth = malloc(c->count);
    double *weight = malloc(c->count * sizeof *weight);
    int failed = 0;
    f->interval = calloc((size_t)c->labels * FIT_KNOTS * 2, sizeof *f->interval);
    if (!x || !values || !truth || !weight || !f->interval)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < c->labels && !failed; i++) {
        random_state seed = {FIT_SEED}; /* the same resamples for every label */
        for (uint32_t j = 0; j < c->count; j++) {
            x[j] = score_log_odds(c, j, i, f->temperature);
            truth[j] = (uint8_t)score_is_true(c, j, i);
        }
        double a_all, b_all;
        resample(weight, c, NULL);
        fit_line(x, truth, weight, c->count, &a_all, &b_all);
        for (uint32_t r = 0; r < FIT_RESAMPLES; r++) {
            double a, b;
            resample(weight, c, &seed);
            fit_line(x, truth, weight, c->count, &a, &b);
            for (uint32_t k = 0; k < FIT_KNOTS; k++) {
                double p = knot_logit(k), moved = (a - a_all) * p + (b - b_all);
                values[(size_t)k * FIT_RESAMPLES + r] = score_sigmoid(p + moved);
            }
            progress_show("interval", i * FIT_RESAMPLES + r + 1, c->labels * FIT_RESAMPLES);
        }
        fill_interval(f->interval + (size_t)i * FIT_KNOTS * 2, values);
    }
    free(x);
    free(values);
    free(truth);
    free(weight);
    return failed;
}

typedef struct answer {
    double lead;
    int right;
} answer;

static int by_lead(const void *a, const void *b)
{
    double x = ((const answer *)a)->lead, y = ((const answer *)b)->lead;
    return x < y ? -1 : x > y;
}

/* The leading label's probability. With independent labels: of the least certain one, there or not. */
static answer answer_of(const scores *c, uint32_t j, double t)
{
    answer a = {c->sigmoid ? 1 : 0, 1};
    uint32_t top = 0;
    for (uint32_t i = 0; i < c->labels; i++) {
        double x = score_log_odds(c, j, i, t), p = score_sigmoid(x);
        if (c->sigmoid) {
            a.right &= (x >= 0) == score_is_true(c, j, i);
            p = p < 0.5 ? 1 - p : p;
            a.lead = p < a.lead ? p : a.lead;
        } else if (p > a.lead) {
            a.lead = p;
            top = i;
        }
    }
    if (!c->sigmoid)
        a.right = c->truth[j] == top;
    return a;
}

static int fit_abstention(fitted *f, const scores *c)
{
    answer *all = malloc(c->count * sizeof *all);
    if (!all)
        return cli_fail(BDS_E_ARENA, "out of memory");
    uint32_t right = 0, best_from = 0;
    for (uint32_t j = 0; j < c->count; j++) {
        all[j] = answer_of(c, j, f->temperature);
        right += (uint32_t)all[j].right;
    }
    qsort(all, c->count, sizeof *all, by_lead);
    double best = (double)right / c->count, limit = FIT_ABSTAIN;
    for (uint32_t from = 1, left = right; from < c->count && c->count - from >= FIT_COVERAGE * c->count; from++) {
        left -= (uint32_t)all[from - 1].right;
        double share = (double)left / (c->count - from);
        if (all[from].lead > all[from - 1].lead && share > best) {
            best = share;
            best_from = from;
        }
    }
    if (best_from)
        limit = (all[best_from - 1].lead + all[best_from].lead) / 2;
    f->abstain_below = (uint32_t)ceil(limit * 65536);
    uint32_t answered = 0, good = 0;
    for (uint32_t j = 0; j < c->count; j++)
        if (all[j].lead >= limit) {
            answered++;
            good += (uint32_t)all[j].right;
        }
    f->coverage = (double)answered / c->count;
    f->selective_accuracy = answered ? (double)good / answered : NAN;
    free(all);
    return 0;
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

static int fit_set(fitted *f, const scores *c, double coverage)
{
    const double rank = ceil((c->count + 1.0) * coverage - 1e-9);
    if (c->sigmoid || rank > c->count)
        return 0;
    double *p = malloc(c->count * sizeof *p);
    if (!p)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < c->count; j++)
        p[j] = score_sigmoid(score_log_odds(c, j, c->truth[j], f->temperature));
    qsort(p, c->count, sizeof *p, falling);
    /* Half-way to the next smaller one: the runtime's probabilities have steps. */
    const uint32_t last = (uint32_t)rank - 1;
    const double limit = last + 1 < c->count ? (p[last] + p[last + 1]) / 2 : p[last];
    f->set_from = limit * 65536 > 2 ? (uint32_t)floor(limit * 65536) - 1 : 1;
    f->set_coverage = (uint32_t)floor(coverage * 65536 + 0.5);
    free(p);
    return 0;
}

int fit_result(fitted *f, const scores *c, double coverage)
{
    memset(f, 0, sizeof *f);
    if (c->labels == 1 && !c->sigmoid)
        return cli_fail(BDS_E_INVALID,
                        "a softmax over one output says nothing: the recipe needs \"activation\": \"sigmoid\"");
    f->temperature = fit_temperature(mean_nll, c);
    f->nll_before = mean_nll(c, 1);
    f->nll_after = mean_nll(c, f->temperature);
    int failed = fit_interval(f, c);
    if (!failed)
        failed = fit_abstention(f, c);
    if (!failed)
        failed = fit_set(f, c, coverage);
    if (failed)
        fit_free(f);
    return failed;
}

void fit_free(fitted *f)
{
    free(f->interval);
    memset(f, 0, sizeof *f);
}
