/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "whiten.h"

#define RIDGE (1.0 / 12) /* the variance of rounding to whole steps */

static uint32_t label_count(const collected *c)
{
    return c->labels < 2 ? 2 : c->labels;
}

/* From stored steps to real units; the offset puts the middle between the labels' means at 0. */
static void keep_projection(gate *g, const double *w, const double *middle, double scale, int32_t zero_point)
{
    const uint32_t c = g->projected;
    for (uint32_t a = 0; a < c; a++) {
        double offset = 0;
        for (uint32_t b = 0; b < c; b++) {
            double v = whiten_round(w[(size_t)a * c + b] * GATE_STEPS / scale);
            g->projection[(size_t)a * c + b] = (float)v;
            offset -= v * scale * (middle[b] - zero_point);
        }
        g->offset[a] = (float)whiten_round(offset);
    }
}

int gate_whiten(gate *g, const collected *train, double scale, int32_t zero_point)
{
    const uint32_t c = train->features, labels = label_count(train);
    memset(g, 0, sizeof *g);
    if (!c || c > GATE_WIDEST || train->count / c < GATE_PER_CHANNEL)
        return 0;
    double *w = malloc((size_t)c * c * sizeof *w), *mean = calloc((size_t)labels * c, sizeof *mean);
    uint32_t *count = malloc(labels * sizeof *count), present = 0;
    g->projection = malloc((size_t)c * c * sizeof *g->projection);
    g->offset = malloc(c * sizeof *g->offset);
    int failed = 0;
    if (!w || !mean || !count || !g->projection || !g->offset ||
        !whiten(w, train->feature, train->truth, train->count, c, labels, RIDGE))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed) {
        whiten_means(mean, count, train->feature, train->truth, train->count, c, labels);
        for (uint32_t k = 0; k < labels; k++)
            present += count[k] != 0;
        for (uint32_t i = 0; i < c; i++) {
            for (uint32_t k = 1; k < labels; k++)
                mean[i] += mean[(size_t)k * c + i];
            mean[i] /= present;
        }
        g->projected = c;
        keep_projection(g, w, mean, scale, zero_point);
    }
    free(w);
    free(mean);
    free(count);
    if (failed)
        gate_free(g);
    return failed;
}

static int learn(gate *g, const collected *train)
{
    const uint32_t c = g->channels, labels = label_count(train);
    double *mean = malloc((size_t)labels * c * sizeof *mean);
    uint32_t *count = malloc(labels * sizeof *count);
    if (mean && count)
        whiten_means(mean, count, train->feature, train->truth, train->count, c, labels);
    for (uint32_t i = 0; mean && count && i < c; i++) {
        double sum = 0;
        for (uint32_t j = 0; j < train->count; j++) {
            double d = train->feature[(size_t)j * c + i] - mean[(size_t)train->truth[j] * c + i];
            sum += d * d;
        }
        double w = floor(256 / (sum / train->count + RIDGE) + 0.5);
        g->weight[i] = (uint16_t)(w < 1 ? 1 : w > 65535 ? 65535 : w);
    }
    for (uint32_t k = 0; mean && count && k < labels; k++) {
        for (uint32_t i = 0; i < c; i++)
            g->mean[(size_t)g->groups * c + i] = (int8_t)floor(mean[(size_t)k * c + i] + 0.5);
        g->groups += count[k] != 0;
    }
    free(mean);
    free(count);
    return g->groups ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
}

static uint32_t distance(const gate *g, const int8_t *x)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t k = 0; k < g->groups; k++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < g->channels; i++) {
            int32_t d = x[i] - g->mean[(size_t)k * g->channels + i];
            sum += (uint64_t)(uint32_t)(d * d) * g->weight[i];
        }
        least = sum < least ? sum : least;
    }
    least /= g->channels;
    return least > UINT32_MAX ? UINT32_MAX : (uint32_t)least;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The 99.5 % quantile of the t distribution with v degrees of freedom, by Cornish and Fisher's expansion about the normal one. */
static double t_quantile(double v)
{
    const double z = 2.5758293, z3 = z * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * v * v);
}

/* Too few pictures to see a quantile of 99.5 %: the logarithms of their distances are taken as normal, and the limit is the upper end of the
 * prediction interval for one more picture. n >= 2. */
static uint32_t predicted_limit(const double *d, uint32_t n)
{
    double mean = 0, square = 0;
    for (uint32_t j = 0; j < n; j++)
        mean += log(d[j] + 1) / n;
    for (uint32_t j = 0; j < n; j++)
        square += (log(d[j] + 1) - mean) * (log(d[j] + 1) - mean) / (n - 1);
    const double limit = exp(mean + t_quantile(n - 1) * sqrt(square * (1 + 1.0 / n))) - 1;
    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

static uint32_t quantile_limit(double *d, uint32_t n)
{
    qsort(d, n, sizeof *d, rising);
    return (uint32_t)d[(uint32_t)ceil(GATE_QUANTILE * n) - 1];
}

/* With few validation pictures those of training help, each measured from the mean of the others: n / (n - 1) times as far. */
static int find_limit(gate *g, const collected *train, const collected *val)
{
    const uint32_t helpers = val->count < GATE_FEW ? train->count : 0, n = val->count + helpers;
    double *d = malloc(n * sizeof *d);
    if (!d)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < val->count; j++)
        d[j] = distance(g, val->feature + (size_t)j * g->channels);
    for (uint32_t j = 0; j < helpers; j++) {
        const double apart = (double)train->count / (train->count > 1 ? train->count - 1 : 1);
        d[val->count + j] = distance(g, train->feature + (size_t)j * g->channels) * apart * apart;
    }
    g->limit = val->count >= GATE_ENOUGH || n < 2 ? quantile_limit(d, n) : predicted_limit(d, n);
    free(d);
    return 0;
}

int gate_fit(gate *g, const collected *train, const collected *val)
{
    g->groups = 0;
    g->channels = train->features;
    g->mean = calloc((size_t)label_count(train) * g->channels, 1);
    g->weight = calloc(g->channels, sizeof *g->weight);
    int failed = g->mean && g->weight ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed)
        failed = learn(g, train);
    if (!failed)
        failed = find_limit(g, train, val);
    if (failed)
        gate_free(g);
    return failed;
}

void gate_free(gate *g)
{
    free(g->projection);
    free(g->offset);
    free(g->mean);
    free(g->weight);
    memset(g, 0, sizeof *g);
}
