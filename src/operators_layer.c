/* Operators that sum products. Where the windows lie is worked out here; the kernels walk them.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

/* A convolution's windows over x: channels of each pixel, of out_h x out_w windows. */
static bds_window window_of(const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y, uint32_t channels)
{
    const bds_window w = {.height = x->dims[1],
                          .width = x->dims[2],
                          .channels = channels,
                          .pixel = x->dims[3],
                          .out_width = y->dims[2],
                          .rows = y->dims[1],
                          .row_end = y->dims[1],
                          .kernel_h = op->kernel_h,
                          .kernel_w = op->kernel_w,
                          .stride_h = op->stride_h,
                          .stride_w = op->stride_w,
                          .dilation_h = op->dilation_h,
                          .dilation_w = op->dilation_w,
                          .pad_top = op->pad_top,
                          .pad_left = op->pad_left,
                          .zero_point = x->zero_point,
                          .wide = x->type == BDS_INT16};
    return w;
}

/* One row of pixels, each a window. */
static bds_window rows_of(uint32_t rows, uint32_t depth, uint8_t wide)
{
    const bds_window w = {.height = 1,
                          .width = rows,
                          .channels = depth,
                          .pixel = depth,
                          .out_width = rows,
                          .rows = 1,
                          .row_end = 1,
                          .kernel_h = 1,
                          .kernel_w = 1,
                          .stride_h = 1,
                          .stride_w = 1,
                          .dilation_h = 1,
                          .dilation_w = 1,
                          .wide = wide};
    return w;
}

bds_window bds_layer_window(const bds_model *m, const bdf_op *op)
{
    const bdf_tensor *x = bds_op_input(m, op, 0), *y = &m->tensors[op->output];
    const uint8_t wide = x->type == BDS_INT16;
    if (op->code == BDF_MATMUL)
        return rows_of(y->dims[2], x->dims[3], wide);
    if (op->code == BDF_FULLY_CONNECTED)
        return rows_of(1, bds_tensor_count(x), wide); /* one window that is the whole input, flattened */
    return window_of(op, x, y, op->code == BDF_CONV ? x->dims[3] / op->groups : x->dims[3]);
}

/* Leaves only the rows that this thread is to compute: as many for each part, one more for the first ones. Returns whether there are any.
 * (Shares by a product of 64 bits would bring firmware the division of them.) */
static int take_part(const bds_plan *p, bds_window *w)
{
#ifndef BDS_NO_PARTS
    if (p->parts > 1) {
        const uint32_t each = w->row_end / p->parts, more = w->row_end % p->parts;
        w->row_begin = p->part * each + (p->part < more ? p->part : more);
        w->row_end = w->row_begin + each + (p->part < more);
    }
#else
    (void)p;
#endif
    return w->row_begin < w->row_end;
}

/* Convolution, group by group, and fully connected layer. */
void bds_run_conv(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    const uint32_t groups = op->code == BDF_CONV ? op->groups : 1, out = y.c / groups;
    bds_conv c = {.window = bds_layer_window(p->model, op),
                  .channels = out,
                  .weights_wide = node->weights_wide,
                  .out_wide = y.wide,
                  .out_stride = y.c,
                  .scratch = bds_scratch(p, node)};
    /* From one group's weights to the next: the bytes of panels take some time to count. */
    const size_t packed =
        groups == 1 || x.wide || y.wide ? 0 : bds_packed_group_bytes(p->kernels, &c.window, out, c.weights_wide);
    const size_t depth = (size_t)c.window.kernel_h * c.window.kernel_w * c.window.channels;
    const size_t piece = packed ? packed : out * depth << c.weights_wide;
    if (!take_part(p, &c.window))
        return;
    for (uint32_t group = 0; group < groups; group++) {
        c.window.x = x.data + (size_t)group * c.window.channels * x.size;
        c.weights = (const uint8_t *)node->weights + group * piece;
        c.rq = bds_requant_of(node, &y);
        c.rq.bias += group * out;
        c.rq.multiplier += group * out;
        c.out = y.data + (size_t)group * out * y.size;
        p->kernels->conv(&c);
    }
}

