/* The ONNX messages that the importer reads, as views into the file. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ONNX_H
#define BEDSIDE_COMPILER_ONNX_H

#include "ir.h"
#include "wire.h"

enum { ONNX_MAX_RANK = 8, ONNX_MAX_LINKS = 16384, ONNX_MAX_NODES = 16384 };

/* TensorProto.DataType, those that can be read. */
typedef enum onnx_type {
    ONNX_FLOAT = 1,
    ONNX_INT32 = 6,
    ONNX_INT64 = 7,
    ONNX_BOOL = 9,
    ONNX_FLOAT16 = 10,
    ONNX_DOUBLE = 11
} onnx_type;

/* A constant. Elements are converted when they are asked for. */
typedef struct onnx_tensor {
    const char *name;
    wire_slice message;
    uint32_t rank, type;
    uint64_t dims[ONNX_MAX_RANK], count;
    const float *floats; /* when converted already */
    const int64_t *ints;
} onnx_tensor;

typedef struct onnx_attribute {
    wire_slice name, message;
    float f;
    int64_t i;
    wire_slice s, t;
} onnx_attribute;

typedef struct onnx_node {
    const char *type, *name; /* printable; the name of the first output if the node has none */
    wire_slice op_type, domain;
    wire_slice *inputs, *outputs;
    uint32_t input_count, output_count, attribute_count;
    onnx_attribute *attributes;
    int done;
} onnx_node;

typedef enum onnx_kind { ONNX_NOTHING = 0, ONNX_ACTIVATION, ONNX_CONSTANT } onnx_kind;

/* What a name stands for. */
typedef struct onnx_value {
    wire_slice name;
    onnx_kind kind;
    uint32_t tensor; /* activation */
    onnx_tensor *constant;
    int made; /* by how many nodes */
} onnx_value;

typedef struct onnx_importer {
    bdc_context *context;
    ir_graph *graph;
    int64_t opset;
    onnx_node *nodes;
    onnx_value *values; /* sorted by name */
    uint32_t node_count, value_count;
} onnx_importer;

/* A printable copy, cut to 60 characters; never null. */
const char *onnx_text(bdc_context *c, wire_slice s);

/* Reads a TensorProto's description, not its elements. */
bdc_status onnx_tensor_read(bdc_context *c, wire_slice message, onnx_tensor *t);
/* All elements as floats, none of them NaN; infinities are left to verify, because Clip may use them. */
bdc_status onnx_tensor_floats(bdc_context *c, onnx_tensor *t, const float **floats);
/* All elements of an integer tensor. */
bdc_status onnx_tensor_ints(bdc_context *c, onnx_tensor *t, const int64_t **ints);

/* Gathers the repeated floats (field 7) or integers (field 8) of an attribute. */
bdc_status onnx_attribute_floats(bdc_context *c, const onnx_attribute *a, const float **floats, size_t *count);
bdc_status onnx_attribute_ints(bdc_context *c, const onnx_attribute *a, const int64_t **ints, size_t *count);

/* Null for an empty or unknown name. */
onnx_value *onnx_find(const onnx_importer *m, wire_slice name);

/* Turns a node, whose inputs are known, into operators of the graph. */
bdc_status onnx_convert(onnx_importer *m, const onnx_node *n);

#endif
