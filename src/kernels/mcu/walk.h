/* Depthwise windows of any form: over pointers to their pixels, four channels at a time and then one by one.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_WALK_H
#define BEDSIDE_KERNELS_MCU_WALK_H

#include "../ref/window.h"
#include "mcu.h"

/* Channels from c on of one window, before lo and hi. */
typedef void bds_window_channels(int8_t *out, const bds_depthwise *d, const window_pixels *p, uint32_t c,
                                 const mcu_requant *q);

static inline __attribute__((always_inline)) void bds_walk_windows(const bds_depthwise *d, bds_window_channels *four,
                                                                   bds_window_channels *one)
{
    const bds_window *w = &d->window;
    const mcu_requant q = bds_requant_mcu(&d->rq);
    int8_t *out = (int8_t *)d->out + (size_t)w->row_begin * w->out_width * w->channels;
    const window_pixels p = bds_window_pixels(w, d->scratch);

    for (uint32_t row = w->row_begin; row < w->row_end; row++)
        for (uint32_t column = 0; column < w->out_width; column++, out += w->channels) {
            uint32_t c = 0;

            bds_window_move(&p, w, row, column);
            for (; w->channels - c >= 4; c += 4)
                four(out, d, &p, c, &q);
            for (; c < w->channels; c++)
                one(out, d, &p, c, &q);
            if (q.clamps)
                bds_clamp_bytes(out, w->channels, d->rq.lo, d->rq.hi);
        }
}

#endif
