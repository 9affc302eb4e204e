/* Layer and instance normalisation: mean, variance and the reciprocal of its root in integers, one rounding at the end.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

/* Of some values x: the mean is whole + part / 256, and 1 / deviation = root / 2^shift with the deviation in 1/256. */
typedef struct moments {
    int32_t whole, part; /* part in [-128, 128] */
    int32_t root, shift; /* root in [2^19, 2^20], shift in [20, 43] */
} moments;

/* variance in 1/65536, < 2^48. */
static void set_reciprocal_root(moments *m, uint64_t variance)
{
    m->shift = 51;
    if (variance == 0)
        variance = 1;
    for (; variance < (uint64_t)1 << 62; variance <<= 2)
        m->shift--;
    m->root = (int32_t)(((uint64_t)1 << 51) / bds_square_root(variance));
}

/* With n values, n <= 2^28: the sums of squares, of (x - whole)^2 and their parts stay under 2^60. */
static moments moments_of(const bds_normalise *n)
{
    const int64_t count = (int64_t)n->rows * n->channels;
    int64_t sum = 0, squares = 0, around, variance;
    moments m = {0};

    if (count < 1) /* never: no tensor is empty */
        return m;

    for (uint32_t row = 0; row < n->rows; row++)
        for (uint32_t c = 0; c < n->channels; c++) {
            int64_t x = bds_load(n->x, (size_t)row * n->stride + c, n->x_wide);

            sum += x;
            squares += x * x;
        }
    m.whole = (int32_t)bds_round_div((uint64_t)(sum + count * 32768), (uint64_t)count) - 32768;
    around = squares - 2 * m.whole * sum + count * m.whole * m.whole;
    sum -= count * m.whole;
    m.part = (int32_t)bds_round_div((uint64_t)(sum * 256 + count * 32768), (uint64_t)count) - 32768;
    variance = around / count * 65536 + (int64_t)bds_round_div((uint64_t)(around % count) << 16, (uint64_t)count) -
               m.part * m.part;
    if (variance < 0)
        variance = 0;
    set_reciprocal_root(&m, (uint64_t)variance + ((uint64_t)n->epsilon << (n->x_wide ? 16 : 0)));
    return m;
}

void bds_normalise_ref(const bds_normalise *n)
{
    const moments m = moments_of(n);

    /* The distance from the mean is within 2^24, so its product stays under 2^60; the bias within 2^61. */
    for (uint32_t row = 0; row < n->rows; row++)
        for (uint32_t c = 0; c < n->channels; c++) {
            size_t i = (size_t)row * n->stride + c;
            int64_t distance = (bds_load(n->x, i, n->x_wide) - m.whole) * 256 - m.part;
            int64_t y = distance * m.root * n->multiplier[c] + n->bias[c] * ((int64_t)1 << m.shift);

            y = bds_round_shift(y, m.shift + n->shift) + n->zero_point;
            bds_store(n->out, i, bds_clamp_wide(y, n->lo, n->hi), n->out_wide);
        }
}
