/* The importer of TensorFlow Lite: what its files share. Internal.
 *
 * model.c reads the file's tensors and operators; convert.c walks the operators in order and calls the converters of
 * convert_*.c; emit.c is what those are written with: real operands, new operators of the net, results with the file's activation and
 * quantisation.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_TFLITE_H
#define BEDSIDE_COMPILER_TFLITE_H

#include "../net.h"
#include "flatbuffer.h"
#include "schema.h"

typedef struct tfl_tensor {
    const char *name; /* printable; never null */
    tfl_type type;
    uint32_t rank, dims[NET_MAX_RANK];
    uint32_t open;     /* bit k: the file leaves dimension k open */
    int shape_unknown; /* the file states none */
    int is_variable;
    fb_vector data;       /* of a constant; at null: none */
    uint32_t scale_count; /* 0: not quantised; 1, or one for each index of axis */
    fb_vector scales, zero_points;
    uint32_t axis;
    uint32_t reads, reader; /* how often operators and the network's outputs use it; the last operator that does */
    uint32_t net;           /* the net's tensor with the stored numbers; NET_NONE: not made yet */
    uint32_t real;          /* the net's tensor with the real numbers of an activation; NET_NONE: not asked for yet */
} tfl_tensor;

/* The blocks of a SPACE_TO_BATCH_ND that was merged into a convolution: its dilation and its padding before and after. */
typedef struct tfl_dilation {
    uint32_t size[2], pads[4];
} tfl_dilation;

typedef struct tfl_op {
    uint32_t code;
    const char *type, *name; /* "CONV_2D" and the name of its first output */
    fb_table options;
    uint32_t options_type;
    const uint32_t *inputs, *outputs; /* indices of tensors; NET_NONE: left out */
    uint32_t input_count, output_count;
    const tfl_dilation
        *dilation; /* of a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, and of the latter */
} tfl_op;

/* Tensors of the file that are the network's inputs and outputs. */
typedef struct tfl_ports {
    const uint32_t *inputs, *outputs;
    uint32_t input_count, output_count;
} tfl_ports;

typedef struct tfl_importer {
    bdc_context *context;
    net_graph *net;
    const bdc_import_options *import;
    fb_file file;
    tfl_tensor *tensors;
    tfl_op *ops;
    uint32_t tensor_count, op_count;
    tfl_ports ports;
    const tfl_op *op;    /* the one at hand */
    int takes_variables; /* it is a recurrent one, whose state starts at zero */
    int all_constant;    /* all of its inputs are */
    uint32_t first_new;  /* the net's tensors from here on are its own */
    int resized;         /* an input has other dimensions than in the file */
    void **fold_data;    /* per tensor of the net, for net_eval */
    size_t fold_capacity;
    uint64_t folded; /* elements made by folding so far */
} tfl_importer;

/* ---- model.c, tensors.c ------------------------------------------------------------------------------------------ */

/* Reads tensors and operators; no shape is larger, no index further than it may be. */
bdc_status tfl_read(tfl_importer *m);
/* Reads a tensor's description and finds its bytes. */
bdc_status tfl_read_tensor(tfl_importer *m, const fb_vector *buffers, const fb_table *table, tfl_tensor *t);
/* The net's number of a type; 0: none. */
net_type tfl_net_type(tfl_type type);
/* Adds a constant's elements to the net. */
bdc_status tfl_add_constant(tfl_importer *m, tfl_tensor *t);
/* A printable copy, cut to 60 characters; never null. Of the names that a converter joined by semicolons it is the first. */
const char *tfl_text(bdc_context *c, fb_vector s);

/* ---- convert.c ---------------------------------------------------------------------------------------------------- */

/* Turns the file's operators, in order, into operators of the net. */
bdc_status tfl_convert_all(tfl_importer *m);
/* Fails for the operator at hand: "Operator CONV_2D 'name' ", then what and a full stop. */
bdc_status tfl_refuse(tfl_importer *m, bdc_status status, const char *what);

/* ---- operands.c: inputs and outputs of the operator at hand --------------------------------------------------------- */

/* All inputs are there: constants are added to the net, anything else was made before. */
bdc_status tfl_prepare_inputs(tfl_importer *m);
int tfl_has(const tfl_importer *m, uint32_t i);                  /* is input i given? */
const tfl_tensor *tfl_input(const tfl_importer *m, uint32_t i);  /* one that is given */
const tfl_tensor *tfl_output(const tfl_importer *m, uint32_t i); /* one that there is */
/* The net's tensor of input i with its stored numbers. */
uint32_t tfl_stored(const tfl_importer *m, uint32_t i);
/* With its real numbers: dequantised where it is quantised. */
bdc_status tfl_real(tfl_importer *m, uint32_t i, uint32_t *net);
/* The same of weights with their axes in another order; constants are transposed at once. */
bdc_status tfl_real_transposed(tfl_importer *m, uint32_t i, const uint32_t *axes, uint32_t *net);
/* Bias i of the weights of one input and the values of another: stored with its own scale or, where the file states none, with the
 * product of theirs. */
