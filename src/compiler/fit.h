/* Layer after layer on calibration samples: fitted to what the layers before it store, or only run. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_FIT_H
#define BEDSIDE_COMPILER_FIT_H

#include "moments.h"
#include "quantise.h"

/* exact: the network before channels went from z->graph; channels: see simulation. Layers that are not decided in z->layers yet are
 * fitted as the options ask, and decided; the result is the ratio of signal to noise at the outputs. */
bdc_status fit_network(quantiser *z, const bdc_graph *from, const ir_graph *exact, const uint32_t *const *channels,
                       double *decibels);

/* The integers of one layer as a choice (null: none) asks for them: pruned, then rounded for the least error. retarget: what the
 * results lack is made good. */
bdc_status fit_layer(bdc_context *c, const bdc_choice *choice, int retarget, const layer_source *s,
                     const layer_moments *m, layer_result *r, int *fits);

#endif
