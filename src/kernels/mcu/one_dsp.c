/* One window: fully connected layers, and the last windows of a convolution.
 * SPDX-License-Identifier: MIT */
#include "tile_dsp.h"

static int32_t sum(const int8_t *x, const int8_t *w, uint32_t depth, int32_t acc)
{
    for (; depth >= 4; depth -= 4, x += 4, w += 4) {
        const uint32_t a = bds_load_4(x), b = bds_load_4(w);

        acc = bds_dot(bds_odd(a), bds_odd(b), bds_dot(bds_even(a), bds_even(b), acc));
    }
    for (; depth; depth--)
        acc += *x++ * *w++;
    return acc;
}

/* Pairs (k, k + 2), then (k + 1, k + 3); what is no four has zeros before it. At least three values lie before those. */
static void widen(uint32_t *to, const int8_t *from, uint32_t count)
{
    for (; count >= 4; count -= 4, from += 4, to += 2) {
        const uint32_t x = bds_load_4(from);

        to[0] = bds_even(x);
        to[1] = bds_odd(x);
    }
    if (count) {
        const uint32_t outside = 8 * (4 - count), x = bds_load_4(from + count - 4) >> outside << outside;

        to[0] = bds_even(x);
        to[1] = bds_odd(x);
    }
}

/* Channels [n, end), fours of them: the values in parts, between which the sums wait. */
static void some_channels(int8_t *out, const bds_conv *c, const int8_t *x, uint32_t n, uint32_t end, uint32_t *pairs,
                          const mcu_requant *q)
{
    const uint32_t depth = (uint32_t)bds_mcu_depth(&c->window);
    int32_t *sums = (int32_t *)(void *)(pairs + BDS_DSP_VALUES / 2);

    for (uint32_t k = 0, count; k < depth; k += count) {
        const int last = depth - k <= BDS_DSP_VALUES;
        const int32_t *bias = k ? sums : c->rq.bias + n;

        count = last ? depth - k : BDS_DSP_VALUES;
        tile_dsp t = {.multiplier = last ? (const void *)(c->rq.multiplier + n) : sums,
                      .out = last ? out + n : NULL,
                      .bias = bias,
                      .bias_end = bias + (end - n),
                      .rounding = q->rounding,
                      .shift = q->shift,
                      .step = (uint32_t)q->left,
                      .x = pairs,
                      .sixteens = count / 16 * 16,
                      .fours = count % 16 / 4 * 4,
                      .rest = count % 4,
                      .row = depth,
                      .rows_3 = 3 * depth,
                      .weights = (const int8_t *)c->weights + (size_t)n * depth + k,
                      .next = 4 * depth - count};

        widen(pairs, x + k, count);
        bds_one_pixel_dsp(&t);
    }
}

void bds_one_window_dsp(int8_t *out, const bds_conv *c, const int8_t *x, uint32_t *pairs, const mcu_requant *q)
{
    const uint32_t depth = (uint32_t)bds_mcu_depth(&c->window), fours = c->channels / 4 * 4;
    const uint32_t most = depth > BDS_DSP_VALUES ? BDS_DSP_SUMS : fours;

    for (uint32_t n = 0; n < fours; n += most)
        some_channels(out, c, x, n, fours - n < most ? fours : n + most, pairs, q);
    for (uint32_t n = fours; n < c->channels; n++) {
        const int32_t acc = sum(x, (const int8_t *)c->weights + (size_t)n * depth, depth, c->rq.bias[n]);

        out[n] = (int8_t)bds_requantise_dsp(acc, c->rq.multiplier[n], q);
    }
    if (q->clamps)
        bds_clamp_bytes(out, c->channels, c->rq.lo, c->rq.hi);
}

void bds_dense_s8_dsp(const bds_conv *c)
{
    const mcu_requant q = bds_requant_mcu(&c->rq);

    bds_one_window_dsp(c->out, c, c->window.x, c->scratch, &q);
}
