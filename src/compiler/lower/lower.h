/* From the network as the file states it (net.h) to layers (ir.h): what the families of operators share. Internal to lower/.
 *
 * A value is a tensor of the network as the layers see it: which layer tensor holds its elements, and where. So a transpose, a slice,
 * a repeat, a split or a reshape is only another description of the same memory. An operator says in which order it needs the elements
 * ("rows, columns, channels"), and lower_take returns a tensor with that order: the same one, a reshape, or a view that is only then
 * added. Views that undo each other so never come into being.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_LOWER_H
#define BEDSIDE_COMPILER_LOWER_H

#include "../ir.h"
#include "../net.h"

/* Room for digits. A reshape makes no more than the second number, so that each dimension of 1 may still be expanded. */
enum { LOWER_DIGITS = 64, LOWER_RESHAPED = 40 };

/* A constant's elements, dense: in float, and as the integers that the file holds (zero point taken off) if it is quantised. */
typedef struct lower_array {
    const float *real;
    const int32_t *stored; /* or null: real = stored * scales[element / scale_inner % scale_count] */
    const float *scales;
    uint32_t scale_count, scale_inner;
} lower_array;

/* Dimension i consists of the digits first[i] .. first[i + 1] - 1, the last counting fastest; a dimension of 1 has none. Element
 * (d0, d1, ...) of the digits lies at offset + d0 * stride[0] + d1 * stride[1] + ... of the tensor or array. */
typedef struct lower_value {
    uint32_t tensor;          /* of the layers; IR_NONE for a constant */
    const lower_array *array; /* of a constant, else null */
    uint32_t rank, first[NET_MAX_RANK + 1];
    uint32_t count[LOWER_DIGITS]; /* each over 1 */
    int32_t stride[LOWER_DIGITS], offset;
} lower_value;

/* Dimensions in the order of memory, and how they make a tensor of the layers. */
typedef struct lower_order {
    uint32_t count, dims[NET_MAX_RANK];
    uint32_t h_end, w_end; /* dims[0 .. h_end) are its rows, [h_end .. w_end) its columns, the rest its channels */
    int pixels;            /* rows and columns may be regrouped: nothing depends on which is which */
} lower_order;

typedef struct lower_view_entry lower_view_entry;

typedef struct lowering {
    bdc_context *context;
    const net_graph *net; /* with patterns replaced */
    bdc_graph *graph;
    ir_graph *ir;
    const net_op *op;    /* the one at hand, for messages */
    lower_value *values; /* per tensor of the net; rank NET_MAX_RANK + 1: not known yet */
    uint8_t *needed;     /* per tensor of the net: something that reaches an output reads it */
    void **data;         /* per tensor of the net, for net_eval */
    lower_view_entry *views;
    uint32_t view_count;
    size_t view_capacity;
} lowering;

/* ---- lower.c ------------------------------------------------------------------------------------------------------ */

/* "Conv 'name': why." */
bdc_status lower_refuse(const lowering *l, const char *why);
bdc_status lower_limit(const lowering *l, const char *why);
int lower_has_input(const lowering *l, uint32_t i);
/* Input i of the operator at hand; fails if it was left out. */
bdc_status lower_input(lowering *l, uint32_t i, lower_value *v);
/* The same, but a constant is made a tensor of the layers. */
bdc_status lower_activation(lowering *l, uint32_t i, lower_value *v);
const net_tensor *lower_shape_in(const lowering *l, uint32_t i);
const net_tensor *lower_shape_out(const lowering *l, uint32_t i);
const char *lower_name(const lowering *l); /* of the first output that is there */
void lower_set(lowering *l, uint32_t output, const lower_value *v);
/* A result of an integer type keeps the quantisation of what it was copied from. */
void lower_keep_type(lowering *l, const lower_value *from, const lower_value *to);
/* Fails if output i is read by anybody. */
bdc_status lower_no_output(const lowering *l, uint32_t i, const char *what);

/* ---- layout.c ----------------------------------------------------------------------------------------------------- */

uint32_t lower_dim(const lower_value *v, uint32_t i);
void lower_dims(const lower_value *v, uint32_t *dims);
/* Strides of a dense tensor in row-major order; keeps tensor and array. */
void lower_dense(lower_value *v, uint32_t rank, const uint32_t *dims);
void lower_transpose(lower_value *v, const uint32_t *axes);
void lower_expand(lower_value *v, uint32_t axis, uint32_t n); /* from 1 */
/* These two are 0 if the elements would have to be moved. */
int lower_try_reshape(lower_value *v, uint32_t rank, const uint32_t *dims);
int lower_try_slice(lower_value *v, uint32_t axis, uint32_t start, int32_t step, uint32_t count);
/* The same elements as a new dense tensor, if need be. */
bdc_status lower_reshape(lowering *l, lower_value *v, uint32_t rank, const uint32_t *dims);
bdc_status lower_slice(lowering *l, lower_value *v, uint32_t axis, uint32_t start, int32_t step, uint32_t count);
/* A dense tensor in the value's own order of memory, each dimension one digit. */
bdc_status lower_settle(lowering *l, lower_value *v);
/* Leading dimensions of 1 up to a rank, then repeats up to dims. */
bdc_status lower_broadcast(lowering *l, lower_value *v, uint32_t rank, const uint32_t *dims);

