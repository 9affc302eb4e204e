/* The pixels under a window, one pointer each.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_REF_WINDOW_H
#define BEDSIDE_KERNELS_REF_WINDOW_H

#include "ref.h"

/* In the scratch of bds_window_scratch_bytes_ref: pointers to the channels of each pixel under the current window, row by row; and
 * what those outside x point to. */
typedef struct window_pixels {
    const int8_t **taps;
    uint32_t count; /* kernel_h * kernel_w */
    void *outside;  /* channels values of zero_point */
} window_pixels;

window_pixels bds_window_pixels(const bds_window *w, void *scratch);

/* Points the taps to the pixels of window (row, column). */
void bds_window_move(const window_pixels *p, const bds_window *w, uint32_t row, uint32_t column);

#endif
