/* The index of the first largest value of each row.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_arg_max_ref(const bds_arg_max *a)
{
    for (uint32_t r = 0; r < a->rows; r++) {
        size_t row = (size_t)r * a->channels;
        uint32_t best = 0;

        for (uint32_t c = 1; c < a->channels; c++)
            if (bds_load(a->x, row + c, a->wide) > bds_load(a->x, row + best, a->wide))
                best = c;
        a->out[r] = (int16_t)best;
    }
}
