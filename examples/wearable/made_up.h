/* A made-up ECG for the example, sample by sample: no patient's. SPDX-License-Identifier: MIT */
#ifndef MADE_UP_H
#define MADE_UP_H

#include <stdint.h>

enum { MADE_UP_RATE = 250, MADE_UP_SECONDS = 90 };

/* The sample at t of MADE_UP_RATE per second, in units of 5 microvolts: a normal rhythm; from 20 s on a few early ventricular beats, at
 * 40 s three in a row; from 50 s on leads that are off, at 58 s samples that are lost; at 75 s a pause of four seconds. */
void made_up_sample(uint32_t t, int32_t *lead0, int32_t *lead1);

#endif
