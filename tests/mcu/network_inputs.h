/* Inputs that every target makes alike, for any network: scripts/mcu/wasm.mjs has the same rules for JavaScript.
 *
 *     set 0   every value the lowest        set 2   random, all values of the type
 *     set 1   every value the highest       set 3   random, an eighth of that: loud noise drives some networks into saturation
 *
 * Random: Marsaglia's xorshift32 (13, 17, 5) from seed INPUT_SEED + 16 * set + input; a value is the state's highest bits, taken as a
 * signed number. Unsigned types hold the same plus half their range.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_NETWORK_INPUTS_H
#define BEDSIDE_TESTS_NETWORK_INPUTS_H

#include "bedside.h"

enum { INPUT_SETS = 4, INPUT_SEED = 20261126 };

static inline uint32_t tensor_values(const bds_tensor *t)
{
    return t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

static inline uint32_t value_bytes(bds_type type)
{
    return type == BDS_INT8 || type == BDS_UINT8 ? 1 : type == BDS_INT32 ? 4 : 2;
}

/* Fills input `index` with `set`. The type has 8 or 16 bits. */
static inline void fill_input(const bds_tensor *t, uint32_t set, uint32_t index)
{
    const int wide = value_bytes(t->type) == 2, shift = wide ? 16 : 24;
    const int32_t least = wide ? -32768 : -128, offset = t->type == BDS_UINT8 || t->type == BDS_UINT16 ? -least : 0;
    uint32_t state = INPUT_SEED + 16 * set + index;

    for (uint32_t i = 0; i < tensor_values(t); i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        int32_t value = (int32_t)(state >> shift) + 2 * ((int32_t)(state >> 31) * least); /* sign extended */
        if (set == 0)
            value = least;
        else if (set == 1)
            value = -1 - least;
        else if (set == 3)
            value /= 8;
        if (wide)
            ((uint16_t *)t->data)[i] = (uint16_t)(value + offset);
        else
            ((uint8_t *)t->data)[i] = (uint8_t)(value + offset);
    }
}

#endif
