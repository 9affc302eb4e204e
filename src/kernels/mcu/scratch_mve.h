/* How Helium's kernels cut their work, and so how much scratch they want. Plain C: a host works it out for a board, too; `pointer` is the
 * size of a pointer there.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_SCRATCH_MVE_H
#define BEDSIDE_KERNELS_SCRATCH_MVE_H

#include "../ref/ref.h"

/* A convolution copies the windows of some pixels, two by two: blocks of 16 values of the first, then of the second, and so on. Windows
 * that would leave a block unfinished are put together elsewhere first. A single window that is one pixel stays where it is. */
typedef struct bds_conv_cut_mve {
    uint32_t depth; /* products summed for one output */
    uint32_t whole; /* depth up to a multiple of 16 */
    uint32_t pairs; /* of pixels in scratch; 0: read in place */
    uint32_t apart; /* 1: put together elsewhere first */
} bds_conv_cut_mve;

enum { BDS_CONV_PAIRS_MVE = 4, BDS_CONV_BYTES_MVE = 2304 }; /* at most; one pair at least */

static inline bds_conv_cut_mve bds_conv_cut_of_mve(const bds_window *w)
{
    const uint32_t taps = w->kernel_h * w->kernel_w, pixels = w->rows * w->out_width;
    bds_conv_cut_mve cut = {taps * w->channels, 0, BDS_CONV_PAIRS_MVE, taps != 1 && w->channels % 16};

    cut.whole = (cut.depth + 15) & ~15u;
    if (taps == 1 && pixels == 1 && w->pad_top == 0 && w->pad_left == 0 && w->width && w->height)
        cut.pairs = 0;
    while (cut.pairs > 1 && (cut.pairs > (pixels + 1) / 2 || cut.pairs * 2 * cut.whole > BDS_CONV_BYTES_MVE))
        cut.pairs--;
    return cut;
}

static inline size_t bds_conv_scratch_mve(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    const bds_conv_cut_mve cut = bds_conv_cut_of_mve(w);

    if (w->wide || weights_wide || out_wide)
        return bds_window_scratch_bytes(w, pointer);
    return cut.pairs ? (size_t)cut.whole * (2 * cut.pairs + cut.apart) : 0;
}

/* Depthwise of 3 x 3, one channel after the other: a strip of x, that channel alone with the padding around it, in rows of an even
 * length. */
typedef struct bds_depthwise_cut_mve {
    uint32_t pitch;  /* bytes of a row; 0: not such a layer */
    uint32_t rows;   /* of the result for which a strip suffices: all, or an even number of them */
    uint32_t height; /* of a strip */
} bds_depthwise_cut_mve;

enum { BDS_DEPTHWISE_BYTES_MVE = 4096, BDS_DEPTHWISE_WEIGHTS_MVE = 32, BDS_DEPTHWISE_WIDEST_MVE = 8192 };

static inline uint32_t bds_depthwise_height_mve(uint32_t rows, uint32_t stride)
{
    return stride == 1 ? ((rows + 1) & ~1u) + 2 : 2 * rows + 1; /* two rows of the result are made at once, or one */
}

static inline bds_depthwise_cut_mve bds_depthwise_cut_of_mve(const bds_window *w)
{
    bds_depthwise_cut_mve cut = {0, w->rows, 0};

    if (w->kernel_h != 3 || w->kernel_w != 3 || w->dilation_h != 1 || w->dilation_w != 1 || w->stride_h > 2 ||
        w->stride_h != w->stride_w || w->pad_top > 2 || w->pad_left > 2 || w->pixel > 65535 / 7 ||
        w->out_width > BDS_DEPTHWISE_WIDEST_MVE) /* offsets of 16 bits */
        return cut;
    cut.pitch = w->stride_w == 1 ? ((w->out_width + 1) & ~1u) + 2 : 2 * w->out_width + 2;
    cut.height = bds_depthwise_height_mve(cut.rows, w->stride_h);
    while (cut.rows > 2 && cut.height > BDS_DEPTHWISE_BYTES_MVE / cut.pitch) {
        cut.rows = ((cut.rows + 3) / 2) & ~1u;
        cut.height = bds_depthwise_height_mve(cut.rows, w->stride_h);
    }
    return cut;
}

/* What of a requantisation's left cannot be taken from its shift, which must stay 16: see bds_scale_mve. */
static inline int32_t bds_left_over_mve(const bds_requant *q)
{
    return q->left < q->shift - 16 ? 0 : q->left - (q->shift - 16);
}

/* A layer that is not 3 x 3, or has some left over, walks pointers to its pixels, as the reference does. Of q, left and shift count. */
static inline size_t bds_depthwise_scratch_mve(const bds_window *w, const bds_requant *q, int weights_wide,
                                               int out_wide, size_t pointer)
{
    const bds_depthwise_cut_mve cut = bds_depthwise_cut_of_mve(w);

    if (w->wide || weights_wide || out_wide || cut.pitch == 0 || bds_left_over_mve(q))
        return bds_window_scratch_bytes(w, pointer);
    return (size_t)cut.pitch * cut.height + BDS_DEPTHWISE_WEIGHTS_MVE;
}

#endif
