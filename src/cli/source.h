/* Where the samples of a compilation come from: labelled or plain pictures that the runtime prepares, numbers, or noise.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_SOURCE_H
#define BEDSIDE_CLI_SOURCE_H

#include "samples.h"
#include "tensors.h"

typedef struct source {
    samples pictures;
    dataset set;
    session preparer; /* a compiled file of the same network */
    tensors numbers;
    int has_set, has_preparer, has_numbers;
} source;

/* Noise as a recipe's normalisation makes it of pixels, or without one (std null). Sets the options' sample, cookie and count. */
void source_noise(source *s, bdc_graph *graph, const double *mean, const double *std, bdc_options *options);
/* At most limit of the source's pictures, prepared by file. The set must be open. */
int source_pictures(source *s, bdc_graph *graph, const uint8_t *file, size_t n, uint32_t limit, bdc_options *options);
/* At most limit samples of a .npy or .npz file. */
int source_numbers(source *s, bdc_graph *graph, const char *path, uint32_t limit, bdc_options *options);
void source_close(source *s);

#endif
