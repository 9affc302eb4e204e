/* Layers with weights and products of matrices, float32 in HWC order, on the kernels of float_kernels.h. Weights are packed anew in
 * each run: an operator may come with other weights every time, and packing is nothing beside the work.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "execute_operands.h"
#include "float_kernels.h"

static float_conv describe(const ir_op *op, const ir_tensor *x, const ir_tensor *y)
{
    const ir_window *w = &op->window;
    return (float_conv){.in = {1, x->h, x->w},
                        .out = {1, y->h, y->w},
                        .kernel = {1, w->kernel_h, w->kernel_w},
                        .stride = {1, w->stride_h, w->stride_w},
                        .dilation = {1, w->dilation_h, w->dilation_w},
                        .pad = {0, w->pad_top, w->pad_left},
                        .groups = op->groups,
                        .group_in = x->c / op->groups,
                        .group_out = y->c / op->groups,
                        .channels_last = 1,
                        .weights_in_last = 1};
}

size_t execute_scratch(const ir_graph *g, const ir_op *op)
{
    const ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
    if (op->code == IR_MATMUL)
        return float_gemm_scratch(y->w, y->c, x->c);
    if (op->code != IR_CONV)
        return 0;
    const float_conv conv = describe(op, x, y);
    return float_conv_packed(&conv) + 4 + float_conv_scratch(&conv);
}

void execute_conv(const operands *o)
{
    const float_conv conv = describe(o->op, o->x, o->y);
    float *packed = o->scratch, *scratch = packed + (float_conv_packed(&conv) + 3) / 4 * 4;
    float_conv_pack(&conv, o->op->weights, packed);
    float_conv_run(&conv, o->in, packed, o->op->bias, o->out, scratch);
}

void execute_gemm(const operands *o)
{
    const size_t depth = ir_count(o->x);
    for (uint32_t c = 0; c < o->y->c; c++) {
        double sum = o->op->bias ? (double)o->op->bias[c] : 0;
        for (size_t i = 0; i < depth; i++)
            sum += (double)o->op->weights[c * depth + i] * (double)o->in[i];
        o->out[c] = (float)sum;
    }
}

void execute_matmul(const operands *o)
{
    const size_t rows = o->y->w, columns = o->y->c, depth = o->x->c;
    const int turned = o->op->transpose_b;
    memset(o->out, 0, ir_count(o->y) * sizeof *o->out);
    for (size_t h = 0; h < o->y->h; h++) {
        const float_matrix a = {o->in + h * rows * depth, depth, 1};
        const float_matrix b = {o->in_b + h * depth * columns, turned ? 1 : columns, turned ? depth : 1};
        float_gemm(rows, columns, depth, a, b, o->out + h * rows * columns, columns, o->scratch);
    }
    for (size_t i = 0; i < ir_count(o->y); i++)
        o->out[i] *= o->op->factor;
}
