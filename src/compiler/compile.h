/* The steps of bdc_compile, for whoever needs only some of them. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_COMPILE_H
#define BEDSIDE_COMPILER_COMPILE_H

#include "fit.h"

typedef struct compilation {
    bdc_context *context;
    const bdc_graph *from;
    const bdc_result_spec *result; /* or null */
    ir_graph graph, exact;         /* what becomes the file; the same before channels went */
    const uint32_t *const *channels;
    quantiser z;
    bdc_file file;
    uint32_t gate; /* the tensor that the gate looks at, or IR_NONE */
} compilation;

/* Copies the graph, takes channels away and chooses all scales so that every operator's arithmetic fits. No layer is decided. */
bdc_status compile_begin(bdc_graph *graph, const bdc_options *options, const bdc_result_spec *result, compilation *k);
/* Decides all layers, by a fit where the options ask for one. decibels: signal to noise at the outputs, or null. */
bdc_status compile_decide(compilation *k, double *decibels);
/* Writes the file. */
bdc_status compile_write(compilation *k, bdc_compiled *compiled);

/* report.c */
bdc_status compile_describe(const compilation *k, uint64_t activation_bytes, bdc_compiled *out);

#endif
