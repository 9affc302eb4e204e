/* Samples at any whole rate of 100 to 2000 per second become 360 per second, in whole numbers, streaming, the same bits everywhere.
 *
 * Above 720 per second, groups of floor(rate / 360) samples are averaged first (no mains harmonic folds back into the beat). Between
 * samples goes the cubic through four neighbours (Lagrange), with weights of 15 bits from the exact fraction: nothing drifts, output i
 * stands for input i * rate / 360. At 360 per second the samples pass as they are.
 *
 * A sample that is not there, BDS_ECG_NO_SAMPLE, makes the output missing wherever it would have had weight; time goes on.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_RESAMPLE_H
#define BEDSIDE_ECG_RESAMPLE_H

#include <stdint.h>

#define BDS_ECG_NO_SAMPLE INT32_MIN /* in place of a value: none was received */
#define BDS_ECG_RATE_LEAST 100u
#define BDS_ECG_RATE_MOST 2000u

/* One lead. */
typedef struct bds_ecg_resampler {
    uint32_t rate, group; /* of the input; samples averaged to one */
    uint32_t taken, lost; /* in the group at hand */
    int32_t sum;
    int32_t last[4]; /* averaged samples, the newest last */
    uint32_t known;  /* of them; 4 from then on */
    uint32_t
        phase; /* of the next output between last[1] and last[2], in units of 1 / (360 * group) of their distance */
} bds_ecg_resampler;

/* 0, or -1: the rate is outside of BDS_ECG_RATE_LEAST to _MOST. */
int bds_ecg_resample_begin(bds_ecg_resampler *r, uint32_t rate);
/* x is clamped to +-35 mV (7000 units of 5 microvolts). */
void bds_ecg_resample_put(bds_ecg_resampler *r, int32_t x);
/* 1 and the next output, or 0: more input is needed. Take all outputs after each input. */
int bds_ecg_resample_next(bds_ecg_resampler *r, int32_t *y);
/* The input's sample, counted from 0, that stands for output i (rounded); exact as long as i and the result fit 32 bits. */
uint32_t bds_ecg_resample_time(const bds_ecg_resampler *r, uint32_t i);

#endif
