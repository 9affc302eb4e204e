/* How much scratch the microcontroller kernels want: plain C, so that the program which lays out a firmware's memory computes it on the
 * host. `pointer` is the size of a pointer on the board.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_SCRATCH_H
#define BEDSIDE_KERNELS_MCU_SCRATCH_H

#include "../ref/ref.h"

/* Values of a window. */
static inline size_t bds_mcu_depth(const bds_window *w)
{
    return (size_t)w->kernel_h * w->kernel_w * w->channels;
}

/* Windows of one pixel each that are all inside x: their values lie together already. */
static inline int bds_mcu_in_place(const bds_window *w)
{
    return bds_window_outside(w) == 0;
}

/* Whether the convolution of w is the reference's matter: int16 somewhere, or windows of fewer than four values. */
static inline int bds_conv_is_ref_mcu(const bds_window *w, int weights_wide, int out_wide)
{
    return w->wide || weights_wide || out_wide || bds_mcu_depth(w) < 4;
}

/* DSP: four windows at a time as pairs of int16; what is left over one by one, so many values of it at a time, with sums of so many
 * channels where those are not all. A window that does not lie together is first copied as int8; behind the block, where both are needed
 * at a time. */
enum { BDS_DSP_VALUES = 128, BDS_DSP_SUMS = 32 };

static inline size_t bds_conv_four_bytes_dsp(const bds_window *w)
{
    return (uint64_t)w->rows * w->out_width < 4 ? 0 : (bds_mcu_depth(w) + 3) / 4 * 32;
}

static inline size_t bds_conv_one_bytes_dsp(const bds_window *w)
{
    const size_t depth = bds_mcu_depth(w);

    return depth > BDS_DSP_VALUES ? BDS_DSP_VALUES * 2 + BDS_DSP_SUMS * 4 : (depth + 3) / 4 * 8;
}

/* Where the copy is. */
static inline size_t bds_conv_copy_at_dsp(const bds_window *w)
{
    const size_t four = bds_conv_four_bytes_dsp(w), one = bds_conv_one_bytes_dsp(w);

    return four > one && w->channels % 4 ? four : one;
}

static inline size_t bds_conv_scratch_dsp(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    const size_t four = bds_conv_four_bytes_dsp(w), copy = bds_mcu_in_place(w) ? 0 : (bds_mcu_depth(w) + 3) / 4 * 4;
    const size_t most = bds_conv_copy_at_dsp(w) + copy;

    if (bds_conv_is_ref_mcu(w, weights_wide, out_wide))
        return bds_window_scratch_bytes(w, pointer);
    return most > four ? most : four;
}

/* ARMv7-M without DSP: two windows at a time, as int8. */
static inline size_t bds_conv_scratch_v7m(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    if (bds_conv_is_ref_mcu(w, weights_wide, out_wide))
        return bds_window_scratch_bytes(w, pointer);
    return bds_mcu_in_place(w) ? 0 : bds_mcu_depth(w) * ((uint64_t)w->rows * w->out_width < 2 ? 1 : 2);
}

/* Depthwise 3 x 3, four channels at a time: two rows of pairs of rows, a word for each of a row's columns and channels; and 64 bytes for
 * each channel. */
static inline int bds_depthwise_is_3x3_dsp(const bds_window *w)
{
    return w->kernel_h == 3 && w->kernel_w == 3 && w->dilation_h == 1 && w->dilation_w == 1 && w->stride_w <= 2 &&
           w->channels >= 4;
}

static inline size_t bds_depthwise_columns_dsp(const bds_window *w)
{
    return (size_t)(w->out_width - 1) * w->stride_w + 3;
}

static inline size_t bds_depthwise_scratch_dsp(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    if (w->wide || weights_wide || out_wide || !bds_depthwise_is_3x3_dsp(w))
        return bds_window_scratch_bytes(w, pointer);
    return 4 * 64 + bds_depthwise_columns_dsp(w) * 2 * 4 * 4;
}

#endif
