/* Pooling: the largest, or the sum from which the average is made.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_max_pool_ref(const bds_pool *p)
{
    for (uint32_t c = 0; c < p->channels; c++) {
        int32_t most = INT16_MIN;

        for (uint32_t t = 0; t < p->tap_count; t++) {
            int32_t x = bds_load(p->taps[t], c, p->wide);

            if (x > most)
                most = x;
        }
        bds_store(p->out, c, most, p->wide);
    }
}

void bds_sum_pool_ref(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    for (uint32_t c = 0; c < p->channels; c++) {
        sum[c] = 0;
        for (uint32_t t = 0; t < p->tap_count; t++)
            sum[c] += bds_load(p->taps[t], c, p->wide) - zero_point;
    }
}
