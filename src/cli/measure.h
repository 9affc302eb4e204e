/* Judges compiled files on labelled validation data, for the search: AUC or accuracy in points (percent), by the runtime.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_MEASURE_H
#define BEDSIDE_CLI_MEASURE_H

#include "collect.h"
#include "recipe.h"
#include "tensors.h"

typedef enum measure_kind { MEASURE_AUC, MEASURE_ACCURACY } measure_kind;

typedef struct measure {
    measure_kind kind;
    bdc_graph *graph; /* optimised */
    const recipe *recipe;
    dataset pictures;                 /* with a recipe: prepared by the runtime */
    tensors numbers;                  /* without: inputs as they are */
    uint32_t *truth;                  /* of the numbers */
    int has_pictures, threshold_half; /* a last sigmoid is kept: 0.5 decides, not 0 */
    uint32_t outputs, count, measured;
} measure;

/* path: with a recipe data.npz (val_images, val_labels) or a folder val/<label>/..; else an .npz with the inputs (x) and y, the
 * index of the right label. described may be null. */
int measure_open(measure *m, bdc_graph *graph, const recipe *described, const char *path, measure_kind kind,
                 int keeps_final);
/* A bdc_measure; cookie is the measure. */
int measure_file(void *cookie, const uint8_t *bytes, size_t n, double *points);
/* The float network's figure. file: any compiled file of the network; it prepares the pictures. */
int measure_float(measure *m, const uint8_t *file, size_t n, double *points);
void measure_close(measure *m);

#endif
