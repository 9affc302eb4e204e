/* Adaptive binary range coder, the mirror of entropy.c: the same contexts in the same order.
 * SPDX-License-Identifier: MIT */
#include "encode_weights.h"

#include "../entropy.h"

/* Carries travel through the byte kept back (cache) and the run of 0xff bytes behind it. */
typedef struct encoder {
    uint64_t low; /* 33 bits: the topmost is a carry */
    uint32_t range;
    uint8_t cache;
    uint64_t pending; /* the cache and the 0xff bytes after it */
    uint8_t *out;
    size_t n, capacity;
    int first; /* the first byte is always 0 and is not written */
} encoder;

static void put_byte(encoder *e, uint8_t byte)
{
    if (e->first) {
        e->first = 0;
        return;
    }
    if (e->n < e->capacity)
        e->out[e->n] = byte;
    e->n++;
}

static void shift_low(encoder *e)
{
    uint32_t carry = (uint32_t)(e->low >> 32);
    if (carry || (uint32_t)e->low < 0xff000000u) {
        put_byte(e, (uint8_t)(e->cache + carry));
        for (; e->pending > 1; e->pending--)
            put_byte(e, (uint8_t)(0xffu + carry));
        e->pending = 0;
        e->cache = (uint8_t)(e->low >> 24);
    }
    e->pending++;
    e->low = (e->low & 0x00ffffffu) << 8;
}

static void encode_bit(encoder *e, uint32_t probability_of_zero, uint32_t bit)
{
    uint32_t bound = (e->range >> 15) * probability_of_zero;
    if (bit) {
        e->low += bound;
        e->range -= bound;
    } else {
        e->range = bound;
    }
    while (e->range < (1u << 24)) {
        e->range <<= 8;
        shift_low(e);
    }
}

static void encode_adaptive(encoder *e, bds_bit *context, uint32_t bit)
{
    encode_bit(e, bds_bit_probability(context), bit);
    bds_bit_update(context, (int)bit);
}

static void encode_magnitude(encoder *e, bds_weight_model *m, uint32_t level, uint32_t value)
{
    uint32_t k = bds_log2(value), node = 1, context = 1;
    for (uint32_t i = 3; i-- > 0;) {
        uint32_t bit = k >> i & 1u;
        encode_adaptive(e, &m->klass[level][node], bit);
        node = node * 2 + bit;
    }
    for (uint32_t i = 0; i < k; i++) {
        uint32_t bit = value >> (k - 1 - i) & 1u;
        if (i < 2) {
            encode_adaptive(e, &m->mantissa[k][context], bit);
            context = 2 + bit;
        } else {
            encode_bit(e, 1u << 14, bit);
        }
    }
}

size_t encode_weights(const int8_t *w, size_t count, size_t row, uint8_t *stream, size_t capacity)
{
    bds_weight_model m;
    bds_weight_model_reset(&m);
    encoder e = {.range = 0xffffffffu, .pending = 1, .out = stream, .capacity = capacity, .first = 1};
    for (size_t i = 0; i < count; i++) {
        uint32_t level = bds_weight_level(w, i, row);
        encode_adaptive(&e, &m.zero[level], w[i] != 0);
        if (!w[i])
            continue;
        encode_adaptive(&e, &m.sign[bds_weight_sign_context(w, i)], w[i] < 0);
        encode_magnitude(&e, &m, level, bds_magnitude(w[i]));
    }
    for (int i = 0; i < 5; i++) /* the cache, and the four bytes of low */
        shift_low(&e);
    return e.n <= capacity ? e.n : 0;
}
