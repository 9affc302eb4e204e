/* k-means over int8 features: seeded, and the same everywhere, because it only adds, multiplies, divides and compares.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_CLUSTERS_H
#define BEDSIDE_CLI_CLUSTERS_H

#include <stdint.h>

/* Of n points of c channels, those with group[j] == CLUSTERS_MINE are divided into at most k clusters; group[j] becomes
 * first + its cluster, and mean[cluster][c] its mean. weight[c]: of the squared distance. Returns how many clusters are not
 * empty; 0 when memory is out. */
#define CLUSTERS_MINE 0xffffffffu
#define CLUSTERS_ROUNDS 25
uint32_t clusters_find(double *mean, uint32_t *group, const int8_t *points, uint32_t n, uint32_t c,
                       const double *weight, uint32_t k, uint32_t first);

#endif
