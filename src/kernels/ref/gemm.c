/* Indirect GEMM: convolution and fully connected layers.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

size_t bds_gemm_packed_bytes_s8_ref(uint32_t channels, uint32_t depth)
{
    (void)channels;
    (void)depth;
    return 0;
}

void bds_gemm_pack_s8_ref(void *packed, const int8_t *weights, uint32_t channels, uint32_t depth)
{
    (void)packed;
    (void)weights;
    (void)channels;
    (void)depth;
}

size_t bds_gemm_scratch_bytes_s8_ref(uint32_t depth)
{
    (void)depth;
    return 0;
}

/* bias[n] + sum of taps[t][i] * w[n][t][i]. */
static int32_t accumulate(const bds_gemm *g, const int8_t *const *taps, uint32_t n)
{
    const int8_t *w = (const int8_t *)g->weights + (size_t)n * g->tap_count * g->tap_bytes;
    int32_t acc = g->rq.bias[n];

    for (uint32_t t = 0; t < g->tap_count; t++)
        for (uint32_t i = 0; i < g->tap_bytes; i++)
            acc += taps[t][i] * *w++;
    return acc;
}

void bds_gemm_s8_ref(const bds_gemm *g)
{
    for (uint32_t p = 0; p < g->pixels; p++) {
        const int8_t *const *taps = g->taps + (size_t)p * g->tap_count;
        int8_t *out = g->out + p * g->out_stride;

        for (uint32_t n = 0; n < g->channels; n++)
            out[n] = (int8_t)bds_requantise(accumulate(g, taps, n), g->rq.multiplier[n], &g->rq);
    }
}

void bds_gemm_s16_ref(const bds_gemm *g, int16_t *out)
{
    for (uint32_t p = 0; p < g->pixels; p++, out += g->out_stride) {
        const int8_t *const *taps = g->taps + (size_t)p * g->tap_count;

        for (uint32_t n = 0; n < g->channels; n++)
            out[n] = (int16_t)bds_requantise(accumulate(g, taps, n), g->rq.multiplier[n], &g->rq);
    }
}
