/* Windows over one to three spatial dimensions, and the list of the operators that look through them.
 * SPDX-License-Identifier: MIT */
#include "windows.h"

/* Positions of windows, o * stride + k * dilation - pad, stay within 32 bits below these. */
enum { MOST_STEP = 1 << 16, MOST_REACH = 1 << 28, MOST_PAD = 1 << 24 };

static uint64_t reach(const net_window *w, uint32_t d)
{
    return (uint64_t)(w->kernel[d] - 1) * w->dilation[d] + 1;
}

bdc_status infer_window(const op_infer *i, const net_tensor *x)
{
    const net_window *w = &i->op->a.window;
    BDC_TRY(infer_rank(i, x, 3, NET_MAX_SPATIAL + 2));
    if (w->spatial != x->rank - 2)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has a window of %u dimensions on an input with %u.",
                        i->op->type, i->op->name, w->spatial, x->rank - 2);
    for (uint32_t d = 0; d < w->spatial; d++) {
        if (w->kernel[d] < 1 || w->kernel[d] > MOST_STEP)
            return infer_bad_attribute(i, "kernel_shape");
        if (w->stride[d] < 1 || w->stride[d] > MOST_STEP)
            return infer_bad_attribute(i, "strides");
        if (w->dilation[d] < 1 || w->dilation[d] > MOST_STEP || reach(w, d) > MOST_REACH)
            return infer_bad_attribute(i, "dilations");
        if (w->pad_begin[d] > MOST_PAD || w->pad_end[d] > MOST_PAD)
            return infer_bad_attribute(i, "pads");
    }
    return BDC_OK;
}

uint32_t window_positions(const net_window *w, uint32_t d, uint32_t in)
{
    const uint64_t side = (uint64_t)in + w->pad_begin[d] + w->pad_end[d];
    return side < reach(w, d) ? 0 : (uint32_t)((side - reach(w, d)) / w->stride[d] + 1);
}

void window_three(const net_window *w, const uint32_t *numbers, uint32_t fill, uint32_t out[3])
{
    for (uint32_t d = 0; d < 3; d++)
        out[d] = d + w->spatial < 3 ? fill : numbers[d + w->spatial - 3];
}

const op_row *ops_window_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"Conv", infer_conv, eval_conv},
        [NET_CONV_INTEGER - NET_CONV] = {"ConvInteger", infer_conv_integer, eval_conv_integer},
        [NET_CONV_TRANSPOSE - NET_CONV] = {"ConvTranspose", infer_conv_transpose, eval_conv_transpose},
        [NET_MAX_POOL - NET_CONV] = {"MaxPool", infer_pool, eval_max_pool},
        [NET_AVERAGE_POOL - NET_CONV] = {"AveragePool", infer_pool, eval_average_pool},
        [NET_LP_POOL - NET_CONV] = {"LpPool", infer_pool, eval_lp_pool},
        [NET_GLOBAL_MAX_POOL - NET_CONV] = {"GlobalMaxPool", infer_global_pool, eval_global_pool},
        [NET_GLOBAL_AVERAGE_POOL - NET_CONV] = {"GlobalAveragePool", infer_global_pool, eval_global_pool},
        [NET_GLOBAL_LP_POOL - NET_CONV] = {"GlobalLpPool", infer_global_pool, eval_global_pool},
        [NET_RESIZE - NET_CONV] = {"Resize", infer_resize, eval_resize},
        [NET_DEPTH_TO_SPACE - NET_CONV] = {"DepthToSpace", infer_depth_to_space, eval_depth_to_space},
        [NET_SPACE_TO_DEPTH - NET_CONV] = {"SpaceToDepth", infer_space_to_depth, eval_space_to_depth},
    };
    return code >= NET_CONV && code <= NET_SPACE_TO_DEPTH ? &rows[code - NET_CONV] : 0;
}
