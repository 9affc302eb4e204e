/* From the calibrated graph to the records of a .bds file. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_QUANTISE_H
#define BEDSIDE_COMPILER_QUANTISE_H

#include "layer.h"
#include "scales.h"
#include "write_bds.h"

typedef struct quantiser {
    bdc_context *context;
    const bdc_options *options;
    const ir_graph *graph; /* tensor i of the graph is tensor i of the file */
    quant *quants;
    bdc_file *file;
    uint32_t too_fine;    /* after a step: a tensor whose scale must be widened, or IR_NONE */
    layer_result *layers; /* per operator: a layer's integers once they are decided, until then weights is null */
} quantiser;

/* Adds operator i of the graph to the file. */
bdc_status quantise_op(quantiser *z, uint32_t i);

/* quantise_layer.c */
/* What the integers of a layer come from. */
bdc_status quantise_source(const quantiser *z, const ir_op *op, layer_source *s);
/* The integers of layer i as its choice asks, without a fit. *fits: see layer_quantise. */
bdc_status quantise_decide(const quantiser *z, uint32_t i, layer_source *s, layer_result *r, int *fits);
bdc_status quantise_layer(quantiser *z, uint32_t i);

/* quantise_arithmetic.c: one function per operator. */
bdc_status quantise_sum(quantiser *z, const ir_op *op);
bdc_status quantise_product(quantiser *z, const ir_op *op);
bdc_status quantise_average(quantiser *z, const ir_op *op);
bdc_status quantise_matrix_product(quantiser *z, const ir_op *op);
bdc_status quantise_norm(quantiser *z, const ir_op *op);
bdc_status quantise_resize(quantiser *z, const ir_op *op);

/* A record with everything that most operators share; adding it with the operator's inputs. */
bdf_op quantise_record(const quantiser *z, const ir_op *op, bdf_opcode code);
bdc_status quantise_add(quantiser *z, const ir_op *op, const bdf_op *r);
/* The runtime's limits on windows. */
bdc_status quantise_check_window(const quantiser *z, const ir_op *op);
/* Widen the result's scale and begin again. */
bdc_status quantise_too_fine(quantiser *z, const ir_op *op);

/* result_section.c: the file's result section and its blobs. */
bdc_status result_section(quantiser *z, const bdc_result_spec *spec, uint32_t gate_tensor);

#endif
