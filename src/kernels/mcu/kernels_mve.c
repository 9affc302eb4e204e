/* Helium's kernels, over the references'.
 * SPDX-License-Identifier: MIT */
#include "mve.h"

static size_t more(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Not known here is whether weights and results have 16 bits: enough for both. */
static size_t conv_scratch_bytes(const bds_window *w)
{
    return more(bds_conv_scratch_mve(w, 0, 0, sizeof(void *)), bds_window_scratch_bytes_ref(w));
}

static size_t depthwise_scratch_bytes(const bds_window *w)
{
    const bds_requant none_left = {.shift = BDS_SHIFT_MIN};

    return more(bds_depthwise_scratch_mve(w, &none_left, 0, 0, sizeof(void *)), bds_window_scratch_bytes_ref(w));
}

void bds_conv_mve(const bds_conv *c)
{
    if (c->window.wide || c->weights_wide || c->out_wide)
        bds_conv_ref(c);
    else
        bds_conv_s8_mve(c);
}

void bds_depthwise_mve(const bds_depthwise *d)
{
    if (d->window.wide || d->weights_wide || d->out_wide)
        bds_depthwise_ref(d);
    else
        bds_depthwise_s8_mve(d);
}

void bds_kernels_mve(bds_kernels *k)
{
    k->conv_scratch_bytes = conv_scratch_bytes;
    k->conv = bds_conv_mve;
    k->depthwise_scratch_bytes = depthwise_scratch_bytes;
    k->depthwise = bds_depthwise_mve;
    k->requantise = bds_requantise_s8_mve;
    k->add = bds_add_mve;
    k->table = bds_table_mve;
    k->max_pool = bds_max_pool_mve;
    k->sum_pool = bds_sum_pool_mve;
}
