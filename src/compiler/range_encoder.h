/* The binary range encoder to range_decoder.h. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_RANGE_ENCODER_H
#define BEDSIDE_COMPILER_RANGE_ENCODER_H

#include "../entropy_model.h"

/* The interval [low, low + range) below the bytes that are out; carries go back into them. */
typedef struct range_encoder {
    uint64_t low, range;
    uint8_t *out;
    size_t n, capacity;
} range_encoder;

static inline void range_carry(range_encoder *e)
{
    size_t i = e->n < e->capacity ? e->n : e->capacity;
    while (i > 0) {
        i--;
        e->out[i]++;
        if (e->out[i])
            return;
    }
}

static inline void range_put(range_encoder *e, uint32_t byte)
{
    if (e->n < e->capacity)
        e->out[e->n] = (uint8_t)byte;
    e->n++;
}

static inline void range_renew(range_encoder *e)
{
    if (e->range < (uint64_t)1 << 32) {
        for (int shift = 56; shift >= 32; shift -= 8)
            range_put(e, (uint32_t)(e->low >> shift) & 255u);
        e->low <<= 32;
        e->range <<= 32;
    }
}

/* P(1) = p / 65536; a 1 takes the lower part. */
static inline void range_bit(range_encoder *e, uint32_t p, uint32_t bit)
{
    const uint64_t bound = (e->range >> 16) * p;
    if (bit) {
        e->range = bound;
    } else {
        e->low += bound;
        e->range -= bound;
        if (e->low < bound)
            range_carry(e);
    }
    range_renew(e);
}

/* n <= 8 coin tosses; here a 1 takes the upper part, so that they are one number. */
static inline void range_plain(range_encoder *e, uint32_t n, uint32_t value)
{
    e->range >>= n;
    const uint64_t up = e->range * value;
    e->low += up;
    if (e->low < up)
        range_carry(e);
    range_renew(e);
}

/* One number for the whole interval; zeros at the end of its eight bytes are left out. */
static inline void range_finish(range_encoder *e)
{
    const uint64_t value = bds_last_number(e->low, e->range);
    if (value < e->low)
        range_carry(e);
    for (int shift = 56; shift >= 0; shift -= 8)
        range_put(e, (uint32_t)(value >> shift) & 255u);
    for (int i = 0; i < 8 && e->n <= e->capacity && e->out[e->n - 1] == 0; i++)
        e->n--;
}

/* One bit as its logit says, which learns from it. */
static inline void range_logit(range_encoder *e, bds_logit *t, const uint16_t *rate, uint32_t bit)
{
    const uint32_t p = bds_logit_probability(bds_logit_value(*t));
    range_bit(e, p, bit);
    bds_logit_learn(t, (int32_t)(bit << 16) - (int32_t)p, rate, 0);
}

#endif
