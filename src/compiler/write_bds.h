/* Builds a .bds file: records and blobs go in, bytes with checksums come out. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_WRITE_BDS_H
#define BEDSIDE_COMPILER_WRITE_BDS_H

#include "../format.h"
#include "context.h"
#include "encode_weights.h"

typedef struct bdc_file {
    bdc_context *context;
    bdc_coder coder;
    bdf_tensor *tensors;
    bdf_op *ops;
    bdf_input *inputs;
    uint32_t *links;
    bdf_blob *blobs;
    uint8_t *data;
    uint32_t tensor_count, op_count, input_count, link_count, blob_count;
    size_t op_capacity, link_capacity, blob_capacity, data_bytes, data_capacity;
    bdf_result result;
    int has_result;
    const bdc_text *meta;
    uint32_t meta_count;
} bdc_file;

/* Stores count elements raw, or gives the blob that holds the same already. type is a bds_type. */
bdc_status bdc_file_blob(bdc_file *f, uint32_t type, const void *elements, size_t count, uint32_t *blob);
/* The same for biases and multipliers of layers, int32 or int16, coded where the options allow it and it is smaller. */
bdc_status bdc_file_numbers(bdc_file *f, uint32_t type, const void *elements, size_t count, uint32_t *blob);
/* Stores weights, int8 or int16 in [-255, 255], coded as the options say where that is smaller. */
bdc_status bdc_file_weights(bdc_file *f, const weight_array *weights, uint32_t *blob);
/* Adds an operator and the links to its inputs. */
bdc_status bdc_file_op(bdc_file *f, const bdf_op *op, const uint32_t *inputs, uint32_t input_count);
/* Adds a link at the end: the graph's outputs, after all operators. */
bdc_status bdc_file_link(bdc_file *f, uint32_t tensor);
/* Lays out all sections and computes the checksums. */
bdc_status bdc_file_finish(bdc_file *f, const uint8_t **bytes, size_t *count);

#endif
