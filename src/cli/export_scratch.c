/* What the kernels of each family want as scratch, worked out on this machine for another one.
 * SPDX-License-Identifier: MIT */
#include "bedside_network.h"
#include "export_rows.h"

enum { POINTER32 = 4 };

static size_t no_packing(const bds_window *w, uint32_t channels, int wide)
{
    (void)w;
    (void)channels;
    (void)wide;
    return 0;
}

static size_t window_scratch32(const bds_window *w)
{
    return bds_window_scratch_bytes(w, POINTER32);
}

/* The functions that tell sizes; there are no others. */
static bds_kernels sizes_of(int family)
{
    bds_kernels k = {.conv_packed_bytes = no_packing,
                     .conv_scratch_bytes = family == BDS_FAMILY_REF64 ? bds_window_scratch_bytes_ref : window_scratch32,
                     .depthwise_scratch_bytes =
                         family == BDS_FAMILY_REF64 ? bds_window_scratch_bytes_ref : window_scratch32};
    return k;
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
    const bdf_op *op = e->nodes[i].op;
    const bds_kernels k = sizes_of(family);
    const size_t pointer = family == BDS_FAMILY_REF64 ? 8 : POINTER32;
    if (e->flows[i].block || e->fused[i]) {
        const bds_window w = block_window(e, i);
        return op->code == BDF_DEPTHWISE ? k.depthwise_scratch_bytes(&w) : k.conv_scratch_bytes(&w);
    }
    const size_t bytes = bds_operator_scratch(e->model, &k, op);
    if (op->code == BDF_MAX_POOL || op->code == BDF_AVG_POOL)
        return bytes - bds_pool_taps_bytes(op, sizeof(int8_t *)) + bds_pool_taps_bytes(op, pointer);
    return bytes;
}
