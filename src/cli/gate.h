/* The out-of-distribution gate: is this picture like anything that the network has learned from?
 *
 * The features that feed the last layer scatter around the mean of each label's training pictures, and they do so together: what
 * no training picture does is often no large value of one feature but a combination that does not occur. So the features are
 * whitened first: with S their covariance within the labels (plus 1/12 on the diagonal for the rounding to whole steps, so that a
 * dead channel does not decide alone) and S = L L' (Cholesky), the rows of GATE_STEPS * inverse(L) become one more dense layer,
 * and a squared distance in its result is Mahalanobis's (Lee et al. 2018). Inverse(L) is a triangle, so that half of the weights
 * are zeros, which cost next to nothing in the file.
 *
 * In the layer's int8 results q, as the runtime computes them, the labels share one variance per channel. A picture's distance is
 * min over labels of floor(sum_c (q_c - mean_c)^2 * weight_c / C), weight_c = round(256 / variance_c) in [1, 65535]: about
 * 256 for a typical picture. The limit is the 99.5 % quantile of the validation split; with fewer
 * than GATE_ENOUGH pictures, which do not show that quantile, the upper end of a 99.5 % prediction interval for the distance's logarithm.
 *
 * A covariance needs pictures: with fewer than GATE_PER_CHANNEL of them for each feature, or more than GATE_WIDEST features, the
 * features are taken as they are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_GATE_H
#define BEDSIDE_CLI_GATE_H

#include "collect.h"

#define GATE_QUANTILE 0.995
#define GATE_ENOUGH 200u
#define GATE_FEW 50u /* fewer validation pictures than these: training ones help */
#define GATE_STEPS 8 /* per standard deviation: int8 reaches 16 of them */
#define GATE_PER_CHANNEL 16u
#define GATE_WIDEST 256u

typedef struct gate {
    uint32_t projected; /* rows of the projection, 0 without one */
    float *projection;  /* [projected][features], per real unit of the features */
    float *offset;      /* [projected] */
    uint32_t groups, channels, limit;
    int8_t *mean;     /* [groups][channels] */
    uint16_t *weight; /* [channels] */
} gate;

/* First, on the features themselves, which stand for scale * (stored - zero_point). */
int gate_whiten(gate *g, const collected *train, double scale, int32_t zero_point);
/* Then, on what the gate looks at. */
int gate_fit(gate *g, const collected *train, const collected *val);
void gate_free(gate *g);

#endif
