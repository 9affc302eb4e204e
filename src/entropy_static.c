/* Weight decoder: static tables, four interleaved range asymmetric numeral systems (Duda 2013, arXiv:1311.2540).
 * SPDX-License-Identifier: MIT */
#include "entropy_static.h"

#include "bits.h"
#include "numbers.h"

enum { TABLE = 1 << BDS_STATIC_BITS, MAGNITUDES = 256 };

typedef struct tables {
    uint32_t range[BDS_STATIC_CLASSES][MAGNITUDES]; /* frequency << 16 | first slot: one load for both */
    uint8_t magnitude[BDS_STATIC_CLASSES][TABLE];   /* by slot */
} tables;

/* How the weights of a blob lie, and what the stream's head says. */
typedef struct shape {
    uint32_t rows, length, classes, peak;
    size_t row_step, step;
} shape;

/* Frequencies as differences; they add up to TABLE. */
static int read_table(bds_number_reader *side, tables *t, uint32_t c, uint32_t peak)
{
    int32_t before = 0;
    uint32_t sum = 0;
    for (uint32_t m = 0; m <= peak; m++) {
        before = (int32_t)((uint32_t)before + (uint32_t)bds_unfold(bds_numbers_next(side)));
        if (before < 0 || before > (int32_t)(TABLE - sum))
            return 0;
        t->range[c][m] = (uint32_t)before << 16 | sum;
        for (int32_t i = 0; i < before; i++)
            t->magnitude[c][sum++] = (uint8_t)m;
    }
    return sum == TABLE;
}

typedef struct rans {
    uint32_t state[4];
    const uint8_t *at, *end;
} rans;

static inline uint32_t read_word(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

/* One weight. A state under 2^16 takes a word in; the caller sees to it that one is there. */
static inline int32_t next_weight(rans *d, const tables *t, uint32_t c, uint32_t i)
{
    uint32_t x = d->state[i];
    const uint32_t slot = x & (TABLE - 1u), magnitude = t->magnitude[c][slot], range = t->range[c][magnitude];
    x = (range >> 16) * (x >> BDS_STATIC_BITS) + slot - (range & 0xffff);
    const uint32_t nonzero = magnitude != 0, negative = x & nonzero;
    x >>= nonzero;
    const uint32_t word = read_word(d->at), low = x < 1u << 16; /* without branches: it is a coin toss */
    d->state[i] = x << (low << 4) | (word & (0u - low));
    d->at += 2 * low;
    return ((int32_t)magnitude ^ -(int32_t)negative) + (int32_t)negative;
}

/* The same where the bytes may end. */
static int last_weight(rans *d, const tables *t, uint32_t c, uint32_t i, int32_t *v)
{
    const uint8_t nothing[2] = {0, 0};
    if (d->end - d->at >= 2) {
        *v = next_weight(d, t, c, i);
        return 1;
    }
    rans one = *d;
    one.at = nothing;
    *v = next_weight(&one, t, c, i);
    d->state[i] = one.state[i];
    return one.at == nothing;
}

/* Stores a weight; *over collects the bits of the positive ones. */
static inline void store(void *to, uint32_t wide, size_t i, int32_t v, uint32_t *over)
{
    *over |= (uint32_t)v & ~(uint32_t)(v >> 31);
    if (wide)
        ((int16_t *)to)[i] = (int16_t)v;
    else
        ((int8_t *)to)[i] = (int8_t)v;
}

/* Four weights at a time as long as there are four words. A call of its own: a browser runs a function's first call in a slow form to
 * its end, and only the next one in a fast form. */
__attribute__((noinline)) static int decode_row(rans *state, const tables *t, uint32_t c, const shape *s, void *to,
                                                uint32_t wide, size_t i)
{
    rans d = *state;
    const uint32_t length = s->length;
    const size_t step = s->step;
    uint32_t k = 0, over = 0;
    for (; k + 4 <= length && d.end - d.at >= 8; k += 4)
        for (uint32_t j = 0; j < 4; j++, i += step)
            store(to, wide, i, next_weight(&d, t, c, j), &over);
    for (; k < length; k++, i += step) {
        int32_t v;
        if (!last_weight(&d, t, c, k & 3u, &v))
            return 0;
        store(to, wide, i, v, &over);
    }
    *state = d;
    return wide || over < 128; /* no int8 is 128 */
}

static int read_head(bds_reader *in, const bdf_blob *b, shape *s, uint32_t *side_bytes)
{
    const uint32_t flags = bds_read_u8(in);
    s->peak = bds_read_u8(in);
    *side_bytes = bds_read_u32le(in);
    const uint32_t of = b->row_length ? b->row_length : b->count, others = b->count / of;
    const uint32_t interleaved = flags & BDS_STATIC_INTERLEAVED;
    s->classes = (flags >> 1) + 1;
    s->rows = interleaved ? of : others;
    s->length = interleaved ? others : of;
    s->row_step = interleaved ? 1 : of;
    s->step = interleaved ? of : 1;
    return !in->overrun && (uint64_t)of * others == b->count && s->classes <= BDS_STATIC_CLASSES &&
           (b->type == BDS_INT16 || s->peak <= 128) && *side_bytes <= bds_reader_left(in) &&
           bds_reader_left(in) - *side_bytes >= 16;
}

bds_status bds_static_decode(const bds_weight_sink *sink, const bdf_blob *b, const uint8_t *stream)
{
    bds_reader in = bds_reader_make(stream, b->stored_bytes);
    shape s;
    uint32_t side_bytes;
    tables t;
    bds_number_reader side;
    if (!read_head(&in, b, &s, &side_bytes) || !bds_sink_fits(sink, b, s.length, s.step) ||
        !bds_numbers_begin(&side, in.at, in.at + side_bytes))
        return BDS_E_CORRUPT;
    for (uint32_t c = 0; c < s.classes; c++)
        if (!read_table(&side, &t, c, s.peak))
            return BDS_E_CORRUPT;
    in.at += side_bytes;
    rans d;
    for (uint32_t i = 0; i < 4; i++)
        d.state[i] = bds_read_u32le(&in);
    d.at = in.at;
    d.end = in.end;
    for (uint32_t r = 0; r < s.rows; r++) {
        const uint32_t c = s.classes > 1 ? bds_numbers_next(&side) : 0;
        if (c >= s.classes || side.decoder.missing > 8)
            return BDS_E_CORRUPT;
        const uint32_t wide = b->type == BDS_INT16;
        if (!decode_row(&d, &t, c, &s, sink->to, wide, bds_sink_row(sink, r, s.row_step)))
            return BDS_E_CORRUPT;
        bds_sink_row_done(sink, r, s.rows, (size_t)s.length << wide);
    }
    /* The encoder began where this ends. */
    for (uint32_t i = 0; i < 4; i++)
        if (d.state[i] != 1u << 16)
            return BDS_E_CORRUPT;
    return d.at == d.end && bds_numbers_end(&side) ? BDS_OK : BDS_E_CORRUPT;
}
