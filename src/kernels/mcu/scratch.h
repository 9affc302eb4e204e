/* How much scratch the microcontroller kernels want: plain C, so that the program which lays out a firmware's memory computes it on the
 * host. `pointer` is the size of a pointer on the board.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_SCRATCH_H
#define BEDSIDE_KERNELS_MCU_SCRATCH_H

#include "../kernels.h"

/* Values of a window. */
static inline size_t bds_mcu_depth(const bds_window *w)
{
    return (size_t)w->kernel_h * w->kernel_w * w->channels;
}

/* Windows of one pixel each that are all inside x: their values lie together already. */
static inline int bds_mcu_in_place(const bds_window *w)
{
    return w->kernel_h == 1 && w->kernel_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
           (uint64_t)(w->out_width - 1) * w->stride_w < w->width && (uint64_t)(w->rows - 1) * w->stride_h < w->height;
}

/* Of the references, which take what the kernels here do not: int16 values or weights, and windows of fewer than four values. */
static inline size_t bds_scratch_bytes_ref(const bds_window *w, size_t pointer)
{
    return (size_t)w->kernel_h * w->kernel_w * pointer + ((size_t)w->channels << w->wide);
}

/* Whether the convolution of w is the reference's matter. */
static inline int bds_conv_is_ref_mcu(const bds_window *w, int weights_wide, int out_wide)
{
    return w->wide || weights_wide || out_wide || bds_mcu_depth(w) < 4;
}

/* DSP: four windows at a time as pairs of int16, and what is left over, or cannot be widened from where it is, as int8. */
static inline size_t bds_conv_tile_bytes_dsp(const bds_window *w)
{
    return (uint64_t)w->rows * w->out_width < 4 ? 0 : (bds_mcu_depth(w) + 3) / 4 * 32;
}

static inline size_t bds_conv_scratch_dsp(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    const size_t tile = bds_conv_tile_bytes_dsp(w), window = (bds_mcu_depth(w) + 3) / 4 * 4;

    if (bds_conv_is_ref_mcu(w, weights_wide, out_wide))
        return bds_scratch_bytes_ref(w, pointer);
    return tile + (bds_mcu_in_place(w) || (tile && w->channels % 4 == 0) ? 0 : window);
}

/* ARMv7-M without DSP: two windows at a time, as int8. */
static inline size_t bds_conv_scratch_v7m(const bds_window *w, int weights_wide, int out_wide, size_t pointer)
{
    if (bds_conv_is_ref_mcu(w, weights_wide, out_wide))
        return bds_scratch_bytes_ref(w, pointer);
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
        return bds_scratch_bytes_ref(w, pointer);
    return 4 * 64 + bds_depthwise_columns_dsp(w) * 2 * 4 * 4;
}

#endif
