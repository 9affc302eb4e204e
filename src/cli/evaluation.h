/* Everything that `bedside eval` finds out about a model.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EVALUATION_H
#define BEDSIDE_CLI_EVALUATION_H

#include "float_model.h"
#include "judge.h"

typedef struct evaluation {
    session s;
    uint32_t positive, class_count;
    char *class_text; /* the names below, zero-terminated */
    const char *classes[BDF_MAX_LABELS];
    const char *split, *records; /* records: a file for one line per picture, or null */
    collected seen, val;
    float_model network;
    int has_float, sigmoid;
    judged integer, floating;
    reliability leading, positive_bins;
    double brier, val_threshold, acc_val_threshold;
    double agreement;              /* share of pictures on which float and integer decide alike */
    double coverage, selective;    /* answered under the abstention limit, and right among them */
    double set_coverage, set_size; /* of conformal sets: how often they hold the truth, and how many labels */
    double unknown, colour, doubt; /* shares flagged out of distribution, as colourful, for whatever reason */
} evaluation;

/* The session is open, split is set, everything else zero. float_path may be null. */
int evaluation_make(evaluation *e, const char *data, const char *float_path);
void evaluation_free(evaluation *e); /* closes the session too */

int evaluation_write_json(const evaluation *e,
                          int curves); /* to stdout; curves: ROC and reliability plot, for two labels */
void evaluation_print(const evaluation *e);

scores evaluation_scores(const evaluation *e, const collected *c);
/* The output that stands for the positive label. */
uint32_t evaluation_positive_output(const evaluation *e);

#endif