void bds_run_depthwise(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand y = bds_operand_out(p, op);
    bds_depthwise d = {.window = bds_layer_window(p->model, op),
                       .weights = node->weights,
                       .weights_wide = node->weights_wide,
                       .out_wide = y.wide,
                       .rq = bds_requant_of(node, &y),
                       .out = y.data,
                       .scratch = bds_scratch(p, node)};
    d.window.x = bds_operand_in(p, op, 0).data;
    if (take_part(p, &d.window))
        p->kernels->depthwise(&d);
}

/* ---- A product of two activations: the second becomes the weights of a convolution ------------------------------- */

/* One after the other: biases, multipliers, b as [columns][depth] without its zero point, that packed, and what the kernel wants.
 * Without packed weights (packed_bytes == 0) the kernel takes them as they are. */
typedef struct product_scratch {
    size_t multipliers, weights, packed, packed_bytes, kernel, end;
} product_scratch;

static product_scratch product_scratch_of(const bds_kernels *k, const bds_window *w, uint32_t columns, int wide)
{
    product_scratch s;
    s.multipliers = bds_align_scratch(columns * sizeof(int32_t));
    s.weights = s.multipliers + bds_align_scratch(columns * sizeof(int16_t));
    s.packed = s.weights + bds_align_scratch((size_t)columns * w->channels * sizeof(int16_t));
    s.packed_bytes = wide ? 0 : k->conv_packed_bytes(w, columns, 1);
    s.kernel = s.packed + bds_align_scratch(s.packed_bytes);
    s.end = s.kernel + bds_align_scratch(k->conv_scratch_bytes(w));
    return s;
}

/* Value (row k, column n) of one matrix of b without the zero point; fits int16: an int16 b has the zero point 0. */
static int16_t factor(const bds_operand *b, size_t at)
{
    return (int16_t)(b->wide ? ((const int16_t *)(const void *)b->data)[at]
                             : ((const int8_t *)b->data)[at] - b->zero_point);
}

void bds_run_matmul(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand a = bds_operand_in(p, op, 0), b = bds_operand_in(p, op, 1), y = bds_operand_out(p, op);
    const uint32_t rows = y.w, depth = a.c, columns = y.c;
    bds_conv c = {.window = bds_layer_window(p->model, op),
                  .channels = columns,
                  .weights_wide = 1,
                  .out_wide = y.wide,
                  .rq = bds_requant_of(node, &y),
                  .out_stride = columns};
    product_scratch s = product_scratch_of(p->kernels, &c.window, columns, a.wide || y.wide);
    uint8_t *scratch = bds_scratch(p, node);
    int32_t *bias = (int32_t *)(void *)scratch;
    int16_t *multipliers = (int16_t *)(void *)(scratch + s.multipliers),
            *weights = (int16_t *)(void *)(scratch + s.weights);
    /* From one value of b to the next of its row or column. */
    const size_t along = op->m_b ? 1 : columns, across = op->m_b ? depth : 1;
    c.rq.bias = bias;
    c.rq.multiplier = multipliers;
    c.weights = s.packed_bytes ? (const void *)(scratch + s.packed) : weights;
    c.scratch = scratch + s.kernel;
    for (uint32_t h = 0; h < y.h; h++) {
        for (uint32_t n = 0; n < columns; n++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < depth; k++) {
                const int16_t w = factor(&b, (size_t)h * depth * columns + n * across + k * along);
                weights[(size_t)n * depth + k] = w;
                sum += w;
            }
            bias[n] = -a.zero_point * sum; /* 0 for int16 a */
            multipliers[n] = (int16_t)op->m_a;
        }
        if (s.packed_bytes)
            p->kernels->conv_pack(scratch + s.packed, weights, 1, &c.window, columns, op->left);
        c.window.x = a.data + (size_t)h * rows * depth * a.size;
        c.out = y.data + (size_t)h * rows * columns * y.size;
        p->kernels->conv(&c);
    }
}

size_t bds_layer_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op)
{
    const bdf_tensor *x = bds_op_input(m, op, 0), *y = &m->tensors[op->output];
    const bds_window w = bds_layer_window(m, op);
    if (op->code == BDF_MATMUL)
        return product_scratch_of(k, &w, y->dims[3], x->type == BDS_INT16 || y->type == BDS_INT16).end;
    return op->code == BDF_DEPTHWISE ? k->depthwise_scratch_bytes(&w) : k->conv_scratch_bytes(&w);
}
