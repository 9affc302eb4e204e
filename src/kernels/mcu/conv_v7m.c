/* Convolution without the DSP extension: two windows by two channels, what is left over one by four.
 * SPDX-License-Identifier: MIT */
#include "tile_v7m.h"

/* The values of window (row, column): where they are, or copied to `to`. */
static const int8_t *values_of(const bds_window *w, uint32_t row, uint32_t column, int8_t *to)
{
    if (bds_mcu_in_place(w))
        return (const int8_t *)w->x + ((size_t)row * w->stride_h * w->width + (size_t)column * w->stride_w) * w->pixel;
    bds_gather_v7m(to, w, row, column);
    return to;
}

static int8_t one_channel(const bds_conv *c, const int8_t *x, uint32_t n, uint32_t depth, const mcu_requant *q)
{
    const int8_t *w = (const int8_t *)c->weights + (size_t)n * depth;
    int32_t sum = c->rq.bias[n];

    for (uint32_t i = 0; i < depth; i++)
        sum += x[i] * w[i];
    return (int8_t)bds_requantise_v7m(sum, c->rq.multiplier[n], q);
}

/* One or two windows. */
static void compute(int8_t *out, const bds_conv *c, uint32_t count, tile_v7m t, const mcu_requant *q)
{
    const uint32_t together = c->channels / (count == 2 ? 2 : 4) * (count == 2 ? 2 : 4);

    t.out = out;
    t.bias_end = c->rq.bias + together;
    if (together && count == 2)
        bds_two_pixels_v7m(&t);
    else if (together)
        bds_one_pixel_v7m(&t);
    for (uint32_t i = 0; i < count; i++, out += c->out_stride) {
        for (uint32_t n = together; n < c->channels; n++)
            out[n] = one_channel(c, t.x[i], n, t.depth, q);
        if (q->clamps)
            bds_clamp_bytes(out, c->channels, c->rq.lo, c->rq.hi);
    }
}

void bds_conv_s8_v7m(const bds_conv *c)
{
    const bds_window *w = &c->window;
    const mcu_requant q = bds_requant_mcu(&c->rq);
    const uint32_t depth = (uint32_t)bds_mcu_depth(w);
    int8_t *out = (int8_t *)c->out + (size_t)w->row_begin * w->out_width * c->out_stride;
    uint32_t row = w->row_begin, column = 0, left = (w->row_end - w->row_begin) * w->out_width;
    tile_v7m t = {.multiplier = c->rq.multiplier,
                  .bias = c->rq.bias,
                  .rounding = q.rounding,
                  .shift = q.shift,
                  .step = (uint32_t)c->out_stride,
                  .left = q.left,
                  .fours = depth / 4 * 4,
                  .depth = depth,
                  .depth_3 = 3 * depth,
                  .weights = c->weights};

    while (left) {
        const uint32_t count = left >= 2 ? 2 : 1;

        for (uint32_t i = 0; i < count; i++) {
            t.x[i] = values_of(w, row, column, (int8_t *)c->scratch + i * depth);
            if (++column == w->out_width) {
                column = 0;
                row++;
            }
        }
        compute(out, c, count, t, &q);
        out += count * c->out_stride;
        left -= count;
    }
}
