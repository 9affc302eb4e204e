/* Convolution: four windows at a time, widened once for all channels; what is left over one by one.
 * SPDX-License-Identifier: MIT */
#include "span.h"
#include "tile_dsp.h"

/* ---- Four windows -------------------------------------------------------------------------------------------------- */

/* Four windows are one block of 32 bytes for every four values k, k + 1 ...: the pairs (k, k + 2) of each window, then the pairs
 * (k + 1, k + 3). `to` is where a window's pairs are in a block. */

/* The last values, fewer than four, with zeros behind them. */
static void widen_rest(uint32_t *to, const int8_t *from, uint32_t rest)
{
    uint32_t x = 0;

    for (uint32_t i = 0; i < rest; i++)
        x |= (uint32_t)(uint8_t)from[i] << 8 * i;
    to[0] = bds_even(x);
    to[4] = bds_odd(x);
}

static uint32_t *widen_outside(uint32_t *to, int32_t zero_point, uint32_t fours)
{
    const uint32_t pair = (uint32_t)zero_point & 0xffff;

    for (; fours; fours--, to += 8)
        to[0] = to[4] = pair | pair << 16;
    return to;
}

/* A window whose pixels are fours of values, without a detour. */
static void widen_window(uint32_t *to, const bds_window *w, uint32_t row, uint32_t column)
{
    const span s = span_of(w, row, column);
    const uint32_t fours = w->channels / 4, height = w->height, dilation = w->dilation_h, run = s.run / 4;
    int32_t y = s.top;

    for (uint32_t ky = w->kernel_h; ky; ky--, y += (int32_t)dilation) {
        if (run && (uint32_t)y < height) {
            if (s.before)
                to = widen_outside(to, w->zero_point, s.before * fours);
            to = bds_widen_dsp(to, s.first + (size_t)y * s.pitch, run);
            if (s.behind)
                to = widen_outside(to, w->zero_point, s.behind * fours);
            continue;
        }
        for (uint32_t kx = 0; kx < w->kernel_w; kx++) {
            const int8_t *x = span_pixel(w, &s, y, kx);

            to = x ? bds_widen_dsp(to, x, fours) : widen_outside(to, w->zero_point, fours);
        }
    }
}

/* ---- All of them --------------------------------------------------------------------------------------------------- */

typedef struct conv_dsp {
    const bds_conv *c;
    tile_dsp tile;
    uint32_t depth, row, column; /* the next window */
    int32_t left;
    int in_place;
    const int8_t *at; /* in place: the window */
    uint32_t *pairs;  /* of four windows */
    int8_t *values;   /* of one */
} conv_dsp;

/* To the first window of a row. */
static void begin(conv_dsp *v, uint32_t row)
{
    const bds_window *w = &v->c->window;

    v->row = row;
    v->column = 0;
    v->at = v->in_place ? (const int8_t *)w->x + (size_t)row * w->stride_h * w->width * w->pixel : NULL;
}

static void next(conv_dsp *v)
{
    if (++v->column == v->c->window.out_width)
        begin(v, v->row + 1);
    else if (v->in_place)
        v->at += (size_t)v->c->window.stride_w * v->c->window.pixel;
}

static const int8_t *values_of(const conv_dsp *v)
{
    if (v->in_place)
        return v->at;
    bds_gather_v7m(v->values, &v->c->window, v->row, v->column);
    return v->values;
}

/* left > 0 here is rare: one channel at a time, with a bias and values that are shifted already (|x| << 7 fits int16). */
static void four_shifted(conv_dsp *v)
{
    for (uint32_t i = 0; i < (v->depth + 3) / 4 * 8; i++) {
        const uint32_t pair = v->pairs[i];

        v->pairs[i] = (pair & 0xffff0000) << v->left | (pair << v->left & 0xffff);
    }
    for (uint32_t n = 0; n < v->c->channels; n++) {
        const int32_t bias = v->tile.bias[n] * (1 << v->left);
        tile_dsp one = v->tile;

        one.multiplier = v->c->rq.multiplier + n;
        one.out += n;
        one.bias = &bias;
        one.bias_end = &bias + 1;
        one.weights += n * v->depth;
        bds_four_pixels_dsp(&one);
    }
}

static void four(conv_dsp *v, int8_t *out)
{
    for (uint32_t i = 0; i < 4; i++, next(v)) {
        if (!v->in_place && v->c->window.channels % 4 == 0) {
            widen_window(v->pairs + i, &v->c->window, v->row, v->column);
            continue;
        }
        const int8_t *values = values_of(v);
        uint32_t *rest = bds_widen_dsp(v->pairs + i, values, v->depth / 4);

        if (v->depth % 4)
            widen_rest(rest, values + v->depth / 4 * 4, v->depth % 4);
    }
    v->tile.x = v->pairs;
    v->tile.step = (uint32_t)v->c->out_stride;
    v->tile.out = out;
    v->tile.bias = v->c->rq.bias;
    v->tile.bias_end = v->c->rq.bias + v->c->channels;
    v->tile.multiplier = v->c->rq.multiplier;
    if (v->left)
        four_shifted(v);
    else
        bds_four_pixels_dsp(&v->tile);
}

/* int8 values, weights and results, windows of four values or more. */
void bds_conv_s8_dsp(const bds_conv *c)
{
    const bds_window *w = &c->window;
    const mcu_requant q = bds_requant_mcu(&c->rq);
    const uint32_t depth = (uint32_t)bds_mcu_depth(w);
    int8_t *out = (int8_t *)c->out + (size_t)w->row_begin * w->out_width * c->out_stride;
    conv_dsp v = {.c = c,
                  .tile = {.rounding = q.rounding,
                           .shift = q.shift,
                           .sixteens = depth / 16 * 16,
                           .fours = depth % 16 / 4 * 4,
                           .rest = depth % 4,
                           .weights = c->weights},
                  .depth = depth,
                  .left = q.left,
                  .in_place = bds_mcu_in_place(w),
                  .pairs = c->scratch,
                  .values = (int8_t *)c->scratch + bds_conv_copy_at_dsp(w)};
    uint32_t count = (w->row_end - w->row_begin) * w->out_width;

    begin(&v, w->row_begin);
    for (; count >= 4; count -= 4, out += 4 * c->out_stride) {
        four(&v, out);
        for (uint32_t i = 0; q.clamps && i < 4; i++)
            bds_clamp_bytes(out + i * c->out_stride, c->channels, c->rq.lo, c->rq.hi);
    }
    for (; count; count--, out += c->out_stride, next(&v))
        bds_one_window_dsp(out, c, values_of(&v), v.pairs, &q);
}
