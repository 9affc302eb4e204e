/* Softmax over the channels of each row, from a sampled exp(-d) of the distance to the row's largest.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

/* exponential[0] > 0, so that the sum cannot be zero; the results are shares of 256 with zero point -128. */
static void softmax_row(int8_t *out, const int8_t *x, uint32_t channels, const uint16_t *exponential, uint32_t step)
{
    int32_t most = INT8_MIN;
    uint32_t sum = 0;

    for (uint32_t c = 0; c < channels; c++)
        if (x[c] > most)
            most = x[c];
    for (uint32_t c = 0; c < channels; c++)
        sum += bds_curve(exponential, (uint32_t)(most - x[c]), step);
    for (uint32_t c = 0; c < channels; c++) {
        uint32_t share = bds_share(bds_curve(exponential, (uint32_t)(most - x[c]), step), sum);
        int32_t y = (int32_t)((share + 128) >> 8) - 128;

        out[c] = (int8_t)(y > INT8_MAX ? INT8_MAX : y); /* a share of 1 would be 128 */
    }
}

void bds_softmax_s8_ref(int8_t *out, const int8_t *x, uint32_t rows, uint32_t channels, const uint16_t *exponential,
                        uint32_t step)
{
    for (uint32_t r = 0; r < rows; r++, x += channels, out += channels)
        softmax_row(out, x, channels, exponential, step);
}