/* The dimensions as they lie in memory, slowest first. All are columns but for the last `inner`, which are channels. */
lower_order lower_memory_order(const lower_value *v);
/* Moves dimensions of a set (bit i: dimension i) to the end; they become the channels. */
void lower_move_inside(lower_order *o, uint32_t set);
/* 1 if all dimensions of the set that are not 1 stand behind all others that are not 1; then they become the channels. */
int lower_is_inside(const lower_value *v, lower_order *o, uint32_t set);
/* N, spatial dimensions, C as rows (N and all but the last spatial one), columns, channels. */
lower_order lower_spatial_order(uint32_t rank, int channels_last);
uint32_t lower_product(const lower_value *v, const uint32_t *dims, uint32_t count);

/* ---- take.c ------------------------------------------------------------------------------------------------------- */

/* A tensor of the layers with the value's elements in that order. */
bdc_status lower_take(lowering *l, const lower_value *v, const lower_order *o, uint32_t *tensor);
/* 1 if a tensor has exactly the value's elements in that order. */
int lower_lies_in(const lowering *l, const lower_value *v, const lower_order *o);
/* The same as lower_take with this shape: rows, columns, channels. */
bdc_status lower_take_as(lowering *l, const lower_value *v, const lower_order *o, const uint32_t shape[3],
                         uint32_t *tensor);
/* Describes a dense tensor that holds dims in that order; keeps its tensor. */
void lower_place(lower_value *v, uint32_t rank, const uint32_t *dims, const lower_order *o);
/* A new tensor for a result of these dims, which lies in that order. */
bdc_status lower_give(lowering *l, uint32_t rank, const uint32_t *dims, const lower_order *o, lower_value *v);
/* Gives a result the rows, columns and channels of another tensor of as many elements. */
void lower_same_shape(lowering *l, uint32_t like, const lower_value *v);
/* A new operator that makes a tensor. */
bdc_status lower_op(lowering *l, ir_code code, uint32_t input_count, uint32_t output, ir_op **op);
bdc_status lower_op1(lowering *l, ir_code code, uint32_t input, uint32_t output, ir_op **op);

/* ---- constants.c -------------------------------------------------------------------------------------------------- */

bdc_status lower_constant_of(lowering *l, uint32_t tensor, lower_value *v);
/* Elements of a constant in row-major order. */
bdc_status lower_floats(lowering *l, const lower_value *v, const float **out);
/* Its integers and the scale of each of the `rows` equal parts; null if there are none, or a part has several. */
bdc_status lower_integers(lowering *l, const lower_value *v, uint32_t rows, const int32_t **out, const double **scales);
/* 1 if all elements are the same; *value is it. */
int lower_is_scalar(const lower_value *v, float *value);
/* Input i as one finite number; fails if it is no constant, or has several values. */
bdc_status lower_scalar(lowering *l, uint32_t i, float *value);
/* A constant from floats in row-major order. */
bdc_status lower_make_constant(lowering *l, const float *real, uint32_t rank, const uint32_t *dims, lower_value *v);
/* A constant as a tensor of the layers: whatever lies there times 0 plus the constant. */
bdc_status lower_materialise(lowering *l, lower_value *v);
/* An array of its own, in row-major order. */
bdc_status lower_dense_constant(lowering *l, lower_value *v);
/* x where the mask is not 0, else 0; broadcast. */
bdc_status lower_constant_product(lowering *l, const lower_value *x, const lower_value *mask, lower_value *y);
/* Computes the operator at hand, whose inputs are all constants. */
bdc_status lower_evaluate(lowering *l);

/* ---- elements.c: functions and arithmetic of values ----------------------------------------------------------------- */

