/* One line of JSON per picture: what `bedside eval --records` writes, for whoever computes further figures.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_RECORDS_H
#define BEDSIDE_CLI_RECORDS_H

#include <stdio.h>

#include "segments.h"

/* Opens the file for writing. */
int records_open(FILE **to, const char *path);
/* Closes it; a line that could not be written is an error. */
int records_close(FILE *to, const char *path);

/* {"id", "truth", "logits": stored integers, "probability": Q16, "set": 0 or 1 for each label if the model has conformal sets, "doubts",
 * "distance"}, in the set's order; c is of the whole set. */
int records_write_labels(const char *path, const collected *c, const dataset *set, int has_sets);

/* {"id", "tp", "fp", "fn", "tn", "area": share that is marked, "certainty": Q16, "doubts", "distance", "sha256": of the output's
 * bytes}; then a line with the pixels of all pictures by their stored logit: {"histogram": {"negative", "positive", "first"}}. */
int records_write_masks(const char *path, const segments *s, const dataset *set);

#endif
