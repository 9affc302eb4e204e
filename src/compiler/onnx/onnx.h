/* The ONNX messages that the importer reads, as views into the file, and the importer's state. Internal to onnx/.
 * read.c lists the messages, names.c turns names into indices and puts the nodes in order, tensor.c reads constants, import.c goes
 * from node to node, operators.c knows which operator is converted how, the convert_*.c do it with the help of convert.h.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ONNX_ONNX_H
#define BEDSIDE_COMPILER_ONNX_ONNX_H

#include "../net.h"
#include "../wire.h"

enum {
    ONNX_MAX_MESSAGES = NET_MAX_OPS, /* nodes, constants, inputs or outputs of a graph */
    ONNX_MAX_ALL_LINKS = 1 << 20,    /* inputs and outputs of all nodes */
    ONNX_MAX_ATTRIBUTES = 64,        /* of one node */
    ONNX_OLDEST_OPSET = 1,
    ONNX_NEWEST_OPSET = 21
};

/* AttributeProto.AttributeType */
typedef enum onnx_kind {
    ONNX_UNDEFINED = 0,
    ONNX_FLOAT = 1,
    ONNX_INT = 2,
    ONNX_STRING = 3,
    ONNX_TENSOR = 4,
    ONNX_GRAPH = 5,
    ONNX_FLOATS = 6,
    ONNX_INTS = 7,
    ONNX_STRINGS = 8
} onnx_kind;

typedef struct onnx_attribute {
    wire_slice name, message;
    onnx_kind kind;
    float f;
    int64_t i;
    wire_slice s, t;
    int read; /* some conversion has asked for it; what nobody asks for is refused */
} onnx_attribute;

typedef struct onnx_node {
    const char *type, *name; /* printable; the name of the first output if the node has none */
    wire_slice op_type, domain;
    wire_slice *input_names, *output_names;
    uint32_t *inputs, *outputs; /* values; NET_NONE: left out */
    uint32_t input_count, output_count, attribute_count;
    onnx_attribute *attributes;
    int live; /* an output of the graph depends on it */
} onnx_node;

/* What a name stands for. */
typedef struct onnx_value {
    wire_slice name;
    uint32_t tensor;   /* of the net, NET_NONE before it is made */
    uint32_t constant; /* an initialiser, or NET_NONE */
    uint32_t maker;    /* a node, or NET_NONE */
    uint32_t input;    /* of the graph, or NET_NONE */
} onnx_value;

/* The parts of a GraphProto. */
typedef struct onnx_parts {
    wire_slice *nodes, *constants, *inputs, *outputs;
    uint32_t node_count, constant_count, input_count, output_count;
} onnx_parts;

/* ValueInfoProto of a tensor. */
typedef struct onnx_info {
    uint64_t type;
    int has_shape;
    uint32_t rank;
    int64_t dims[NET_MAX_RANK];       /* negative: not given */
    wire_slice symbols[NET_MAX_RANK]; /* of dimensions that are not given; may be empty */
} onnx_info;

typedef struct onnx_importer {
    bdc_context *context;
    const bdc_import_options *options;
    net_graph *graph;
    int64_t opset;
    onnx_parts parts;
    onnx_node *nodes;
    onnx_value *values; /* sorted by name */
    uint32_t *order;    /* of the nodes */
    uint32_t node_count, value_count;
    void **data; /* for net_eval, per tensor */
    size_t data_capacity;
    uint64_t folded; /* multiply-adds spent on folding */
} onnx_importer;

/* ---- read.c ---------------------------------------------------------------------------------------------------- */

/* A printable copy, shortened in the middle where it is over 100 characters; never null. */
const char *onnx_printable(bdc_context *c, wire_slice s);
/* "string", "bfloat16", ...: TensorProto.DataType, those that are not read, too; never null. */
const char *onnx_type_name(uint64_t type);
/* The last sub-message or string with a number; empty if there is none. */
wire_slice onnx_field(wire_slice message, uint32_t number);
bdc_status onnx_read_model(bdc_context *c, wire_slice model, int64_t *opset, wire_slice *graph);
bdc_status onnx_read_parts(bdc_context *c, wire_slice graph, onnx_parts *p);
bdc_status onnx_read_nodes(onnx_importer *m);
bdc_status onnx_read_info(bdc_context *c, wire_slice message, const char *name, onnx_info *info);

/* ---- names.c --------------------------------------------------------------------------------------------------- */

/* Lists every name that something makes and sets the nodes' inputs and outputs. */
bdc_status onnx_resolve_names(onnx_importer *m);
/* NET_NONE for an unknown name. */
uint32_t onnx_find_value(const onnx_importer *m, wire_slice name);
/* Fills order: every node behind those that it needs. */
bdc_status onnx_order_nodes(onnx_importer *m);

/* ---- tensor.c -------------------------------------------------------------------------------------------------- */

/* Reads a TensorProto with its elements. */
bdc_status onnx_load_tensor(bdc_context *c, wire_slice message, const char *name, net_tensor *t);
/* The repeated numbers of a field (packed or not) as bits; for attributes and tensors. */
bdc_status onnx_numbers(bdc_context *c, wire_slice message, uint32_t number, wire_type single, const char *name,
                        const uint64_t **bits, size_t *count);

/* ---- operators.c ----------------------------------------------------------------------------------------------- */

/* Turns a node, whose inputs are known, into operators of the net. */
bdc_status onnx_convert_node(onnx_importer *m, const onnx_node *n);

#endif
