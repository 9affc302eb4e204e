/* Weight decoder: the adaptive binary range coder.
 * SPDX-License-Identifier: MIT */
#include "entropy.h"

#include "bits.h"
#include "entropy_model.h"
#include "entropy_static.h"
#include "range_decoder.h"

const uint16_t bds_logistic[256] = {
    22,    23,    25,    27,    28,    30,    32,    34,    36,    39,    41,    44,    47,    50,    53,    56,
    60,    64,    68,    72,    77,    82,    87,    92,    98,    105,   111,   119,   126,   134,   143,   152,
    162,   172,   184,   195,   208,   221,   236,   251,   267,   284,   302,   321,   342,   364,   387,   412,
    439,   467,   497,   528,   562,   598,   636,   677,   720,   766,   815,   867,   922,   980,   1042,  1109,
    1179,  1253,  1333,  1417,  1506,  1601,  1701,  1808,  1921,  2041,  2168,  2303,  2446,  2598,  2758,  2928,
    3108,  3298,  3500,  3713,  3938,  4176,  4427,  4692,  4971,  5266,  5577,  5904,  6249,  6611,  6992,  7392,
    7812,  8252,  8714,  9197,  9702,  10230, 10782, 11357, 11955, 12579, 13226, 13898, 14595, 15316, 16062, 16832,
    17625, 18442, 19282, 20143, 21025, 21928, 22849, 23788, 24743, 25712, 26695, 27689, 28693, 29705, 30723, 31744,
    32768, 33792, 34813, 35831, 36843, 37847, 38841, 39824, 40793, 41748, 42687, 43608, 44511, 45393, 46254, 47094,
    47911, 48704, 49474, 50220, 50941, 51638, 52310, 52957, 53581, 54179, 54754, 55306, 55834, 56339, 56822, 57284,
    57724, 58144, 58544, 58925, 59287, 59632, 59959, 60270, 60565, 60844, 61109, 61360, 61598, 61823, 62036, 62238,
    62428, 62608, 62778, 62938, 63090, 63233, 63368, 63495, 63615, 63728, 63835, 63935, 64030, 64119, 64203, 64283,
    64357, 64427, 64494, 64556, 64614, 64669, 64721, 64770, 64816, 64859, 64900, 64938, 64974, 65008, 65039, 65069,
    65097, 65124, 65149, 65172, 65194, 65215, 65234, 65252, 65269, 65285, 65300, 65315, 65328, 65341, 65352, 65364,
    65374, 65384, 65393, 65402, 65410, 65417, 65425, 65431, 65438, 65444, 65449, 65454, 65459, 65464, 65468, 65472,
    65476, 65480, 65483, 65486, 65489, 65492, 65495, 65497, 65500, 65502, 65504, 65506, 65508, 65509, 65511, 65513};

/* A number under n, all alike, n <= 65536: halves the interval from above. */
static inline uint32_t decode_index(bds_decoder *d, uint32_t n)
{
    uint32_t first = 0;
    while (n > 1) {
        const uint32_t half = n / 2;
        if (bds_decode_bit(d, (half << 16) / n)) {
            first += n - half;
            n = half;
        } else {
            n -= half;
        }
    }
    return first;
}

const uint16_t bds_normal[20] = {408,   578,   817,   1155,  1632,  2306,  3253, 4580, 6418, 8914,
                                 12158, 16002, 19645, 21116, 17813, 10002, 2978, 307,  4,    0};

BDS_INLINE uint32_t decode_base(bds_decoder *d, bds_weight_model *m, uint32_t node)
{
    return bds_decode_logit(d, &m->base[node], m->rate);
}

/* n: contexts in force, known where this is inlined. */
BDS_INLINE uint32_t decode_tree(bds_decoder *d, bds_weight_model *m, uint32_t node, uint32_t n)
{
    const uint32_t p = bds_tree_probability(m, node, n), bit = bds_decode_bit(d, p);
    bds_tree_learn(m, node, n, p, bit);
    return bit;
}

/* The first question that is answered with yes. */
BDS_INLINE uint32_t ask(bds_decoder *d, bds_weight_model *m, const bds_weight_shape *s, uint32_t n)
{
    uint32_t q = 0;
    while (q <= s->top && !decode_tree(d, m, s->order[q], n))
        q++;
    return s->order[q];
}

static inline uint32_t decode_negative(bds_decoder *d, bds_weight_model *m, const bds_weight_shape *s)
{
    return s->flags & BDS_STREAM_SIGNS ? decode_tree(d, m, BDS_NODE_NEGATIVE, m->active_count)
                                       : bds_decode_plain(d, 1) & 1u;
}

/* One weight that is not the row's peak. May be larger than the peak: the caller looks. */
BDS_INLINE int32_t decode_weight(bds_decoder *d, bds_weight_model *m, const bds_weight_shape *s)
{
    const uint32_t n = m->active_count, k = n == 0 ? ask(d, m, s, 0) : n == 1 ? ask(d, m, s, 1) : ask(d, m, s, 2);
    if (k == BDS_NODE_ZERO)
        return 0;
    const uint32_t modelled = bds_modelled_bits(s, k), left = k - modelled;
    uint32_t value = 1, negative;
    for (uint32_t i = 0; i < modelled; i++)
        value = value << 1 | decode_base(d, m, bds_node_below(k, i, value & 1u));
    const uint32_t coded_sign = s->flags & BDS_STREAM_SIGNS ? 1 : 0, plain = left + 1 - coded_sign;
    value = value << plain | bds_decode_plain(d, plain);
    negative = coded_sign ? decode_tree(d, m, BDS_NODE_NEGATIVE, n) : value & 1u;
    value >>= 1 - coded_sign;
    return ((int32_t)value ^ -(int32_t)negative) + (int32_t)negative;
}

