/* A window's values side by side.
 * SPDX-License-Identifier: MIT */
#include "mcu.h"

void bds_gather_v7m(int8_t *to, const bds_window *w, uint32_t row, uint32_t column)
{
    const int32_t top = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top;
    const int32_t left = (int32_t)(column * w->stride_w) - (int32_t)w->pad_left;
    const size_t pixel = w->channels;

    for (uint32_t ky = 0; ky < w->kernel_h; ky++) {
        const int32_t y = top + (int32_t)(ky * w->dilation_h);
        const int inside = y >= 0 && y < (int32_t)w->height;
        const int8_t *line = (const int8_t *)w->x + (inside ? (size_t)y * w->width * w->pixel : 0);
        int32_t x = left;

        if (inside && w->dilation_w == 1 && w->pixel == w->channels && x >= 0 &&
            x + (int32_t)w->kernel_w <= (int32_t)w->width) {
            const int8_t *from = line + (size_t)x * pixel;
            uint32_t count = (uint32_t)(w->kernel_w * pixel);

            for (; count >= 4; count -= 4, to += 4, from += 4)
                __builtin_memcpy(to, from, 4);
            for (; count; count--)
                *to++ = *from++;
            continue;
        }
        for (uint32_t kx = 0; kx < w->kernel_w; kx++, x += (int32_t)w->dilation_w, to += pixel)
            if (inside && x >= 0 && x < (int32_t)w->width)
                __builtin_memcpy(to, line + (size_t)x * w->pixel, pixel);
            else
                __builtin_memset(to, w->zero_point, pixel);
    }
}
