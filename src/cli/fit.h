/* The result section, fitted on the validation split with the runtime's own logits.
 *
 * Temperature: T minimises the mean negative log likelihood of softmax(logits / T); one factor, no bias, so that the decision (the
 * leading label, or 0.5) stays the network's. With independent labels: sigmoid(logit / T).
 *
 * Interval: how far the calibration would move with another sample of patients. For the split and for each of FIT_RESAMPLES seeded
 * bootstrap resamples of it a line a * logit(p) + b is fitted per label (Platt); the interval at p is the 2.5th to 97.5th
 * percentile of sigmoid(logit(p) + (resample's line - split's line)). So it is the sampling error of slope and intercept around the
 * stated p; a shift from one hospital to another is not in it. Every label weighs the same: how frequent a label is where the model
 * will be used, the validation split cannot say.
 *
 * Abstention: the leading probability under which the answer is "not sure": the one with the highest share of right answers among
 * the answered, while at least 95 % of the split are answered; of equals the smallest. 0.6 when no limit raises that share.
 *
 * Conformal set (softmax only): all labels of a probability no less than the ceil((n + 1) c)-th largest that the split's n pictures
 * give to their right label, for a stated coverage c. If the next picture is exchangeable with those, its set holds its right label
 * with a probability of c or more (Sadinle et al. 2019; Vovk et al. 2005). The set may be empty: no label is as probable as a
 * right one usually is. There is none where n is too small for c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_FIT_H
#define BEDSIDE_CLI_FIT_H

#include "scores.h"

#define FIT_RESAMPLES 1000u
#define FIT_SEED 20261122u
#define FIT_KNOTS 33u
#define FIT_COVERAGE 0.95
#define FIT_ABSTAIN 0.6
#define FIT_MAX_T 100.0

typedef struct fitted {
    double temperature, nll_before, nll_after; /* mean negative log likelihood at T = 1 and at the temperature */
    uint32_t abstain_below;                    /* Q16 */
    double coverage, selective_accuracy;       /* on the split, at that limit */
    uint32_t set_from, set_coverage;           /* Q16: of the conformal sets, 0: none */
    uint16_t *interval;                        /* [labels][33][2], 65535 = 1 */
} fitted;

/* The temperature of the least loss, which has a single minimum in 1 / T; six digits. */
double fit_temperature(double (*loss)(const void *data, double temperature), const void *data);
/* coverage: wanted of the conformal sets. */
int fit_result(fitted *f, const scores *c, double coverage);
void fit_free(fitted *f);

#endif
