/* Depthwise convolution without the DSP extension: four channels at a time over pointers to the window's pixels.
 * SPDX-License-Identifier: MIT */
#include "v7m.h"
#include "walk.h"

static void four_channels(int8_t *out, const bds_depthwise *d, const window_pixels *p, uint32_t c, const mcu_requant *q)
{
    const int8_t *w = (const int8_t *)d->weights + c;
    const int32_t *bias = d->rq.bias + c;
    const int16_t *m = d->rq.multiplier + c;
    const size_t step = d->window.channels;
    int32_t sum_0 = bias[0], sum_1 = bias[1], sum_2 = bias[2], sum_3 = bias[3];

    for (const int8_t **tap = p->taps, **end = tap + p->count; tap < end; tap++, w += step) {
        const int8_t *x = *tap + c;

        sum_0 += x[0] * w[0];
        sum_1 += x[1] * w[1];
        sum_2 += x[2] * w[2];
        sum_3 += x[3] * w[3];
    }
    out[c] = (int8_t)bds_requantise_v7m(sum_0, m[0], q);
    out[c + 1] = (int8_t)bds_requantise_v7m(sum_1, m[1], q);
    out[c + 2] = (int8_t)bds_requantise_v7m(sum_2, m[2], q);
    out[c + 3] = (int8_t)bds_requantise_v7m(sum_3, m[3], q);
}

static void one_channel(int8_t *out, const bds_depthwise *d, const window_pixels *p, uint32_t c, const mcu_requant *q)
{
    const int8_t *w = (const int8_t *)d->weights + c;
    int32_t sum = d->rq.bias[c];

    for (uint32_t t = 0; t < p->count; t++, w += d->window.channels)
        sum += p->taps[t][c] * *w;
    out[c] = (int8_t)bds_requantise_v7m(sum, d->rq.multiplier[c], q);
}

void bds_depthwise_s8_v7m(const bds_depthwise *d)
{
    bds_walk_windows(d, four_channels, one_channel);
}
