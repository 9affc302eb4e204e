/* The product at the heart of a convolution: pixels in scratch times all channels, two pixels by four channels at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_TILES_MVE_H
#define BEDSIDE_KERNELS_TILES_MVE_H

#include "mve.h"

/* Pairs of pixels as in bds_conv_cut_mve, times 4 * groups channels. The assembly knows the members by their places; the first six it
 * keeps its state in. */
typedef struct bds_tiles_mve {
    int32_t lanes[8];              /*   0: bias and row of weights, in turns, of the four channels */
    int32_t bias4[4];              /*  32: the biases once more */
    int32_t blocks;                /*  48: of 16 products, without the last one */
    int32_t rounding, left, shift; /*  52: see bds_scale_mve */
    uint32_t out_stride;           /*  64 */
    const int8_t *x_end;           /*  68 */
    int8_t *at;                    /*  72: of the result, this tile's */
    const int8_t *x;               /*  76 */
    int8_t *out;                   /*  80: of these four channels, the first pixel's */
    uint32_t groups;               /*  84: of four channels, those to come */
    const int32_t *bias;           /*  88 */
    const int16_t *multiplier;     /*  92 */
    uint32_t four_rows;            /*  96: bytes of weights */
    uint32_t last;                 /* 100: products in the last block, 1 to 16 */
    int32_t lo, hi;                /* 104 */
    const int8_t *rows[4];         /* 112: of weights, the first group's */
} bds_tiles_mve;

void bds_tiles_run_mve(bds_tiles_mve *t);

/* One pixel in place, times 4 * groups channels: of t, what bds_pixel_run_mve names there is used. */
void bds_pixel_run_mve(bds_tiles_mve *t);

#endif
