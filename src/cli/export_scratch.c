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

static size_t depthwise_scratch(int family, const bds_window *w, int weights_wide, int out_wide)
{
    if (family == BDS_FAMILY_DSP)
        return bds_depthwise_scratch_dsp(w, weights_wide, out_wide, pointer_of(family));
    if (family == BDS_FAMILY_MVE)
        return bds_depthwise_scratch_mve(w, weights_wide, out_wide, pointer_of(family));
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

/* The windows of the largest block that a layer is asked for. */
static bds_window block_window(const export_network *e, uint32_t i)
{
    const bds_flow *flow = &e->flows[i];
    bds_window w = bds_flow_window(e->model, &e->nodes[i]);
    const uint32_t asked = e->fused[i] ? export_strip_rows(e, i + 1) : w.rows;
    const uint32_t rows = flow->block && flow->block < asked ? flow->block : asked;
    const uint32_t under = (rows - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1;
    w.height = under < w.height ? under : w.height;
    w.rows = w.row_end = rows;
    if (bds_flow_is_pointwise(&w)) {
        w.width = w.out_width = rows * w.out_width;
        w.height = w.rows = w.row_end = 1;
    }
    return w;
}

size_t export_scratch(const export_network *e, int family, uint32_t i)
{
    const bds_node *n = &e->nodes[i];
    const bdf_op *op = n->op;
    const int wide = e->model->tensors[op->output].type == BDS_INT16;
    const int blocks = e->flows[i].block || e->fused[i];
    const bds_window w = blocks                   ? block_window(e, i)
                         : bds_op_has_weights(op) ? bds_layer_window(e->model, op)
                                                  : (bds_window){0};
    const bds_kernels sizes = {.conv_packed_bytes = no_packing, .conv_scratch_bytes = products[family]};
    switch (op->code) {
    case BDF_CONV:
    case BDF_FULLY_CONNECTED:
        return conv_scratch(family, &w, n->weights_wide, wide);
    case BDF_DEPTHWISE:
        return depthwise_scratch(family, &w, n->weights_wide, wide);
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return bds_operator_scratch(e->model, &sizes, op) - bds_pool_taps_bytes(op, sizeof(int8_t *)) +
               bds_pool_taps_bytes(op, pointer_of(family));
    default:
        return bds_operator_scratch(e->model, &sizes, op);
    }
}
