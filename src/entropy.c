/* Weight decoder: the adaptive binary range coder of entropy.h.
 * SPDX-License-Identifier: MIT */
#include "entropy.h"

#include "bits.h"

typedef struct decoder {
    bds_reader in;
    uint32_t range, code;
} decoder;

static int decode_bit(decoder *d, uint32_t probability_of_zero)
{
    uint32_t bound =
        (d->range >> 15) * probability_of_zero; /* range >= 2^24 and 32 <= p <= 32736: never 0, never all */
    int bit = d->code >= bound;
    if (bit) {
        d->code -= bound;
        d->range -= bound;
    } else {
        d->range = bound;
    }
    while (d->range < (1u << 24)) {
        d->code = d->code << 8 | bds_read_u8(&d->in);
        d->range <<= 8;
    }
    return bit;
}

static int decode_adaptive(decoder *d, bds_bit *context)
{
    int bit = decode_bit(d, bds_bit_probability(context));
    bds_bit_update(context, bit);
    return bit;
}

static uint32_t decode_magnitude(decoder *d, bds_weight_model *m, uint32_t level)
{
    uint32_t node = 1;
    while (node < 8)
        node = node * 2 + (uint32_t)decode_adaptive(d, &m->klass[level][node]);
    uint32_t k = node - 8, value = 1, context = 1;
    for (uint32_t i = 0; i < k; i++) {
        uint32_t bit;
        if (i < 2) {
            bit = (uint32_t)decode_adaptive(d, &m->mantissa[k][context]);
            context = 2 + bit;
        } else {
            bit = (uint32_t)decode_bit(d, 1u << 14);
        }
        value = value << 1 | bit;
    }
    return value;
}

bds_status bds_weights_decode(int8_t *w, size_t count, size_t row, const uint8_t *stream, size_t n)
{
    bds_weight_model m;
    bds_weight_model_reset(&m);
    decoder d = {bds_reader_make(stream, n), 0xffffffffu, 0};
    for (int i = 0; i < 4; i++)
        d.code = d.code << 8 | bds_read_u8(&d.in);
    for (size_t i = 0; i < count; i++) {
        uint32_t level = bds_weight_level(w, i, row);
        w[i] = 0;
        if (!decode_adaptive(&d, &m.zero[level]))
            continue;
        int negative = decode_adaptive(&d, &m.sign[bds_weight_sign_context(w, i)]);
        int32_t value = (int32_t)decode_magnitude(&d, &m, level);
        if (value > 128 || (value == 128 && !negative))
            return BDS_E_CORRUPT;
        w[i] = (int8_t)(negative ? -value : value);
        if (d.in.overrun)
            return BDS_E_CORRUPT;
    }
    return d.in.overrun || bds_reader_left(&d.in) != 0 ? BDS_E_CORRUPT : BDS_OK;
}
