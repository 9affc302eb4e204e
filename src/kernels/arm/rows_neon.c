/* Rows and weights of the depthwise convolution: see rows.h.
 * SPDX-License-Identifier: MIT */
#include "rows.h"

bds_rows bds_rows_of(const bds_window *w)
{
    bds_rows s = {0};
    const uint64_t kept = (uint64_t)(w->kernel_h - 1) * w->dilation_h + 1;
    const uint64_t columns =
        (uint64_t)(w->out_width - 1) * w->stride_w + (uint64_t)(w->kernel_w - 1) * w->dilation_w + 1;

    s.in_place = w->pad_left == 0 && columns <= w->width && w->channels >= BDS_PANEL / 2;
    s.pixel = s.in_place ? w->pixel : w->channels;
    if (w->kernel_h > BDS_ROWS || columns > BDS_ROWS_LIMIT || kept > BDS_ROWS_LIMIT ||
        columns * s.pixel > BDS_ROWS_LIMIT / (kept + 1))
        return s;
    s.kept = (uint32_t)kept;
    s.columns = (uint32_t)columns;
    s.row_bytes = (size_t)columns * s.pixel;
    return s;
}

size_t bds_rows_scratch_bytes(const bds_window *w)
{
    const bds_rows s = bds_rows_of(w);
    const size_t least = bds_window_scratch_bytes_ref(w);
    const size_t bytes = (s.in_place ? 1 : s.kept + 1) * s.row_bytes + 16;

    return bytes > least ? bytes : least;
}

size_t bds_rows_packed_bytes(const bds_window *w)
{
    const int suits = bds_rows_of(w).kept > 0;
    size_t bytes = 0;

    for (uint32_t c = 0; c < w->channels && suits; c = bds_panel_at(c, w->channels).next)
        bytes += bds_block_bytes(w, bds_panel_at(c, w->channels).width);
    return bytes;
}

static void pack_block(bds_block *block, const void *weights, int wide, uint32_t taps, uint32_t channels,
                       const bds_panel_place *at)
{
    const uint32_t there = channels < at->width ? channels : at->width;
    uint32_t to = 0;

    *block = (bds_block){0};
    for (uint32_t t = 0; t < taps; t++)
        for (uint32_t i = 0; i < there; i++) {
            const int32_t weight = bds_load(weights, (size_t)t * channels + at->first + i, wide);

            block->wide |= weight < -127 || weight > 127;
        }
    for (uint32_t t = 0; t < taps; t++)
        for (uint32_t i = 0; i < at->width; i++)
            bds_store(block + 1, to++, i < there ? bds_load(weights, (size_t)t * channels + at->first + i, wide) : 0,
                      (int)block->wide);
}

void bds_rows_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left)
{
    uint8_t *to = packed;

    (void)left; /* sums are shifted at the end */
    for (uint32_t c = 0; c < w->channels; c = bds_panel_at(c, w->channels).next) {
        const bds_panel_place at = bds_panel_at(c, w->channels);

        pack_block((bds_block *)(void *)to, weights, wide, w->kernel_h * w->kernel_w, w->channels, &at);
        to += bds_block_bytes(w, at.width);
    }
}

/* Row y of x, which exists, with what lies beside it. */
static void fill_row(int8_t *to, const bds_rows *s, const bds_window *w, int64_t y)
{
    const int8_t *from = (const int8_t *)w->x + (size_t)y * w->width * w->pixel;
    const uint32_t left = w->pad_left < s->columns ? w->pad_left : s->columns;
    const uint32_t inside = w->width < s->columns - left ? w->width : s->columns - left;

    __builtin_memset(to, w->zero_point, left * s->pixel);
    to += left * s->pixel;
    if (w->pixel == w->channels)
        __builtin_memcpy(to, from, inside * s->pixel);
    else
        for (uint32_t i = 0; i < inside; i++)
            __builtin_memcpy(to + i * s->pixel, from + (size_t)i * w->pixel, s->pixel);
    to += inside * s->pixel;
    __builtin_memset(to, w->zero_point, (s->columns - left - inside) * s->pixel);
}

void bds_rows_move(const int8_t *rows[BDS_ROWS], const bds_rows *s, const bds_window *w, uint32_t row, void *scratch,
                   int64_t *filled)
{
    const int64_t begin = (int64_t)row * w->stride_h - w->pad_top;
    int8_t *ring = scratch, *outside = s->in_place ? ring : ring + s->kept * s->row_bytes;

    if (*filled < begin)
        *filled = begin;
    for (; !s->in_place && *filled < begin + s->kept && *filled < w->height; ++*filled)
        fill_row(ring + (uint64_t)*filled % s->kept * s->row_bytes, s, w, *filled);
    for (uint32_t ky = 0; ky < w->kernel_h; ky++) {
        const int64_t y = begin + (int64_t)ky * w->dilation_h;

        if (y < 0 || y >= w->height)
            rows[ky] = outside;
        else if (s->in_place)
            rows[ky] = (const int8_t *)w->x + (size_t)y * w->width * w->pixel;
        else
            rows[ky] = ring + (uint64_t)y % s->kept * s->row_bytes;
    }
}
