/* A window's values side by side.
 * SPDX-License-Identifier: MIT */
#include "span.h"

static inline void store_4(void *to, uint32_t word)
{
    __builtin_memcpy(to, &word, 4);
}

/* By words, of which the last may overlap the one before it. */
static inline int8_t *copy(int8_t *to, const int8_t *from, uint32_t count)
{
    int8_t *end = to + count;

    if (count < 4) {
        while (to < end)
            *to++ = *from++;
        return end;
    }
    for (const int8_t *last = from + (count - 4); from < last; from += 4, to += 4)
        store_4(to, bds_load_4(from));
    store_4(end - 4, bds_load_4(from - (to - (end - 4))));
    return end;
}

static int8_t *outside(int8_t *to, int32_t zero_point, uint32_t count)
{
    for (; count; count--)
        *to++ = (int8_t)zero_point;
    return to;
}

void bds_gather_v7m(int8_t *to, const bds_window *w, uint32_t row, uint32_t column)
{
    const span s = span_of(w, row, column);
    const uint32_t channels = w->channels, height = w->height, dilation = w->dilation_h;
    int32_t y = s.top;

    for (uint32_t ky = w->kernel_h; ky; ky--, y += (int32_t)dilation) {
        if (s.run && (uint32_t)y < height) {
            if (s.before)
                to = outside(to, w->zero_point, s.before * channels);
            to = copy(to, s.first + (size_t)y * s.pitch, s.run);
            if (s.behind)
                to = outside(to, w->zero_point, s.behind * channels);
            continue;
        }
        for (uint32_t kx = 0; kx < w->kernel_w; kx++) {
            const int8_t *x = span_pixel(w, &s, y, kx);

            to = x ? copy(to, x, channels) : outside(to, w->zero_point, channels);
        }
    }
}
