/* Calibration samples for the compiler: pictures as the runtime prepares them, or seeded noise.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_SAMPLES_H
#define BEDSIDE_CLI_SAMPLES_H

#include "compiler/bedside_compiler.h"
#include "dataset.h"
#include "random.h"
#include "session.h"

typedef struct samples {
    bdc_graph *graph;
    session *preparer; /* null: noise */
    dataset *set;
    uint32_t count;
    double mean[4], std[4]; /* of the noise: pixels in [0, 255], normalised */
    int failed;             /* the exit code of a failure that was reported */
} samples;

/* A bdc_sample. */
int samples_give(void *cookie, uint32_t i, float *const *inputs);

#endif
