/* Coded numbers: biases, multipliers, tables. Shared by decoder (numbers.c) and encoder (compiler/encode_numbers.c).
 *
 * A number n >= 0 is coded as the leading one k of n + 1, by questions "more than j?" for j = 0, 1, ..., each with a logit of its own for
 * the k of the number before; then the k bits below it, the first two with logits, the rest coin tosses.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_NUMBER_MODEL_H
#define BEDSIDE_NUMBER_MODEL_H

#include "entropy_model.h"

enum { BDS_NUMBER_SIZES = 34, BDS_NUMBER_GROUPS = 17 }; /* n + 1 <= 2^32; sizes before are taken in pairs */

typedef struct bds_number_model {
    bds_logit more[BDS_NUMBER_GROUPS][BDS_NUMBER_SIZES];
    bds_logit below[BDS_NUMBER_SIZES][3]; /* first; second after 0; second after 1 */
    uint16_t rate[512];
    uint32_t group; /* of the number before */
} bds_number_model;

static inline void bds_number_model_reset(bds_number_model *m)
{
    for (uint32_t g = 0; g < BDS_NUMBER_GROUPS; g++)
        for (uint32_t j = 0; j < BDS_NUMBER_SIZES; j++)
            m->more[g][j] = bds_prior(((int32_t)(2 * g) - (int32_t)j) * 32768, 0);
    for (uint32_t j = 0; j < BDS_NUMBER_SIZES; j++)
        m->below[j][0] = m->below[j][1] = m->below[j][2] = 0;
    m->group = 0;
    bds_rates(m->rate, 2);
}

/* Signs folded into the lowest bit: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
static inline uint32_t bds_fold(int32_t v)
{
    return (uint32_t)v << 1 ^ (v < 0 ? UINT32_MAX : 0u);
}

static inline int32_t bds_unfold(uint32_t n)
{
    return (int32_t)(n >> 1 ^ (0u - (n & 1u)));
}

#endif
