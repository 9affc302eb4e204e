/* The network as a file states it: typed tensors of any rank, batch included, every shape fixed, operators in order of execution.
 * Both importers make it (onnx/, tflite/), ops/ says what each operator means, lower/ turns it into the layers of ir.h. Internal.
 *
 * Operators mean what ONNX's of opset 21 mean. What older opsets say in attributes (axes of Squeeze, limits of Clip, pads of Pad) or
 * otherwise (per-axis softmax of opset 12) the importer translates. Two additions let TensorFlow Lite's networks in as they are:
 * a spatial operator may be channels_last, and quantised layers are written as DequantizeLinear -> operator -> [Clip] ->
 * QuantizeLinear, which is also how QLinear operators of ONNX are written. So there is one form of a quantised network.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_NET_H
#define BEDSIDE_COMPILER_NET_H

#include "context.h"

#define NET_NONE 0xffffffffu
enum {
    NET_MAX_RANK = 8,
    NET_MAX_SPATIAL = 3,
    NET_MAX_TENSORS = 1 << 16,
    NET_MAX_OPS = 1 << 16,
    NET_MAX_LINKS = 1024,        /* inputs or outputs of one operator */
    NET_MAX_ELEMENTS = 1 << 28,  /* of one tensor */
    NET_FOLD_ELEMENTS = 1 << 24, /* larger constants are not made by folding */
};

/* ONNX's numbers. */
typedef enum net_type {
    NET_FLOAT = 1,
    NET_UINT8 = 2,
    NET_INT8 = 3,
    NET_UINT16 = 4,
    NET_INT16 = 5,
    NET_INT32 = 6,
    NET_INT64 = 7,
    NET_BOOL = 9, /* one byte, 0 or 1 */
    NET_FLOAT16 = 10,
    NET_DOUBLE = 11,
    NET_UINT32 = 12,
    NET_UINT64 = 13
} net_type;

typedef struct net_tensor {
    const char *name;
    net_type type;
    uint32_t rank;               /* 0: a scalar */
    uint32_t dims[NET_MAX_RANK]; /* 0 is possible: an empty tensor */
    const void *data;            /* of a constant: dense, row-major, native byte order, 16-byte aligned; else null */
} net_tensor;

/* In comments: x, y, ... inputs in order; [] optional. Attributes used in {}. Layout N C spatial..., or N spatial... C with
 * {channels_last}. Weights always stand as ONNX's do, whatever the layout: the importer transposes them. */
