/* What the adaptive coder expects of the next bit: shared by decoder (entropy.c) and encoder (compiler/encode_adaptive.c), which must
 * agree to the bit on every machine. Integers only. Normative text: docs/format.md.
 *
 * Every binary decision has a logit, the sum of up to five numbers: the node's own (base), and one per active context, picked by what
 * is already known nearby. All of them learn from the bit that came, fast at first and slower with every bit. So contexts add to each
 * other without diluting each other's counts, and an unhelpful one costs almost nothing.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ENTROPY_MODEL_H
#define BEDSIDE_ENTROPY_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* The first byte of a stream, and the highest bit of the second. */
#define BDS_STREAM_INTERLEAVED                                                                                         \
    1u                          /* element k of channel c lies at k * channels + c: depthwise; else at c * length + k */
#define BDS_STREAM_PEAKS 2u     /* a row says where the first weight of the largest magnitude is */
#define BDS_STREAM_CONFIDENT 4u /* the prior counts as much as 40 bits, else it only is where learning begins */
#define BDS_STREAM_DEEP 8u      /* all bits of a magnitude are modelled, else the first of large ones */
#define BDS_STREAM_CONTEXT 16u  /* the first of four flags: which contexts are active */
#define BDS_STREAM_NEAR 64u     /* the third */
#define BDS_STREAM_SIGNS 128u   /* the fourth; without it signs are coin tosses */
#define BDS_STREAM_DENSE 256u   /* zeros are rare: a weight is asked for being zero last, not first */

enum {
    BDS_CONTEXTS = 4,        /* the row so far; the column so far; the nearest weights; their signs */
    BDS_MOST_CONTEXTS = 2,   /* active in one stream */
    BDS_CONTEXT_VALUES = 14, /* of each */
    BDS_TREE_NODES = 10,     /* "the leading one is at k", k = 0..7; then: */
    BDS_NODE_ZERO = 8,
    BDS_NODE_NEGATIVE = 9,
    BDS_NODE_BELOW = 10, /* bds_node_below */
    BDS_NODE_ROW = 74,   /* the row is not all zero */
    BDS_NODE_HAS_PEAK = 75,
    BDS_BASE_NODES = 76
};

/* A learning number: logit * 65536 in the upper 23 bits, bits seen (at most 511) in the lower 9. */
typedef uint32_t bds_logit;

typedef struct bds_weight_model {
    bds_logit base[BDS_BASE_NODES];
    bds_logit context[BDS_CONTEXTS][BDS_CONTEXT_VALUES][BDS_TREE_NODES];
    bds_logit *active[BDS_MOST_CONTEXTS]; /* nodes of the contexts in force */
    uint32_t active_count;
    uint16_t rate[512]; /* by bits seen, 16384 = 1 */
} bds_weight_model;

/* How the weights of a blob lie and what the stream's head says of them. */
typedef struct bds_weight_shape {
    uint32_t rows, length;            /* output channels, weights of each */
    size_t row_step, step;            /* in elements: from row to row, from weight to weight */
    uint32_t tap;                     /* weights to the same input channel in the kernel's previous column; 0: none */
    uint32_t flags, peak, top;        /* peak: the largest magnitude; top: its leading one */
    uint32_t scale;                   /* contexts see magnitudes >> scale */
    uint32_t spread, modelled_from;   /* the prior; the least leading one whose next bits are modelled */
    uint8_t order[BDS_NODE_ZERO + 1]; /* top + 2 nodes: a weight is found by the first yes; the last is not asked for */
} bds_weight_shape;

/* P(1) * 65536 for logits -8, -7 15/16, ... 7 15/16. */
extern const uint16_t bds_logistic[256];

static inline uint32_t bds_log2(uint32_t x) /* floor, x >= 1 */
{
    return 31u - (uint32_t)__builtin_clz(x);
}

static inline int32_t bds_logit_value(bds_logit t)
{
    return (int32_t)t >> 9;
}

static inline uint32_t bds_logit_probability(int32_t z)
{
    int32_t i = (z + (1 << 19) + (1 << 11)) >> 12;
    return bds_logistic[i < 0 ? 0 : i > 255 ? 255 : i];
}

/* The least logit of that probability or more. */
static inline int32_t bds_logit_of(uint32_t p)
{
    int32_t i = 0;
    while (i < 255 && bds_logistic[i] < p)
        i++;
    return (i - 128) * 4096;
}

/* error = bit * 65536 - p; half: contexts learn half as fast. */
static inline void bds_logit_learn(bds_logit *t, int32_t error, const uint16_t *rate, uint32_t half)
{
    const uint32_t seen = *t & 511u;
    const int32_t step = (error * (int32_t)rate[seen] + (8192 << half)) >> (14 + half);
    *t += ((uint32_t)step << 9) + (seen != 511u);
}

