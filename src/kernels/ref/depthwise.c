/* Depthwise convolution: every channel by itself.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

size_t bds_depthwise_packed_bytes_s8_ref(uint32_t taps, uint32_t channels)
{
    (void)taps;
    (void)channels;
    return 0;
}

void bds_depthwise_pack_s8_ref(void *packed, const int8_t *weights, uint32_t taps, uint32_t channels)
{
    (void)packed;
    (void)weights;
    (void)taps;
    (void)channels;
}

void bds_depthwise_s8_ref(const bds_depthwise *d)
{
    const int8_t *const *taps = d->taps;
    int8_t *out = d->out;

    for (uint32_t p = 0; p < d->pixels; p++, taps += d->tap_count, out += d->channels) {
        for (uint32_t c = 0; c < d->channels; c++) {
            const int8_t *w = (const int8_t *)d->weights + c;
            int32_t acc = d->rq.bias[c];

            for (uint32_t t = 0; t < d->tap_count; t++, w += d->channels)
                acc += taps[t][c] * *w;
            out[c] = (int8_t)bds_requantise(acc, d->rq.multiplier[c], &d->rq);
        }
    }
}
