/* A layer whose integers the file gives: weights, biases and scales stay, only the multipliers are rounded. A channel whose weights
 * are all 0 always gives the same value: it takes no part in the choice of the shift, so that the others have all bits.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../bedside.h"
#include "../requant.h"
#include "layer.h"

enum { COARSE = 256 }; /* a multiplier of fewer than 9 bits can move a result of 255 steps by half a step */

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
        const int64_t sum = row_sum(s, o, &reach);
        if (!reach) {
            store_constant(s, r, o);
            continue;
        }
        const double m = round(ldexp(ideal_multiplier(s, o), r->shift - r->left));
        r->multipliers[o] = (int16_t)fmin(fmax(m, 1), BDS_MULTIPLIER_MAX);
        r->coarse += m < COARSE;
        if (!layer_store_bias(s, r, o, s->integers->bias ? s->integers->bias[o] : 0, sum, reach))
            return BDC_OK;
    }
    *fits = 1;
    return BDC_OK;
}
