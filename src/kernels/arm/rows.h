/* What the depthwise convolution reads: rows of bytes, padded in a ring where windows leave x, else as they are in x.
 *
 *   scratch  int8 [kept rows][columns][channels], a row of the zero point, and 16 bytes that may be read
 *   weights  for each block, as bds_panel_at has them of the channels: {wide}, then int8 [kernel_h * kernel_w][width] or, if wide, int16
 *
 * A block is wide if one of its weights is not in [-127, 127].
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_ROWS_H
#define BEDSIDE_KERNELS_ROWS_H

#include "../panels.h"

enum {
    BDS_ROWS = 64,           /* of a kernel at most: above it the reference computes */
    BDS_ROWS_LIMIT = 1 << 24 /* bytes of all rows: above it the reference computes */
};

/* How the windows are read. */
typedef struct bds_rows {
    uint32_t kept;    /* rows in the ring; 0: none of this suits */
    uint32_t columns; /* of a row in the ring */
    size_t pixel;     /* bytes from one column to the next */
    size_t row_bytes; /* of a row in the ring */
    uint8_t in_place; /* rows of x are read as they are */
} bds_rows;

/* 16 bytes. */
typedef struct bds_block {
    uint32_t wide, unused[3];
} bds_block;

static inline size_t bds_block_bytes(const bds_window *w, uint32_t width)
{
    return sizeof(bds_block) + (size_t)w->kernel_h * w->kernel_w * width * sizeof(int16_t);
}

/* rows_neon.c */
bds_rows bds_rows_of(const bds_window *w);
size_t bds_rows_scratch_bytes(const bds_window *w);
size_t bds_rows_packed_bytes(const bds_window *w);
void bds_rows_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left);
/* Points rows[ky] to column 0 of what the windows of row `row` want. *filled: rows of x that are in the ring already, begin with 0. */
void bds_rows_move(const int8_t *rows[BDS_ROWS], const bds_rows *s, const bds_window *w, uint32_t row, void *scratch,
                   int64_t *filled);

#endif
