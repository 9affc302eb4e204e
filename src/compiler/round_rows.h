/* From the float weights of one output (a row) to levels, judged by what they do to the layer's result: the error of weights v in
 * place of w is (w - v)' H (w - v), with H the second moments of what the weights are multiplied with. H is block-diagonal, so that
 * deep layers stay affordable. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ROUND_ROWS_H
#define BEDSIDE_COMPILER_ROUND_ROWS_H

#include "levels.h"

typedef struct row_moments {
    uint32_t depth, block; /* weights of a row, and of a block; the last block may be smaller */
    const float *h;        /* the blocks one after the other, each n x n, symmetric and positive definite */
    float *root;           /* of the same form: the upper triangle R of H = R'R */
    float *inverse;        /* [depth] the diagonal of the inverse of H */
} row_moments;

/* Where block b begins in h and root: all before it are full. */
static inline size_t row_block_at(const row_moments *m, uint32_t first)
{
    return (size_t)first * m->block;
}

/* Computes root and inverse. */
bdc_status row_moments_factor(bdc_context *c, row_moments *m);

/* x = the inverse of H times b. */
void row_solve(const row_moments *m, const float *b, float *x);

/* Moves the weights v whose kept[i] is not 0 to where the error against w is least; the others must be 0 and stay it. Each of the
 * sweeps lessens the error. scratch: depth floats. */
void row_refit(const row_moments *m, const float *w, const uint8_t *kept, float *v, int sweeps, float *scratch);

/* levels[i] * scale for w, 0 where kept[i] is 0 (kept null: nowhere). Never worse than the nearest levels. scratch: 3 * depth
 * floats. Returns the error. */
double row_round(const row_moments *m, bdc_weights kind, double scale, const float *w, const uint8_t *kept,
                 int8_t *levels, float *scratch);

/* The scale of least error for given levels; 0 if all are 0. scratch: depth floats. */
double row_best_scale(const row_moments *m, const float *w, const int8_t *levels, float *scratch);

#endif