/* P(1) * 65536 of a node of the tree with the first n contexts in force, in [22, 65514]. */
static inline uint32_t bds_tree_probability(const bds_weight_model *m, uint32_t node, uint32_t n)
{
    int32_t z = bds_logit_value(m->base[node]);
    if (n > 0)
        z += bds_logit_value(m->active[0][node]);
    if (n > 1)
        z += bds_logit_value(m->active[1][node]);
    return bds_logit_probability(z);
}

static inline void bds_tree_learn(bds_weight_model *m, uint32_t node, uint32_t n, uint32_t p, uint32_t bit)
{
    const int32_t error = (int32_t)(bit << 16) - (int32_t)p;
    bds_logit_learn(&m->base[node], error, m->rate, 0);
    if (n > 0)
        bds_logit_learn(&m->active[0][node], error, m->rate, 1);
    if (n > 1)
        bds_logit_learn(&m->active[1][node], error, m->rate, 1);
}

/* 1 / (1 + 0.3 seen) + 2^(speed - 10). */
static inline void bds_rates(uint16_t rate[512], uint32_t speed)
{
    for (uint32_t seen = 0; seen < 512; seen++)
        rate[seen] = (uint16_t)(163840u / (10 + 3 * seen) + (16u << speed));
}

static inline bds_logit bds_prior(int32_t logit, uint32_t seen)
{
    const int32_t most = 8 << 16;
    logit = logit > most ? most : logit < -most ? -most : logit;
    return (uint32_t)logit << 9 | seen;
}

/* k * 2^t in 1/16, negative: how a normal distribution falls off within a bucket, with (bucket / deviation)^2 = 2^t. */
static inline bds_logit bds_prior_fall(int32_t k, int32_t t, uint32_t seen)
{
    const int32_t most = 8 << 16;
    int32_t fall = t >= 8 ? most : t >= 0 ? k << (12 + t) : t > -20 ? k << 12 >> -t : 0;
    return bds_prior(-fall, seen);
}

/* The bits of a magnitude below its leading one at k that are modelled; those that follow are coin tosses. */
static inline uint32_t bds_modelled_bits(const bds_weight_shape *s, uint32_t k)
{
    const uint32_t most = k < s->modelled_from ? 0 : k == s->modelled_from ? 2 : 3;
    return k < most || s->flags & BDS_STREAM_DEEP ? k : most;
}

/* The node of bit i below a leading one at k, before the first bit 0: the second depends on the first, others on their place alone. */
static inline uint32_t bds_node_below(uint32_t k, uint32_t i, uint32_t first)
{
    return BDS_NODE_BELOW + 8 * k + (i == 1 ? 1 + first : i == 0 ? 0 : i + 1);
}

/* Completes a shape whose flags, peak and spread are set. Leading ones are asked for from the likeliest on: m, the one a little under
 * the deviation, m + 1, m - 1, m - 2, m - 3, m + 2, m - 4, ... Zero comes first, in dense streams last. Of magnitudes from half the
 * deviation on the next bits are not coin tosses. */
static inline void bds_weight_shape_complete(bds_weight_shape *s)
{
    static const int8_t steps[] = {0, 1, -1, -2, -3, 2, -4, 3, -5, -6, 4, -7, 5, 6, 7};
    const uint32_t dense = s->flags & BDS_STREAM_DENSE;
    uint32_t n = 0;
    s->top = s->peak ? bds_log2(s->peak) : 0;
    s->scale = s->top > 3 ? s->top - 3 : 0;
    s->modelled_from = 2 * s->top > s->spread ? s->top - s->spread / 2 : 0;
    if (!dense)
        s->order[n++] = BDS_NODE_ZERO;
    for (uint32_t i = 0; i < sizeof steps; i++) {
        const int32_t k = (int32_t)s->modelled_from + steps[i];
        if (k >= 0 && k <= (int32_t)s->top)
            s->order[n++] = (uint8_t)k;
    }
    if (dense)
        s->order[n++] = BDS_NODE_ZERO;
}

/* P(2^t' <= |x| < 2 * 2^t') * 65536 of a normal distribution with deviation 1, t' = (i - 14) / 2. */
extern const uint16_t bds_normal[20];

static inline uint32_t bds_normal_at(int32_t half_octaves)
{
    return bds_normal[half_octaves < -14 ? 0 : half_octaves > 5 ? 19 : half_octaves + 14];
}

