/* What the runtime marks in every picture of a split that has masks.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_SEGMENTS_H
#define BEDSIDE_CLI_SEGMENTS_H

#include "collect.h"

enum { SEGMENT_LEVELS = 256, SEGMENT_FIRST = -128 }; /* of a stored logit */

/* How many pixels have a stored logit, by whether they are of the truth. */
typedef struct segment_histogram {
    uint64_t of[2][SEGMENT_LEVELS];
} segment_histogram;

typedef struct segment_picture {
    segment_histogram histogram;
    uint64_t hits, alarms, misses, quiet; /* pixels: marked and not, of the truth and not (tp, fp, fn, tn) */
    bds_marking marking;
    uint8_t sha256[32]; /* of the outputs' bytes */
} segment_picture;

typedef struct segments {
    uint32_t count, width, height, features;
    segment_picture *pictures;
    int8_t *feature;  /* [count][features]: the gate's tensor, when asked for */
    uint8_t *outputs; /* [count][output_bytes]: every output of the network as it lies in memory */
    size_t output_bytes;
} segments;

/* All of the split. gate_step, prepared, stage: as in collect; prepared gets the truth as well, width x height bytes. */
typedef int segments_prepared(void *cookie, uint32_t i, const bds_tensor *input, const uint8_t *truth);
int segments_collect(segments *out, session *s, dataset *set, uint32_t limit, uint32_t gate_step,
                     segments_prepared *prepared, void *cookie, const char *stage);
void segments_free(segments *s);

/* The features alone, for the gate: takes them over; one label. */
int segments_features(segments *from, collected *to);

/* Dice coefficient: 2 tp / (2 tp + fp + fn). Without truth 1 if nothing is marked, else 0. */
double segment_dice(const segment_picture *p);

#endif
