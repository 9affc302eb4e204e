/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "clusters.h"

/* What is known of the training pictures while the gate is fitted. */
typedef struct learning {
    const collected *seen;
    double *mean;     /* [groups][channels] */
    uint32_t *group;  /* [count] */
    double *variance; /* [channels], within the groups */
} learning;

static void find_variance(learning *l, uint32_t channels)
{
    for (uint32_t i = 0; i < channels; i++) {
        double sum = 0;
        for (uint32_t j = 0; j < l->seen->count; j++) {
            double d = l->seen->feature[(size_t)j * channels + i] - l->mean[(size_t)l->group[j] * channels + i];
            sum += d * d;
        }
        l->variance[i] = sum / l->seen->count + 1.0 / 12;
    }
}

/* Divides every label's pictures into clusters, at most k of each. Returns the number of groups, 0 when memory is out. */
static uint32_t find_groups(learning *l, uint32_t labels, uint32_t channels, const double *weight, uint32_t k)
{
    uint32_t groups = 0;
    for (uint32_t label = 0; label < labels; label++) {
        uint32_t count = 0;
        for (uint32_t j = 0; j < l->seen->count; j++)
            if (l->seen->truth[j] == label) {
                l->group[j] = CLUSTERS_MINE;
                count++;
            }
        if (!count)
            continue;
        uint32_t most = count / GATE_CLUSTER, n = most < 1 ? 1 : most < k ? most : k;
        uint32_t found = clusters_find(l->mean + (size_t)groups * channels, l->group, l->seen->feature, l->seen->count,
                                       channels, weight, n, groups);
        if (!found)
            return 0;
        groups += found;
    }
    return groups;
}

/* First one group per label, for the channels' variances; with these as the measure the clusters. */
static int learn(gate *g, learning *l, uint32_t labels)
{
    uint32_t k = GATE_GROUPS / labels < 1 ? 1 : GATE_GROUPS / labels;
    double *weight = malloc(g->channels * sizeof *weight);
    for (uint32_t i = 0; weight && i < g->channels; i++)
        weight[i] = 1;
    if (weight && find_groups(l, labels, g->channels, weight, 1)) {
        find_variance(l, g->channels);
        for (uint32_t i = 0; i < g->channels; i++)
            weight[i] = 1 / l->variance[i];
        g->groups = find_groups(l, labels, g->channels, weight, k);
    }
    free(weight);
    if (!g->groups)
        return cli_fail(BDS_E_ARENA, "out of memory");
    find_variance(l, g->channels);
    for (size_t i = 0; i < (size_t)g->groups * g->channels; i++)
        g->mean[i] = (int8_t)floor(l->mean[i] + 0.5);
    for (uint32_t i = 0; i < g->channels; i++) {
        double w = floor(256 / l->variance[i] + 0.5);
        g->weight[i] = (uint16_t)(w < 1 ? 1 : w > 65535 ? 65535 : w);
    }
    return 0;
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
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int find_limit(gate *g, const collected *val)
{
    uint32_t *d = malloc(val->count * sizeof *d);
    if (!d)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < val->count; j++)
        d[j] = distance(g, val->feature + (size_t)j * g->channels);
    qsort(d, val->count, sizeof *d, rising);
    g->limit = d[(uint32_t)ceil(GATE_QUANTILE * val->count) - 1];
    free(d);
    return 0;
}

int gate_fit(gate *g, const collected *train, const collected *val)
{
    memset(g, 0, sizeof *g);
    uint32_t labels = train->labels < 2 ? 2 : train->labels;
    size_t most = labels > GATE_GROUPS ? labels : GATE_GROUPS;
    g->channels = train->features;
    g->mean = calloc(most * g->channels, 1);
    g->weight = calloc(g->channels, sizeof *g->weight);
    learning l = {train, calloc(most * g->channels, sizeof(double)), calloc(train->count, sizeof(uint32_t)),
                  calloc(g->channels, sizeof(double))};
    int failed = 0;
    if (!g->mean || !g->weight || !l.mean || !l.group || !l.variance)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed)
        failed = learn(g, &l, labels);
    if (!failed)
        failed = find_limit(g, val);
    free(l.mean);
    free(l.group);
    free(l.variance);
    if (failed)
        gate_free(g);
    return failed;
}

void gate_free(gate *g)
{
    free(g->mean);
    free(g->weight);
    memset(g, 0, sizeof *g);
}
