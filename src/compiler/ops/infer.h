/* What the infer functions of the operators share: access to the tensors, checks that fail with a sentence, setting of shapes.
 * Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_INFER_H
#define BEDSIDE_COMPILER_OPS_INFER_H

#include "ops.h"

/* Sets of types for infer_type. */
#define TYPE_SET(type) (1u << (type))
enum {
    TYPES_FLOAT = TYPE_SET(NET_FLOAT) | TYPE_SET(NET_DOUBLE) | TYPE_SET(NET_FLOAT16),
    TYPES_SIGNED = TYPE_SET(NET_INT8) | TYPE_SET(NET_INT16) | TYPE_SET(NET_INT32) | TYPE_SET(NET_INT64),
    TYPES_UNSIGNED = TYPE_SET(NET_UINT8) | TYPE_SET(NET_UINT16) | TYPE_SET(NET_UINT32) | TYPE_SET(NET_UINT64),
    TYPES_INTEGER = TYPES_SIGNED | TYPES_UNSIGNED,
    TYPES_NUMBER = TYPES_FLOAT | TYPES_INTEGER,
    TYPES_BOOL = TYPE_SET(NET_BOOL),
    TYPES_ANY = TYPES_NUMBER | TYPES_BOOL,
    TYPES_INDEX = TYPE_SET(NET_INT32) | TYPE_SET(NET_INT64)
};

/* The tensor of an input or output; null if it was left out. */
const net_tensor *infer_input(const op_infer *i, uint32_t index);
net_tensor *infer_output(const op_infer *i, uint32_t index);

/* Between least and most inputs and outputs; the first `least` are there. */
bdc_status infer_counts(const op_infer *i, uint32_t least_inputs, uint32_t most_inputs, uint32_t least_outputs,
                        uint32_t most_outputs);
/* The type of an input (null: nothing to check) is in the set. */
bdc_status infer_type(const op_infer *i, const net_tensor *t, uint32_t types);
bdc_status infer_same_type(const op_infer *i, const net_tensor *a, const net_tensor *b);
bdc_status infer_rank(const op_infer *i, const net_tensor *t, uint32_t least, uint32_t most);
/* A tensor of one element. */
bdc_status infer_scalar(const op_infer *i, const net_tensor *t);
/* 0 <= axis < rank. */
bdc_status infer_axis(const op_infer *i, int64_t axis, uint32_t rank);
/* Sets type and shape of an output (nothing if it was left out). */
bdc_status infer_set(const op_infer *i, uint32_t index, net_type type, uint32_t rank, const uint32_t *dims);
bdc_status infer_like(const op_infer *i, uint32_t index, net_type type, const net_tensor *shape);
/* Checks the shape that the importer has set, and sets the type. */
bdc_status infer_check_dims(const op_infer *i, uint32_t index, net_type type, uint32_t rank, const uint32_t *dims);
/* The shape that all of the inputs first.. have when they are broadcast together, as NumPy does it. */
bdc_status infer_broadcast(const op_infer *i, uint32_t first, uint32_t *rank, uint32_t dims[NET_MAX_RANK]);
/* "The attribute NAME of TYPE 'name' is not supported as it is." and the like. */
bdc_status infer_bad_attribute(const op_infer *i, const char *attribute);
bdc_status infer_bad_shape(const op_infer *i);

#endif
