/* Softmax over the channels of each row, from a sampled exp(-d) of the distance to the row's largest.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

/* exponential[0] > 0, so that the sum cannot be zero. A share of 1 is one more than the type holds. */
static void softmax_row(const bds_softmax *s, size_t at)
{
    int32_t most = INT16_MIN;
    uint32_t sum = 0;

    for (uint32_t c = 0; c < s->channels; c++) {
        int32_t x = bds_load(s->x, at + c, s->x_wide);

        if (x > most)
            most = x;
    }
    for (uint32_t c = 0; c < s->channels; c++)
        sum += bds_curve(s->exponential, (uint32_t)(most - bds_load(s->x, at + c, s->x_wide)), s->step);
    for (uint32_t c = 0; c < s->channels; c++) {
        uint32_t part = bds_curve(s->exponential, (uint32_t)(most - bds_load(s->x, at + c, s->x_wide)), s->step);
        int32_t share = (int32_t)bds_share(part, sum);
        int32_t y = s->out_wide ? bds_clamp((share + 1) >> 1, 0, INT16_MAX)
                                : bds_clamp(((share + 128) >> 8) - 128, INT8_MIN, INT8_MAX);

        bds_store(s->out, at + c, y, s->out_wide);
    }
}

void bds_softmax_ref(const bds_softmax *s)
{
    for (uint32_t r = 0; r < s->rows; r++)
        softmax_row(s, (size_t)r * s->channels);
}
