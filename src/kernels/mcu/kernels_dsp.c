/* The table of the DSP extension: for int8 values and weights, raw, in place. What has 16 bits is the references' matter.
 * SPDX-License-Identifier: MIT */
#include "dsp.h"

/* The table does not know the weights' type, so both must find room. */
static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t bds_conv_scratch_bytes_dsp(const bds_window *w)
{
    return larger(bds_conv_scratch_dsp(w, 0, 0, sizeof(void *)), bds_window_scratch_bytes_ref(w));
}

void bds_conv_dsp(const bds_conv *c)
{
    if (bds_conv_is_ref_mcu(&c->window, c->weights_wide, c->out_wide))
        bds_conv_ref(c);
    else
        bds_conv_s8_dsp(c);
}

size_t bds_depthwise_scratch_bytes_dsp(const bds_window *w)
{
    return larger(bds_depthwise_scratch_dsp(w, 0, 0, sizeof(void *)), bds_window_scratch_bytes_ref(w));
}

void bds_depthwise_dsp(const bds_depthwise *d)
{
    if (d->window.wide || d->weights_wide || d->out_wide)
        bds_depthwise_ref(d);
    else
        bds_depthwise_s8_dsp(d);
}

void bds_kernels_dsp(bds_kernels *k)
{
    k->conv_scratch_bytes = bds_conv_scratch_bytes_dsp;
    k->conv = bds_conv_dsp;
    k->depthwise_scratch_bytes = bds_depthwise_scratch_bytes_dsp;
    k->depthwise = bds_depthwise_dsp;
    k->requantise = bds_requantise_s8_dsp;
    k->add = bds_add_dsp;
    k->sum_pool = bds_sum_pool_dsp;
}
