/* Layer and instance normalisation: mean, variance and the reciprocal of its root in integers, one rounding at the end.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

/* 1 / sqrt(variance) = root * 2^-shift. */
typedef struct reciprocal {
    int32_t root;  /* (2^23, 2^24] */
    int32_t shift; /* [24, 39] */
} reciprocal;

static reciprocal reciprocal_root(uint32_t variance)
{
    reciprocal r = {0, 39};

    if (variance == 0)
        variance = 1;
    for (; variance < 1u << 30; variance <<= 2)
        r.shift--;
    r.root = (int32_t)(((uint64_t)1 << 55) / bds_square_root((uint64_t)variance << 32));
    return r;
}

/* As int16: int8 values get 8 bits more, so that mean and variance are as fine for both. */
static int32_t value(const bds_normalise *n, size_t i)
{
    return bds_load(n->x, i, n->x_wide) * (n->x_wide ? 1 : 256);
}

void bds_normalise_ref(const bds_normalise *n)
{
    const int64_t count = (int64_t)n->rows * n->channels;
    int64_t sum = 0, squares = 0, mean, deviation;
    reciprocal r;

    for (uint32_t row = 0; row < n->rows; row++)
        for (uint32_t c = 0; c < n->channels; c++) {
            int32_t x = value(n, (size_t)row * n->stride + c);

            sum += x;
            squares += (int64_t)x * x;
        }
    /* |mean| <= 2^15; sum of (x - mean)^2 <= 2^58.01 and its three terms no more than 2^59. */
    mean = (int64_t)bds_round_div((uint64_t)(sum + count * 32768), (uint64_t)count) - 32768;
    deviation = squares - 2 * mean * sum + count * mean * mean;
    r = reciprocal_root((uint32_t)bds_round_div((uint64_t)deviation, (uint64_t)count) + n->epsilon);

    /* |x - mean| < 2^16, so the product stays under 2^55; the bias under 2^61 + 1. */
    for (uint32_t row = 0; row < n->rows; row++)
        for (uint32_t c = 0; c < n->channels; c++) {
            size_t i = (size_t)row * n->stride + c;
            int64_t y = (value(n, i) - mean) * r.root * n->multiplier[c] + n->bias[c] * ((int64_t)1 << r.shift);

            y = bds_round_shift(y, r.shift + n->shift) + n->zero_point;
            bds_store(n->out, i, bds_clamp_wide(y, n->lo, n->hi), n->out_wide);
        }
}
