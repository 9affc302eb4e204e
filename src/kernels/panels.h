/* What the SIMD forms of the convolution share: packed weights, prepared pixels and the loops around the tiles.
 *
 * A window is read as `segments` runs of values that lie together in memory. A kernel without dilation is read in place: a strip of
 * rows of x, padded and converted once, and a segment for each kernel row. Any other window is gathered into one segment.
 * `group` neighbouring values meet in one instruction; a segment has ceil(values / group) groups, and where values are missing in the
 * last one its weights are 0. Weights of 16 bits are packed multiplied by 2^left, |w| * 2^7 < 2^15: with the biases treated alike, sums
 * come out as the requantisation wants them.
 *
 *   weights  [panels][segments][groups][16 or 8][group]; zeros for channels that do not exist, when there are fewer than 8
 *   pixels   as described by bds_panel
 *
 * Where a form has a rest, each panel is followed by bds_rest_bytes for what its weights have beyond their type.
 *
 * Deep layers of many pixels keep their weights as bytes, half as many, and widen a panel when its turn comes (bds_segments.bytes). Of
 * a weight in [-256, 255] the byte is w >> 1; the last bits follow the panel's bytes, that of value i in bit i % 8 of byte i / 8.
 *
 * An instruction set brings two functions: one converts bytes, one multiplies pixels with one panel; and where it keeps bytes a third
 * that widens them.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_PANELS_H
#define BEDSIDE_KERNELS_PANELS_H

#include "ref/ref.h"

enum {
    BDS_BLOCK_PIXELS = 512,    /* gathered pixels at most */
    BDS_MANY_PIXELS = 48,      /* pay for widening a panel */
    BDS_STRIP_LIMIT = 1 << 24, /* bytes of a strip: above it windows are gathered */
    BDS_DEPTH_LIMIT = 1 << 16  /* a deeper sum goes to the reference: no size computed here can wrap */
};

/* How an instruction set wants its operands. */
typedef struct bds_form {
    uint32_t group, value_bytes; /* {2, 2}: pairs of int16; {4, 1}: fours of int8, which are as they are in x */
    uint32_t rest;               /* 1: see arm/fours.h */
    uint32_t tile;               /* pixels that are multiplied together */
    uint32_t strip_bytes;        /* of prepared pixels in place, unless the least that is needed takes more */
    uint32_t block_bytes;        /* of gathered ones */
    uint32_t bytes_from;         /* the depth from which weights stay bytes where that pays; 0: never. Of pairs only */
} bds_form;

/* Pixels times one panel. Pixel i of a row begins i * pixel_step bytes behind its row's first, rows of row_pixels are row_step bytes
 * apart. */
typedef struct bds_panel {
    const uint8_t *x;
    uint32_t pixels, row_pixels;
    size_t pixel_step, row_step, segment_step; /* bytes */
    uint32_t segments, groups;                 /* groups of each segment */
    const void *weights;
    const int32_t *bias;       /* width of them, which want to be multiplied by 2^left where the weights are */
    const int16_t *multiplier; /* width */
    const bds_requant *rq;     /* zero point, clamp, left and shift */
    int8_t *out;
    size_t out_stride;
    uint32_t width;    /* of the weights, 16 or 8 */
    uint32_t channels; /* that exist: width, unless there are fewer than 8 in all */
} bds_panel;

/* Of a rest: its places, and all of it. all_groups: of all segments. */
static inline size_t bds_rest_places_bytes(uint32_t all_groups)
{
    return ((size_t)all_groups * 4 + 15) & ~(size_t)15;
}

static inline size_t bds_rest_bytes(uint32_t all_groups, uint32_t width)
{
    return 16 + bds_rest_places_bytes(all_groups) + (size_t)all_groups * 4 * width;
}

/* Steps through the pixels of a panel. */
typedef struct bds_pixel_walk {
    const uint8_t *at;
    uint32_t left; /* in this row */
} bds_pixel_walk;

static inline const uint8_t *bds_next_pixel(bds_pixel_walk *walk, const bds_panel *p)
{
    const uint8_t *at = walk->at;

    walk->at += p->pixel_step;
    if (--walk->left == 0) {
        walk->at = walk->at - p->row_pixels * p->pixel_step + p->row_step;
        walk->left = p->row_pixels;
    }
    return at;
}

typedef void bds_convert(void *to, const int8_t *from, uint32_t n);
typedef void bds_multiply(const bds_panel *p);
/* values: a multiple of 16, to int16 times 2^left. bits: null where the bytes are all. */
typedef void bds_widen(int16_t *to, const int8_t *bytes, const uint8_t *bits, size_t values, uint32_t left);

/* How the windows are read. */
typedef struct bds_segments {
    uint32_t count, values, groups;
    uint8_t in_place, bytes;
    uint32_t columns;                /* of a strip's row */
    size_t row_bytes;                /* of a strip's row */
    uint32_t strip_rows, block_rows; /* rows of x in a strip, rows of windows that they hold */
} bds_segments;

