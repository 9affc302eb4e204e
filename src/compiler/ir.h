/* The layers: what the runtime can do, still in float. lower/ makes them from the network as the file states it (net.h).
 * Every tensor is height x width x channels, batch 1, and lies in that order in memory (HWC), as in the runtime. So a reshape moves
 * nothing, and whatever moves elements is a view. Operators stand in order of execution; each makes one tensor. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_IR_H
#define BEDSIDE_COMPILER_IR_H

#include "context.h"

#define IR_NONE 0xffffffffu
enum { IR_MAX_TENSORS = 8192, IR_MAX_OPS = 8192 }; /* before folding; the file has limits of its own */

typedef struct ir_tensor {
    const char *name;
    uint32_t c, h, w; /* each in [1, 65535], product <= 2^28 */
    /* What the file fixed (a quantised network): real = scale * (stored - zero_point). type 0: free, calibration decides. */
    uint32_t type; /* bds_type: BDS_INT8 or BDS_INT16 */
    double scale;
    int32_t zero_point;
    /* From calibration. */
    float least, most;             /* seen, 0 within */
    float lo, hi;                  /* the chosen range, 0 within */
    const float *mean, *deviation; /* [c], null before */
} ir_tensor;

typedef enum ir_code {
    IR_CONV = 1, /* weights [out c][kernel_h][kernel_w][in c / groups], bias [out c] or null */
    IR_GEMM,     /* over all of the input in HWC order: weights [out c][h * w * in c], bias [out c] or null */
    IR_AFFINE,   /* y = x * weights[c] + bias[c] */
    IR_FUNCTION, /* y = functions[n - 1](... functions[0](x)) */
    IR_ADD,      /* b has a's shape, or 1 x 1 of as many channels; so for all of two inputs */
    IR_SUB,
    IR_MUL,
    IR_MIN,
    IR_MAX,
    IR_MAX_POOL,
    IR_AVG_POOL,
    IR_CONCAT,     /* along the channels */
    IR_PAD,        /* height and width: window's pads with the value alpha */
    IR_RESHAPE,    /* same bytes */
    IR_VIEW,       /* a strided copy: transposes, slices, steps, repeats; see ir_view */
    IR_SOFTMAX,    /* over the channels */
    IR_PRELU,      /* weights [c]: slopes of what is negative */
    IR_MATMUL,     /* a: h x m x k, b: h x k x n, or h x n x k with transpose_b: y: h x m x n */
    IR_RESIZE,     /* linear, any size; see ir_resize (nearest is a view, or two) */
    IR_LAYER_NORM, /* over the channels of each pixel, then * weights[c] + bias[c]; alpha: epsilon */
    IR_INSTANCE_NORM, /* over height, width and c / groups channels of each of the groups, then the same; groups = c: per channel */
    IR_ARG_MAX /* over the channels: y has one, the index; a type of BDS_INT16, scale 1 */
} ir_code;

typedef enum ir_function_code {
    IR_IDENTITY = 0,
    IR_CLAMP,      /* to [alpha, beta] */
    IR_LEAKY_RELU, /* slope alpha */
    IR_ELU,        /* alpha */
    IR_SIGMOID,
    IR_TANH,
    IR_HARD_SIGMOID, /* clamp(alpha * x + beta, 0, 1) */
    IR_SILU,         /* x * sigmoid(x) */
    IR_HARD_SWISH,   /* x * clamp(alpha * x + beta, 0, 1) */
    IR_LINEAR,       /* alpha * x + beta */
    IR_POWER,        /* x ^ alpha */
    IR_POWER_OF,     /* alpha ^ x */
    IR_NET_UNARY,    /* any other element-wise operator of net.h: unary, with alpha, beta, mode */
    IR_TIMES_INPUT,  /* x * x0, x0 being what the whole chain began with: so x * sigmoid(x) is one operator */
    IR_PLUS_INPUT    /* x + x0 */
} ir_function_code;

typedef struct ir_function {
    ir_function_code code;
    float alpha, beta;
    int unary, mode; /* IR_NET_UNARY: a net_code, and its mode */
} ir_function;
enum { IR_MAX_CHAIN = 8 }; /* functions in one operator */

typedef struct ir_window {
    uint32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
} ir_window;

/* y in order of memory = x[offset + i0 * stride[0] + ... + i5 * stride[5]], i5 fastest. The product of the counts is y's elements;
 * unused dimensions stand in front with a count of 1. Every index lies within x. */
typedef struct ir_view {
    uint32_t count[6];
    int32_t stride[6], offset; /* in elements */
} ir_view;

/* Row y of the result lies between rows first[y] and second[y] of the input, at fraction[y] in [0, 1] from the first; columns the
 * same. The importer's coordinates (half pixel, aligned corners ...) are in the numbers. */
typedef struct ir_resize {
    const uint32_t *row_first, *row_second, *column_first, *column_second;
    const float *row_fraction, *column_fraction;
} ir_resize;

/* Integers of a layer that the file fixed; weights and bias in float mean the same. */
typedef struct ir_integers {
    const int16_t *weights; /* in the order of the float weights, each in [-255, 255]: the zero point is taken off */
    const double *scales;   /* [out c] of the weights */
    const int32_t *bias;    /* [out c] in units of the input's scale * the weights', or null */
} ir_integers;