static inline void store(void *w, uint32_t wide, size_t i, int32_t v)
{
    if (wide)
        ((int16_t *)w)[i] = (int16_t)v;
    else
        ((int8_t *)w)[i] = (int8_t)v;
}

/* Row r, from element i on, that is not all zero. Returns 0 if a weight is out of range. */
static int decode_row(bds_decoder *state, bds_weight_model *m, const bds_weight_shape *s, void *w, uint32_t wide,
                      uint32_t r, size_t i)
{
    const int32_t peak = (int32_t)s->peak, most = !wide && peak == 128 ? 127 : peak;
    bds_decoder local = *state, *const d = &local; /* in registers */
    uint32_t peak_at = s->length, sum = 0;
    if (s->flags & BDS_STREAM_PEAKS && decode_base(d, m, BDS_NODE_HAS_PEAK))
        peak_at = decode_index(d, s->length);
    for (uint32_t k = 0; k < s->length; k++, i += s->step) {
        bds_weight_contexts(m, s, w, wide, r, k, i, sum);
        const int32_t v = k != peak_at ? decode_weight(d, m, s) : decode_negative(d, m, s) ? -peak : peak;
        if (v > most || v < -peak)
            return 0;
        store(w, wide, i, v);
        sum = bds_row_sum(sum, k, (uint32_t)(v < 0 ? -v : v));
    }
    *state = local;
    return 1;
}

/* The head: flags, spread and speed, peak, and the tap where the third context is active. */
static int read_head(bds_reader *in, const bdf_blob *b, bds_weight_shape *s, uint32_t *speed)
{
    s->flags = bds_read_u8(in);
    s->spread = bds_read_u8(in);
    s->peak = bds_read_u8(in);
    s->flags |= (s->spread & 128u) << 1; /* BDS_STREAM_DENSE */
    *speed = s->spread >> 5 & 3u;
    s->spread &= 31u;
    s->tap = 0;
    if (s->flags & BDS_STREAM_NEAR) {
        s->tap = bds_read_u8(in);
        s->tap |= (uint32_t)bds_read_u8(in) << 8;
    }
    const uint32_t of = b->row_length ? b->row_length : b->count; /* what the blob's record calls a row */
    const uint32_t others = b->count / of;
    const int interleaved = s->flags & BDS_STREAM_INTERLEAVED;
    s->rows = interleaved ? of : others;
    s->length = interleaved ? others : of;
    s->row_step = interleaved ? 1 : of;
    s->step = interleaved ? of : 1;
    bds_weight_shape_complete(s);
    uint32_t contexts = 0;
    for (uint32_t i = 0; i < BDS_CONTEXTS; i++)
        contexts += s->flags / BDS_STREAM_CONTEXT >> i & 1u;
    return !in->overrun && contexts <= BDS_MOST_CONTEXTS && (uint64_t)of * others == b->count && s->spread <= 20 &&
           (b->type == BDS_INT16 || s->peak <= 128) && (!(s->flags & BDS_STREAM_PEAKS) || s->length <= 65536);
}

static bds_status decode_adaptive(const bds_weight_sink *sink, const bdf_blob *b, const uint8_t *stream)
{
    const uint32_t wide = b->type == BDS_INT16;
    bds_reader head = bds_reader_make(stream, b->stored_bytes);
    bds_weight_shape s;
    uint32_t speed;
    if (!read_head(&head, b, &s, &speed) || !bds_sink_fits(sink, b, s.length, s.step))
        return BDS_E_CORRUPT;
    bds_weight_model m;
    bds_weight_model_reset(&m, &s, speed);
    bds_decoder d;
    if (!bds_decoder_start(&d, head.at, head.end))
        return BDS_E_CORRUPT;
    for (uint32_t r = 0; r < s.rows; r++) {
        const size_t i = bds_sink_row(sink, r, s.row_step);
        if (decode_base(&d, &m, BDS_NODE_ROW)) {
            if (!decode_row(&d, &m, &s, sink->to, wide, r, i))
                return BDS_E_CORRUPT;
        } else {
            for (uint32_t k = 0; k < s.length; k++)
                store(sink->to, wide, i + k * s.step, 0);
        }
        if (d.missing > 8)
            return BDS_E_CORRUPT;
        bds_sink_row_done(sink, r, s.rows, (size_t)s.length << wide);
    }
    return bds_ends_well(&d) ? BDS_OK : BDS_E_CORRUPT;
}

bds_status bds_weights_decode_runs(const bds_weight_sink *sink, const bdf_blob *blob, const uint8_t *stream)
{
    return blob->coding == BDF_RANGE    ? decode_adaptive(sink, blob, stream)
           : blob->coding == BDF_STATIC ? bds_static_decode(sink, blob, stream)
                                        : BDS_E_CORRUPT;
}

bds_status bds_weights_decode(void *to, const bdf_blob *blob, const uint8_t *stream)
{
    const bds_weight_sink all = {to, NULL, NULL};
    return bds_weights_decode_runs(&all, blob, stream);
}
