/* Samples of a network's inputs as numbers, as the network wants them: a .npy file for one input, an .npz archive with an entry per
 * input for several. Arrays are [samples, then the input's own dimensions without its batch], or exactly the input's: one sample.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_TENSORS_H
#define BEDSIDE_CLI_TENSORS_H

#include "compiler/bedside_compiler.h"
#include "npy.h"

#define TENSORS_MAX_INPUTS 32u

typedef struct tensors {
    npy_array arrays[TENSORS_MAX_INPUTS];
    size_t elements[TENSORS_MAX_INPUTS]; /* of one sample */
    uint32_t inputs, count;
} tensors;

int tensors_open(tensors *t, const bdc_graph *graph, const char *path);
/* A bdc_sample; cookie is the tensors. */
int tensors_give(void *cookie, uint32_t i, float *const *inputs);
void tensors_close(tensors *t);
/* 1 for a name that ends in .npy or .npz. */
int tensors_are(const char *path);

#endif
