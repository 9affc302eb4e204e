/* Inputs that every target makes alike, for any network: scripts/mcu/wasm.mjs has the same rules for JavaScript.
 *
 *     set 0   every value the lowest        set 2   random, all values of the type
 *     set 1   every value the highest       set 3   random, an eighth of that: loud noise drives some networks into saturation
 *
 * Random: Marsaglia's xorshift32 (13, 17, 5) from seed INPUT_SEED + 16 * set + input; a value is the state's highest 8 or 16 bits, taken
 * as a signed number.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_NETWORK_INPUTS_H
#define BEDSIDE_TESTS_NETWORK_INPUTS_H

#include "bedside.h"

enum { INPUT_SETS = 4, INPUT_SEED = 20261126 };

static inline uint32_t tensor_values(const bds_tensor *t)
{
    return t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

/* Tensors hold int8 or int16. */
static inline int is_wide(const bds_tensor *t)
{
    return t->type == BDS_INT16;
}

/* Fills input `index` with `set`. */
static inline void fill_input(const bds_tensor *t, uint32_t set, uint32_t index)
{
    const int wide = is_wide(t), shift = wide ? 16 : 24;
    const int32_t least = wide ? INT16_MIN : INT8_MIN;
    uint32_t state = INPUT_SEED + 16 * set + index;

    for (uint32_t i = 0; i < tensor_values(t); i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        const int32_t random = (int32_t)(state >> shift) + (state >> 31 ? 2 * least : 0);
        const int32_t values[INPUT_SETS] = {least, -1 - least, random, random / 8};
        if (wide)
            ((int16_t *)t->data)[i] = (int16_t)values[set];
        else
            ((int8_t *)t->data)[i] = (int8_t)values[set];
    }
}

#endif
