/* One function per operator: walks the windows of the output and hands each to a kernel. The arithmetic itself is in
 * kernels/ref/; here is only where the bytes lie.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#define SCRATCH_ALIGN 16u

static size_t align_scratch(size_t n)
{
    return (n + (SCRATCH_ALIGN - 1)) & ~(size_t)(SCRATCH_ALIGN - 1);
}

typedef struct tensor_view {
    int8_t *data;
    uint32_t h, w, c;
    int32_t zero_point;
} tensor_view;

static tensor_view view(const bds_plan *p, uint32_t tensor)
{
    const bdf_tensor *t = &p->model->tensors[tensor];
    tensor_view v = {bds_plan_data(p, tensor), t->dims[1], t->dims[2], t->dims[3], t->zero_point};
    return v;
}

static tensor_view input_view(const bds_plan *p, const bdf_op *op, uint32_t i)
{
    return view(p, p->model->links[op->input_first + i]);
}

static bds_requant requant_of(const bds_node *node, const tensor_view *y)
{
    bds_requant q = {node->bias,   node->multipliers, y->zero_point,  node->op->lo,
                     node->op->hi, node->op->left,    node->op->shift};
    return q;
}

/* The scratch of windowed operators: a row of zero points for the padding, the taps of one output row, then the kernel's own. */
typedef struct window_scratch {
    int8_t *padding;
    const int8_t **taps;
    void *kernel;
} window_scratch;

static size_t window_scratch_bytes(uint32_t channels, uint32_t taps, size_t kernel)
{
    return align_scratch(channels) + align_scratch((size_t)taps * sizeof(int8_t *)) + align_scratch(kernel);
}

static window_scratch window_scratch_at(const bds_plan *p, uint32_t channels, uint32_t taps)
{
    window_scratch s;
    s.padding = (int8_t *)p->scratch;
    s.taps = (const int8_t **)(void *)(p->scratch + align_scratch(channels));
    s.kernel = p->scratch + align_scratch(channels) + align_scratch((size_t)taps * sizeof(int8_t *));
    return s;
}

/* Pointers to every input pixel under the windows of output row oy, window after window; padding outside the picture. */
static void gather_taps(const bdf_op *op, const tensor_view *x, uint32_t oy, uint32_t out_w, const int8_t *padding,
                        const int8_t **taps)
{
    for (uint32_t ox = 0; ox < out_w; ox++)
        for (uint32_t ky = 0; ky < op->kernel_h; ky++) {
            int64_t iy = (int64_t)oy * op->stride_h - op->pad_top + (int64_t)ky * op->dilation_h;
            int inside = iy >= 0 && iy < x->h;
            for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
                int64_t ix = (int64_t)ox * op->stride_w - op->pad_left + (int64_t)kx * op->dilation_w;
                *taps++ = inside && ix >= 0 && ix < x->w ? x->data + ((size_t)iy * x->w + (size_t)ix) * x->c : padding;
            }
        }
}

static uint32_t row_taps(const bdf_op *op, uint32_t out_w)
{
    return out_w * op->kernel_h * op->kernel_w;
}

static void run_conv(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view x = input_view(p, op, 0), y = view(p, op->output);
    const uint32_t taps = (uint32_t)op->kernel_h * op->kernel_w, groups = op->groups;
    const uint32_t in = x.c / groups, out = y.c / groups;
    const int wide = p->model->tensors[op->output].type == BDS_INT16;
    const size_t packed = wide ? 0 : bds_packed_group_bytes(&p->kernels, out, taps * in);
    const size_t piece = packed ? packed : (size_t)out * taps * in;
    window_scratch s = window_scratch_at(p, x.c, row_taps(op, y.w));
    __builtin_memset(s.padding, x.zero_point, x.c);

    bds_gemm g = {s.taps, y.w, taps, in, out, NULL, requant_of(node, &y), NULL, y.c, s.kernel};
    for (uint32_t oy = 0; oy < y.h; oy++) {
        gather_taps(op, &x, oy, y.w, s.padding, s.taps);
        for (uint32_t group = 0; group < groups; group++) {
            size_t at = (size_t)oy * y.w * y.c + (size_t)group * out;
            g.weights = (const uint8_t *)node->weights + group * piece;
            g.rq.bias = node->bias + group * out;
            g.rq.multiplier = node->multipliers + group * out;
            g.out = y.data + at;
            if (wide)
                p->kernels.gemm_s16(&g, (int16_t *)(void *)y.data + at);
            else
                p->kernels.gemm(&g);
            for (uint32_t i = 0; group + 1 < groups && i < row_taps(op, y.w); i++)
                s.taps[i] += in; /* the padding row is x.c long, so this holds for it too */
        }
    }
}