bdc_status tfl_bias(tfl_importer *m, uint32_t i, uint32_t weights_input, uint32_t x_input, uint32_t *net);
/* All elements of a constant integer input, few of them. */
bdc_status tfl_integers(tfl_importer *m, uint32_t i, const int64_t **values, uint32_t *count);
/* Real numbers of a constant parameter, dequantised at once. */
bdc_status tfl_real_parameter(tfl_importer *m, uint32_t i, uint32_t *net);
/* The same, of a single one. */
bdc_status tfl_integer(tfl_importer *m, uint32_t i, int64_t *value);
/* An axis into [0, rank). */
bdc_status tfl_axis(tfl_importer *m, int64_t axis, uint32_t rank, uint32_t *normal);
/* A side of a shape, from the file's numbers. */
bdc_status tfl_side(tfl_importer *m, int64_t value, uint32_t *out);
/* Scale and zero point as constants, for stored numbers of the given type; count becomes 3, or 2 where there is no zero point. */
bdc_status tfl_quantization(tfl_importer *m, const tfl_tensor *t, net_type type, uint32_t *inputs, uint32_t *count);
/* y = activation(x), with the limits that t's quantisation gives it; t may be null. */
bdc_status tfl_activate(tfl_importer *m, const tfl_tensor *t, uint32_t x, tfl_activation activation, uint32_t *y);
/* The activation fused into the operator at hand, by the number of its field. */
bdc_status tfl_fused(tfl_importer *m, uint32_t field, tfl_activation *activation);
/* Ends an operator: x, in real numbers or, for tensors that are not quantised, as it is, becomes output i after the activation and
 * quantisation that the file wants; its type and shape must be the file's. */
bdc_status tfl_finish(tfl_importer *m, uint32_t i, uint32_t x, tfl_activation activation);

/* ---- emit.c: operators of the net. Those of constants alone become constants. --------------------------------------- */

/* shape: dims of the result, where net.h leaves them to the importer, else null. */
bdc_status tfl_emit(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count, const net_attributes *a,
                    const net_tensor *shape, uint32_t *output);
bdc_status tfl_emit_all(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count, const net_attributes *a,
                        const net_tensor *shapes, uint32_t *outputs, uint32_t output_count);
/* The same, never folded. */
bdc_status tfl_emit_kept(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count,
                         const net_attributes *a, uint32_t *output);
bdc_status tfl_constant(tfl_importer *m, net_type type, uint32_t rank, const uint32_t *dims, const void *elements,
                        uint32_t *net);
bdc_status tfl_scalar(tfl_importer *m, float value, uint32_t *net);
bdc_status tfl_unary(tfl_importer *m, net_code code, uint32_t x, uint32_t *y);
bdc_status tfl_binary(tfl_importer *m, net_code code, uint32_t a, uint32_t b, uint32_t *y);
bdc_status tfl_transpose(tfl_importer *m, uint32_t x, const uint32_t *axes, uint32_t *y);
bdc_status tfl_reshape(tfl_importer *m, uint32_t x, uint32_t rank, const uint32_t *dims, uint32_t *y);
bdc_status tfl_cast(tfl_importer *m, uint32_t x, net_type to, uint32_t *y); /* nothing where it is of that type */
/* Parts of x along an axis, of sizes[i] each. */
bdc_status tfl_split(tfl_importer *m, uint32_t x, uint32_t axis, const uint32_t *sizes, uint32_t count,
                     uint32_t *parts);
bdc_status tfl_slice_of(tfl_importer *m, uint32_t x, const int64_t *starts, const int64_t *steps, const uint32_t *dims,
                        uint32_t *y);
/* The real numbers of x, quantised as t is, with a scale per index of axis if t has more than one. keep: even of a constant. */
bdc_status tfl_dequantize(tfl_importer *m, const tfl_tensor *t, uint32_t x, uint32_t axis, int keep, uint32_t *y);

static inline const net_tensor *tfl_net_tensor(const tfl_importer *m, uint32_t net)
{
    return &m->net->tensors[net];
}

/* Options of the operator at hand. */
static inline int64_t tfl_option(const tfl_importer *m, uint32_t field, uint32_t bytes, int64_t otherwise)
{
    return fb_signed(&m->op->options, field, bytes, otherwise);
}

/* ---- convert_*.c: each turns the operator at hand into operators of the net, of the code given where it serves several ---- */

typedef bdc_status tfl_converter(tfl_importer *m, net_code code);

/* convert_window.c */
tfl_converter tfl_conv, tfl_depthwise, tfl_transpose_conv, tfl_pool, tfl_l2_pool, tfl_depth_space;
tfl_converter tfl_resize_bilinear, tfl_resize_nearest;
/* convert_batch.c */
tfl_converter tfl_space_to_batch, tfl_batch_to_space;
/* convert_matrix.c */
tfl_converter tfl_fully_connected, tfl_batch_matmul;
/* convert_element.c */
tfl_converter tfl_element, tfl_leaky_relu, tfl_elu, tfl_gelu, tfl_limit, tfl_square, tfl_rsqrt, tfl_arithmetic;
tfl_converter tfl_broadcast, tfl_not_equal, tfl_squared_difference, tfl_floor_div, tfl_floor_mod, tfl_add_n, tfl_select;
tfl_converter tfl_quantize, tfl_dequantize_op, tfl_cast_op;
/* convert_reduce.c */
tfl_converter tfl_reduce, tfl_arg, tfl_softmax, tfl_l2_normalization, tfl_lrn, tfl_cumsum, tfl_top_k;
/* convert_move.c */
tfl_converter tfl_reshape_op, tfl_squeeze, tfl_expand_dims, tfl_transpose_op, tfl_concat, tfl_split_op, tfl_split_v;
tfl_converter tfl_pack, tfl_unpack;
/* convert_gather.c */
tfl_converter tfl_gather, tfl_gather_nd, tfl_embedding_lookup, tfl_tile, tfl_broadcast_to, tfl_fill, tfl_shape;
tfl_converter tfl_rank, tfl_range, tfl_zeros_like, tfl_one_hot;
/* convert_slice.c */
tfl_converter tfl_slice, tfl_strided_slice, tfl_reverse, tfl_pad, tfl_mirror_pad;
/* convert_recurrent.c */
tfl_converter tfl_sequence_lstm;

#endif
