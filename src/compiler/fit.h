/* Layer after layer on calibration samples: fitted to what the layers before it store, or only run. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_FIT_H
#define BEDSIDE_COMPILER_FIT_H

#include "quantise.h"
#include "simulate.h"

/* exact: the network before channels went from z->graph; channels: see simulation. Layers that are not decided in z->layers yet are
 * fitted as the options ask, and decided; the result is the ratio of signal to noise at the outputs. */
bdc_status fit_network(quantiser *z, const bdc_graph *from, const ir_graph *exact, const uint32_t *const *channels,
                       double *decibels);

#endif