static void run_depthwise(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view x = input_view(p, op, 0), y = view(p, op->output);
    window_scratch s = window_scratch_at(p, x.c, row_taps(op, y.w));
    __builtin_memset(s.padding, x.zero_point, x.c);
    bds_depthwise d = {s.taps, y.w, (uint32_t)op->kernel_h * op->kernel_w, x.c, node->weights, requant_of(node, &y),
                       NULL};
    for (uint32_t oy = 0; oy < y.h; oy++) {
        gather_taps(op, &x, oy, y.w, s.padding, s.taps);
        d.out = y.data + (size_t)oy * y.w * y.c;
        p->kernels.depthwise(&d);
    }
}

/* A convolution with one window that is the whole input, flattened. */
static void run_fully_connected(const bds_plan *p, const bds_node *node)
{
    tensor_view x = input_view(p, node->op, 0), y = view(p, node->op->output);
    window_scratch s = window_scratch_at(p, 0, 1);
    s.taps[0] = x.data;
    bds_gemm g = {s.taps, 1, 1, x.h * x.w * x.c, y.c, node->weights, requant_of(node, &y), y.data, y.c, s.kernel};
    if (p->model->tensors[node->op->output].type == BDS_INT16)
        p->kernels.gemm_s16(&g, (int16_t *)(void *)y.data);
    else
        p->kernels.gemm(&g);
}

static void run_add(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view a = input_view(p, op, 0), b = input_view(p, op, 1), y = view(p, op->output);
    bds_add args = {a.data,  b.data,  y.data,    y.h * y.w * y.c, b.h * b.w * b.c, a.zero_point, b.zero_point,
                    op->m_a, op->m_b, op->shift, y.zero_point,    op->lo,          op->hi};
    p->kernels.add(&args);
}

static void run_mul(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view a = input_view(p, op, 0), b = input_view(p, op, 1), y = view(p, op->output);
    bds_mul args = {a.data,       b.data,       y.data,  y.h * y.w * y.c,     b.h * b.w * b.c,
                    a.zero_point, b.zero_point, op->m_a, requant_of(node, &y)};
    p->kernels.mul(&args);
}

/* Scratch of pools: the taps of one window; for averages also sums, biases (zero) and multipliers of all channels. */
typedef struct pool_scratch {
    const int8_t **taps;
    int32_t *sum, *bias;
    int16_t *multiplier;
} pool_scratch;

static size_t pool_scratch_bytes(const bdf_op *op, uint32_t channels)
{
    size_t taps = align_scratch((size_t)op->kernel_h * op->kernel_w * sizeof(int8_t *));
    return taps + 2 * align_scratch(channels * sizeof(int32_t)) + align_scratch(channels * sizeof(int16_t));
}

static pool_scratch pool_scratch_at(const bds_plan *p, const bdf_op *op, uint32_t channels)
{
    pool_scratch s;
    uint8_t *at = p->scratch;
    s.taps = (const int8_t **)(void *)at;
    at += align_scratch((size_t)op->kernel_h * op->kernel_w * sizeof(int8_t *));
    s.sum = (int32_t *)(void *)at;
    at += align_scratch(channels * sizeof(int32_t));
    s.bias = (int32_t *)(void *)at;
    at += align_scratch(channels * sizeof(int32_t));
    s.multiplier = (int16_t *)(void *)at;
    return s;
}

/* Pixels of x under the window of output (oy, ox); those outside the picture are left out. Returns how many. */
static uint32_t window_pixels(const bdf_op *op, const tensor_view *x, uint32_t oy, uint32_t ox, const int8_t **taps)
{
    uint32_t n = 0;
    for (uint32_t ky = 0; ky < op->kernel_h; ky++)
        for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
            int64_t iy = (int64_t)oy * op->stride_h - op->pad_top + ky,
                    ix = (int64_t)ox * op->stride_w - op->pad_left + kx;
            if (iy >= 0 && iy < x->h && ix >= 0 && ix < x->w)
                taps[n++] = x->data + ((size_t)iy * x->w + (size_t)ix) * x->c;
        }
    return n;
}

/* y = requantise(sum of (x - zp_x), multipliers[n - 1]), n pixels under the window. */
static void average(const bds_plan *p, const bds_node *node, const bds_pool *pool, const tensor_view *x,
                    const tensor_view *y, pool_scratch *s)
{
    bds_requant q = requant_of(node, y);
    q.bias = s->bias;
    q.multiplier = s->multiplier;
    for (uint32_t c = 0; c < pool->channels; c++)
        s->multiplier[c] = node->multipliers[pool->tap_count - 1];
    p->kernels.sum_pool(s->sum, pool, x->zero_point);
    p->kernels.requantise(pool->out, s->sum, pool->channels, &q);
}

