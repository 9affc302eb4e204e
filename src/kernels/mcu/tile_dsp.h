/* The two inner loops of the convolution, in assembly: compilers spill what must stay in registers.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_TILE_DSP_H
#define BEDSIDE_KERNELS_MCU_TILE_DSP_H

#include "dsp.h"

/* What both take; the offsets are part of the assembly. What becomes of the structure is their matter. */
typedef struct tile_dsp {
    const void *multiplier;         /* int16; without `out` the sums are stored there instead, as int32 */
    int8_t *out;                    /* one pixel: null if more products are to come */
    const int32_t *bias, *bias_end; /* or earlier sums: of the first channel, and behind the last */
    int32_t rounding, shift;
    uint32_t step;     /* four pixels: from one pixel of the result to the next; one pixel: left */
    const uint32_t *x; /* pairs (k, k + 2), (k + 1, k + 3) of each four values, the first of all four pixels first */
    uint32_t sixteens, fours; /* values in groups of 16, then in groups of 4, */
    uint32_t rest;            /* and 0 to 3 behind them: with zeros behind them, of one pixel before them */
    uint32_t row, rows_3;     /* one pixel: values of a channel's weights, three times that */
    const int8_t *weights;
    uint32_t next; /* one pixel: from where a channel's weights end to those of the channel four further */
} tile_dsp;

/* All channels of four pixels. */
void bds_four_pixels_dsp(tile_dsp *t);
/* Four channels at a time of one pixel. */
void bds_one_pixel_dsp(tile_dsp *t);
/* int8 x as pairs for bds_four_pixels_dsp, fours of values to every 32 bytes. Returns where the next ones go. */
uint32_t *bds_widen_dsp(uint32_t *to, const int8_t *from, uint32_t fours);

/* one_dsp.c: all channels of one window, whose values are at x; pairs: bds_conv_one_bytes_dsp bytes. */
void bds_one_window_dsp(int8_t *out, const bds_conv *c, const int8_t *x, uint32_t *pairs, const mcu_requant *q);

#endif
