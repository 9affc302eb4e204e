/* Operators that sum products: convolutions walk the windows of the output and hand each row of them to a kernel.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

/* The scratch of windowed operators: a row of zero points for the padding, the taps of one output row, then the kernel's own. */
typedef struct window_scratch {
    void *padding;
    const int8_t **taps;
    void *kernel;
} window_scratch;

static size_t window_scratch_bytes(uint32_t row_bytes, uint32_t taps, size_t kernel)
{
    return bds_align_scratch(row_bytes) + bds_align_scratch((size_t)taps * sizeof(int8_t *)) +
           bds_align_scratch(kernel);
}

static window_scratch window_scratch_at(const bds_plan *p, uint32_t row_bytes, uint32_t taps)
{
    window_scratch s;
    s.padding = p->scratch;
    s.taps = (const int8_t **)(void *)(p->scratch + bds_align_scratch(row_bytes));
    s.kernel = p->scratch + bds_align_scratch(row_bytes) + bds_align_scratch((size_t)taps * sizeof(int8_t *));
    return s;
}

static void fill_padding(void *padding, const bds_operand *x)
{
    int16_t *wide = padding;
    if (x->wide)
        for (uint32_t i = 0; i < x->c; i++)
            wide[i] = (int16_t)x->zero_point;
    else
        __builtin_memset(padding, x->zero_point, x->c);
}

/* Pointers to every input pixel under the windows of output row oy, window after window; padding outside the picture. */
static void gather_taps(const bdf_op *op, const bds_operand *x, uint32_t oy, uint32_t out_w, const int8_t *padding,
                        const int8_t **taps)
{
    const size_t pixel = (size_t)x->c * x->size;
    for (uint32_t ox = 0; ox < out_w; ox++)
        for (uint32_t ky = 0; ky < op->kernel_h; ky++) {
            int64_t iy = (int64_t)oy * op->stride_h - op->pad_top + (int64_t)ky * op->dilation_h;
            int inside = iy >= 0 && iy < x->h;
            for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
                int64_t ix = (int64_t)ox * op->stride_w - op->pad_left + (int64_t)kx * op->dilation_w;
                *taps++ = inside && ix >= 0 && ix < x->w
                              ? (const int8_t *)x->data + ((size_t)iy * x->w + (size_t)ix) * pixel
                              : padding;
            }
        }
}

static uint32_t row_taps(const bdf_op *op, uint32_t out_w)
{
    return out_w * op->kernel_h * op->kernel_w;
}

static uint8_t weights_wide(const bds_plan *p, const bdf_op *op)
{
    return p->model->blobs[op->weights].type == BDS_INT16;
}

void bds_run_conv(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    const uint32_t taps = (uint32_t)op->kernel_h * op->kernel_w, groups = op->groups;
    const uint32_t in = x.c / groups, out = y.c / groups;
    const uint8_t wide_weights = weights_wide(p, op);
    const size_t packed = x.wide || y.wide ? 0 : bds_packed_group_bytes(&p->kernels, out, taps * in);
    const size_t piece = packed ? packed : (size_t)out * taps * in << wide_weights;
    window_scratch s = window_scratch_at(p, x.c * x.size, row_taps(op, y.w));
    fill_padding(s.padding, &x);

    bds_gemm g = {s.taps, y.w, taps,     in,     out,          NULL,  bds_requant_of(node, &y),
                  NULL,   y.c, s.kernel, x.wide, wide_weights, y.wide};
    for (uint32_t oy = 0; oy < y.h; oy++) {
        gather_taps(op, &x, oy, y.w, s.padding, s.taps);
        for (uint32_t group = 0; group < groups; group++) {
            g.weights = (const uint8_t *)node->weights + group * piece;
            g.rq.bias = node->bias + group * out;
            g.rq.multiplier = node->multipliers + group * out;
            g.out = y.data + ((size_t)oy * y.w * y.c + (size_t)group * out) * y.size;
            p->kernels.gemm(&g);
            for (uint32_t i = 0; group + 1 < groups && i < row_taps(op, y.w); i++)
                s.taps[i] += in * x.size; /* the padding row is x.c long, so this holds for it too */
        }
    }
}

