/* Any function of one int8, as 256 results.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

void bds_table_s8_ref(int8_t *out, const int8_t *x, uint32_t count, const int8_t table[256])
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = table[x[i] + 128];
}
