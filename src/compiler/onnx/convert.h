/* What conversions are made of: a node's attributes and inputs, checked as they are read; operators of the net, completed and, where
 * all they need is constant, computed at once. Internal to onnx/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ONNX_CONVERT_H
#define BEDSIDE_COMPILER_ONNX_CONVERT_H

#include "onnx.h"

/* The rows of the tables read best in this order; there are few of them. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
typedef struct onnx_row {
    const char *type;
    net_code code;
    bdc_status (*convert)(onnx_importer *m, const onnx_node *n, net_code code);
    uint32_t least_inputs, most_inputs, most_outputs;
} onnx_row;

typedef struct onnx_shape {
    uint32_t rank, dims[NET_MAX_RANK];
} onnx_shape;

/* ---- attributes.c ---------------------------------------------------------------------------------------------- */

/* "Conv 'name': why." */
bdc_status onnx_unsupported(const onnx_importer *m, const onnx_node *n, const char *why);
bdc_status onnx_invalid(const onnx_importer *m, const onnx_node *n, const char *why);

int onnx_has_attribute(const onnx_node *n, const char *name);
/* An attribute that is absent has its default; one of another kind is refused. */
bdc_status onnx_int(const onnx_importer *m, const onnx_node *n, const char *name, int64_t otherwise, int64_t *value);
/* Only 0 and 1. */
bdc_status onnx_flag(const onnx_importer *m, const onnx_node *n, const char *name, int otherwise, int *value);
/* Only finite numbers. */
bdc_status onnx_float(const onnx_importer *m, const onnx_node *n, const char *name, float otherwise, float *value);
/* Lists; *count 0 and a null list when absent. */
bdc_status onnx_ints(const onnx_importer *m, const onnx_node *n, const char *name, const int64_t **values,
                     uint32_t *count);
bdc_status onnx_floats(const onnx_importer *m, const onnx_node *n, const char *name, const float **values,
                       uint32_t *count);
bdc_status onnx_texts(const onnx_importer *m, const onnx_node *n, const char *name, const wire_slice **values,
                      uint32_t *count);
/* Null when absent. */
bdc_status onnx_string(const onnx_importer *m, const onnx_node *n, const char *name, const char **value);
/* Which of the words (separated by spaces) the text is; 0 when absent. Any other word is refused by name. */
bdc_status onnx_word(const onnx_importer *m, const onnx_node *n, const char *name, const char *words, int *index);
/* Null when absent. */
bdc_status onnx_tensor(const onnx_importer *m, const onnx_node *n, const char *name, const net_tensor **value);
/* An attribute with an axis of rank dimensions, as an index. */
bdc_status onnx_axis(const onnx_importer *m, const onnx_node *n, const char *name, int64_t otherwise, uint32_t rank,
                     int64_t *axis);

/* ---- inputs.c -------------------------------------------------------------------------------------------------- */

int onnx_has_input(const onnx_node *n, uint32_t i);
int onnx_wants_output(const onnx_node *n, uint32_t i);
/* The tensor of an input; NET_NONE when it is left out. */
uint32_t onnx_input(const onnx_importer *m, const onnx_node *n, uint32_t i);
/* A copy of the description of an input that is there. */
net_tensor onnx_input_tensor(const onnx_importer *m, const onnx_node *n, uint32_t i);
bdc_status onnx_require_constant(const onnx_importer *m, const onnx_node *n, uint32_t i);
/* The elements of a constant input of at most one dimension; *count 0 and a null list when it is left out. */
bdc_status onnx_input_ints(const onnx_importer *m, const onnx_node *n, uint32_t i, const int64_t **values,
                           uint32_t *count);
/* The same of numbers of any type. */
bdc_status onnx_input_numbers(const onnx_importer *m, const onnx_node *n, uint32_t i, const double **values,
                              uint32_t *count);
/* A list from the attribute (old opsets) or else from the constant input i. */
bdc_status onnx_ints_either(const onnx_importer *m, const onnx_node *n, const char *name, uint32_t i,
                            const int64_t **values, uint32_t *count);