/* A packed panel; wide: of weights with more than 8 bits. */
static inline size_t bds_panel_bytes(const bds_segments *s, uint32_t width, int wide, const bds_form *f)
{
    const uint32_t groups = s->count * s->groups;
    const size_t values = (size_t)groups * f->group * width;

    if (s->bytes)
        return wide ? values + values / 8 : values;
    return values * f->value_bytes + (f->rest ? bds_rest_bytes(groups, width) : 0);
}

/* Where a panel is widened, behind the pixels. */
static inline size_t bds_prepared_bytes(const bds_segments *s)
{
    return (s->block_rows * s->row_bytes + 15) & ~(size_t)15;
}

/* panels.c */
bds_segments bds_segments_of(const bds_window *w, const bds_form *f);
size_t bds_panels_bytes(const bds_window *w, uint32_t channels, int wide, const bds_form *f);
void bds_panels_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                     const bds_form *f, uint32_t left);
size_t bds_panels_scratch_bytes(const bds_window *w, const bds_form *f);

/* Whether no window leaves x and each has one pixel: a matrix product. */
static inline int bds_window_is_pixel(const bds_window *w)
{
    return w->kernel_h == 1 && w->kernel_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
           (uint64_t)(w->out_width - 1) * w->stride_w < w->width && (uint64_t)(w->rows - 1) * w->stride_h < w->height;
}

/* n values of the zero point. */
static inline __attribute__((always_inline)) void bds_fill_outside(void *to, size_t n, int32_t zero_point,
                                                                   const bds_form *f, bds_convert *convert)
{
    int8_t eight[8];

    __builtin_memset(eight, zero_point, sizeof eight);
    for (; n >= 8; n -= 8, to = (uint8_t *)to + 8 * f->value_bytes)
        convert(to, eight, 8);
    convert(to, eight, (uint32_t)n);
}

/* Row y of x, or what lies outside, as a row of a strip. */
static inline __attribute__((always_inline)) void bds_strip_row(uint8_t *to, const bds_window *w, const bds_segments *s,
                                                                int64_t y, const bds_form *f, bds_convert *convert)
{
    const uint32_t columns = s->columns, left = w->pad_left < columns ? w->pad_left : columns;
    const uint32_t inside = w->width < columns - left ? w->width : columns - left;
    const size_t pixel_bytes = (size_t)w->channels * f->value_bytes;
    const int8_t *from;

    if (y < 0 || y >= w->height) {
        bds_fill_outside(to, (size_t)columns * w->channels, w->zero_point, f, convert);
        return;
    }
    from = (const int8_t *)w->x + (size_t)y * w->width * w->pixel;
    bds_fill_outside(to, (size_t)left * w->channels, w->zero_point, f, convert);
    to += left * pixel_bytes;
    if (w->pixel == w->channels)
        convert(to, from, inside * w->channels);
    else
        for (uint32_t i = 0; i < inside; i++)
            convert(to + i * pixel_bytes, from + (size_t)i * w->pixel, w->channels);
    to += inside * pixel_bytes;
    bds_fill_outside(to, (size_t)(columns - left - inside) * w->channels, w->zero_point, f, convert);
}

/* All pixels of window number i, one after the other, filled with zeros to whole groups. */
static inline __attribute__((always_inline)) void bds_gather(uint8_t *to, const bds_window *w, const bds_segments *s,
                                                             uint32_t i, const bds_form *f, bds_convert *convert)
{
    const uint32_t row = i / w->out_width, column = i % w->out_width;
    const size_t pixel_bytes = (size_t)w->channels * f->value_bytes;
    uint32_t rest = s->groups * f->group - s->values;

    for (uint32_t ky = 0; ky < w->kernel_h; ky++)
        for (uint32_t kx = 0; kx < w->kernel_w; kx++, to += pixel_bytes) {
            int64_t y = (int64_t)row * w->stride_h - w->pad_top + (int64_t)ky * w->dilation_h;
            int64_t x = (int64_t)column * w->stride_w - w->pad_left + (int64_t)kx * w->dilation_w;

            if (y >= 0 && y < w->height && x >= 0 && x < w->width)
                convert(to, (const int8_t *)w->x + ((size_t)y * w->width + (size_t)x) * w->pixel, w->channels);
            else
                bds_fill_outside(to, w->channels, w->zero_point, f, convert);
        }
    __builtin_memset(to, 0, rest * f->value_bytes);
}

