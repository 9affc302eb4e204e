/* What each option of each layer costs, and what it does to the outputs. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_SENSITIVITY_H
#define BEDSIDE_COMPILER_SENSITIVITY_H

#include "compile.h"

typedef struct sensitivity_table {
    uint32_t layer_count, option_count;
    uint32_t *layers;          /* operators */
    const bdc_choice *options; /* without names */
    double *noise;             /* [layers][options]: power at the outputs over the signal's; INFINITY: not possible */
    uint32_t *bytes;           /* [layers][options]: of the stored weights */
} sensitivity_table;

/* Measures every layer of t->layers with every option alone in the float network. Scales must be settled (compile_decide). */
bdc_status sensitivity_measure(compilation *k, sensitivity_table *t);

#endif
