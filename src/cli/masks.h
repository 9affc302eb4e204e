/* Everything that `bedside eval` finds out about a model that marks pixels.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_MASKS_H
#define BEDSIDE_CLI_MASKS_H

#include "metrics.h"
#include "segments.h"

#define MASKS_RESAMPLES 1000u
#define MASKS_SEED 28282829u
#define MASKS_NEARLY 1000u /* "nearly unmarked": at most one pixel of so many */

/* Over pixels unless a line says otherwise. */
typedef struct masks_figures {
    double dice, iou; /* means over the pictures that have something to mark */
    double auc, acc, sensitivity, specificity, f1;
    double empty_right; /* share of the pictures with nothing to mark that are left (nearly) unmarked */
} masks_figures;
#define MASKS_FIGURES (sizeof(masks_figures) / sizeof(double))

typedef struct masks {
    const char *split, *records; /* records: a file for one line per picture, or null */
    segments seen;
    uint32_t empty; /* pictures with nothing to mark */
    masks_figures figures, low, high, floating;
    int has_float;
    double ece, ece_positive, brier;
    double coverage, selective; /* pictures answered under the abstention limit, and the mean Dice among them */
    double unknown, colour,
        doubt; /* shares of pictures flagged out of distribution, as colourful, for whatever reason */
} masks;

/* split and records are set, everything else zero. float_path may be null. */
int masks_make(masks *m, session *s, const char *data, const char *float_path);
void masks_free(masks *m);
int masks_write_json(const masks *m, const session *s); /* to stdout */
void masks_print(const masks *m, const session *s);

#endif