/* The prepared pixels of p, which begin with pixel `first` of the result, times all panels. */
static inline __attribute__((always_inline)) void bds_all_panels(const bds_conv *c, const bds_panel *p, size_t first,
                                                                 const bds_segments *s, const bds_form *f,
                                                                 bds_multiply *multiply, bds_widen *widen)
{
    const uint8_t *weights = c->weights;
    void *widened = (uint8_t *)c->scratch + bds_prepared_bytes(s);

    for (uint32_t n = 0; n < c->channels;) {
        const bds_panel_place at = bds_panel_at(n, c->channels);
        int32_t bias[BDS_PANEL / 2] = {0};
        int16_t multiplier[BDS_PANEL / 2] = {0};
        bds_panel panel = *p;

        panel.weights = weights;
        if (widen && s->bytes) {
            const size_t values = (size_t)s->groups * f->group * at.width;

            widen(widened, (const int8_t *)weights, c->weights_wide ? weights + values : NULL, values,
                  (uint32_t)c->rq.left);
            panel.weights = widened;
        }
        panel.out = (int8_t *)c->out + first * c->out_stride + at.first;
        panel.bias = c->rq.bias + at.first;
        panel.multiplier = c->rq.multiplier + at.first;
        panel.width = at.width;
        panel.channels = c->channels < at.width ? c->channels : at.width;
        if (panel.channels < at.width) {
            for (uint32_t i = 0; i < panel.channels; i++) {
                bias[i] = panel.bias[i];
                multiplier[i] = panel.multiplier[i];
            }
            panel.bias = bias;
            panel.multiplier = multiplier;
        }
        multiply(&panel);
        weights += bds_panel_bytes(s, at.width, c->weights_wide, f);
        n = at.next;
    }
}

/* Windows in place: strip after strip, of which each keeps the rows that the next one wants too. */
static inline __attribute__((always_inline)) void bds_conv_strips(const bds_conv *c, bds_panel *p,
                                                                  const bds_segments *s, const bds_form *f,
                                                                  bds_convert *convert, bds_multiply *multiply)
{
    const bds_window *w = &c->window;
    uint8_t *strip = c->scratch;
    uint32_t have = 0; /* rows of x in the strip, from the first one that the current windows want */

    p->pixel_step = (size_t)w->stride_w * w->channels * f->value_bytes;
    p->row_step = w->stride_h * s->row_bytes;
    p->segment_step = w->dilation_h * s->row_bytes;
    p->row_pixels = w->out_width;
    p->x = strip;
    __builtin_memset(strip + s->strip_rows * s->row_bytes, 0, (size_t)f->group * f->value_bytes);
    for (uint32_t row = w->row_begin; row < w->row_end; row += s->block_rows) {
        uint32_t rows = w->row_end - row < s->block_rows ? w->row_end - row : s->block_rows;
        uint32_t wanted = s->strip_rows - (s->block_rows - rows) * w->stride_h, passed = s->block_rows * w->stride_h;

        for (; have < wanted; have++)
            bds_strip_row(strip + have * s->row_bytes, w, s, (int64_t)row * w->stride_h - w->pad_top + have, f,
                          convert);
        p->pixels = rows * w->out_width;
        bds_all_panels(c, p, (size_t)row * w->out_width, s, f, multiply, NULL);
        have = have > passed ? have - passed : 0;
        __builtin_memmove(strip, strip + passed * s->row_bytes, have * s->row_bytes);
    }
}

/* Windows gathered, block after block. */
static inline __attribute__((always_inline)) void bds_conv_blocks(const bds_conv *c, bds_panel *p,
                                                                  const bds_segments *s, const bds_form *f,
                                                                  bds_convert *convert, bds_multiply *multiply,
                                                                  bds_widen *widen)
{
    const bds_window *w = &c->window;
    const uint32_t end = w->row_end * w->out_width;
    const int together = bds_window_is_pixel(w) && w->pixel == w->channels && w->stride_h == 1 && w->stride_w == 1 &&
                         w->out_width == w->width && s->groups * f->group == s->values;

    p->pixel_step = s->row_bytes;
    p->row_step = p->segment_step = 0;
    p->row_pixels = UINT32_MAX;
    p->x = c->scratch;
    for (uint32_t i = w->row_begin * w->out_width; i < end; i += p->pixels) {
        p->pixels = end - i < s->block_rows ? end - i : s->block_rows;
        if (together && f->value_bytes == 1)
            p->x = (const uint8_t *)w->x + (size_t)i * w->pixel;
        else if (together)
            convert(c->scratch, (const int8_t *)w->x + (size_t)i * w->pixel, p->pixels * w->channels);
        else
            for (uint32_t k = 0; k < p->pixels; k++)
                bds_gather((uint8_t *)c->scratch + k * s->row_bytes, w, s, i + k, f, convert);
        bds_all_panels(c, p, i, s, f, multiply, widen);
    }
}

/* widen: null for forms that never keep bytes. */
static inline __attribute__((always_inline)) void
bds_conv_panels(const bds_conv *c, const bds_form *f, bds_convert *convert, bds_multiply *multiply, bds_widen *widen)
{
    const bds_segments s = bds_segments_of(&c->window, f);
    bds_panel p = {.segments = s.count, .groups = s.groups, .rq = &c->rq, .out_stride = c->out_stride};

    if (s.count == 0 || c->window.wide || c->out_wide)
        bds_conv_ref(c);
    else if (s.in_place)
        bds_conv_strips(c, &p, &s, f, convert, multiply);
    else
        bds_conv_blocks(c, &p, &s, f, convert, multiply, widen);
}

#endif
