/* Which rows of its operand a block of a layer wants: for src/flow.c, and for the program that works out where they lie.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_FLOW_H
#define BEDSIDE_FLOW_H

#include "operators.h"

#define BDS_STRIP_HEAD 16u /* bytes before a strip's rows */

/* Rows of an operand: [first, end), and how many more above them lie outside it. */
typedef struct bds_rows {
    uint32_t first, end, above;
} bds_rows;

/* The rows under the windows [begin, end). Windows that lie wholly outside do not occur: pads are smaller than the kernel. */
static inline bds_rows bds_rows_of(const bds_window *w, uint32_t begin, uint32_t end)
{
    const uint32_t top = begin * w->stride_h, pad = w->pad_top;
    const uint32_t below = (end - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h + 1;
    bds_rows r;
    r.above = top < pad ? pad - top : 0;
    r.first = top < pad ? 0 : top - pad;
    r.end = below - pad < w->height ? below - pad : w->height; /* below > pad */
    return r;
}

static inline int bds_flow_is_pointwise(const bds_window *w)
{
    return w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 && w->pad_top == 0 &&
           w->pad_left == 0 && w->out_width == w->width;
}

/* A layer's windows as blocks are counted: where each is one pixel that is copied from the operand, a row is one pixel. */
static inline bds_window bds_flow_window(const bds_model *m, const bds_node *node)
{
    bds_window w = bds_layer_window(m, node->op);
    if (bds_flow_is_pointwise(&w) && node->flow->block && !node->flow->source) {
        w.height = w.rows = w.row_end = w.height * w.width;
        w.width = w.out_width = 1;
    }
    return w;
}

#endif