static void run_pool(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view x = input_view(p, op, 0), y = view(p, op->output);
    pool_scratch s = pool_scratch_at(p, op, x.c);
    bds_pool pool = {s.taps, 0, x.c, y.data};
    if (op->code == BDF_AVG_POOL)
        __builtin_memset(s.bias, 0, x.c * sizeof *s.bias);
    for (uint32_t oy = 0; oy < y.h; oy++)
        for (uint32_t ox = 0; ox < y.w; ox++, pool.out += y.c) {
            pool.tap_count = window_pixels(op, &x, oy, ox, s.taps);
            if (op->code == BDF_MAX_POOL)
                p->kernels.max_pool(&pool);
            else
                average(p, node, &pool, &x, &y, &s);
        }
}

static void run_concat(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view y = view(p, op->output);
    uint32_t at = 0;
    for (uint32_t i = 0; i < op->input_count; i++) {
        tensor_view x = input_view(p, op, i);
        for (size_t pixel = 0; pixel < (size_t)y.h * y.w; pixel++)
            __builtin_memcpy(y.data + pixel * y.c + at, x.data + pixel * x.c, x.c);
        at += x.c;
    }
}

static void run_pad(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    tensor_view x = input_view(p, op, 0), y = view(p, op->output);
    __builtin_memset(y.data, op->m_a, (size_t)y.h * y.w * y.c);
    for (uint32_t iy = 0; iy < x.h; iy++) {
        size_t to = ((size_t)(iy + op->pad_top) * y.w + op->pad_left) * y.c;
        __builtin_memcpy(y.data + to, x.data + (size_t)iy * x.w * x.c, (size_t)x.w * x.c);
    }
}

static void run_table(const bds_plan *p, const bds_node *node)
{
    tensor_view x = input_view(p, node->op, 0), y = view(p, node->op->output);
    p->kernels.table(y.data, x.data, y.h * y.w * y.c, node->table);
}

static void run_softmax(const bds_plan *p, const bds_node *node)
{
    tensor_view x = input_view(p, node->op, 0), y = view(p, node->op->output);
    p->kernels.softmax(y.data, x.data, y.h * y.w, y.c, node->table, node->op->shift);
}

static void run_reshape(const bds_plan *p, const bds_node *node)
{
    const bdf_tensor *t = &p->model->tensors[node->op->output];
    __builtin_memmove(bds_plan_data(p, node->op->output), input_view(p, node->op, 0).data, bds_tensor_bytes(t));
}

typedef struct operator_entry {
    const char *name;
    void (*run)(const bds_plan *p, const bds_node *node);
} operator_entry;

static const operator_entry operators[] = {
    [BDF_CONV] = {"conv", run_conv},
    [BDF_DEPTHWISE] = {"depthwise", run_depthwise},
    [BDF_FULLY_CONNECTED] = {"fully_connected", run_fully_connected},
    [BDF_ADD] = {"add", run_add},
    [BDF_MUL] = {"mul", run_mul},
    [BDF_MAX_POOL] = {"max_pool", run_pool},
    [BDF_AVG_POOL] = {"avg_pool", run_pool},
    [BDF_CONCAT] = {"concat", run_concat},
    [BDF_PAD] = {"pad", run_pad},
    [BDF_TABLE] = {"table", run_table},
    [BDF_SOFTMAX] = {"softmax", run_softmax},
    [BDF_RESHAPE] = {"reshape", run_reshape},
};

const char *bds_operator_name(uint32_t code)
{
    return code >= BDF_CONV && code <= BDF_RESHAPE ? operators[code].name : "unknown";
}

void bds_operator_run(const bds_plan *p, const bds_node *node)
{
    operators[node->op->code].run(p, node);
}

size_t bds_operator_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op)
{
    const bdf_tensor *x = bds_op_input(m, op, 0), *y = &m->tensors[op->output];
    switch (op->code) {
    case BDF_CONV: {
        uint32_t depth = (uint32_t)op->kernel_h * op->kernel_w * (x->dims[3] / op->groups);
        return window_scratch_bytes(x->dims[3], row_taps(op, y->dims[2]), k->gemm_scratch_bytes(depth));
    }
    case BDF_DEPTHWISE:
        return window_scratch_bytes(x->dims[3], row_taps(op, y->dims[2]), 0);
    case BDF_FULLY_CONNECTED:
        return window_scratch_bytes(0, 1, k->gemm_scratch_bytes(bds_tensor_count(x)));
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return pool_scratch_bytes(op, x->dims[3]);
    default:
        return 0;
    }
}