/* Starts as if weights were normally distributed with deviation 2^(top + 1 - spread / 2). */
static inline void bds_weight_model_reset(bds_weight_model *m, const bds_weight_shape *s, uint32_t speed)
{
    const uint32_t seen = s->flags & BDS_STREAM_CONFIDENT ? 40 : 0;
    const int32_t below = (int32_t)s->spread - 2 * (int32_t)(s->top + 1);
    for (uint32_t i = 0; i < BDS_BASE_NODES; i++)
        m->base[i] = bds_prior(0, i < BDS_NODE_ROW ? seen : 0);
    m->base[BDS_NODE_ROW] = bds_prior(3 << 16, 8);
    uint32_t left = 0; /* zero is half as likely as 1 or -1 */
    for (uint32_t q = s->top + 2; q-- > 0;) {
        const uint32_t node = s->order[q];
        const uint32_t p = node == BDS_NODE_ZERO ? bds_normal_at(below) / 2 : bds_normal_at(below + 2 * (int32_t)node);
        left += p;
        m->base[node] = bds_prior(bds_logit_of(left ? (p << 15) / left * 2 : 0), seen);
    }
    for (uint32_t k = 1; k <= s->top; k++) {
        const int32_t t = below + 2 * (int32_t)k;
        m->base[bds_node_below(k, 0, 0)] = bds_prior_fall(12, t, seen);
        m->base[bds_node_below(k, 1, 0)] = bds_prior_fall(5, t, seen);
        m->base[bds_node_below(k, 1, 1)] = bds_prior_fall(7, t, seen);
        m->base[bds_node_below(k, 2, 0)] = bds_prior_fall(3, t, seen);
    }
    bds_logit *context = &m->context[0][0][0];
    for (uint32_t i = 0; i < BDS_CONTEXTS * BDS_CONTEXT_VALUES * BDS_TREE_NODES; i++)
        context[i] = 0;
    m->active_count = 0;
    bds_rates(m->rate, speed);
}

/* Magnitude sums to context values: 0..3, then two for each doubling. */
static inline uint32_t bds_quantise(uint32_t sum)
{
    if (sum < 4)
        return sum;
    uint32_t k = bds_log2(sum), q = 2 * k + (sum >> (k - 1) & 1u);
    return q < BDS_CONTEXT_VALUES - 1 ? q : BDS_CONTEXT_VALUES - 1;
}

static inline int32_t bds_weight_at(const void *w, uint32_t wide, size_t i)
{
    return wide ? ((const int16_t *)w)[i] : ((const int8_t *)w)[i];
}

static inline uint32_t bds_weight_magnitude(const void *w, uint32_t wide, size_t i)
{
    const int32_t v = bds_weight_at(w, wide, i);
    return (uint32_t)(v < 0 ? -v : v);
}

static inline uint32_t bds_sign_value(int32_t v)
{
    return v == 0 ? 0u : v < 0 ? 2u : 1u;
}

/* Picks the contexts of weight k of row r, at element i. sum: of the magnitudes of the row before it, a running one after 16. */
static inline void bds_weight_contexts(bds_weight_model *m, const bds_weight_shape *s, const void *w, uint32_t wide,
                                       uint32_t r, uint32_t k, size_t i, uint32_t sum)
{
    uint32_t n = 0;
    if (s->flags & BDS_STREAM_CONTEXT && k > 0)
        m->active[n++] = m->context[0][bds_quantise((k < 16 ? 8 * sum / k : sum >> 1) >> s->scale)];
    if (s->flags & BDS_STREAM_CONTEXT << 1 && r > 0) {
        uint32_t column = 0, above = r < 4 ? r : 4;
        for (uint32_t j = 1; j <= above; j++)
            column += bds_weight_magnitude(w, wide, i - j * s->row_step);
        m->active[n++] = m->context[1][bds_quantise((r < 4 ? 8 * column / r : 2 * column) >> s->scale)];
    }
    if (s->flags & BDS_STREAM_NEAR) {
        uint32_t near = 0;
        if (k >= 1)
            near += 2 * bds_weight_magnitude(w, wide, i - s->step);
        if (k >= 2)
            near += bds_weight_magnitude(w, wide, i - 2 * s->step);
        if (s->tap && k >= s->tap)
            near += 2 * bds_weight_magnitude(w, wide, i - s->tap * s->step);
        if (s->tap && k >= 2 * (uint64_t)s->tap)
            near += bds_weight_magnitude(w, wide, i - 2 * s->tap * s->step);
        m->active[n++] = m->context[2][bds_quantise(near >> s->scale)];
    }
    if (s->flags & BDS_STREAM_SIGNS) {
        uint32_t before = k ? bds_sign_value(bds_weight_at(w, wide, i - s->step)) : 0;
        uint32_t above = r ? bds_sign_value(bds_weight_at(w, wide, i - s->row_step)) : 0;
        m->active[n++] = m->context[3][3 * before + above];
    }
    m->active_count = n;
}

static inline uint32_t bds_row_sum(uint32_t sum, uint32_t k, uint32_t magnitude)
{
    return sum + magnitude - (k >= 16 ? sum >> 4 : 0);
}

/* What ends a stream: of the numbers in [low, low + range) the first with most zero bytes at its end, modulo 2^64. */
static inline uint64_t bds_last_number(uint64_t low, uint64_t range)
{
    for (uint32_t bits = 64; bits > 0; bits -= 8) {
        const uint64_t below = UINT64_MAX >> (64 - bits), up = (low + below) & ~below;
        if (up - low < range)
            return up;
    }
    return low;
}

#endif