bdc_status lower_function(lowering *l, const lower_value *x, ir_function f, lower_value *y);
bdc_status lower_linear(lowering *l, const lower_value *x, float factor, float shift, lower_value *y);
/* What an element-wise operator computes. */
ir_function lower_function_of(net_code code, const net_attributes *a);
bdc_status lower_unary(lowering *l, const lower_value *x, net_code code, lower_value *y);
/* ADD, SUB, MUL, MIN, MAX of two values that are broadcast; either may be a constant. */
bdc_status lower_binary(lowering *l, ir_code code, const lower_value *first, const lower_value *second, lower_value *y);
/* x * factor + shift, either null. */
bdc_status lower_affine(lowering *l, const lower_value *given, const lower_value *factor, const lower_value *shift,
                        lower_value *y);

/* ---- layers.c ------------------------------------------------------------------------------------------------------- */

typedef struct lower_layer {
    const float *weights, *bias; /* as ir_op has them */
    const ir_integers *integers;
    uint32_t channels; /* of the result */
} lower_layer;

/* x [.., K] -> y [.., N]: weights [N][K] over the last dimension. */
bdc_status lower_dense_layer(lowering *l, const lower_value *x, const lower_layer *layer, lower_value *y);
/* a [.., M, K] times b [.., K, N]. */
bdc_status lower_product_of(lowering *l, const lower_value *first, const lower_value *second, lower_value *y);

/* ---- convolution.c -------------------------------------------------------------------------------------------------- */

/* Checks what the layers cannot do, and gives the window of the operator at hand in rows and columns. */
bdc_status lower_window(lowering *l, const lower_value *x, ir_window *w);

/* ---- pools.c --------------------------------------------------------------------------------------------------------- */

/* Sum or mean or maximum over a set of dimensions, which become 1. */
typedef enum lower_reduction { LOWER_SUM, LOWER_MEAN, LOWER_MAX } lower_reduction;
bdc_status lower_reduce(lowering *l, const lower_value *given, uint32_t set, lower_reduction kind, lower_value *y);

/* ---- move.c ---------------------------------------------------------------------------------------------------------- */

bdc_status lower_concat(lowering *l, const lower_value *values, uint32_t count, uint32_t axis, lower_value *y);

/* ---- Operators: each lowers l->op ----------------------------------------------------------------------------------- */

bdc_status lower_op_unary(lowering *l); /* elements.c */
bdc_status lower_op_clip(lowering *l);
bdc_status lower_op_cast(lowering *l);
bdc_status lower_op_arithmetic(lowering *l);
bdc_status lower_op_division(lowering *l);
bdc_status lower_op_power(lowering *l);
bdc_status lower_op_prelu(lowering *l);
bdc_status lower_op_many(lowering *l); /* min, max, sum, mean */
bdc_status lower_op_where(lowering *l);
bdc_status lower_op_conv(lowering *l); /* convolution.c */
bdc_status lower_op_conv_transpose(lowering *l);
bdc_status lower_op_matmul(lowering *l); /* layers.c */
bdc_status lower_op_gemm(lowering *l);
bdc_status lower_op_einsum(lowering *l); /* einsum.c */
bdc_status lower_op_pool(lowering *l);   /* pools.c */
bdc_status lower_op_global_pool(lowering *l);
bdc_status lower_op_reduce(lowering *l);
bdc_status lower_op_arg_max(lowering *l);
bdc_status lower_op_identity(lowering *l); /* move.c */
bdc_status lower_op_reshape(lowering *l);
bdc_status lower_op_transpose(lowering *l);
bdc_status lower_op_concat(lowering *l);
bdc_status lower_op_split(lowering *l);
bdc_status lower_op_slice(lowering *l);
bdc_status lower_op_expand(lowering *l);
bdc_status lower_op_tile(lowering *l);
bdc_status lower_op_gather(lowering *l);
bdc_status lower_op_pad(lowering *l);    /* pad.c */
bdc_status lower_op_resize(lowering *l); /* resize.c */
bdc_status lower_op_depth_space(lowering *l);
bdc_status lower_op_batch_norm(lowering *l); /* normalise.c */
bdc_status lower_op_instance_norm(lowering *l);
bdc_status lower_op_group_norm(lowering *l);
bdc_status lower_op_layer_norm(lowering *l);
bdc_status lower_op_rms_norm(lowering *l);
bdc_status lower_op_mean_variance(lowering *l);
bdc_status lower_op_lrn(lowering *l);
bdc_status lower_op_softmax(lowering *l);
bdc_status lower_op_lp_norm(lowering *l);
bdc_status lower_op_quantize(lowering *l); /* quantised.c */
bdc_status lower_op_dequantize(lowering *l);
bdc_status lower_op_recurrent(lowering *l); /* recurrent.c */

/* patterns.c: a copy of the network in which several operators that mean one are that one. */
bdc_status lower_patterns(bdc_context *c, const net_graph *net, net_graph **copy);

/* lower.c: the entry. */
bdc_status lower(bdc_graph *graph);

#endif
