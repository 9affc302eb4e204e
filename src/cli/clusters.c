/* SPDX-License-Identifier: MIT */
#include "clusters.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

typedef struct work {
    const int8_t **point; /* [n] */
    uint32_t *nearest;    /* [n] */
    double *distance;     /* [n] */
    const double *weight;
    uint32_t n, c;
} work;

static double distance(const work *w, const int8_t *x, const double *mean)
{
    double sum = 0;
    for (uint32_t i = 0; i < w->c; i++) {
        double d = x[i] - mean[i];
        sum += d * d * w->weight[i];
    }
    return sum;
}

static void copy_point(double *mean, const int8_t *x, uint32_t c)
{
    for (uint32_t i = 0; i < c; i++)
        mean[i] = x[i];
}

/* Arthur and Vassilvitskii 2007: each next centre is a point drawn in proportion to its squared distance from the former ones. */
static void choose_centres(double *mean, const work *w, uint32_t k)
{
    random_state seed = {k};
    copy_point(mean, w->point[random_below(&seed, w->n)], w->c);
    for (uint32_t j = 0; j < w->n; j++)
        w->distance[j] = distance(w, w->point[j], mean);
    for (uint32_t m = 1; m < k; m++) {
        double total = 0, sum = 0;
        uint32_t pick = 0;
        for (uint32_t j = 0; j < w->n; j++)
            total += w->distance[j];
        double at = total * (double)random_below(&seed, UINT32_MAX) / UINT32_MAX;
        while (pick + 1 < w->n && (sum += w->distance[pick]) < at)
            pick++;
        copy_point(mean + (size_t)m * w->c, w->point[pick], w->c);
        for (uint32_t j = 0; j < w->n; j++) {
            double d = distance(w, w->point[j], mean + (size_t)m * w->c);
            w->distance[j] = d < w->distance[j] ? d : w->distance[j];
        }
    }
}

static int assign(const double *mean, const work *w, uint32_t k)
{
    int changed = 0;
    for (uint32_t j = 0; j < w->n; j++) {
        uint32_t best = 0;
        double least = distance(w, w->point[j], mean);
        for (uint32_t m = 1; m < k; m++) {
            double d = distance(w, w->point[j], mean + (size_t)m * w->c);
            if (d < least) {
                least = d;
                best = m;
            }
        }
        changed |= w->nearest[j] != best;
        w->nearest[j] = best;
    }
    return changed;
}

/* New means; a cluster without points is dropped, and the last one takes its number. Returns how many are left. */
static uint32_t move_centres(double *mean, const work *w, uint32_t k)
{
    for (uint32_t m = 0; m < k;) {
        double *to = mean + (size_t)m * w->c;
        uint32_t count = 0;
        memset(to, 0, w->c * sizeof *to);
        for (uint32_t j = 0; j < w->n; j++) {
            if (w->nearest[j] != m)
                continue;
            count++;
            for (uint32_t i = 0; i < w->c; i++)
                to[i] += w->point[j][i];
        }
        if (!count) {
            k--;
            for (uint32_t j = 0; j < w->n; j++)
                w->nearest[j] = w->nearest[j] == k ? m : w->nearest[j];
            continue;
        }
        for (uint32_t i = 0; i < w->c; i++)
            to[i] /= count;
        m++;
    }
    return k;
}

uint32_t clusters_find(double *mean, uint32_t *group, const int8_t *points, uint32_t n, uint32_t c,
                       const double *weight, uint32_t k, uint32_t first)
{
    work w = {malloc(n * sizeof *w.point), malloc(n * sizeof *w.nearest), malloc(n * sizeof *w.distance), weight, 0, c};
    uint32_t found = 0;
    if (w.point && w.nearest && w.distance) {
        for (uint32_t j = 0; j < n; j++)
            if (group[j] == CLUSTERS_MINE)
                w.point[w.n++] = points + (size_t)j * c;
        memset(w.nearest, 0xff, n * sizeof *w.nearest);
        found = k < w.n ? k : w.n;
        if (found)
            choose_centres(mean, &w, found);
        for (int round = 0; found && round < CLUSTERS_ROUNDS && assign(mean, &w, found); round++)
            found = move_centres(mean, &w, found);
        for (uint32_t j = 0, at = 0; j < n; j++)
            if (group[j] == CLUSTERS_MINE)
                group[j] = first + w.nearest[at++];
    }
    free(w.point);
    free(w.nearest);
    free(w.distance);
    return found;
}