typedef enum net_code {
    NET_NOTHING = 0,
    /* -- one input, element by element -- */
    NET_IDENTITY,
    NET_CAST, /* {to} */
    NET_NEG,
    NET_ABS,
    NET_SIGN,
    NET_RECIPROCAL,
    NET_SQRT,
    NET_EXP,
    NET_LOG,
    NET_FLOOR,
    NET_CEIL,
    NET_ROUND, /* halves to even */
    NET_SIN,
    NET_COS,
    NET_TAN,
    NET_ASIN,
    NET_ACOS,
    NET_ATAN,
    NET_SINH,
    NET_COSH,
    NET_ASINH,
    NET_ACOSH,
    NET_ATANH,
    NET_ERF,
    NET_NOT,
    NET_BITWISE_NOT,
    NET_IS_NAN,
    NET_IS_INF, /* {detect_negative, detect_positive} in mode: bit 0, bit 1 */
    NET_RELU,
    NET_LEAKY_RELU,       /* {alpha} */
    NET_ELU,              /* {alpha} */
    NET_SELU,             /* {alpha, beta = gamma} */
    NET_CELU,             /* {alpha} */
    NET_THRESHOLDED_RELU, /* {alpha} */
    NET_SIGMOID,
    NET_HARD_SIGMOID, /* {alpha, beta} */
    NET_HARD_SWISH,
    NET_TANH,
    NET_SOFTPLUS,
    NET_SOFTSIGN,
    NET_MISH,
    NET_GELU,   /* {mode}: 0 erf, 1 tanh */
    NET_SHRINK, /* {alpha = lambd, beta = bias} */
    NET_CLIP,   /* x, [min], [max]: scalars */
    /* -- two or more inputs, broadcast -- */
    NET_ADD,
    NET_SUB,
    NET_MUL,
    NET_DIV, /* integers: towards zero */
    NET_POW,
    NET_MOD, /* {mode}: 1 fmod */
    NET_PRELU,
    NET_EQUAL,
    NET_LESS,
    NET_GREATER,
    NET_LESS_EQUAL,
    NET_GREATER_EQUAL,
    NET_AND,
    NET_OR,
    NET_XOR,
    NET_BITWISE_AND,
    NET_BITWISE_OR,
    NET_BITWISE_XOR,
    NET_BIT_SHIFT, /* {mode}: 0 left, 1 right */
    NET_WHERE,     /* condition, x, y */
    NET_MIN,       /* any number from here */
    NET_MAX,
    NET_SUM,
    NET_MEAN,
    /* -- matrices -- */
    NET_MATMUL,
    NET_MATMUL_INTEGER, /* a, b, [a zero point], [b zero point] -> int32 */
    NET_GEMM,           /* a, b, [c] {alpha, beta, transpose: bit 0 a, bit 1 b} */
    NET_EINSUM,         /* {text}: the equation */
    /* -- windows -- */
    NET_CONV, /* x, w [M, C / group, kernel...], [b] {window, group, channels_last} */
    NET_CONV_INTEGER,
    NET_CONV_TRANSPOSE,  /* x, w [C, M / group, kernel...], [b] {window, group, channels_last}; pads are final ones */
    NET_MAX_POOL,        /* {window, channels_last} -> y, [indices] ; storage_order in mode */
    NET_AVERAGE_POOL,    /* {window, channels_last, mode}: 1 the padding counts */
    NET_LP_POOL,         /* {window, p in axis} */
    NET_GLOBAL_MAX_POOL, /* {channels_last}, as all three */
    NET_GLOBAL_AVERAGE_POOL,
    NET_GLOBAL_LP_POOL, /* {axis = p} */
    NET_RESIZE, /* x {scales[rank], sizes in output dims, mode, coordinates, nearest, cubic...: see net_resize} */
    NET_DEPTH_TO_SPACE, /* {block, mode: 0 DCR 1 CRD, channels_last} */
    NET_SPACE_TO_DEPTH, /* {block, channels_last} */
    /* -- normalisations; their constants are inputs -- */
    NET_BATCH_NORMALIZATION,         /* x, scale, b, mean, var {epsilon in alpha, channels_last} */
    NET_INSTANCE_NORMALIZATION,      /* x, scale, b {alpha = epsilon, channels_last} */
    NET_GROUP_NORMALIZATION,         /* x, scale, b {alpha = epsilon, group} */
    NET_LAYER_NORMALIZATION,         /* x, scale, [b] {alpha = epsilon, axis} -> y, [mean], [inverse deviation] */
    NET_RMS_NORMALIZATION,           /* x, scale {alpha = epsilon, axis} */
    NET_LP_NORMALIZATION,            /* {axis, mode = p} */
    NET_MEAN_VARIANCE_NORMALIZATION, /* {axes} */
    NET_LRN,                         /* {alpha, beta, gamma = bias, group = size, channels_last} */
    NET_SOFTMAX,                     /* {axis} */
    NET_LOG_SOFTMAX,                 /* {axis} */
    NET_HARDMAX,                     /* {axis} */
    /* -- reductions {axes, keep_dims}; no axes: all -- */
    NET_REDUCE_SUM,
    NET_REDUCE_MEAN,
    NET_REDUCE_MAX,
    NET_REDUCE_MIN,
    NET_REDUCE_PROD,
    NET_REDUCE_L1,
    NET_REDUCE_L2,
    NET_REDUCE_LOG_SUM,
    NET_REDUCE_LOG_SUM_EXP,
    NET_REDUCE_SUM_SQUARE,
    NET_ARG_MAX, /* {axis, keep_dims, mode: 1 last index} -> int64 */
    NET_ARG_MIN,
    NET_TOP_K,   /* x, k {axis, mode: bit 0 largest, bit 1 sorted} */
    NET_CUM_SUM, /* x, axis {mode: bit 0 exclusive, bit 1 reverse} */
    /* -- the same elements elsewhere -- */
    NET_RESHAPE,   /* x {dims of the output are set by the importer: inputs after x are gone} */
    NET_TRANSPOSE, /* {axes: the permutation} */
    NET_CONCAT,    /* {axis} */
    NET_SPLIT,     /* {axis}; sizes are the outputs' dims, set by the importer */
    NET_SLICE,     /* {starts, steps per axis of the rank; output dims set by the importer; steps may be negative} */
    NET_PAD,       /* x, [value] {pads: 2 * rank, may be negative; mode 0 constant 1 reflect 2 edge 3 wrap} */
    NET_EXPAND,    /* x; output dims set by the importer */
    NET_TILE,      /* x; output dims set by the importer */
    NET_GATHER,    /* x, indices {axis} */
    NET_GATHER_ELEMENTS,  /* x, indices {axis} */
    NET_GATHER_ND,        /* x, indices {axis = batch dims} */
    NET_SCATTER_ELEMENTS, /* x, indices, updates {axis, mode 0 none 1 add 2 mul 3 max 4 min} */
    NET_SCATTER_ND,
    NET_ONE_HOT,          /* indices, depth, values {axis} */
    NET_TRIL_TRIU,        /* x, [k] {mode 1 upper} */
    NET_EYE_LIKE,         /* {axis = k, to} */
    NET_REVERSE_SEQUENCE, /* x, lengths {axis = batch axis, group = time axis} */
    /* -- quantisation -- */
    NET_QUANTIZE_LINEAR,         /* x, scale, [zero point] {axis} */
    NET_DEQUANTIZE_LINEAR,       /* x, scale, [zero point] {axis} */
    NET_DYNAMIC_QUANTIZE_LINEAR, /* x -> y, scale, zero point */
    /* -- over time {net_recurrent in recurrent} -- */
    NET_LSTM, /* x, w, r, [b], [lengths], [h], [c], [p] */
    NET_GRU,  /* x, w, r, [b], [lengths], [h] */
    NET_RNN,
    NET_CODE_COUNT
} net_code;

