/* Weights are symmetric per output channel. The weight's scale follows from the multiplier, not the other way round: the multiplier
 * is rounded to 15 bits first, and the weights are rounded to the scale that this stands for exactly. So the rounding of
 * multipliers costs nothing.
 * SPDX-License-Identifier: MIT */
#include "layer.h"

#include <math.h>

#include "../bedside.h"
#include "../requant.h"

enum { SCALE_TURNS = 3 };

/* One channel at hand. */
typedef struct channel_work {
    uint32_t channel;
    const row_moments *moments; /* of its group, or null */
    const uint8_t *kept;        /* or null */
    float *row;                 /* [depth] its weights, 0 where they are not kept */
    float *importance;          /* [depth] with moments */
    float *scratch;             /* [3 * depth] */
    int8_t *other;              /* [depth] */
} channel_work;

int layer_multiplier_scale(double largest, int shift_max, uint8_t *left, uint8_t *shift)
{
    /* The largest exponent with ceil(largest * 2^exponent) <= 32767. */
    int exponent;
    frexp(largest / BDS_MULTIPLIER_MAX, &exponent);
    exponent = -exponent;
    if (ceil(ldexp(largest, exponent + 1)) <= BDS_MULTIPLIER_MAX)
        exponent++;
    if (exponent > shift_max)
        exponent = shift_max;
    *left = 0;
    *shift = (uint8_t)exponent;
    if (exponent < BDS_SHIFT_MIN) {
        if (exponent < BDS_SHIFT_MIN - BDS_LEFT_MAX)
            return 0;
        *left = (uint8_t)(BDS_SHIFT_MIN - exponent);
        *shift = BDS_SHIFT_MIN;
    }
    return 1;
}

double layer_scale(const layer_source *s, const layer_result *r, uint32_t channel)
{
    return r->multipliers[channel] * ldexp(1, r->left - r->shift) * s->y->scale / s->x->scale;
}

/* The largest bias that the runtime's proof lets through; negative if the sums alone are too large. */
static int64_t bias_limit(const layer_source *s, const layer_result *r)
{
    const int64_t product = r->wide ? 128 * BDS_WIDE_WEIGHT_MAX : 128 * 128;
    if (s->x->type == BDS_INT16)
        return INT32_MAX; /* sums of 64 bits */
    return (BDS_ACCUMULATOR_LIMIT >> r->left) - 1 - (int64_t)s->depth * product;
}

int layer_store_bias(const layer_source *s, layer_result *r, uint32_t channel, double exact, int64_t sum, int64_t reach)
{
    const double unit = r->multipliers[channel] * ldexp(1, r->left - r->shift); /* steps of the result */
    const int64_t limit = bias_limit(s, r);
    const int64_t stored = (int64_t)fmin(fmax(round(exact), -9e15), 9e15) - sum * s->x->zero_point;
    if (stored >= -limit && stored <= limit) {
        r->bias[channel] = (int32_t)stored;
        return 1;
    }
    reach *= s->x->type == BDS_INT16 ? 32768 : 128;
    const double nearest = (double)(limit - reach) * unit;
    r->bias[channel] = (int32_t)(stored > 0 ? limit : -limit);
    return stored > 0 ? nearest + s->y->zero_point >= s->hi + 1 : -nearest + s->y->zero_point <= s->lo - 1;
}

static void begin_channel(const layer_source *s, channel_work *k, uint32_t channel)
{
    const float *w = s->weights + (size_t)channel * s->depth;
    k->channel = channel;
    k->kept = s->kept ? s->kept + (size_t)channel * s->depth : NULL;
    k->moments = s->moments ? &s->moments[channel / s->group_out] : NULL;
    for (uint32_t i = 0; i < s->depth; i++)
        k->row[i] = !k->kept || k->kept[i] ? w[i] : 0;
    for (uint32_t i = 0; k->moments && i < s->depth; i++) {
        const uint32_t block = k->moments->block, first = i / block * block, left = s->depth - first;
        k->importance[i] =
            k->moments->h[row_block_at(k->moments, first) + (size_t)(i - first) * ((left < block ? left : block) + 1)];
    }
}

static double round_row(const layer_source *s, const channel_work *k, double scale, int8_t *levels)
{
    if (k->moments)
        return row_round(k->moments, s->kind, scale, k->row, k->kept, levels, k->scratch);
    for (uint32_t i = 0; i < s->depth; i++)
        levels[i] = (int8_t)levels_nearest(s->kind, (double)k->row[i] / scale);
    return 0;
}

