/* The binary range decoder of both adaptive streams (weights, numbers). All that runs per bit is inlined, so that the state stays in
 * registers. Normative text: docs/format.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_RANGE_DECODER_H
#define BEDSIDE_RANGE_DECODER_H

#include "entropy_model.h"

#define BDS_INLINE static inline __attribute__((always_inline))

/* range in [2^32, 2^64); code < range unless the stream is damaged. */
typedef struct bds_decoder {
    uint64_t range, code;
    const uint8_t *at, *end;
    uint32_t missing; /* zero bytes read past the end */
} bds_decoder;

/* The last words of a stream, with zeros for what is not there. */
static inline uint32_t bds_last_word(const uint8_t *at, size_t left)
{
    uint32_t word = 0;
    for (size_t i = 0; i < 4; i++)
        word = word << 8 | (i < left ? at[i] : 0u);
    return word;
}

BDS_INLINE uint32_t bds_next_word(bds_decoder *d)
{
    const size_t left = (size_t)(d->end - d->at);
    if (left < 4) {
        const uint32_t word = bds_last_word(d->at, left);
        d->at = d->end;
        d->missing += 4 - (uint32_t)left;
        return word;
    }
    const uint32_t word = (uint32_t)d->at[0] << 24 | (uint32_t)d->at[1] << 16 | (uint32_t)d->at[2] << 8 | d->at[3];
    d->at += 4;
    return word;
}

BDS_INLINE void bds_renew(bds_decoder *d)
{
    if (d->range < (uint64_t)1 << 32) {
        d->code = d->code << 32 | bds_next_word(d);
        d->range <<= 32;
    }
}

/* One bit with P(1) = p / 65536. */
BDS_INLINE uint32_t bds_decode_bit(bds_decoder *d, uint32_t p)
{
    const uint64_t bound = (d->range >> 16) * p;
    uint32_t bit = 1;
    if (d->code < bound) {
        d->range = bound;
    } else {
        d->code -= bound;
        d->range -= bound;
        bit = 0;
    }
    bds_renew(d);
    return bit;
}

/* n <= 8 coin tosses, by a division: a branch on each would be guessed wrong half of the time. */
BDS_INLINE uint32_t bds_decode_plain(bds_decoder *d, uint32_t n)
{
    d->range >>= n;
    const uint32_t value = (uint32_t)(d->code / d->range); /* at most 2^n, that only in a damaged stream */
    d->code -= value * d->range;
    bds_renew(d);
    return value;
}

/* 0 if no encoder begins so. */
static inline int bds_decoder_start(bds_decoder *d, const uint8_t *at, const uint8_t *end)
{
    const bds_decoder begin = {UINT64_MAX, 0, at, end, 0};
    *d = begin;
    d->code = (uint64_t)bds_next_word(d) << 32;
    d->code |= bds_next_word(d);
    return d->code != UINT64_MAX; /* under range */
}

/* One bit as its logit says, which learns from it. */
BDS_INLINE uint32_t bds_decode_logit(bds_decoder *d, bds_logit *t, const uint16_t *rate)
{
    const uint32_t p = bds_logit_probability(bds_logit_value(*t)), bit = bds_decode_bit(d, p);
    bds_logit_learn(t, (int32_t)(bit << 16) - (int32_t)p, rate, 0);
    return bit;
}

/* All bytes are read, and the last number is the one that an encoder writes, without the zeros at its end. */
static inline int bds_ends_well(const bds_decoder *d)
{
    if (d->at != d->end || d->missing > 8)
        return 0;
    uint64_t last = 0;
    for (uint32_t i = 0; i < 8; i++) {
        const size_t back = 8 - i;
        last = last << 8 | (back > d->missing ? d->end[-(ptrdiff_t)(back - d->missing)] : 0u);
    }
    const int trimmed = d->missing == 8 || (last >> 8 * d->missing & 255u) != 0;
    return trimmed && last == bds_last_number(last - d->code, d->range);
}

#endif
