/* A whitening transform. Only sums, products, quotients and square roots: the same everywhere, but for the last bits that a fused
 * multiply-add may change, and those are rounded away.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_WHITEN_H
#define BEDSIDE_CLI_WHITEN_H

#include <stdint.h>

/* Means of the groups; a group without points has mean 0. points [n][c], group[j] < groups, mean [groups][c], count [groups]. */
void whiten_means(double *mean, uint32_t *count, const int8_t *points, const uint32_t *group, uint32_t n, uint32_t c,
                  uint32_t groups);

/* The inverse of the Cholesky factor of the points' covariance within their groups plus ridge on the diagonal: w [c][c], lower
 * triangle, zeros above; |w (x - y)|^2 is the squared Mahalanobis distance. 0 when memory is out or ridge is too small. */
int whiten(double *w, const int8_t *points, const uint32_t *group, uint32_t n, uint32_t c, uint32_t groups,
           double ridge);

/* The nearest number with 16 significant bits. */
double whiten_round(double x);

#endif
