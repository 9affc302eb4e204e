/* Depthwise convolution: every channel by itself.
 * SPDX-License-Identifier: MIT */
#include "window.h"

size_t bds_depthwise_packed_bytes_ref(const bds_window *w)
{
    (void)w;
    return 0;
}

void bds_depthwise_pack_ref(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left)
{
    (void)packed;
    (void)weights;
    (void)wide;
    (void)w;
    (void)left;
}

/* bias[c] + sum of taps[t][c] * w[t][c], of int8 x. */
static int32_t sum(const bds_depthwise *d, const window_pixels *p, uint32_t c)
{
    int32_t acc = d->rq.bias[c];

    for (uint32_t t = 0; t < p->count; t++)
        acc += p->taps[t][c] * bds_load(d->weights, (size_t)t * d->window.channels + c, d->weights_wide);
    return acc;
}

/* The same of int16 x. */
static int64_t wide_sum(const bds_depthwise *d, const window_pixels *p, uint32_t c)
{
    int64_t acc = d->rq.bias[c];

    for (uint32_t t = 0; t < p->count; t++)
        acc += bds_load(p->taps[t], c, 1) * bds_load(d->weights, (size_t)t * d->window.channels + c, d->weights_wide);
    return acc;
}

void bds_depthwise_ref(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    window_pixels p = bds_window_pixels(w, d->scratch);

    for (uint32_t row = w->row_begin; row < w->row_end; row++)
        for (uint32_t column = 0; column < w->out_width; column++) {
            size_t out = ((size_t)row * w->out_width + column) * w->channels;

            bds_window_move(&p, w, row, column);
            for (uint32_t c = 0; c < w->channels; c++) {
                int32_t m = d->rq.multiplier[c];
                int32_t y = w->wide ? bds_requantise_wide(wide_sum(d, &p, c), m, &d->rq)
                                    : bds_requantise(sum(d, &p, c), m, &d->rq);

                bds_store(d->out, out + c, y, d->out_wide);
            }
        }
}