typedef struct net_window {
    uint32_t spatial; /* dimensions of the window, [1, NET_MAX_SPATIAL] */
    uint32_t kernel[NET_MAX_SPATIAL], stride[NET_MAX_SPATIAL], dilation[NET_MAX_SPATIAL];
    /* auto_pad and ceil_mode are resolved by the importer into these. In a pool, windows that ceil_mode adds may reach beyond
     * pad_end; the output's dims, set by the importer, say how many there are. */
    uint32_t pad_begin[NET_MAX_SPATIAL], pad_end[NET_MAX_SPATIAL];
    uint32_t output_pad[NET_MAX_SPATIAL]; /* transposed convolution */
} net_window;

typedef struct net_resize {
    enum { NET_NEAREST = 0, NET_LINEAR, NET_CUBIC } mode;
    enum {
        NET_HALF_PIXEL = 0,
        NET_PYTORCH_HALF_PIXEL,
        NET_ALIGN_CORNERS,
        NET_ASYMMETRIC,
        NET_TF_CROP,
        NET_HALF_PIXEL_SYMMETRIC,
        NET_TF_HALF_PIXEL_NEAREST
    } coordinates;
    enum { NET_ROUND_PREFER_FLOOR = 0, NET_ROUND_PREFER_CEIL, NET_FLOOR_NEAREST, NET_CEIL_NEAREST } nearest;
    float scales[NET_MAX_RANK]; /* output / input per axis, as the file states them or as the sizes give them */
    float roi[2 * NET_MAX_RANK];
    float cubic_a, extrapolation;
    int exclude_outside, antialias;
} net_resize;

