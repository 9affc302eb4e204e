/* The table of ARMv7-M without the DSP extension: for int8 values and weights, raw, in place. What has 16 bits is the references' matter.
 * SPDX-License-Identifier: MIT */
#include "v7m.h"

/* The table does not know the weights' type, so both must find room. */
size_t bds_conv_scratch_bytes_v7m(const bds_window *w)
{
    const size_t own = bds_conv_scratch_v7m(w, 0, 0, sizeof(void *)), ref = bds_window_scratch_bytes_ref(w);

    return own > ref ? own : ref;
}

void bds_conv_v7m(const bds_conv *c)
{
    if (bds_conv_is_ref_mcu(&c->window, c->weights_wide, c->out_wide))
        bds_conv_ref(c);
    else
        bds_conv_s8_v7m(c);
}

void bds_depthwise_v7m(const bds_depthwise *d)
{
    if (d->window.wide || d->weights_wide || d->out_wide)
        bds_depthwise_ref(d);
    else
        bds_depthwise_s8_v7m(d);
}

void bds_kernels_v7m(bds_kernels *k)
{
    k->conv_scratch_bytes = bds_conv_scratch_bytes_v7m;
    k->conv = bds_conv_v7m;
    k->depthwise = bds_depthwise_v7m;
    k->requantise = bds_requantise_s8_v7m;
    k->add = bds_add_v7m;
}
