/* Indirect GEMM: convolution and fully connected layers.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

size_t bds_gemm_packed_bytes_ref(uint32_t channels, uint32_t depth)
{
    (void)channels;
    (void)depth;
    return 0;
}

void bds_gemm_pack_ref(void *packed, const void *weights, int wide, uint32_t channels, uint32_t depth)
{
    (void)packed;
    (void)weights;
    (void)wide;
    (void)channels;
    (void)depth;
}

size_t bds_gemm_scratch_bytes_ref(uint32_t depth)
{
    (void)depth;
    return 0;
}

/* bias[n] + sum of taps[t][i] * w[n][t][i], of int8 x. */
static int32_t sum(const bds_gemm *g, const int8_t *const *taps, uint32_t n)
{
    size_t at = (size_t)n * g->tap_count * g->tap_values;
    const int8_t *w = (const int8_t *)g->weights + at;
    const int16_t *wide = (const int16_t *)g->weights + at;
    int32_t acc = g->rq.bias[n];

    for (uint32_t t = 0; t < g->tap_count; t++) {
        if (g->weights_wide)
            for (uint32_t i = 0; i < g->tap_values; i++)
                acc += taps[t][i] * *wide++;
        else
            for (uint32_t i = 0; i < g->tap_values; i++)
                acc += taps[t][i] * *w++;
    }
    return acc;
}

/* The same of int16 x. */
static int64_t wide_sum(const bds_gemm *g, const int8_t *const *taps, uint32_t n)
{
    size_t at = (size_t)n * g->tap_count * g->tap_values;
    int64_t acc = g->rq.bias[n];

    for (uint32_t t = 0; t < g->tap_count; t++) {
        const int16_t *x = (const int16_t *)(const void *)taps[t];

        for (uint32_t i = 0; i < g->tap_values; i++)
            acc += (int64_t)x[i] * bds_load(g->weights, at++, g->weights_wide);
    }
    return acc;
}

void bds_gemm_ref(const bds_gemm *g)
{
    for (uint32_t p = 0; p < g->pixels; p++) {
        const int8_t *const *taps = g->taps + (size_t)p * g->tap_count;

        for (uint32_t n = 0; n < g->channels; n++) {
            int32_t m = g->rq.multiplier[n];
            int32_t y = g->x_wide ? bds_requantise_wide(wide_sum(g, taps, n), m, &g->rq)
                                  : bds_requantise(sum(g, taps, n), m, &g->rq);

            bds_store(g->out, p * g->out_stride + n, y, g->out_wide);
        }
    }
}
