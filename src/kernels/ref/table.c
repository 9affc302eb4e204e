/* Any function of one value: 256 results of int8, 257 samples of int16.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

/* int16 samples for wide values or results. */
static int32_t look_up(const bds_table *t, uint32_t row, int32_t x)
{
    const int16_t *samples = t->table;

    if (!t->x_wide)
        return samples[row * 256 + (uint32_t)(x + 128)];
    if (t->out_wide)
        return bds_curve_at(samples + row * 257, x, 8);
    return bds_clamp(bds_curve_at(samples + row * 257, x, 16), INT8_MIN, INT8_MAX);
}

void bds_table_ref(const bds_table *t)
{
    const int8_t *x = t->x, *table = t->table;
    int8_t *out = t->out;
    int narrow = !t->x_wide && !t->out_wide;

    if (narrow && t->rows == 1) { /* by far the most frequent */
        for (uint32_t i = 0; i < t->count; i++)
            out[i] = table[x[i] + 128];
        return;
    }
    for (uint32_t i = 0, row = 0; i < t->count; i++, row = row + 1 == t->rows ? 0 : row + 1) {
        if (narrow)
            out[i] = table[row * 256 + (uint32_t)(x[i] + 128)];
        else
            bds_store(t->out, i, look_up(t, row, bds_load(t->x, i, t->x_wide)), t->out_wide);
    }
}
