/* Depthwise of 3 x 3, one channel that lies by itself.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_PLANES_MVE_H
#define BEDSIDE_KERNELS_PLANES_MVE_H

#include "mve.h"

/* Tiles in lines, along the rows of the picture or down its columns. A tile is 2 x 2 pixels of the result, with a stride of 2 it is 4
 * pixels of a row: four lanes, of which a mask (4 bits each) says which are wanted. The assembly knows the members by their places. */
typedef struct bds_tile_lines_mve {
    uint16_t patch[8];          /*  0: from a tile's first pixel of x to the pairs of pixels that are loaded */
    uint32_t spots[4];          /* 16: from a tile's first pixel of the result to its four */
    const int8_t *x;            /* 32: the line's first pixel of x */
    int8_t *out;                /* 36: of the result */
    uint32_t x_line, out_line;  /* 40: to the next line */
    uint32_t tiles, wanted;     /* 48: whole tiles of a line, their mask */
    uint32_t last_wanted;       /* 56: in the last line */
    uint32_t rest_unwanted;     /* 60: in one more tile at a line's end; 0xffff: there is none */
    int32_t bias, rounding, up; /* 64: up: to the left, so that the upper byte is the result and saturates */
    uint32_t x_step, out_step;  /* 76: to the next tile; with a stride of 2, x_step is to the next pixel */
    uint32_t lines;             /* 84 */
    int32_t multiplier;         /* 88: times 2^16 */
    const int8_t *weights;      /* 92: a row every four bytes, zeros between them, five before and four behind */
} bds_tile_lines_mve;

/* x and out are moved behind the last line. */
void bds_tile_lines_1_mve(bds_tile_lines_mve *t);
void bds_tile_lines_2_mve(bds_tile_lines_mve *t);

#endif
