/* The out-of-distribution gate: is this picture like anything that the network has learned from?
 *
 * In the features that feed the last layer, the training pictures of every label form a few clusters (k-means; at most
 * GATE_GROUPS in all, and at least GATE_CLUSTER pictures for each), and all clusters share one variance per channel (plus 1/12
 * for the rounding to whole steps, so that a dead channel does not decide alone). A picture's distance is
 * min over clusters of floor(sum_c (q_c - mean_c)^2 * weight_c / C), weight_c = round(256 / variance_c) in [1, 65535]: about
 * 256 for a typical picture. The limit is the 99.5 % quantile of the validation split.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_GATE_H
#define BEDSIDE_CLI_GATE_H

#include "collect.h"

#define GATE_QUANTILE 0.995
#define GATE_GROUPS 32u
#define GATE_CLUSTER 64u

typedef struct gate {
    uint32_t groups, channels, limit;
    int8_t *mean;     /* [groups][channels] */
    uint16_t *weight; /* [channels] */
} gate;

int gate_fit(gate *g, const collected *train, const collected *val);
void gate_free(gate *g);

#endif
