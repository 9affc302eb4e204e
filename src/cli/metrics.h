/* Figures of merit. All exact or seeded: the same numbers everywhere.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_METRICS_H
#define BEDSIDE_CLI_METRICS_H

#include <stdint.h>

/* Scores of n pictures in rising order; made once, used by every resample. */
typedef struct ranking {
    uint32_t n;
    uint32_t *order;      /* pictures, by rising score */
    const double *score;  /* the caller's */
    const uint8_t *truth; /* the caller's: 1 = positive */
} ranking;

int ranking_make(ranking *r, const double *score, const uint8_t *truth, uint32_t n);
void ranking_free(ranking *r);

/* Area under the ROC curve, as the rank statistic of Mann and Whitney: a tie counts one half. weight: how often each picture
 * counts, null: once. NAN when one of the two classes is empty. */
double ranking_auc(const ranking *r, const uint32_t *weight);

/* The threshold with the largest sensitivity + specificity (Youden's J), half-way between two neighbouring scores; of several
 * equally good ones the one nearest to `prefer`. */
double ranking_youden(const ranking *r, double prefer);

/* Expected calibration error over 15 bins of equal width (Guo et al. 2017). */
#define METRICS_BINS 15
typedef struct reliability {
    uint32_t count[METRICS_BINS];
    double confidence[METRICS_BINS], observed[METRICS_BINS]; /* means of the bin */
    double ece;
} reliability;
void reliability_of(reliability *r, const double *probability, const uint8_t *truth, uint32_t n);

/* 2.5th and 97.5th percentile, linear between neighbours. Sorts. */
void percentile_interval(double *values, uint32_t n, double *low, double *high);

#endif
