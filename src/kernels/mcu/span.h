/* Where a window's rows of pixels are inside x.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_SPAN_H
#define BEDSIDE_KERNELS_MCU_SPAN_H

#include "mcu.h"

/* Of window (row, column), whose first pixel is (top, left): each of its rows has so many pixels before x, inside and behind it, if they
 * are neighbours. */
typedef struct span {
    int32_t top, left;
    uint32_t before, inside, behind;
    uint32_t run;        /* values of the pixels inside, or 0: they do not lie together */
    const int8_t *first; /* the first of them, in row 0 of x */
} span;

static inline span span_of(const bds_window *w, uint32_t row, uint32_t column)
{
    const int32_t left = (int32_t)(column * w->stride_w) - (int32_t)w->pad_left, width = (int32_t)w->width;
    const int32_t kernel = (int32_t)w->kernel_w, before = bds_clamp(-left, 0, kernel);
    const int32_t inside = bds_clamp(width - left - before, 0, kernel - before);
    span s = {.top = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top,
              .left = left,
              .before = (uint32_t)before,
              .inside = (uint32_t)inside,
              .behind = (uint32_t)(kernel - before - inside)};

    if (w->dilation_w == 1 && w->pixel == w->channels)
        s.run = s.inside * w->channels;
    s.first = (const int8_t *)w->x + (s.run ? (size_t)(left + before) * w->pixel : 0);
    return s;
}

/* Row ky of the window's pixels as a row of x, or -1. */
static inline int32_t span_row(const bds_window *w, const span *s, uint32_t ky)
{
    const int32_t y = s->top + (int32_t)(ky * w->dilation_h);

    return y >= 0 && y < (int32_t)w->height ? y : -1;
}

/* Pixel kx of row y, or null. */
static inline const int8_t *span_pixel(const bds_window *w, const span *s, int32_t y, uint32_t kx)
{
    const int32_t x = s->left + (int32_t)(kx * w->dilation_w);

    if (y < 0 || x < 0 || x >= (int32_t)w->width)
        return NULL;
    return (const int8_t *)w->x + ((size_t)y * w->width + (size_t)x) * w->pixel;
}

#endif
