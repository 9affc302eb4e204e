/* From the calibrated graph to the records of a .bds file. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_QUANTISE_H
#define BEDSIDE_COMPILER_QUANTISE_H

#include "scales.h"
#include "write_bds.h"

typedef struct quantiser {
    bdc_context *context;
    const bdc_options *options;
    const ir_graph *graph; /* tensor i of the graph is tensor i of the file */
    quant *quants;
    bdc_file *file;
    uint32_t too_fine; /* after a step: a tensor whose scale must be widened, or IR_NONE */
} quantiser;

/* Adds operator i of the graph to the file. */
bdc_status quantise_op(quantiser *z, const ir_op *op);

/* result_section.c: the file's result section and its blobs. */
bdc_status result_section(quantiser *z, const bdc_result_spec *spec, uint32_t gate_tensor);

#endif
