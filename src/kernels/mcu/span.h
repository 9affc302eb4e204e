/* Where a window's rows of pixels are inside x.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_SPAN_H
#define BEDSIDE_KERNELS_MCU_SPAN_H

#include "mcu.h"

/* Of window (row, column): each of its rows has so many pixels before x, inside and behind it, if they are neighbours. */
typedef struct span {
    int32_t top, left; /* the first pixel */
    uint32_t before, inside, behind;
    uint32_t run;        /* values of the pixels inside, or 0: they do not lie together */
    const int8_t *first; /* the first of them in row 0 of x, or its first pixel */
    size_t pitch;        /* values from one row of x to the next */
} span;

static inline span span_of(const bds_window *w, uint32_t row, uint32_t column)
{
    const int32_t left = (int32_t)(column * w->stride_w) - (int32_t)w->pad_left, width = (int32_t)w->width;
    const int32_t kernel = (int32_t)w->kernel_w;
    span s = {.top = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top,
              .left = left,
              .inside = w->kernel_w,
              .first = w->x,
              .pitch = (size_t)w->width * w->pixel};

    if (left < 0 || left + kernel > width) {
        s.before = (uint32_t)bds_clamp(-left, 0, kernel);
        s.inside = (uint32_t)bds_clamp(width - left - (int32_t)s.before, 0, kernel - (int32_t)s.before);
        s.behind = w->kernel_w - s.before - s.inside;
    }
    if (w->dilation_w == 1 && w->pixel == w->channels)
        s.run = s.inside * w->channels;
    if (s.run)
        s.first += (size_t)(left + (int32_t)s.before) * w->pixel;
    return s;
}

/* Pixel kx of row y, or null. */
static inline const int8_t *span_pixel(const bds_window *w, const span *s, int32_t y, uint32_t kx)
{
    const int32_t x = s->left + (int32_t)(kx * w->dilation_w);

    if (y < 0 || y >= (int32_t)w->height || x < 0 || x >= (int32_t)w->width)
        return NULL;
    return s->first + (size_t)y * s->pitch + (size_t)x * w->pixel;
}

#endif
