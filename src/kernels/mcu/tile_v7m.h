/* The two inner loops of the convolution without the DSP extension, in assembly.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_TILE_V7M_H
#define BEDSIDE_KERNELS_MCU_TILE_V7M_H

#include "v7m.h"

/* What both take; the offsets are part of the assembly. What becomes of the structure is their matter. */
typedef struct tile_v7m {
    const int16_t *multiplier;
    int8_t *out;
    const int32_t *bias; /* of the first channel */
    int32_t rounding, shift;
    uint32_t step; /* two pixels: from one to the other in the result */
    int32_t left;
    const int8_t *x[2];
    uint32_t fours, depth, depth_3; /* values in groups of four, all of them, three times that */
    const int32_t *bias_end;        /* behind the last channel */
    const int8_t *weights;
} tile_v7m;

/* Two channels at a time of two pixels. */
void bds_two_pixels_v7m(tile_v7m *t);
/* Four channels at a time of one pixel. */
void bds_one_pixel_v7m(tile_v7m *t);

#endif
