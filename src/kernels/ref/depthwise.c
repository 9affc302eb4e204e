/* Depthwise convolution: every channel by itself.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

size_t bds_depthwise_packed_bytes_ref(uint32_t taps, uint32_t channels)
{
    (void)taps;
    (void)channels;
    return 0;
}

void bds_depthwise_pack_ref(void *packed, const void *weights, int wide, uint32_t taps, uint32_t channels)
{
    (void)packed;
    (void)weights;
    (void)wide;
    (void)taps;
    (void)channels;
}

static int32_t sum(const bds_depthwise *d, const int8_t *const *taps, uint32_t c)
{
    int32_t acc = d->rq.bias[c];

    for (uint32_t t = 0; t < d->tap_count; t++)
        acc += taps[t][c] * bds_load(d->weights, (size_t)t * d->channels + c, d->weights_wide);
    return acc;
}

/* The same of int16 x. */
static int64_t wide_sum(const bds_depthwise *d, const int8_t *const *taps, uint32_t c)
{
    int64_t acc = d->rq.bias[c];

    for (uint32_t t = 0; t < d->tap_count; t++)
        acc += bds_load(taps[t], c, 1) * bds_load(d->weights, (size_t)t * d->channels + c, d->weights_wide);
    return acc;
}

void bds_depthwise_ref(const bds_depthwise *d)
{
    const int8_t *const *taps = d->taps;

    for (uint32_t p = 0; p < d->pixels; p++, taps += d->tap_count) {
        for (uint32_t c = 0; c < d->channels; c++) {
            int32_t m = d->rq.multiplier[c];
            int32_t y = d->x_wide ? bds_requantise_wide(wide_sum(d, taps, c), m, &d->rq)
                                  : bds_requantise(sum(d, taps, c), m, &d->rq);

            bds_store(d->out, (size_t)p * d->channels + c, y, d->out_wide);
        }
    }
}
