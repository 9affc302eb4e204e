/* Pooling: the largest, or the sum from which the average is made.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_max_pool_s8_ref(const bds_pool *p)
{
    for (uint32_t c = 0; c < p->channels; c++) {
        int8_t most = INT8_MIN;

        for (uint32_t t = 0; t < p->tap_count; t++)
            if (p->taps[t][c] > most)
                most = p->taps[t][c];
        p->out[c] = most;
    }
}

void bds_sum_pool_s8_ref(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    for (uint32_t c = 0; c < p->channels; c++) {
        sum[c] = 0;
        for (uint32_t t = 0; t < p->tap_count; t++)
            sum[c] += p->taps[t][c] - zero_point;
    }
}