void bds_run_depthwise(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    window_scratch s = window_scratch_at(p, x.c * x.size, row_taps(op, y.w));
    fill_padding(s.padding, &x);
    bds_depthwise d = {s.taps, y.w,           (uint32_t)op->kernel_h * op->kernel_w,
                       x.c,    node->weights, bds_requant_of(node, &y),
                       NULL,   x.wide,        weights_wide(p, op),
                       y.wide};
    for (uint32_t oy = 0; oy < y.h; oy++) {
        gather_taps(op, &x, oy, y.w, s.padding, s.taps);
        d.out = y.data + (size_t)oy * y.w * y.c * y.size;
        p->kernels.depthwise(&d);
    }
}

/* A convolution with one window that is the whole input, flattened. */
void bds_run_fully_connected(const bds_plan *p, const bds_node *node)
{
    bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    window_scratch s = window_scratch_at(p, 0, 1);
    s.taps[0] = (const int8_t *)x.data;
    bds_gemm g = {
        s.taps, 1,        1,      bds_operand_count(&x),     y.c,   node->weights, bds_requant_of(node, &y), y.data,
        y.c,    s.kernel, x.wide, weights_wide(p, node->op), y.wide};
    p->kernels.gemm(&g);
}

/* ---- A product of two activations: the second becomes the weights of a convolution ------------------------------- */

/* Behind the taps, one after the other: biases, multipliers, b as [columns][depth] without its zero point, that packed, and what the
 * kernel wants. Without packed weights (packed == 0) the kernel takes them as they are. */
typedef struct product_scratch {
    size_t bias, multipliers, weights, packed, packed_bytes, kernel, end;
} product_scratch;

static product_scratch product_scratch_of(const bds_kernels *k, uint32_t rows, uint32_t depth, uint32_t columns,
                                          int wide)
{
    product_scratch s;
    s.bias = bds_align_scratch((size_t)rows * sizeof(int8_t *));
    s.multipliers = s.bias + bds_align_scratch(columns * sizeof(int32_t));
    s.weights = s.multipliers + bds_align_scratch(columns * sizeof(int16_t));
    s.packed = s.weights + bds_align_scratch((size_t)columns * depth * sizeof(int16_t));
    s.packed_bytes = wide ? 0 : k->gemm_packed_bytes(columns, depth);
    s.kernel = s.packed + bds_align_scratch(s.packed_bytes);
    s.end = s.kernel + bds_align_scratch(k->gemm_scratch_bytes(depth));
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
    product_scratch s = product_scratch_of(&p->kernels, rows, depth, columns, a.wide || y.wide);
    const int8_t **taps = (const int8_t **)(void *)p->scratch;
    int32_t *bias = (int32_t *)(void *)(p->scratch + s.bias);
    int16_t *multipliers = (int16_t *)(void *)(p->scratch + s.multipliers),
            *weights = (int16_t *)(void *)(p->scratch + s.weights);
    /* From one value of b to the next of its row or column. */
    const size_t along = op->m_b ? 1 : columns, across = op->m_b ? depth : 1;
    bds_gemm g = {
        taps,   rows, 1,     depth, columns, weights, bds_requant_of(node, &y), NULL, columns, p->scratch + s.kernel,
        a.wide, 1,    y.wide};
    g.rq.bias = bias;
    g.rq.multiplier = multipliers;
    if (s.packed_bytes)
        g.weights = p->scratch + s.packed;
    for (uint32_t h = 0; h < y.h; h++) {
        for (uint32_t r = 0; r < rows; r++)
            taps[r] = (const int8_t *)a.data + ((size_t)h * rows + r) * depth * a.size;
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
            p->kernels.gemm_pack(p->scratch + s.packed, weights, 1, columns, depth);
        g.out = y.data + (size_t)h * rows * columns * y.size;
        p->kernels.gemm(&g);
    }
}

size_t bds_layer_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op)
{
    const bdf_tensor *x = bds_op_input(m, op, 0), *y = &m->tensors[op->output];
    const uint32_t row_bytes = x->dims[3] * bds_type_bytes(x->type);
    if (op->code == BDF_MATMUL)
        return product_scratch_of(k, y->dims[2], x->dims[3], y->dims[3], x->type == BDS_INT16 || y->type == BDS_INT16)
            .end;
    if (op->code == BDF_FULLY_CONNECTED)
        return window_scratch_bytes(0, 1, k->gemm_scratch_bytes(bds_tensor_count(x)));
    if (op->code == BDF_DEPTHWISE)
        return window_scratch_bytes(row_bytes, row_taps(op, y->dims[2]), 0);
    const uint32_t depth = (uint32_t)op->kernel_h * op->kernel_w * (x->dims[3] / op->groups);
    return window_scratch_bytes(row_bytes, row_taps(op, y->dims[2]), k->gemm_scratch_bytes(depth));
}
