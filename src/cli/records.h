/* One line of JSON per picture: what `bedside eval --records` writes, for whoever computes further figures.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_RECORDS_H
#define BEDSIDE_CLI_RECORDS_H

#include <stdio.h>

#include "collect.h"

/* Opens the file for writing. */
int records_open(FILE **to, const char *path);
/* Closes it; a line that could not be written is an error. */
int records_close(FILE *to, const char *path);

/* {"id", "truth", "logits": stored integers, "probability": Q16, "doubts", "distance"}, in the set's order; c is of the whole set. */
int records_write_labels(const char *path, const collected *c, const dataset *set);

#endif
