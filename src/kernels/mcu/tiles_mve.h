/* The product at the heart of a convolution: pixels in scratch times all channels, two pixels by four channels at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_TILES_MVE_H
#define BEDSIDE_KERNELS_TILES_MVE_H

#include "mve.h"

/* Pairs of pixels as in bds_conv_cut_mve, times 4 * groups channels. The assembly knows the members by their places. Its own state
 * are lanes, bias4, doubles, entry and at; it moves out, groups, bias and multiplier along. */
typedef struct bds_tiles_mve {
    int32_t lanes[8];              /*   0: bias and row of weights, in turns, of the four channels */
    int32_t bias4[4];              /*  32: the biases once more */
    uint32_t doubles;              /*  48: two blocks of 16 products each */
    uint32_t entry;                /*  52: address where a tile begins to multiply */
    int32_t rounding, left, shift; /*  56: see bds_scale_mve */
    uint32_t out_stride;           /*  68 */
    const int8_t *x_end;           /*  72 */
    int8_t *at;                    /*  76: of the result, this tile's */
    const int8_t *x;               /*  80 */
    int8_t *out;                   /*  84: of these four channels, the first pixel's */
    uint32_t groups;               /*  88: of four channels, those to come */
    const int32_t *bias;           /*  92 */
    const int16_t *multiplier;     /*  96 */
    uint32_t four_rows;            /* 100: bytes of weights */
    uint32_t last;                 /* 104: products in the last block, 1 to 16 */
    int32_t lo, hi;                /* 108 */
    const int8_t *rows[4];         /* 116: of weights, the first group's */
    uint32_t blocks;               /* 132: of 16 products, without the last one */
} bds_tiles_mve;

void bds_tiles_run_mve(bds_tiles_mve *t);

/* One pixel in place, times 4 * groups channels: of t, what bds_pixel_run_mve names there is used. */
void bds_pixel_run_mve(bds_tiles_mve *t);

#endif
