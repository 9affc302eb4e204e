/* From a network's outputs to odds.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_SCORES_H
#define BEDSIDE_CLI_SCORES_H

#include <stdint.h>

/* The logits of one picture after another. */
typedef struct scores {
    uint32_t count, labels;
    const uint32_t *truth; /* [count]; with a single output 1 stands for "there" */
    const double *logits;  /* [count][labels] */
    int sigmoid;           /* independent labels instead of one of several */
} scores;

double score_sigmoid(double x);
double score_softplus(double x); /* log(1 + exp(x)) without overflow */
/* Is label i the truth of picture j? */
int score_is_true(const scores *s, uint32_t j, uint32_t i);
/* log(p / (1 - p)) of label i at a temperature: against all the others together, or by itself. */
double score_log_odds(const scores *s, uint32_t j, uint32_t i, double temperature);
/* The decision at 0.5: the leading label, or for a single output 1 or 0. */
uint32_t score_decision(const scores *s, uint32_t j);

#endif
