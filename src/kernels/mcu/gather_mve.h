/* Windows of a convolution to scratch.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_GATHER_MVE_H
#define BEDSIDE_KERNELS_GATHER_MVE_H

#include "mve.h"

/* Pieces of n bytes: how many; and, behind the blocks of 16 bytes of one, the bytes to the next. */
typedef struct bds_pieces_mve {
    uint32_t n, count;
    int32_t skip, to_skip;
} bds_pieces_mve;

/* Windows one after the other, in order of the result. */
typedef struct bds_gathering_mve {
    const bds_window *w;
    const bds_conv_cut_mve *cut;
    int8_t *apart;       /* where windows are put together first; null: they go straight to their place */
    bds_pieces_mve rows; /* of a window that is all inside x, in pieces; n = 0: its pixels lie apart */
    int32_t most_y, most_x;
    int32_t y, x; /* of the window's first pixel: of one all inside in [0, most] */
    const int8_t *at;
    uint32_t column; /* of the result */
    uint8_t in_line; /* windows are single pixels, one behind the other */
} bds_gathering_mve;

/* From window number `pixel` on. */
void bds_gather_begin_mve(bds_gathering_mve *g, const bds_window *w, const bds_conv_cut_mve *cut, int8_t *apart,
                          uint32_t pixel);

/* The next n windows to scratch, as bds_conv_cut_mve says; the one to come is then `ahead` windows behind. */
void bds_gather_mve(bds_gathering_mve *g, int8_t *to, uint32_t n, uint32_t ahead);

#endif
