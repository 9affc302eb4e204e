/* The inner loop of the depthwise 3 x 3 convolution, in assembly.
 *
 * x comes as words that are pairs of one column's neighbouring rows, and so do the weights: pairs begin at even rows, a window has a row
 * more than one pair, so two pairs cover it whether it begins in the first pair's upper row or in its lower one; where they have more than
 * the window the weights are zero.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_ROWS_DSP_H
#define BEDSIDE_KERNELS_MCU_ROWS_DSP_H

#include "dsp.h"

/* One channel. */
typedef struct channel_dsp {
    uint32_t weights[6];      /* three columns of the upper pair, three of the lower one; times 2^left */
    int32_t bias, multiplier; /* bias times 2^left */
} channel_dsp;

/* A row of results of four channels. All counts are in bytes. */
typedef struct row_dsp {
    int32_t rounding, shift;
    uint32_t step;        /* from one result to the next: channels */
    uint32_t fours, rest; /* results in groups of four, and those behind them, times step */
    uint32_t skip;        /* from behind a channel's last pair that is used up to the next channel's first */
    uint32_t back;        /* from behind the last result to the next channel's first */
    int8_t *out;
} row_dsp;

/* above and below: rows of pairs, one for each of the four channels. */
void bds_row_3x3_dsp(const channel_dsp four[4], const uint32_t *above, const uint32_t *below, const row_dsp *r);
void bds_row_3x3_stride_2_dsp(const channel_dsp four[4], const uint32_t *above, const uint32_t *below,
                              const row_dsp *r);

#endif
