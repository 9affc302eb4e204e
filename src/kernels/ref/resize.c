/* Linear resizing: four pixels, one rounding. Weights of 1/1024 in each direction sum to 2^20.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

static void resize_pixel(const bds_resize *r, size_t to, const uint16_t *row, const uint16_t *column)
{
    const size_t channels = r->channels, width = r->x_width;
    const size_t a = (row[0] * width + column[0]) * channels, b = (row[0] * width + column[1]) * channels,
                 c = (row[1] * width + column[0]) * channels, d = (row[1] * width + column[1]) * channels;
    const int32_t down = row[2], right = column[2], up = 1024 - down, left = 1024 - right;

    for (uint32_t i = 0; i < channels; i++) {
        int32_t above = bds_load(r->x, a + i, r->wide) * left + bds_load(r->x, b + i, r->wide) * right;
        int32_t below = bds_load(r->x, c + i, r->wide) * left + bds_load(r->x, d + i, r->wide) * right;
        int64_t sum = (int64_t)above * up + (int64_t)below * down;

        bds_store(r->out, to + i, (int32_t)bds_round_shift(sum, 20), r->wide);
    }
}

void bds_resize_ref(const bds_resize *r)
{
    const uint16_t *rows = r->lines, *columns = r->lines + (size_t)3 * r->height;
    size_t to = 0;

    for (uint32_t y = 0; y < r->height; y++)
        for (uint32_t x = 0; x < r->width; x++, to += r->channels)
            resize_pixel(r, to, rows + (size_t)3 * y, columns + (size_t)3 * x);
}
