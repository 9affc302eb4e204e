/* Building and changing the graph.
 * SPDX-License-Identifier: MIT */
#include "ir.h"

#include <math.h>
#include <string.h>

#include "../bedside.h"
#include "../format.h"
#include "ops/ops.h"
#include "real.h"

const char *ir_name(ir_code code)
{
    static const char *const names[] = {
        "nothing", "conv",  "fully connected", "affine",       "function",   "add",           "sub",     "mul",
        "min",     "max",   "max pool",        "average pool", "concat",     "pad",           "reshape", "view",
        "softmax", "prelu", "matmul",          "resize",       "layer norm", "instance norm", "arg max"};
    return (unsigned)code < sizeof names / sizeof *names ? names[code] : "unknown";
}

bdc_status ir_add_tensor(bdc_context *c, ir_graph *g, const char *name, uint32_t channels, uint32_t h, uint32_t w,
                         uint32_t *index)
{
    if (g->tensor_count >= IR_MAX_TENSORS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d tensors.", IR_MAX_TENSORS);
    if (!channels || !h || !w)
        return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is empty.", name);
    if (channels > BDF_MAX_DIM || h > BDF_MAX_DIM || w > BDF_MAX_DIM ||
        (uint64_t)channels * h > BDF_MAX_TENSOR_BYTES / w)
        return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' is too large: %u channels of %u x %u.", name, channels, h, w);
    ir_tensor *tensors = bdc_grow(c, g->tensors, &g->tensor_capacity, (size_t)g->tensor_count + 1, sizeof *tensors);
    if (!tensors)
        return BDC_E_MEMORY;
    g->tensors = tensors;
    tensors[g->tensor_count] = (ir_tensor){.name = name, .c = channels, .h = h, .w = w};
    *index = g->tensor_count++;
    return BDC_OK;
}

bdc_status ir_add_op(bdc_context *c, ir_graph *g, ir_code code, uint32_t input_count, ir_op **op)
{
    if (g->op_count >= IR_MAX_OPS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d operators.", IR_MAX_OPS);
    ir_op *ops = bdc_grow(c, g->ops, &g->op_capacity, (size_t)g->op_count + 1, sizeof *ops);
    uint32_t *inputs = BDC_NEW(c, uint32_t, input_count);
    if (!ops || !inputs)
        return BDC_E_MEMORY;
    g->ops = ops;
    *op = &ops[g->op_count++];
    **op = (ir_op){.code = code, .inputs = inputs, .input_count = input_count, .output = IR_NONE, .groups = 1};
    (*op)->window =
        (ir_window){.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1};
    (*op)->factor = 1;
    (*op)->lo = -INFINITY;
    (*op)->hi = INFINITY;
    return BDC_OK;
}

bdc_status ir_copy(bdc_context *c, const ir_graph *g, ir_graph *copy)
{
    *copy = *g;
    copy->tensor_capacity = g->tensor_count;
    copy->op_capacity = g->op_count;
    copy->tensors = BDC_NEW(c, ir_tensor, g->tensor_count);
    copy->ops = BDC_NEW(c, ir_op, g->op_count);
    copy->inputs = BDC_NEW(c, uint32_t, g->input_count);
    copy->outputs = BDC_NEW(c, uint32_t, g->output_count);
    if (!copy->tensors || !copy->ops || !copy->inputs || !copy->outputs)
        return BDC_E_MEMORY;
    memcpy(copy->tensors, g->tensors, g->tensor_count * sizeof *g->tensors);
    memcpy(copy->ops, g->ops, g->op_count * sizeof *g->ops);
    memcpy(copy->inputs, g->inputs, g->input_count * sizeof *g->inputs);
    memcpy(copy->outputs, g->outputs, g->output_count * sizeof *g->outputs);
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &copy->ops[i];
        op->inputs = BDC_NEW(c, uint32_t, op->input_count);
        if (!op->inputs)
            return BDC_E_MEMORY;
        memcpy(op->inputs, g->ops[i].inputs, op->input_count * sizeof *op->inputs);
    }
    return BDC_OK;
}

uint32_t ir_producer(const ir_graph *g, uint32_t tensor)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        if (!g->ops[i].dead && g->ops[i].output == tensor)
            return i;
    return IR_NONE;
}

