/* Convolution, and with a kernel of 1 x 1 the matrix product: every output is a sum over its window.
 * SPDX-License-Identifier: MIT */
#include "window.h"

size_t bds_conv_packed_bytes_ref(const bds_window *w, uint32_t channels, int wide)
{
    (void)w;
    (void)channels;
    (void)wide;
    return 0;
}

void bds_conv_pack_ref(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                       uint32_t left)
{
    (void)packed;
    (void)weights;
    (void)wide;
    (void)w;
    (void)channels;
    (void)left;
}

/* bias[n] + sum of taps[t][i] * w[n][t][i], of int8 x. */
static int32_t sum(const bds_conv *c, const window_pixels *p, uint32_t n)
{
    const uint32_t channels = c->window.channels;
    size_t at = (size_t)n * p->count * channels;
    const int8_t *w = (const int8_t *)c->weights + at;
    const int16_t *wide = (const int16_t *)c->weights + at;
    int32_t acc = c->rq.bias[n];

    for (uint32_t t = 0; t < p->count; t++) {
        const int8_t *x = p->taps[t];

        if (c->weights_wide)
            for (uint32_t i = 0; i < channels; i++)
                acc += x[i] * *wide++;
        else
            for (uint32_t i = 0; i < channels; i++)
                acc += x[i] * *w++;
    }
    return acc;
}

/* The same of int16 x. */
static int64_t wide_sum(const bds_conv *c, const window_pixels *p, uint32_t n)
{
    size_t at = (size_t)n * p->count * c->window.channels;
    int64_t acc = c->rq.bias[n];

    for (uint32_t t = 0; t < p->count; t++)
        for (uint32_t i = 0; i < c->window.channels; i++)
            acc += (int64_t)bds_load(p->taps[t], i, 1) * bds_load(c->weights, at++, c->weights_wide);
    return acc;
}

void bds_conv_ref(const bds_conv *c)
{
    const bds_window *w = &c->window;
    window_pixels p = bds_window_pixels(w, c->scratch);

    for (uint32_t row = w->row_begin; row < w->row_end; row++)
        for (uint32_t column = 0; column < w->out_width; column++) {
            size_t out = ((size_t)row * w->out_width + column) * c->out_stride;

            bds_window_move(&p, w, row, column);
            for (uint32_t n = 0; n < c->channels; n++) {
                int32_t m = c->rq.multiplier[n];
                int32_t y = w->wide ? bds_requantise_wide(wide_sum(c, &p, n), m, &c->rq)
                                    : bds_requantise(sum(c, &p, n), m, &c->rq);

                bds_store(c->out, out + n, y, c->out_wide);
            }
        }
}
