/* A layer whose integers the file gives: weights, biases and scales stay, only the multipliers are rounded. A channel whose weights
 * are all 0 always gives the same value: it takes no part in the choice of the shift, so that the others have all bits. A channel
 * whose scale is so much smaller than the largest that its multiplier has few bits left may be better off with smaller weights and
 * bias under a multiplier that is exact: whichever has the smaller bound on its error is taken.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../bedside.h"
#include "../requant.h"
#include "layer.h"

#define COARSE 256 /* a multiplier of fewer than 9 bits can move a result of 255 steps by half a step */

/* Sums of a row's weights and of their magnitudes. */
static int64_t row_sum(const layer_source *s, uint32_t channel, int64_t *reach)
{
    const int16_t *w = s->integers->weights + (size_t)channel * s->depth;
    int64_t sum = 0;
    *reach = 0;
    for (uint32_t i = 0; i < s->depth; i++) {
        sum += w[i];
        *reach += w[i] < 0 ? -w[i] : w[i];
    }
    return sum;
}

static double ideal_multiplier(const layer_source *s, uint32_t channel)
{
    return s->x->scale * s->integers->scales[channel] / s->y->scale;
}

/* The value of a channel without weights. Any multiplier does: one of which a few units make a step. */
static void store_constant(const layer_source *s, layer_result *r, uint32_t channel)
{
    const double real = s->integers->bias ? s->integers->bias[channel] * ideal_multiplier(s, channel) : 0;
    const double value = fmin(fmax(floor(real + 0.5) + s->y->zero_point, s->lo), s->hi) - s->y->zero_point;
    const int exponent = r->shift - r->left;
    const double m = fmin(fmax(ldexp(0.25, exponent), 1), BDS_MULTIPLIER_MAX);
    r->multipliers[channel] = (int16_t)m;
    r->bias[channel] = (int32_t)round(value / ldexp(floor(m), -exponent));
}

static bdc_status store_weights(bdc_context *c, const layer_source *s, layer_result *r)
{
    const size_t count = (size_t)s->channels * s->depth;
    r->weights = BDC_NEW(c, int8_t, count);
    if (!r->weights)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const int16_t w = s->integers->weights[i];
        r->weights[i] = (int8_t)w;
        if (w < -128 || w > 127)
            r->wide = r->wide ? r->wide : BDC_NEW(c, int16_t, count);
        if ((w < -128 || w > 127) && !r->wide)
            return BDC_E_MEMORY;
    }
    for (size_t i = 0; r->wide && i < count; i++)
        r->wide[i] = s->integers->weights[i];
    return BDC_OK;
}

static double rounded(double x)
{
    return floor(x + 0.5);
}

/* Steps by which a result may be wrong when the multiplier is rounded: it counts only as far as the result is not clamped. */
static double multiplier_error(const layer_source *s, double ideal, double unit, double bias, int64_t reach)
{
    const double most = (fabs(bias) + 255.0 * (double)reach) * ideal * unit;
    return fabs(fmax(rounded(ideal), 1) / ideal - 1) * fmin(most, s->hi - s->lo);
}

/* The same when weights and bias are divided by multiplier / ideal instead, and rounded. */
static double weights_error(const layer_source *s, const int16_t *w, double ideal, double unit, double multiplier)
{
    double sum = 0.5;
    for (uint32_t i = 0; i < s->depth; i++) {
        const double exact = w[i] * ideal / multiplier;
        sum += 255 * fabs(exact - rounded(exact));
    }
    return sum * multiplier * unit;
}

/* A multiplier, and the factor for weights and bias: 1 where they stay. ideal: the multiplier that would be exact. */
static double choose_multiplier(const layer_source *s, const layer_result *r, uint32_t o, double ideal, int64_t reach,
                                double *factor)
{
    const double unit = ldexp(1, r->left - r->shift), bias = s->integers->bias ? s->integers->bias[o] : 0;
    const double nearest = fmin(fmax(rounded(ideal), 1), BDS_MULTIPLIER_MAX), whole = ceil(ideal);
    *factor = 1;
    if (ideal >= COARSE || !(ideal > 0) ||
        multiplier_error(s, ideal, unit, bias, reach) <=
            weights_error(s, s->integers->weights + (size_t)o * s->depth, ideal, unit, whole))
        return nearest;
    *factor = ideal / whole;
    return whole;
}

/* Makes a channel's weights smaller; their sum and reach are again those that are stored. */
static void shrink_weights(const layer_source *s, layer_result *r, uint32_t o, double factor, int64_t *sum,
                           int64_t *reach)
{
    *sum = *reach = 0;
    for (uint32_t i = 0; i < s->depth; i++) {
        const size_t k = (size_t)o * s->depth + i;
        const int32_t w = (int32_t)rounded(s->integers->weights[k] * factor);
        r->weights[k] = (int8_t)w;
        if (r->wide)
            r->wide[k] = (int16_t)w;
        *sum += w;
        *reach += w < 0 ? -w : w;
    }
}

bdc_status layer_fixed(bdc_context *c, const layer_source *s, layer_result *r, int *fits)
{
    *r = (layer_result){.bias = BDC_NEW(c, int32_t, s->channels), .multipliers = BDC_NEW(c, int16_t, s->channels)};
    *fits = 0;
    if (!r->bias || !r->multipliers)
        return BDC_E_MEMORY;
    BDC_TRY(store_weights(c, s, r));
    double largest = 0;
    int64_t reach;
    for (uint32_t o = 0; o < s->channels; o++) {
        row_sum(s, o, &reach);
        if (reach)
            largest = fmax(largest, ideal_multiplier(s, o));
    }
    if (!layer_multiplier_scale(largest > 0 ? largest : 1.0 / 1024, BDS_SHIFT_MAX, &r->left, &r->shift))
        return BDC_OK;
    for (uint32_t o = 0; o < s->channels; o++) {
        int64_t sum = row_sum(s, o, &reach);
        if (!reach) {
            store_constant(s, r, o);
            continue;
        }
        const double ideal = ldexp(ideal_multiplier(s, o), r->shift - r->left);
        double factor;
        r->multipliers[o] = (int16_t)choose_multiplier(s, r, o, ideal, reach, &factor);
        r->coarse += ideal < COARSE;
        if (factor < 1)
            shrink_weights(s, r, o, factor, &sum, &reach);
        if (!layer_store_bias(s, r, o, s->integers->bias ? s->integers->bias[o] * factor : 0, sum, reach))
            return BDC_OK;
    }
    *fits = 1;
    return BDC_OK;
}
