/* Figures of merit of one model over one split.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_JUDGE_H
#define BEDSIDE_CLI_JUDGE_H

#include "collect.h"
#include "metrics.h"
#include "scores.h"

#define JUDGE_RESAMPLES 1000u
#define JUDGE_SEED 28282828u
#define JUDGE_MAX_CURVE 4096u

typedef struct judged {
    uint32_t count, labels; /* labels: kinds of picture, 2 for a single output */
    int binary;
    double auc, auc_low, auc_high; /* binary: of the positive label; else mean of one against the rest */
    double acc, acc_low, acc_high;
    double sensitivity, specificity; /* binary, at 0.5 */
    double sensitivity_low, sensitivity_high, specificity_low, specificity_high;
    double recall[BDF_MAX_LABELS]; /* per label */
    /* Means over those labels that occur; macro F1: a label counts 2 hits / (pictures of it + answers with it). */
    double f1, f1_low, f1_high, balanced, balanced_low, balanced_high;
    uint32_t *confusion; /* [labels of the truth][labels of the answer] */
} judged;

/* AUC, decisions at 0.5 (leading label) and their bootstrap intervals. positive: for two labels. */
int judge(judged *out, const scores *s, uint32_t positive, int intervals);
void judge_free(judged *j);

/* Log odds of the label for every picture, and whether it is the truth. Both are the caller's, [count]. */
void judge_odds(const scores *s, uint32_t label, double *odds, uint8_t *truth);

/* Share of right answers when the positive label is answered above the threshold of log odds. */
double judge_accuracy_at(const double *odds, const uint8_t *truth, uint32_t n, double threshold);

#endif
