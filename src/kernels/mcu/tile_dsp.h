/* The two inner loops of the convolution, in assembly: compilers spill what must stay in registers.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_TILE_DSP_H
#define BEDSIDE_KERNELS_MCU_TILE_DSP_H

#include "dsp.h"

/* What both take; the offsets are part of the assembly. What becomes of the structure is their matter. */
typedef struct tile_dsp {
    const int16_t *multiplier;
    int8_t *out;
    const int32_t *bias, *bias_end; /* of the first channel and behind the last */
    int32_t rounding, shift;
    uint32_t step;            /* four pixels: from one pixel of the result to the next; one pixel: left */
    const void *x;            /* four pixels: see bds_widen_4; one pixel: int8 */
    uint32_t sixteens, fours; /* values in groups of 16, then in groups of 4, */
    uint32_t rest;            /* and 0 to 3 behind them */
    uint32_t row, rows_3;     /* one pixel: values of a channel's weights, three times that */
    const int8_t *weights;
} tile_dsp;

/* All channels of four pixels. */
void bds_four_pixels_dsp(tile_dsp *t);
/* Four channels at a time of one pixel. */
void bds_one_pixel_dsp(tile_dsp *t);

#endif