typedef struct net_recurrent {
    uint32_t hidden;
    enum { NET_FORWARD = 0, NET_REVERSE, NET_BIDIRECTIONAL } direction;
    net_code activations[6]; /* f, g, h of each direction: NET_SIGMOID, NET_TANH, NET_RELU, ... */
    float activation_alpha[6], activation_beta[6];
    float clip;      /* of what goes into the activations; 0: none */
    float cell_clip; /* of an LSTM's cell state; 0: none */
    int input_forget, linear_before_reset, batch_first;
} net_recurrent;

/* Which members an operator uses is said at its code; the others are zero. Axes are normalised into [0, rank) by the importer. */
typedef struct net_attributes {
    int64_t axis;
    uint32_t axis_count, axes[NET_MAX_RANK];
    int keep_dims, mode, channels_last;
    uint32_t group, block, transpose;
    net_type to;
    float alpha, beta, gamma;
    net_window window;
    int64_t starts[NET_MAX_RANK], steps[NET_MAX_RANK], pads[2 * NET_MAX_RANK];
    const char *text;
    const net_resize *resize;
    const net_recurrent *recurrent;
} net_attributes;

typedef struct net_op {
    net_code code;
    const char *type, *name;    /* as the file has them, for messages; never null */
    uint32_t *inputs, *outputs; /* tensors; NET_NONE: an optional one left out */
    uint32_t input_count, output_count;
    net_attributes a;
} net_op;

typedef struct net_graph {
    net_tensor *tensors;
    net_op *ops;
    uint32_t *inputs, *outputs; /* tensors */
    uint32_t tensor_count, op_count, input_count, output_count;
    size_t tensor_capacity, op_capacity;
} net_graph;

/* ---- net.c ------------------------------------------------------------------------------------------------------ */

uint32_t net_type_bytes(net_type type); /* 0: unknown */
const char *net_type_name(net_type type);
/* Elements; every tensor in a graph has at most NET_MAX_ELEMENTS. */
size_t net_count(const net_tensor *t);
int net_same_shape(const net_tensor *a, const net_tensor *b);
/* Adds a tensor; checks rank, dims and their product. data null: not a constant. Tensors may move. */
bdc_status net_add_tensor(bdc_context *c, net_graph *g, const net_tensor *t, uint32_t *index);
/* Adds an operator with zeroed attributes and NET_NONE everywhere. Operators may move: the pointer lives until the next call. */
bdc_status net_add_op(bdc_context *c, net_graph *g, net_code code, const char *type, const char *name,
                      uint32_t input_count, uint32_t output_count, net_op **op);
/* Index of the operator that makes a tensor, or NET_NONE; how often it is read, as a graph output too. */
uint32_t net_producer(const net_graph *g, uint32_t tensor);
uint32_t net_use_count(const net_graph *g, uint32_t tensor);

/* ---- ops/: what the operators mean ------------------------------------------------------------------------------- */

const char *net_op_name(net_code code); /* ONNX's name of it, "Conv"; never null */

/* Completes an operator that was just filled in (inputs, attributes, a tensor index for every output that is wanted): checks
 * types, ranks and attributes, and sets type, rank and dims of the output tensors. Where net_code says that the importer sets the
 * output's dims, they are checked instead. Constant inputs (axes, k, ...) are read here. Fails with a sentence that names
 * op->type and op->name and the attribute or type. */
bdc_status net_infer(bdc_context *c, net_graph *g, const net_op *op);

/* Computes one operator. data[t] points to the elements of tensor t for all its inputs and outputs (constants included), each
 * 16-byte aligned and not overlapping. Temporary memory comes from the context between a mark and its release. Fails only for
 * memory, or for values that the operator cannot take (an index out of range). Deterministic: float32 sums run in a fixed order,
 * transcendental functions come from real.h, never from libm, so that every machine and the browser give the same bits. */
bdc_status net_eval(bdc_context *c, const net_graph *g, const net_op *op, void *const *data);

/* About how many multiply-adds net_eval takes. */
uint64_t net_work(const net_graph *g, const net_op *op);

#endif
