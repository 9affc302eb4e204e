/* Weights are symmetric per output channel. The weight's scale follows from the multiplier, not the other way round: the multiplier
 * is rounded up to 15 bits first, and the weights are rounded to the scale that this stands for exactly. So the rounding of
 * multipliers costs nothing.
 * SPDX-License-Identifier: MIT */
#include "layer.h"

#include <math.h>

#include "../bedside.h"
#include "../requant.h"

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

/* Quantises one channel with a given multiplier; 0 if its bias is out of the proven range and does not saturate anyway. */
static int quantise_channel(const layer_source *s, layer_result *r, uint32_t c, int32_t multiplier)
{
    const float *w = s->weights + (size_t)c * s->depth;
    int8_t *q = r->weights + (size_t)c * s->depth;
    const double unit = multiplier * ldexp(1, r->left - r->shift); /* of the accumulator, in steps of the result */
    const double scale = unit * s->y->scale / s->x->scale;         /* of the weights */
    const uint32_t base = c / s->group_out * s->group_in;
    int64_t sum = 0, reach = 0;
    double bias = s->bias ? (double)s->bias[c] : 0, correction = 0;
    for (uint32_t i = 0; i < s->depth; i++) {
        double value = fmin(fmax(round((double)w[i] / scale), -127), 127);
        q[i] = (int8_t)value;
        sum += q[i];
        reach += q[i] < 0 ? -q[i] : q[i];
        if (s->mean)
            correction += ((double)w[i] - value * scale) * (double)s->mean[base + i % s->group_in];
        correction -= value * scale * s->x->offset;
    }
    double exact = fmin(fmax(round((bias + correction) / (s->x->scale * scale)), -9e15), 9e15);
    int64_t stored = (int64_t)exact - sum * s->x->zero_point;
    const int64_t limit = (BDS_ACCUMULATOR_LIMIT >> r->left) - 1 - (int64_t)s->depth * (128 * 128);
    r->multipliers[c] = (int16_t)multiplier;
    if (stored >= -limit && stored <= limit) {
        r->bias[c] = (int32_t)stored;
        return 1;
    }
    /* Beyond the limit: the same, if every input saturates with the bias at the limit, too. */
    reach *= 128;
    double nearest = (double)(limit - reach) * unit;
    r->bias[c] = (int32_t)(stored > 0 ? limit : -limit);
    return stored > 0 ? nearest + s->y->zero_point >= s->hi + 1 : -nearest + s->y->zero_point <= s->lo - 1;
}

bdc_status layer_quantise(bdc_context *c, const layer_source *s, layer_result *r, int *fits)
{
    *fits = 0;
    r->weights = BDC_NEW(c, int8_t, (size_t)s->channels * s->depth);
    r->bias = BDC_NEW(c, int32_t, s->channels);
    r->multipliers = BDC_NEW(c, int16_t, s->channels);
    double *ideal = BDC_NEW(c, double, s->channels);
    if (!r->weights || !r->bias || !r->multipliers || !ideal)
        return BDC_E_MEMORY;
    double largest = 0;
    for (uint32_t o = 0; o < s->channels; o++) {
        for (uint32_t i = 0; i < s->depth; i++)
            ideal[o] = fmax(ideal[o], fabs((double)s->weights[(size_t)o * s->depth + i]));
        ideal[o] *= s->x->scale / (127 * s->y->scale);
        largest = fmax(largest, ideal[o]);
    }
    if (!(largest > 1e-30))
        largest = 1.0 / 1024; /* all weights are zero: only the biases count */
    /* A limit below 38 lets a bias alone drive the result from end to end: 2^30 * 2^15 / 2^shift steps. */
    if (!layer_multiplier_scale(largest, s->y->type == BDS_INT16 ? 27 : 35, &r->left, &r->shift))
        return BDC_OK;
    if ((int64_t)s->depth * (128 * 128) + 1 >= BDS_ACCUMULATOR_LIMIT >> r->left)
        return BDC_OK;
    for (uint32_t o = 0; o < s->channels; o++) {
        double m = ceil(ldexp(ideal[o], r->shift - r->left) - 1e-6);
        /* A channel 4,096 times weaker than the strongest needs no finer weights, and its bias fits. */
        int32_t multiplier = (int32_t)fmin(fmax(m, 4), BDS_MULTIPLIER_MAX);
        while (!quantise_channel(s, r, o, multiplier)) {
            if (multiplier == BDS_MULTIPLIER_MAX)
                return BDC_OK;
            multiplier = multiplier > BDS_MULTIPLIER_MAX / 2 ? BDS_MULTIPLIER_MAX : 2 * multiplier;
        }
    }
    *fits = 1;
    return BDC_OK;
}
