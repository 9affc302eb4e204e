/* See export_rows.h.
 * SPDX-License-Identifier: MIT */
#include "export_rows.h"

static size_t row_bytes(const bdf_tensor *t, uint32_t pixels)
{
    return (size_t)pixels * t->dims[3] * bds_type_bytes(t->type);
}

int export_can_flow(const export_network *e, uint32_t i)
{
    const bdf_op *op = e->nodes[i].op;
    return (op->code == BDF_DEPTHWISE || (op->code == BDF_CONV && op->groups == 1)) &&
           op->pad_top < (op->kernel_h - 1u) * op->dilation_h + 1 &&
           op->pad_bottom < (op->kernel_h - 1u) * op->dilation_h + 1;
}

uint32_t export_strip_rows(const export_network *e, uint32_t i)
{
    const bds_window w = bds_flow_window(e->model, &e->nodes[i]);
    const uint64_t rows =
        (e->flows[i].block - UINT64_C(1)) * w.stride_h + (w.kernel_h - UINT64_C(1)) * w.dilation_h + 1;
    return rows < w.height ? (uint32_t)rows : w.height;
}

uint32_t export_strip_bytes(const export_network *e, uint32_t i)
{
    const bds_window w = bds_flow_window(e->model, &e->nodes[i]);
    const bdf_tensor *x = bds_op_input(e->model, e->nodes[i].op, 0);
    return (uint32_t)(BDS_STRIP_HEAD + export_strip_rows(e, i) * row_bytes(x, w.width));
}

uint32_t export_root(const export_network *e, uint32_t i)
{
    while (i > 0 && e->fused[i - 1])
        i--;
    return i;
}

/* The first row of the root's operand that is still wanted once `done` rows of operator i are computed; UINT32_MAX: none. */
static uint32_t wanted_after(const export_network *e, uint32_t i, uint32_t done)
{
    const bds_window w = bds_flow_window(e->model, &e->nodes[i]);
    if (done == w.rows)
        return UINT32_MAX;
    if (!e->flows[i].block)
        return bds_rows_of(&w, done, done + 1).first;
    const uint32_t here = bds_rows_of(&w, done - 1, done).end;
    if (e->flows[i].source)
        return wanted_after(e, i - 1, here);
    return here == w.height ? UINT32_MAX : here;
}

uint32_t export_behind(const export_network *e, uint32_t i)
{
    const uint32_t root = export_root(e, i);
    const bds_window from = bds_flow_window(e->model, &e->nodes[root]), to = bds_flow_window(e->model, &e->nodes[i]);
    const size_t x = row_bytes(bds_op_input(e->model, e->nodes[root].op, 0), from.width),
                 y = row_bytes(&e->model->tensors[e->nodes[i].op->output], to.out_width);
    size_t behind = 0;
    for (uint32_t done = 0; done < to.rows;) {
        done = to.rows - done < e->flows[i].block ? to.rows : done + e->flows[i].block;
        const uint32_t wanted = wanted_after(e, i, done);
        if (wanted != UINT32_MAX && done * y > wanted * x && done * y - wanted * x > behind)
            behind = done * y - wanted * x;
    }
    return (uint32_t)behind;
}