uint32_t ir_use_count(const ir_graph *g, uint32_t tensor)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; !g->ops[i].dead && k < g->ops[i].input_count; k++)
            n += g->ops[i].inputs[k] == tensor;
    for (uint32_t i = 0; i < g->output_count; i++)
        n += g->outputs[i] == tensor;
    return n;
}

void ir_replace_uses(ir_graph *g, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            if (g->ops[i].inputs[k] == from)
                g->ops[i].inputs[k] = to;
    for (uint32_t i = 0; i < g->output_count; i++)
        if (g->outputs[i] == from)
            g->outputs[i] = to;
}

bdc_status ir_sweep(bdc_context *c, ir_graph *g)
{
    uint32_t *index = BDC_NEW(c, uint32_t, g->tensor_count);
    if (!index)
        return BDC_E_MEMORY;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->op_count; i++)
        if (!g->ops[i].dead)
            g->ops[kept++] = g->ops[i];
    g->op_count = kept;
    for (uint32_t i = 0; i < g->op_count; i++) {
        index[g->ops[i].output] = 1;
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            index[g->ops[i].inputs[k]] = 1;
    }
    for (uint32_t i = 0; i < g->input_count; i++)
        index[g->inputs[i]] = 1;
    for (uint32_t i = 0; i < g->output_count; i++)
        index[g->outputs[i]] = 1;
    kept = 0;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        if (!index[i])
            continue;
        g->tensors[kept] = g->tensors[i];
        index[i] = kept++;
    }
    g->tensor_count = kept;
    for (uint32_t i = 0; i < g->op_count; i++) {
        g->ops[i].output = index[g->ops[i].output];
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            g->ops[i].inputs[k] = index[g->ops[i].inputs[k]];
    }
    for (uint32_t i = 0; i < g->input_count; i++)
        g->inputs[i] = index[g->inputs[i]];
    for (uint32_t i = 0; i < g->output_count; i++)
        g->outputs[i] = index[g->outputs[i]];
    return BDC_OK;
}

uint32_t ir_window_out(uint32_t in, uint32_t kernel, uint32_t stride, uint32_t dilation, uint32_t pad_begin,
                       uint32_t pad_end)
{
    uint64_t padded = (uint64_t)in + pad_begin + pad_end;
    uint64_t reach = (uint64_t)(kernel - 1) * dilation + 1;
    return padded < reach ? 0 : (uint32_t)((padded - reach) / stride + 1);
}

size_t ir_weight_row(const ir_graph *g, const ir_op *op)
{
    const ir_tensor *x = &g->tensors[op->inputs[0]];
    if (op->code == IR_CONV)
        return (size_t)(x->c / op->groups) * op->window.kernel_h * op->window.kernel_w;
    return op->code == IR_GEMM ? ir_count(x) : 1;
}

uint64_t ir_macs(const ir_graph *g, const ir_op *op)
{
    const ir_tensor *in = &g->tensors[op->inputs[0]], *out = &g->tensors[op->output];
    switch (op->code) {
    case IR_CONV:
    case IR_GEMM:
        return (uint64_t)ir_count(out) * ir_weight_row(g, op);
    case IR_MATMUL:
        return (uint64_t)ir_count(out) * in->c;
    case IR_AFFINE:
    case IR_MUL:
        return ir_count(out);
    default:
        return 0;
    }
}

/* ---- Views ------------------------------------------------------------------------------------------------------ */

ir_view ir_permutation(uint32_t rank, const uint32_t *dims, const uint32_t *axes)
{
    ir_view v = {{1, 1, 1, 1, 1, 1}, {0}, 0};
    int32_t stride[6], step = 1;
    for (uint32_t i = rank; i-- > 0;) {
        stride[i] = step;
        step *= (int32_t)dims[i];
    }
    for (uint32_t i = 0; i < rank; i++) {
        v.count[6 - rank + i] = dims[axes[i]];
        v.stride[6 - rank + i] = stride[axes[i]];
    }
    return v;
}

