/* Figures of merit of a beat classifier, as the literature on MIT-BIH counts them: per beat, all records of the split together.
 *
 * Every annotated beat counts. Fusion beats (F) and those that cannot be told (Q) are in the accuracy, always as errors, and among the
 * false alarms of whatever label they get; only the figures named aami leave them out of those of V (F, Q) and S (Q), as AAMI EC57 allows.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_JUDGE_BEATS_H
#define BEDSIDE_CLI_JUDGE_BEATS_H

#include "beats.h"

#define BEAT_LABELS 3u /* N, S, V */

typedef uint32_t beat_table[BEAT_CLASSES][BEAT_LABELS]; /* truth, answer */

enum {
    BEAT_ACC,
    BEAT_F1,
    BEAT_N_SE,
    BEAT_N_PPV,
    BEAT_S_SE,
    BEAT_S_PPV,
    BEAT_V_SE,
    BEAT_V_PPV,
    BEAT_V_PPV_AAMI,
    BEAT_ACC_NSV, /* accuracy among N, S and V alone */
    BEAT_FIGURES
};
extern const char *const beat_figure_names[BEAT_FIGURES];

/* Shares in [0, 1]; NAN where nothing can be said. */
void judge_beats(const beat_table table, double figures[BEAT_FIGURES]);
/* 2.5th and 97.5th percentile of 1000 seeded draws of whole records. */
int judge_beats_intervals(const beat_table *records, uint32_t count, double low[BEAT_FIGURES],
                          double high[BEAT_FIGURES]);

#endif