/* An axis in [-rank, rank) as an index. */
bdc_status onnx_normal_axis(const onnx_importer *m, const onnx_node *n, int64_t axis, uint32_t rank, int64_t *out);
/* Several, each at most once. */
bdc_status onnx_normal_axes(const onnx_importer *m, const onnx_node *n, const int64_t *axes, uint32_t count,
                            uint32_t rank, uint32_t out[NET_MAX_RANK]);

/* ---- emit.c ---------------------------------------------------------------------------------------------------- */

onnx_shape onnx_shape_of(const onnx_importer *m, uint32_t tensor);

/* Adds an operator, completes it and folds it. shapes: of the outputs where the importer sets them, or null. wanted: bit k for
 * output k. Names come from the node. */
bdc_status onnx_emit_many(onnx_importer *m, const onnx_node *n, net_code code, const uint32_t *inputs,
                          uint32_t input_count, const net_attributes *a, const onnx_shape *shapes,
                          uint32_t output_count, uint32_t *outputs, const uint8_t *wanted);
/* The same for one output. a may be null. */
bdc_status onnx_emit(onnx_importer *m, const onnx_node *n, net_code code, const uint32_t *inputs, uint32_t input_count,
                     const net_attributes *a, const onnx_shape *shape, uint32_t *output);
bdc_status onnx_emit_1(onnx_importer *m, const onnx_node *n, net_code code, uint32_t x, const net_attributes *a,
                       uint32_t *output);
bdc_status onnx_emit_2(onnx_importer *m, const onnx_node *n, net_code code, uint32_t a, uint32_t b, uint32_t *output);
/* What a node's output stands for. */
bdc_status onnx_set_output(onnx_importer *m, const onnx_node *n, uint32_t i, uint32_t tensor);
/* onnx_emit and onnx_set_output for output 0; inputs are the node's first input_count, and none behind the last that is there. */
bdc_status onnx_emit_node(onnx_importer *m, const onnx_node *n, net_code code, uint32_t input_count,
                          const net_attributes *a, const onnx_shape *shape);

/* The same elements in another shape; x itself when the shape is the same. */
bdc_status onnx_reshape(onnx_importer *m, const onnx_node *n, uint32_t x, const onnx_shape *shape, uint32_t *y);
bdc_status onnx_transpose(onnx_importer *m, const onnx_node *n, uint32_t x, const uint32_t *permutation, uint32_t *y);
/* A new constant; data null: zeroed, to be filled in through *room. */
bdc_status onnx_constant(onnx_importer *m, const onnx_node *n, net_type type, const onnx_shape *shape, void **room,
                         uint32_t *tensor);
/* A scalar of a type; the value must be one of its. */
bdc_status onnx_scalar(onnx_importer *m, const onnx_node *n, net_type type, double value, uint32_t *tensor);
/* The elements of a constant tensor, converted. */
bdc_status onnx_constant_ints(const onnx_importer *m, uint32_t tensor, const int64_t **values);
bdc_status onnx_constant_numbers(const onnx_importer *m, uint32_t tensor, const double **values);
bdc_status onnx_cast(onnx_importer *m, const onnx_node *n, uint32_t x, net_type to, uint32_t *y);

/* convert_window.c: a convolution with the node's attributes and other inputs. */
bdc_status onnx_emit_conv(onnx_importer *m, const onnx_node *n, const uint32_t *inputs, uint32_t count, uint32_t *y);

/* The same of an average pool. */
bdc_status onnx_emit_average_pool(onnx_importer *m, const onnx_node *n, uint32_t x, uint32_t *y);

/* ---- the operators: convert_*.c -------------------------------------------------------------------------------- */

extern const onnx_row onnx_element_rows[], onnx_shape_rows[], onnx_constant_rows[], onnx_index_rows[],
    onnx_window_rows[], onnx_resize_rows[], onnx_normalise_rows[], onnx_reduce_rows[], onnx_matrix_rows[],
    onnx_quantise_rows[], onnx_recurrent_rows[], onnx_loss_rows[]; /* each ends with a null type */

#endif
