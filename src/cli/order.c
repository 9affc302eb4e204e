/* SPDX-License-Identifier: MIT */
#include "order.h"

#include <math.h>

/* Where element i of the runtime's order (HWC) stands in the file. */
static size_t place(const bds_tensor *t, size_t i, int channels_first)
{
    const size_t pixels = (size_t)t->dims[1] * t->dims[2], channels = t->dims[3];
    return channels_first ? i % channels * pixels + i / channels : i;
}

static size_t count(const bds_tensor *t)
{
    return (size_t)t->dims[1] * t->dims[2] * t->dims[3];
}

void order_store(const bds_tensor *to, const float *from, int channels_first)
{
    const double limit = to->type == BDS_INT16 ? 32768 : 128;
    for (size_t i = 0; i < count(to); i++) {
        double q = floor((double)from[place(to, i, channels_first)] / (double)to->scale + 0.5) + to->zero_point;
        q = q < -limit ? -limit : q > limit - 1 ? limit - 1 : q;
        if (to->type == BDS_INT16)
            ((int16_t *)to->data)[i] = (int16_t)q;
        else
            ((int8_t *)to->data)[i] = (int8_t)q;
    }
}

void order_load(float *to, const bds_tensor *from, int channels_first)
{
    for (size_t i = 0; i < count(from); i++) {
        int32_t q = from->type == BDS_INT16 ? ((const int16_t *)from->data)[i] : ((const int8_t *)from->data)[i];
        to[place(from, i, channels_first)] = from->scale * (float)(q - from->zero_point);
    }
}
