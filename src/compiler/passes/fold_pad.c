/* SPDX-License-Identifier: MIT */
#include "../../format.h"
#include "passes.h"

static int fits(const ir_window *a, const ir_window *b)
{
    return a->pad_top + b->pad_top <= BDF_MAX_DIM && a->pad_bottom + b->pad_bottom <= BDF_MAX_DIM &&
           a->pad_left + b->pad_left <= BDF_MAX_DIM && a->pad_right + b->pad_right <= BDF_MAX_DIM;
}

bdc_status pass_fold_pad(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *conv = &g->ops[i];
        uint32_t p = conv->code == IR_CONV ? ir_producer(g, conv->inputs[0]) : IR_NONE;
        if (p == IR_NONE)
            continue;
        const ir_op *pad = &g->ops[p];
        if (pad->code != IR_PAD || pad->alpha < 0 || pad->alpha > 0 || !fits(&pad->window, &conv->window) ||
            !ir_grid_agrees(&g->tensors[pad->output], &g->tensors[pad->inputs[0]]))
            continue;
        conv->window.pad_top += pad->window.pad_top;
        conv->window.pad_left += pad->window.pad_left;
        conv->window.pad_bottom += pad->window.pad_bottom;
        conv->window.pad_right += pad->window.pad_right;
        conv->inputs[0] = pad->inputs[0];
    }
    return pass_dead_code(c, g);
}
