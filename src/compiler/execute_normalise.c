/* Operators that look at all channels of a pixel, or at whole channels; float32 in HWC order, sums in double.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "execute_operands.h"
#include "real.h"

void execute_softmax(const operands *o)
{
    const uint32_t channels = o->x->c;
    for (size_t first = 0; first < ir_count(o->x); first += channels) {
        const float *in = o->in + first;
        float most = -INFINITY;
        double sum = 0;
        for (uint32_t c = 0; c < channels; c++)
            most = fmaxf(most, in[c]);
        for (uint32_t c = 0; c < channels; c++)
            sum += real_exp((double)in[c] - (double)most);
        for (uint32_t c = 0; c < channels; c++)
            o->out[first + c] = (float)(real_exp((double)in[c] - (double)most) / sum);
    }
}

/* Normalises rows of n channels, one every step elements, together. */
static void normalise(const operands *o, size_t first, size_t rows, uint32_t n)
{
    const size_t step = o->x->c;
    const double count = (double)rows * n;
    double mean = 0, variance = 0;
    for (size_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < n; c++)
            mean += (double)o->in[first + r * step + c];
    mean /= count;
    for (size_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < n; c++) {
            double d = (double)o->in[first + r * step + c] - mean;
            variance += d * d;
        }
    const double factor = 1 / sqrt(variance / count + (double)o->op->alpha);
    for (size_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < n; c++) {
            const size_t i = first + r * step + c;
            const double w = (double)o->op->weights[i % step], b = o->op->bias ? (double)o->op->bias[i % step] : 0;
            o->out[i] = (float)(((double)o->in[i] - mean) * factor * w + b);
        }
}

void execute_layer_norm(const operands *o)
{
    for (size_t first = 0; first < ir_count(o->x); first += o->x->c)
        normalise(o, first, 1, o->x->c);
}

void execute_instance_norm(const operands *o)
{
    const uint32_t n = o->x->c / o->op->groups;
    for (uint32_t g = 0; g < o->op->groups; g++)
        normalise(o, (size_t)g * n, (size_t)o->x->h * o->x->w, n);
}

void execute_arg_max(const operands *o)
{
    const uint32_t channels = o->x->c;
    for (size_t p = 0; p < (size_t)o->x->h * o->x->w; p++) {
        const float *in = o->in + p * channels;
        uint32_t best = 0;
        for (uint32_t c = 1; c < channels; c++)
            if (in[c] > in[best])
                best = c;
        o->out[p] = (float)best;
    }
}
