/* Walks the windows of a convolution.
 * SPDX-License-Identifier: MIT */
#include "window.h"

size_t bds_window_scratch_bytes_ref(const bds_window *w)
{
    return bds_window_scratch_bytes(w, sizeof(int8_t *));
}

window_pixels bds_window_pixels(const bds_window *w, void *scratch)
{
    window_pixels p = {scratch, w->kernel_h * w->kernel_w, NULL};

    p.outside = p.taps + p.count;
    for (uint32_t i = 0; i < bds_window_outside(w); i++)
        bds_store(p.outside, i, w->zero_point, w->wide);
    return p;
}

void bds_window_move(const window_pixels *p, const bds_window *w, uint32_t row, uint32_t column)
{
    const int8_t **tap = p->taps;

    for (uint32_t ky = 0; ky < w->kernel_h; ky++) {
        int64_t y = (int64_t)row * w->stride_h - w->pad_top + (int64_t)ky * w->dilation_h;

        for (uint32_t kx = 0; kx < w->kernel_w; kx++) {
            int64_t x = (int64_t)column * w->stride_w - w->pad_left + (int64_t)kx * w->dilation_w;
            int inside = y >= 0 && y < w->height && x >= 0 && x < w->width;
            size_t at = inside ? ((size_t)y * w->width + (size_t)x) * w->pixel : 0;

            *tap++ = inside ? (const int8_t *)w->x + (at << w->wide) : p->outside;
        }
    }
}
