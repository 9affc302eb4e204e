/* SPDX-License-Identifier: MIT */
#include "layer_weights.h"

#include <math.h>

/* The bias in units of input scale times weight scale: the file's integers, or what floats round to. *out stays null if that is
 * beyond 32 bits. */
static bdc_status bias_integers(lowering *l, const lower_value *bias, const double *scales, double input_scale,
                                uint32_t channels, const int32_t **out)
{
    const int32_t *stored;
    const double *units = NULL;
    const float *real;
    int32_t *rounded = BDC_NEW(l->context, int32_t, channels);
    if (!rounded)
        return BDC_E_MEMORY;
    BDC_TRY(lower_integers(l, bias, channels, &stored, &units));
    BDC_TRY(lower_floats(l, bias, &real));
    *out = NULL;
    for (uint32_t i = 0; i < channels; i++) {
        const double unit = input_scale * scales[i];
        const int same = stored && !(fabs(units[i] - unit) > 1e-5 * unit);
        const double value = same ? stored[i] : floor((double)real[i] / unit + 0.5);
        if (!(fabs(value) <= 2147483647.0))
            return BDC_OK;
        rounded[i] = (int32_t)value;
    }
    *out = rounded;
    return BDC_OK;
}

static bdc_status integers_of(lowering *l, const lower_value *weights, uint32_t channels, const lower_value *bias,
                              const lower_value *x, const ir_integers **out)
{
    const int32_t *stored;
    ir_integers *integers = BDC_NEW(l->context, ir_integers, 1);
    size_t n = 1;
    *out = NULL;
    if (!integers)
        return BDC_E_MEMORY;
    BDC_TRY(lower_integers(l, weights, channels, &stored, &integers->scales));
    if (!stored)
        return BDC_OK;
    for (uint32_t d = 0; d < weights->first[weights->rank]; d++)
        n *= weights->count[d];
    int16_t *narrow = BDC_NEW(l->context, int16_t, n);
    if (!narrow)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (stored[i] < -255 || stored[i] > 255)
            return BDC_OK;
        narrow[i] = (int16_t)stored[i];
    }
    integers->weights = narrow;
    if (bias) { /* its units are known only if the input's scale is */
        const ir_tensor *in = x->array ? NULL : &l->ir->tensors[x->tensor];
        if (in && in->type)
            BDC_TRY(bias_integers(l, bias, integers->scales, in->scale, channels, &integers->bias));
        if (!integers->bias)
            return BDC_OK;
    }
    *out = integers;
    return BDC_OK;
}

bdc_status lower_layer_of(lowering *l, const lower_value *weights, uint32_t channels, const lower_value *bias,
                          const lower_value *x, lower_layer *layer)
{
    *layer = (lower_layer){.channels = channels};
    BDC_TRY(lower_floats(l, weights, &layer->weights));
    if (bias)
        BDC_TRY(lower_floats(l, bias, &layer->bias));
    return integers_of(l, weights, channels, bias, x, &layer->integers);
}
