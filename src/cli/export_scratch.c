/* What the kernels of each family want as scratch, worked out on this machine for another one.
 * SPDX-License-Identifier: MIT */
#include "export_rows.h"
#include "kernels/mcu/scratch.h"
#include "kernels/mcu/scratch_mve.h"
#include "kernels/ref/ref.h"

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t pointer_of(int family)
{
    return family == BDS_FAMILY_REF64 ? 8 : 4;
}

/* Of a layer that is neither a product nor in groups the kernels take but what they need for its values and weights. */
static size_t conv_scratch(int family, const bds_window *w, int weights_wide, int out_wide)
{
    switch (family) {
    case BDS_FAMILY_V7M:
        return bds_conv_scratch_v7m(w, weights_wide, out_wide, pointer_of(family));
    case BDS_FAMILY_DSP:
        return bds_conv_scratch_dsp(w, weights_wide, out_wide, pointer_of(family));
    case BDS_FAMILY_MVE:
        return bds_conv_scratch_mve(w, weights_wide, out_wide, pointer_of(family));
    default:
        return bds_window_scratch_bytes(w, pointer_of(family));
    }
}

static size_t depthwise_scratch(int family, const bds_window *w, const bds_node *n, int out_wide)
{
    const bds_requant rq = {.left = n->left, .shift = n->shift};
    if (family == BDS_FAMILY_DSP)
        return bds_depthwise_scratch_dsp(w, n->weights_wide, out_wide, pointer_of(family));
    if (family == BDS_FAMILY_MVE)
        return bds_depthwise_scratch_mve(w, &rq, n->weights_wide, out_wide, pointer_of(family));
    return bds_window_scratch_bytes(w, pointer_of(family));
}

/* A product asks BDS_BEST_CONV_SCRATCH, which does not know the types. */
static size_t product_ref64(const bds_window *w)
{
    return conv_scratch(BDS_FAMILY_REF64, w, 1, 1);
}

static size_t product_ref32(const bds_window *w)
{
    return conv_scratch(BDS_FAMILY_REF32, w, 1, 1);
}

static size_t product_v7m(const bds_window *w)
{
    return most(conv_scratch(BDS_FAMILY_V7M, w, 0, 0), product_ref32(w));
}

static size_t product_dsp(const bds_window *w)
{
    return most(conv_scratch(BDS_FAMILY_DSP, w, 0, 0), product_ref32(w));
}

static size_t (*const products[BDS_FAMILIES])(const bds_window *w) = {
    [BDS_FAMILY_REF64] = product_ref64, [BDS_FAMILY_REF32] = product_ref32, [BDS_FAMILY_V7M] = product_v7m,
    [BDS_FAMILY_DSP] = product_dsp,     [BDS_FAMILY_MVE] = product_ref32,
};

static size_t no_packing(const bds_window *w, uint32_t channels, int wide)
{
    (void)w;
    (void)channels;
    (void)wide;
    return 0;
}

/* The most rows of its result that a layer which goes by blocks is asked for at a time. */
static uint32_t most_rows(const export_network *e, uint32_t i)
{
    const uint32_t block = e->flows[i].block;
    const uint32_t asked = e->fused[i] ? export_strip_rows(e, i + 1) : bds_flow_window(e->model, &e->nodes[i]).rows;
    return block && block < asked ? block : asked;
}

/* The windows of a block of so many rows. */
static bds_window block_window(const export_network *e, uint32_t i, uint32_t rows)
{
    bds_window w = bds_flow_window(e->model, &e->nodes[i]);
    const uint32_t under = (rows - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1;
    w.height = under < w.height ? under : w.height;
    w.rows = w.row_end = rows;
    if (bds_flow_is_pointwise(&w)) {
        w.width = w.out_width = rows * w.out_width;
        w.height = w.rows = w.row_end = 1;
    }
    return w;
}

static size_t layer_scratch(const export_network *e, int family, uint32_t i, const bds_window *w)
{
    const bds_node *n = &e->nodes[i];
    const int wide = e->model->tensors[n->op->output].type == BDS_INT16;
    return n->op->code == BDF_DEPTHWISE ? depthwise_scratch(family, w, n, wide)
                                        : conv_scratch(family, w, n->weights_wide, wide);
}

/* A smaller block may want more than a larger one, which is cut differently: the last one, and those of a layer that fills a strip. */
static size_t blocks_scratch(const export_network *e, int family, uint32_t i)
{
    const uint32_t rows = most_rows(e, i);
    size_t bytes = 0;
    for (uint32_t n = 1; n <= rows; n++) {
        const bds_window w = block_window(e, i, n);
        bytes = most(bytes, layer_scratch(e, family, i, &w));
    }
    return bytes;
}

size_t export_scratch(const export_network *e, int family, uint32_t i)
{
    const bdf_op *op = e->nodes[i].op;
    const bds_kernels sizes = {.conv_packed_bytes = no_packing, .conv_scratch_bytes = products[family]};
    if (e->flows[i].block || e->fused[i])
        return blocks_scratch(e, family, i);
    if (bds_op_has_weights(op)) {
        const bds_window w = bds_layer_window(e->model, op);
        return layer_scratch(e, family, i, &w);
    }
    switch (op->code) {
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return bds_operator_scratch(e->model, &sizes, op) - bds_pool_taps_bytes(op, sizeof(int8_t *)) +
               bds_pool_taps_bytes(op, pointer_of(family));
    default:
        return bds_operator_scratch(e->model, &sizes, op);
    }
}
