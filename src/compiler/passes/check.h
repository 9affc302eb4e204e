/* Results on random input before and after each pass, for bdc_check_passes. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_PASSES_CHECK_H
#define BEDSIDE_COMPILER_PASSES_CHECK_H

#include "../ir.h"

typedef struct pass_check {
    float **inputs, **outputs; /* null when nothing is checked */
} pass_check;

/* Both do nothing unless the context checks passes. */
bdc_status pass_check_begin(bdc_context *c, const ir_graph *g, pass_check *check);
/* Fails, naming the pass, if the outputs are not those before it, but for rounding: 1e-4 of the largest, and one step of a result that
 * the file quantised. */
bdc_status pass_check_same(bdc_context *c, const ir_graph *g, pass_check *check, const char *pass);

#endif
