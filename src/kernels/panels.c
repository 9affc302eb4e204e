/* Weights in the order in which the SIMD forms read them, and how they read windows: see panels.h.
 * SPDX-License-Identifier: MIT */
#include "panels.h"

/* Rows of x, padded: as many as the form wants in a strip. */
static void plan_strip(bds_segments *s, const bds_window *w, const bds_form *f)
{
    const uint64_t columns = (uint64_t)(w->out_width - 1) * w->stride_w + w->kernel_w;
    const uint64_t row_bytes = columns * w->channels * f->value_bytes;
    const uint64_t span = (uint64_t)(w->kernel_h - 1) * w->dilation_h + 1;
    uint32_t rows = 1;

    if (row_bytes * (span + w->stride_h) > BDS_STRIP_LIMIT)
        return;
    while (rows < w->row_end && row_bytes * (span + rows * w->stride_h) <= f->strip_bytes)
        rows++;
    s->in_place = 1;
    s->columns = (uint32_t)columns;
    s->row_bytes = (size_t)row_bytes;
    s->block_rows = rows;
    s->strip_rows = (uint32_t)span + (rows - 1) * w->stride_h;
}

/* In whole tiles, and not more than there are. */
static uint32_t block_pixels(const bds_window *w, size_t pixel_bytes, const bds_form *f)
{
    const uint64_t all = (uint64_t)w->row_end * w->out_width;
    const uint32_t most = BDS_BLOCK_PIXELS / f->tile * f->tile;
    const uint32_t pixels = (uint32_t)(f->strip_bytes / pixel_bytes) / f->tile * f->tile;
    const uint32_t block = pixels < f->tile ? f->tile : pixels > most ? most : pixels;

    return block < all ? block : (uint32_t)all;
}

/* count 0: too deep. */
bds_segments bds_segments_of(const bds_window *w, const bds_form *f)
{
    bds_segments s = {0};
    const uint64_t depth = (uint64_t)w->kernel_h * w->kernel_w * w->channels;

    if (depth >= BDS_DEPTH_LIMIT)
        return s;
    if (w->dilation_w == 1 && w->kernel_h * w->kernel_w > 1)
        plan_strip(&s, w, f);
    s.count = s.in_place ? w->kernel_h : 1;
    s.values = (uint32_t)depth / s.count;
    s.groups = (s.values + f->group - 1) / f->group;
    if (!s.in_place) {
        s.row_bytes = (size_t)s.groups * f->group * f->value_bytes;
        s.block_rows = block_pixels(w, s.row_bytes, f);
    }
    return s;
}

size_t bds_panels_bytes(const bds_window *w, uint32_t channels, const bds_form *f)
{
    const bds_segments s = bds_segments_of(w, f);
    size_t bytes = 0;

    for (uint32_t n = 0; n < channels && s.count > 0; n = bds_panel_at(n, channels).next)
        bytes += bds_panel_bytes(s.count * s.groups, bds_panel_at(n, channels).width, f);
    return bytes;
}

/* The weights of one channel and one segment, from the from-th on, to their places: `step` values from group to group. */
static void place_any(void *packed, size_t to, size_t step, const void *weights, size_t from, uint32_t values,
                      uint32_t group, int32_t scale, int wide, int wide_values)
{
    for (uint32_t k = 0; k < values; k += group, to += step)
        for (uint32_t j = 0; j < group && k + j < values; j++)
            bds_store(packed, to + j, bds_load(weights, from + k + j, wide) * scale, wide_values);
}

/* The same for pairs of int16, two at once: a page waits for it. */
static inline void place_pairs(void *packed, size_t to, size_t step, const void *weights, size_t from, uint32_t values,
                               int32_t scale, int wide)
{
    uint8_t *at = (uint8_t *)packed + 2 * to;

    for (; values > 1; values -= 2, from += 2, at += 2 * step) {
        const int32_t a = bds_load(weights, from, wide) * scale, b = bds_load(weights, from + 1, wide) * scale;
        const uint32_t pair = ((uint32_t)a & 0xffff) | (uint32_t)b << 16;

        __builtin_memcpy(at, &pair, sizeof pair);
    }
    if (values)
        bds_store(at, 0, bds_load(weights, from, wide) * scale, 1);
}

void bds_panels_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                     const bds_form *f, uint32_t left)
{
    const bds_segments s = bds_segments_of(w, f);
    const int32_t scale = f->value_bytes == 2 ? 1 << left : 1;
    size_t to = 0;

    __builtin_memset(packed, 0, bds_panels_bytes(w, channels, f));
    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next) {
        const bds_panel_place at = bds_panel_at(n, channels);
        const size_t step = (size_t)at.width * f->group;

        for (uint32_t segment = 0; segment < s.count; segment++, to += step * s.groups)
            for (uint32_t i = 0; i < at.width && at.first + i < channels; i++) {
                const size_t from = ((size_t)(at.first + i) * s.count + segment) * s.values;
                const size_t first = to + (size_t)i * f->group;

                if (f->group != 2 || f->value_bytes != 2)
                    place_any(packed, first, step, weights, from, s.values, f->group, scale, wide, f->value_bytes == 2);
                else if (wide)
                    place_pairs(packed, first, step, weights, from, s.values, scale, 1);
                else
                    place_pairs(packed, first, step, weights, from, s.values, scale, 0);
            }
    }
}

size_t bds_panels_scratch_bytes(const bds_window *w, const bds_form *f)
{
    const bds_segments s = bds_segments_of(w, f);
    const size_t least = bds_window_scratch_bytes_ref(w); /* of what goes to the reference */
    const size_t bytes =
        s.in_place ? s.strip_rows * s.row_bytes + (size_t)f->group * f->value_bytes : s.block_rows * s.row_bytes;

    return bytes > least ? bytes : least;
}
