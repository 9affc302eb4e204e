/* The table of the DSP extension: for int8 values and weights, raw, in place. What has 16 bits is the references' matter.
 * SPDX-License-Identifier: MIT */
#include "dsp.h"

/* The table does not know the weights' type, so both must find room. */
static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t conv_scratch_bytes(const bds_window *w)
{
    return larger(bds_conv_scratch_dsp(w, 0, 0, sizeof(void *)), bds_scratch_bytes_ref(w, sizeof(void *)));
}

static void conv(const bds_conv *c)
{
    if (bds_conv_is_ref_mcu(&c->window, c->weights_wide, c->out_wide))
        bds_conv_ref(c);
    else
        bds_conv_s8_dsp(c);
}

static size_t depthwise_scratch_bytes(const bds_window *w)
{
    return larger(bds_depthwise_scratch_dsp(w, 0, 0, sizeof(void *)), bds_scratch_bytes_ref(w, sizeof(void *)));
}

static void depthwise(const bds_depthwise *d)
{
    if (d->window.wide || d->weights_wide || d->out_wide)
        bds_depthwise_ref(d);
    else
        bds_depthwise_s8_dsp(d);
}

void bds_kernels_dsp(bds_kernels *k)
{
    k->conv_scratch_bytes = conv_scratch_bytes;
    k->conv = conv;
    k->depthwise_scratch_bytes = depthwise_scratch_bytes;
    k->depthwise = depthwise;
    k->requantise = bds_requantise_s8_dsp;
    k->add = bds_add_dsp;
    k->sum_pool = bds_sum_pool_dsp;
}
