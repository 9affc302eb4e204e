/* The compiler's graph: float operators over tensors of channels x height x width, batch 1. Internal.
 * Operators stand in order of execution; each makes one tensor. Data order is ONNX's (CHW) until the file is written.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_IR_H
#define BEDSIDE_COMPILER_IR_H

#include "context.h"

#define IR_NONE 0xffffffffu
enum { IR_MAX_TENSORS = 4096, IR_MAX_OPS = 4096 }; /* before folding; the file has limits of its own */

typedef struct ir_tensor {
    const char *name;
    uint32_t c, h, w; /* each in [1, 65535], product <= 2^28 */
    uint32_t rank;    /* of ONNX's shape: 1 [c], 2 [1, c], 3 [1, c, w], 4 [1, c, h, w] */
    /* From calibration. */
    float least, most; /* seen, 0 within */
    float lo, hi;      /* the chosen range, 0 within */
    const float *mean; /* [c], null before */
} ir_tensor;

typedef enum ir_code {
    IR_CONV = 1, /* weights [out c][in c / groups][kernel_h][kernel_w], bias [out c] or null */
    IR_GEMM,     /* over all of the input in CHW order: weights [out c][in c * h * w], bias [out c] or null */
    IR_AFFINE,   /* y = x * weights[c] + bias[c] */
    IR_FUNCTION, /* y = function(x) */
    IR_ADD,      /* b has a's shape, or 1 x 1 of as many channels */
    IR_MUL,      /* the same */
    IR_MAX_POOL,
    IR_AVG_POOL,
    IR_CONCAT, /* along the channels */
    IR_PAD,    /* window's pads with the value alpha */
    IR_RESHAPE,
    IR_SOFTMAX /* over the channels */
} ir_code;

typedef enum ir_function {
    IR_IDENTITY = 0,
    IR_CLAMP,      /* to [alpha, beta] */
    IR_LEAKY_RELU, /* slope alpha */
    IR_ELU,        /* alpha */
    IR_SIGMOID,
    IR_TANH,
    IR_HARD_SIGMOID, /* clamp(alpha * x + beta, 0, 1) */
    IR_SILU,         /* x * sigmoid(x) */
    IR_HARD_SWISH    /* x * hard sigmoid(x) */
} ir_function;

typedef struct ir_window {
    uint32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
} ir_window;

typedef struct ir_op {
    ir_code code;
    uint32_t *inputs, input_count; /* tensors */
    uint32_t output;
    ir_window window; /* conv, pools, pad */
    uint32_t groups;
    int include_pad; /* average pool: the padding counts as zeros */
    ir_function function;
    float alpha, beta;
    float lo, hi; /* clamp of the result, infinite when there is none */
    const float *weights, *bias;
    int dead; /* to be swept by ir_sweep */
} ir_op;

typedef struct ir_graph {
    ir_tensor *tensors;
    ir_op *ops;
    uint32_t *inputs, *outputs; /* tensors */
    uint32_t tensor_count, op_count, input_count, output_count;
    size_t tensor_capacity, op_capacity;
} ir_graph;

struct bdc_graph {
    bdc_context *context;
    struct net_graph *net;      /* as imported; see net.h */
    struct net_run *net_runner; /* buffers of bdc_run, made when it is first called */
    ir_graph ir;
    int optimised; /* 1 done, -1 failed half-way */
    int calibrated;
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

/* "conv", "add", ...; never null. */
const char *ir_name(ir_code code);

/* A new tensor; checks the shape's limits. */
bdc_status ir_add_tensor(bdc_context *c, ir_graph *g, const char *name, uint32_t channels, uint32_t h, uint32_t w,
                         uint32_t rank, uint32_t *index);
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

float ir_apply(const ir_op *op, float x); /* IR_FUNCTION without the clamp */

#endif
