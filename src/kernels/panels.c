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

/* Pixels that a block may have. */
static uint64_t most_pixels(size_t pixel_bytes, const bds_form *f)
{
    const uint64_t room = f->block_bytes / pixel_bytes, most = room < BDS_BLOCK_PIXELS ? room : BDS_BLOCK_PIXELS;

    return most < f->tile ? f->tile : most;
}

/* Pixels of a block: all, or equal parts in whole tiles. */
static uint32_t block_pixels(const bds_window *w, size_t pixel_bytes, const bds_form *f)
{
    const uint64_t all = (uint64_t)(w->row_end - w->row_begin) * w->out_width, most = most_pixels(pixel_bytes, f);
    const uint64_t tiles = (all + f->tile - 1) / f->tile, blocks = (tiles + most / f->tile - 1) / (most / f->tile);

    return (uint32_t)(all <= most ? all : (tiles + blocks - 1) / blocks * f->tile);
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
        s.bytes = f->bytes_from > 0 && depth >= f->bytes_from &&
                  (uint64_t)w->height * w->width >= (uint64_t)BDS_MANY_PIXELS * w->stride_h * w->stride_w;
    }
    return s;
}

size_t bds_panels_bytes(const bds_window *w, uint32_t channels, int wide, const bds_form *f)
{
    const bds_segments s = bds_segments_of(w, f);
    size_t bytes = 0;

    for (uint32_t n = 0; n < channels && s.count > 0; n = bds_panel_at(n, channels).next)
        bytes += bds_panel_bytes(&s, bds_panel_at(n, channels).width, wide, f);
    return bytes;
}

/* One channel's weights of one segment, the from-th and those after it. */
typedef struct row {
    const void *weights;
    int wide;
    size_t from;
    uint32_t values;
} row;

/* A row to its places: `step` values from group to group. */
static void place_any(void *packed, size_t to, size_t step, const row *r, const bds_form *f, int32_t scale)
{
    for (uint32_t k = 0; k < r->values; k += f->group, to += step)
        for (uint32_t j = 0; j < f->group && k + j < r->values; j++)
            bds_store(packed, to + j, bds_load(r->weights, r->from + k + j, r->wide) * scale, f->value_bytes == 2);
}

/* The same for pairs of int16, two at once: a page waits for it. */
static inline void place_pairs(void *packed, size_t to, size_t step, const row *r, int wide, int32_t scale)
{
    uint8_t *at = (uint8_t *)packed + 2 * to;
    size_t from = r->from;
    uint32_t values = r->values;

    for (; values > 1; values -= 2, from += 2, at += 2 * step) {
        const int32_t a = bds_load(r->weights, from, wide) * scale, b = bds_load(r->weights, from + 1, wide) * scale;
        const uint32_t pair = ((uint32_t)a & 0xffff) | (uint32_t)b << 16;

        __builtin_memcpy(at, &pair, sizeof pair);
    }
    if (values)
        bds_store(at, 0, bds_load(r->weights, from, wide) * scale, 1);
}

/* The same for weights that stay bytes. bits: null where they fit. */
static inline void place_bytes(uint8_t *bytes, uint8_t *bits, size_t to, size_t step, const row *r, int wide)
{
    for (uint32_t k = 0; k < r->values; k += 2, to += step) {
        const int32_t a = bds_load(r->weights, r->from + k, wide);
        const int32_t b = k + 1 < r->values ? bds_load(r->weights, r->from + k + 1, wide) : 0;

        bytes[to] = (uint8_t)(wide ? a >> 1 : a);
        bytes[to + 1] = (uint8_t)(wide ? b >> 1 : b);
        if (wide) /* `to` is even: both are in one byte */
            bits[to / 8] |= (uint8_t)(((a & 1) | (b & 1) << 1) << to % 8);
    }
}

static void place_row(uint8_t *panel, const bds_segments *s, size_t to, uint32_t width, const row *r, const bds_form *f,
                      uint32_t left)
{
    const size_t step = (size_t)width * f->group;

    if (s->bytes && r->wide)
        place_bytes(panel, panel + s->count * s->groups * step, to, step, r, 1);
    else if (s->bytes)
        place_bytes(panel, NULL, to, step, r, 0);
    else if (f->group != 2 || f->value_bytes != 2)
        place_any(panel, to, step, r, f, f->value_bytes == 2 ? 1 << left : 1);
    else if (r->wide)
        place_pairs(panel, to, step, r, 1, 1 << left);
    else
        place_pairs(panel, to, step, r, 0, 1 << left);
}

void bds_panels_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                     const bds_form *f, uint32_t left)
{
    const bds_segments s = bds_segments_of(w, f);
    uint8_t *panel = packed;

    __builtin_memset(packed, 0, bds_panels_bytes(w, channels, wide, f));
    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next) {
        const bds_panel_place at = bds_panel_at(n, channels);
        const size_t segment_values = (size_t)s.groups * at.width * f->group;

        for (uint32_t segment = 0; segment < s.count; segment++)
            for (uint32_t i = 0; i < at.width && at.first + i < channels; i++) {
                const size_t from = ((size_t)(at.first + i) * s.count + segment) * s.values;
                const row r = {weights, wide, from, s.values};

                place_row(panel, &s, segment * segment_values + (size_t)i * f->group, at.width, &r, f, left);
            }
        panel += bds_panel_bytes(&s, at.width, wide, f);
    }
}

size_t bds_panels_scratch_bytes(const bds_window *w, const bds_form *f)
{
    bds_segments s = bds_segments_of(w, f);
    const size_t least = bds_window_scratch_bytes_ref(w); /* of what goes to the reference */
    size_t bytes = s.strip_rows * s.row_bytes + (size_t)f->group * f->value_bytes;

    if (s.count > 0 && !s.in_place) { /* some of the rows may be divided into larger blocks than all of them */
        const uint64_t all = (uint64_t)w->row_end * w->out_width, most = most_pixels(s.row_bytes, f);

        s.block_rows = (uint32_t)(all < most ? all : most);
        bytes = bds_prepared_bytes(&s);
    }
    if (s.bytes)
        bytes += (size_t)s.groups * f->group * BDS_PANEL * sizeof(int16_t);
    return bytes > least ? bytes : least;
}
