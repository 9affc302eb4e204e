/* Pools: every window of the output, without the pixels outside the picture.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

/* The taps of one window; for averages also sums, biases (zero) and multipliers of all channels. */
typedef struct pool_scratch {
    const int8_t **taps;
    int32_t *sum, *bias;
    int16_t *multiplier;
} pool_scratch;

size_t bds_pool_scratch(const bds_model *m, const bdf_op *op)
{
    const uint32_t channels = bds_op_input(m, op, 0)->dims[3];
    size_t taps = bds_pool_taps_bytes(op, sizeof(int8_t *));
    return taps + 2 * bds_align_scratch(channels * sizeof(int32_t)) + bds_align_scratch(channels * sizeof(int16_t));
}

static pool_scratch pool_scratch_at(const bds_plan *p, const bds_node *node, uint32_t channels)
{
    pool_scratch s;
    const bdf_op *op = node->op;
    uint8_t *at = bds_scratch(p, node);
    s.taps = (const int8_t **)(void *)at;
    at += bds_pool_taps_bytes(op, sizeof(int8_t *));
    s.sum = (int32_t *)(void *)at;
    at += bds_align_scratch(channels * sizeof(int32_t));
    s.bias = (int32_t *)(void *)at;
    at += bds_align_scratch(channels * sizeof(int32_t));
    s.multiplier = (int16_t *)(void *)at;
    return s;
}

/* Pixels of x under the window of output (oy, ox); those outside the picture are left out. Returns how many. */
static uint32_t window_pixels(const bdf_op *op, const bds_operand *x, uint32_t oy, uint32_t ox, const int8_t **taps)
{
    uint32_t n = 0;
    for (uint32_t ky = 0; ky < op->kernel_h; ky++)
        for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
            int64_t iy = (int64_t)oy * op->stride_h - op->pad_top + ky,
                    ix = (int64_t)ox * op->stride_w - op->pad_left + kx;
            if (iy >= 0 && iy < x->h && ix >= 0 && ix < x->w)
                taps[n++] = (const int8_t *)x->data + ((size_t)iy * x->w + (size_t)ix) * x->c * x->size;
        }
    return n;
}

/* y = requantise(sum of (x - zp_x), multipliers[n - 1]), n pixels under the window. */
static void average(const bds_plan *p, const bds_node *node, const bds_pool *pool, const bds_operand *x,
                    const bds_operand *y, pool_scratch *s)
{
    bds_requant q = bds_requant_of(node, y);
    q.bias = s->bias;
    q.multiplier = s->multiplier;
    for (uint32_t c = 0; c < pool->channels; c++)
        s->multiplier[c] = node->multipliers[pool->tap_count - 1];
    p->kernels->sum_pool(s->sum, pool, x->zero_point);
    if (y->wide)
        p->kernels->requantise_wide(pool->out, s->sum, pool->channels, &q);
    else
        p->kernels->requantise(pool->out, s->sum, pool->channels, &q);
}

void bds_run_pool(const bds_plan *p, const bds_node *node)
{
    const bdf_op *op = node->op;
    bds_operand x = bds_operand_in(p, op, 0), y = bds_operand_out(p, op);
    pool_scratch s = pool_scratch_at(p, node, x.c);
    uint8_t *to = y.data;
    if (op->code == BDF_AVG_POOL)
        __builtin_memset(s.bias, 0, x.c * sizeof *s.bias);
    for (uint32_t oy = 0; oy < y.h; oy++)
        for (uint32_t ox = 0; ox < y.w; ox++, to += y.c * y.size) {
            bds_pool pool = {s.taps, window_pixels(op, &x, oy, ox, s.taps), x.c, to, x.wide};
            if (op->code == BDF_MAX_POOL)
                p->kernels->max_pool(&pool);
            else
                average(p, node, &pool, &x, &y, &s);
        }
}