typedef struct ir_op {
    ir_code code;
    uint32_t *inputs, input_count; /* tensors */
    uint32_t output;
    ir_window window; /* conv, pools, pad */
    uint32_t groups;
    int include_pad; /* average pool: the padding counts as zeros */
    int transpose_b;
    ir_function functions[IR_MAX_CHAIN];
    uint32_t function_count;
    float alpha;
    float factor; /* of a product, MUL or MATMUL: over 0, else 1 */
    float lo, hi; /* clamp of the result, infinite when there is none */
    const float *weights, *bias;
    const ir_integers *integers; /* of a layer with weights, or null */
    const ir_view *view;
    const ir_resize *resize;
    int dead;          /* to be swept by ir_sweep */
    int projects_gate; /* the gate's whitening: a result in units, and 8 bits whatever is chosen for all layers */
} ir_op;

typedef struct ir_graph {
    ir_tensor *tensors;
    ir_op *ops;
    uint32_t *inputs, *outputs; /* tensors */
    uint32_t tensor_count, op_count, input_count, output_count;
    size_t tensor_capacity, op_capacity;
} ir_graph;

/* What the caller sees of an input or output of the layers: the file's own dimensions and order of elements. */
typedef struct ir_port {
    uint32_t rank, dims[8]; /* as in the file, batch included */
    int channels_first;     /* N C spatial: the order must be changed on the way in or out */
    int type;               /* net_type; for integers the caller's floats are the file's integers. 0: float */
} ir_port;

struct bdc_graph {
    bdc_context *context;
    struct net_graph *net;      /* as imported; see net.h */
    struct net_run *net_runner; /* buffers of bdc_run, made when it is first called */
    ir_graph ir;                /* made from it by lower() in bdc_optimise */
    ir_port *input_ports, *output_ports;
    int optimised; /* 1 done, -1 failed half-way */
    int calibrated;
    float *kept; /* calibration samples to fit on, in the layers' order: [kept_count][kept_floats] */
    uint32_t kept_count;
    size_t kept_floats;
    bdc_final final_activation;
    struct float_run *runner; /* buffers of bdc_run_float, made when optimised was runner_optimised */
    int runner_optimised;
};

static inline uint32_t ir_count(const ir_tensor *t)
{
    return t->c * t->h * t->w;
}

static inline int ir_same_shape(const ir_tensor *a, const ir_tensor *b)
{
    return a->c == b->c && a->h == b->h && a->w == b->w;
}

/* 1 if the CHW and the HWC order of the tensor's elements are the same. */
static inline int ir_order_free(const ir_tensor *t)
{
    return t->c == 1 || t->h * t->w == 1;
}

/* 1 if nothing is fixed of a, or the same as of b. */
static inline int ir_grid_agrees(const ir_tensor *a, const ir_tensor *b)
{
    return !a->type ||
           (a->type == b->type && a->zero_point == b->zero_point && !(a->scale < b->scale) && !(a->scale > b->scale));
}

static inline void ir_take_grid(ir_tensor *to, const ir_tensor *from)
{
    to->type = from->type;
    to->scale = from->scale;
    to->zero_point = from->zero_point;
}

/* A convolution with one filter per channel. */
static inline int ir_is_depthwise(const ir_op *op, const ir_tensor *x, const ir_tensor *y)
{
    return op->code == IR_CONV && op->groups == x->c && op->groups == y->c;
}

/* "conv", "add", ...; never null. */
const char *ir_name(ir_code code);

/* A new tensor; checks the shape's limits. */
bdc_status ir_add_tensor(bdc_context *c, ir_graph *g, const char *name, uint32_t channels, uint32_t h, uint32_t w,
                         uint32_t *index);
/* A new operator at the end with room for its inputs; the pointer holds until the next one is added. */
bdc_status ir_add_op(bdc_context *c, ir_graph *g, ir_code code, uint32_t input_count, ir_op **op);

/* A copy whose operators may be changed; weights and names are shared. */
bdc_status ir_copy(bdc_context *c, const ir_graph *g, ir_graph *copy);

/* Index of the operator that makes a tensor, or IR_NONE. */
uint32_t ir_producer(const ir_graph *g, uint32_t tensor);
/* How often living operators read a tensor, an output of the graph counting as one reader. */
uint32_t ir_use_count(const ir_graph *g, uint32_t tensor);
/* Makes every reader of tensor from (and the graph's outputs) use tensor to. */
void ir_replace_uses(ir_graph *g, uint32_t from, uint32_t to);
/* Drops dead operators and then tensors that nobody knows any more. */
bdc_status ir_sweep(bdc_context *c, ir_graph *g);

/* Output side of one dimension of a window; 0 if the window does not fit. */
uint32_t ir_window_out(uint32_t in, uint32_t kernel, uint32_t stride, uint32_t dilation, uint32_t pad_begin,
                       uint32_t pad_end);
/* Multiply-accumulates of one run of an operator. */
uint64_t ir_macs(const ir_graph *g, const ir_op *op);

/* Weights of one output channel: conv and gemm; 1 for what has one per channel. */
size_t ir_weight_row(const ir_graph *g, const ir_op *op);

/* The view that reorders a tensor of dims[0] x ... x dims[rank - 1], rank <= 6: dimension i of the result is dimension axes[i]. */
ir_view ir_permutation(uint32_t rank, const uint32_t *dims, const uint32_t *axes);
/* 1 if a view copies its n elements in order. */
int ir_view_is_copy(const ir_view *v, uint32_t n);

float ir_apply(const ir_op *op, float x); /* IR_FUNCTION without the clamp */
/* The real value that a tensor holds for x: the nearest on its grid, if the file fixed that. */
double ir_snap(const ir_tensor *t, double x);

/* Elements of an input or output between the file's order and that of the layers. */
void ir_port_in(const ir_port *port, const ir_tensor *t, const float *file, float *layers);
void ir_port_out(const ir_port *port, const ir_tensor *t, const float *layers, float *file);

#endif