int ir_view_is_copy(const ir_view *v, uint32_t n)
{
    uint32_t step = 1;
    for (uint32_t i = 6; i-- > 0;) {
        if (v->count[i] > 1 && v->stride[i] != (int32_t)step)
            return 0;
        step *= v->count[i];
    }
    return !v->offset && step == n;
}

/* ---- Functions -------------------------------------------------------------------------------------------------- */

static float apply(const ir_function *f, float x, float x0)
{
    const net_attributes a = {.alpha = f->alpha, .beta = f->beta, .mode = f->mode};
    switch (f->code) {
    case IR_IDENTITY:
        return x;
    case IR_CLAMP:
        return fminf(fmaxf(x, f->alpha), f->beta);
    case IR_LEAKY_RELU:
        return x < 0 ? f->alpha * x : x;
    case IR_ELU:
        return ops_unary_apply(NET_ELU, &a, x);
    case IR_SIGMOID:
        return (float)real_sigmoid((double)x);
    case IR_TANH:
        return (float)real_tanh((double)x);
    case IR_HARD_SIGMOID:
        return fminf(fmaxf(f->alpha * x + f->beta, 0), 1);
    case IR_SILU:
        return (float)((double)x * real_sigmoid((double)x));
    case IR_HARD_SWISH:
        return x * fminf(fmaxf(f->alpha * x + f->beta, 0), 1);
    case IR_LINEAR:
        return f->alpha * x + f->beta;
    case IR_POWER:
        return (float)real_pow((double)x, (double)f->alpha);
    case IR_POWER_OF:
        return (float)real_pow((double)f->alpha, (double)x);
    case IR_NET_UNARY:
        return ops_unary_apply((net_code)f->unary, &a, x);
    case IR_TIMES_INPUT:
        return x * x0;
    case IR_PLUS_INPUT:
        return x + x0;
    }
    return x;
}

float ir_apply(const ir_op *op, float x)
{
    const float x0 = x;
    for (uint32_t i = 0; i < op->function_count; i++)
        x = apply(&op->functions[i], x, x0);
    return x;
}

double ir_snap(const ir_tensor *t, double x)
{
    if (!t->type || !(t->scale > 0))
        return x;
    const double limit = t->type == BDS_INT16 ? 32768 : 128, zero = t->zero_point;
    return (fmin(fmax(floor(x / t->scale + 0.5) + zero, -limit), limit - 1) - zero) * t->scale;
}

/* ---- Ports ------------------------------------------------------------------------------------------------------ */

/* What the file calls zero of an integer port. */
static double port_zero(const ir_port *port, const ir_tensor *t)
{
    return t->zero_point + (port->type == NET_UINT8 ? 128.0 : port->type == NET_UINT16 ? 32768.0 : 0.0);
}

static int is_integer(const ir_port *port)
{
    return port->type == NET_UINT8 || port->type == NET_INT8 || port->type == NET_UINT16 || port->type == NET_INT16;
}

/* Element of the file for element i of the layers. */
static size_t file_index(const ir_port *port, const ir_tensor *t, size_t i)
{
    return port->channels_first ? i % t->c * ((size_t)t->h * t->w) + i / t->c : i;
}

void ir_port_in(const ir_port *port, const ir_tensor *t, const float *file, float *layers)
{
    const double zero = port_zero(port, t);
    for (size_t i = 0; i < ir_count(t); i++) {
        const float x = file[file_index(port, t, i)];
        layers[i] = is_integer(port) ? (float)(((double)x - zero) * t->scale) : x;
    }
}

void ir_port_out(const ir_port *port, const ir_tensor *t, const float *layers, float *file)
{
    const double zero = port_zero(port, t);
    for (size_t i = 0; i < ir_count(t); i++)
        file[file_index(port, t, i)] =
            is_integer(port) ? (float)floor((double)layers[i] / t->scale + 0.5 + zero) : layers[i];
}
