/* The adaptive binary range coder's context model, shared by decoder (entropy.c) and encoder (compiler/encode_weights.c).
 *
 * Each int8 weight is coded as: zero flag; sign; class k = floor(log2(|w|)) as a 3-bit tree; the bits of |w| below its leading one,
 * the first two through contexts. All contexts adapt; the context set is picked by how large the neighbours were (the two weights
 * before and the one above, in the previous output channel), so that a channel's spread is learned without being sent.
 * Every probability is the mean of a fast and a slow estimate, in 1/32768. Carry-less 32-bit range coder as in LZMA.
 * Normative text: docs/format.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ENTROPY_H
#define BEDSIDE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "bedside.h"

#define BDS_ENTROPY_LEVELS 8 /* neighbourhood magnitudes */

typedef struct bds_bit {
    uint16_t fast, slow; /* probability of a zero, in 1/32768 */
} bds_bit;

typedef struct bds_weight_model {
    bds_bit zero[BDS_ENTROPY_LEVELS];
    bds_bit sign[3];
    bds_bit klass[BDS_ENTROPY_LEVELS][8]; /* 3-bit tree, node 1..7 */
    bds_bit mantissa[8][4];               /* per class: first bit, then second bit given the first */
} bds_weight_model;

static inline void bds_bit_reset(bds_bit *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b[i].fast = b[i].slow = 1u << 14;
}

static inline void bds_weight_model_reset(bds_weight_model *m)
{
    bds_bit_reset(m->zero, BDS_ENTROPY_LEVELS);
    bds_bit_reset(m->sign, 3);
    for (int i = 0; i < BDS_ENTROPY_LEVELS; i++)
        bds_bit_reset(m->klass[i], 8);
    for (int i = 0; i < 8; i++)
        bds_bit_reset(m->mantissa[i], 4);
}

/* P(bit = 0) in [32, 32736] / 32768. */
static inline uint32_t bds_bit_probability(const bds_bit *b)
{
    uint32_t p = ((uint32_t)b->fast + b->slow) >> 1;
    return p < 32 ? 32 : p > 32736 ? 32736 : p;
}

static inline void bds_bit_update(bds_bit *b, int bit)
{
    if (bit) {
        b->fast = (uint16_t)(b->fast - (b->fast >> 4));
        b->slow = (uint16_t)(b->slow - (b->slow >> 7));
    } else {
        b->fast = (uint16_t)(b->fast + ((32768 - b->fast) >> 4));
        b->slow = (uint16_t)(b->slow + ((32768 - b->slow) >> 7));
    }
}

static inline uint32_t bds_magnitude(int8_t w)
{
    return (uint32_t)(w < 0 ? -w : w);
}

/* floor(log2(x)), x in [1, 128]. */
static inline uint32_t bds_log2(uint32_t x)
{
    uint32_t k = 0;
    while (x >>= 1)
        k++;
    return k;
}

/* Context set for element i of w: level of 2|left| + |left of left| + 2|above|. row = elements per output channel. */
static inline uint32_t bds_weight_level(const int8_t *w, size_t i, size_t row)
{
    uint32_t s = 0;
    if (i >= 1)
        s += 2 * bds_magnitude(w[i - 1]);
    if (i >= 2)
        s += bds_magnitude(w[i - 2]);
    if (row && i >= row)
        s += 2 * bds_magnitude(w[i - row]);
    uint32_t level = s == 0 ? 0 : bds_log2(s > 255 ? 255 : s) + 1;
    return level > 7 ? 7 : level;
}

static inline uint32_t bds_weight_sign_context(const int8_t *w, size_t i)
{
    return i == 0 || w[i - 1] == 0 ? 0u : w[i - 1] < 0 ? 1u : 2u;
}

/* Decodes exactly count weights; BDS_E_CORRUPT if the stream ends early or bytes are left over. */
bds_status bds_weights_decode(int8_t *w, size_t count, size_t row, const uint8_t *stream, size_t n);

#endif