/* With moments the scale of few levels is looked for once more, by turns with the levels: whatever lessens the error is kept. */
static int32_t refine(const layer_source *s, const channel_work *k, double unit, int32_t multiplier, int8_t *levels)
{
    double least = round_row(s, k, unit * multiplier, levels);
    for (int turn = 0; k->moments && levels_most(s->kind) < 16 && turn < SCALE_TURNS; turn++) {
        const double wanted = row_best_scale(k->moments, k->row, levels, k->scratch) / unit;
        const int32_t next = (int32_t)fmin(fmax(round(wanted), 4), BDS_MULTIPLIER_MAX);
        if (next == multiplier)
            break;
        const double error = round_row(s, k, unit * next, k->other);
        if (!(error < least))
            break;
        least = error;
        multiplier = next;
        for (uint32_t i = 0; i < s->depth; i++)
            levels[i] = k->other[i];
    }
    return multiplier;
}

/* What the bias stands for, in real units, when the stored weights are what they are. */
static double real_bias(const layer_source *s, const channel_work *k, double scale, const int8_t *levels)
{
    const float *w = s->weights + (size_t)k->channel * s->depth;
    const uint32_t group = k->channel / s->group_out;
    double bias = s->bias ? (double)s->bias[k->channel] : 0;
    if (s->output_mean) {
        bias = s->output_mean[k->channel];
        for (uint32_t i = 0; i < s->depth; i++)
            bias -= levels[i] * scale * s->input_mean[(size_t)group * s->depth + i];
        return bias;
    }
    for (uint32_t i = 0; i < s->depth; i++) {
        if (s->mean)
            bias += ((double)w[i] - levels[i] * scale) * (double)s->mean[group * s->group_in + i % s->group_in];
        bias -= levels[i] * scale * s->x->offset;
    }
    return bias;
}

/* Quantises one channel, beginning with a given multiplier; 0 if its bias is out of range even with the largest. */
static int quantise_channel(const layer_source *s, layer_result *r, const channel_work *k, int32_t multiplier)
{
    int8_t *levels = r->weights + (size_t)k->channel * s->depth;
    const double unit = ldexp(1, r->left - r->shift) * s->y->scale / s->x->scale; /* weights' scale per multiplier */
    multiplier = refine(s, k, unit, multiplier, levels);
    for (;;) {
        int64_t sum = 0, reach = 0;
        for (uint32_t i = 0; i < s->depth; i++) {
            sum += levels[i];
            reach += levels[i] < 0 ? -levels[i] : levels[i];
        }
        r->multipliers[k->channel] = (int16_t)multiplier;
        const double scale = unit * multiplier;
        if (layer_store_bias(s, r, k->channel, real_bias(s, k, scale, levels) / (s->x->scale * scale), sum, reach))
            return 1;
        if (multiplier == BDS_MULTIPLIER_MAX)
            return 0;
        multiplier = multiplier > BDS_MULTIPLIER_MAX / 2 ? BDS_MULTIPLIER_MAX : 2 * multiplier;
        round_row(s, k, unit * multiplier, levels);
    }
}

bdc_status layer_quantise(bdc_context *c, const layer_source *s, layer_result *r, int *fits)
{
    channel_work k = {.row = BDC_NEW(c, float, s->depth),
                      .importance = BDC_NEW(c, float, s->depth),
                      .scratch = BDC_NEW(c, float, 3 * (size_t)s->depth),
                      .other = BDC_NEW(c, int8_t, s->depth)};
    double *ideal = BDC_NEW(c, double, s->channels);
    double largest = 0;
    const int clips = s->kind != BDC_W8 || s->moments; /* the scale need not hold the largest weight */
    *r = (layer_result){.weights = BDC_NEW(c, int8_t, (size_t)s->channels * s->depth),
                        .bias = BDC_NEW(c, int32_t, s->channels),
                        .multipliers = BDC_NEW(c, int16_t, s->channels)};
    *fits = 0;
    if (!k.row || !k.importance || !k.scratch || !k.other || !ideal || !r->weights || !r->bias || !r->multipliers)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < s->channels; o++) {
        begin_channel(s, &k, o);
        ideal[o] = levels_scale(s->kind, k.row, k.moments ? k.importance : NULL, s->depth) * s->x->scale / s->y->scale;
        largest = fmax(largest, ideal[o]);
    }
    if (!(largest > 1e-30))
        largest = 1.0 / 1024; /* all weights are zero: only the biases count */
    /* A limit below 38 lets a bias alone drive the result from end to end: 2^30 * 2^15 / 2^shift steps. */
    if (!layer_multiplier_scale(largest, s->y->type == BDS_INT16 ? 27 : 35, &r->left, &r->shift))
        return BDC_OK;
    if (bias_limit(s, r) < 1)
        return BDC_OK;
    for (uint32_t o = 0; o < s->channels; o++) {
        const double exact = ldexp(ideal[o], r->shift - r->left), m = clips ? round(exact) : ceil(exact - 1e-6);
        begin_channel(s, &k, o);
        /* A channel 4,096 times weaker than the strongest needs no finer weights, and its bias fits. */
        if (!quantise_channel(s, r, &k, (int32_t)fmin(fmax(m, 4), BDS_MULTIPLIER_MAX)))
            return BDC_OK;
    }
    *fits = 1;
    return BDC_OK;
}
