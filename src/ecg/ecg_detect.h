/* Where the heartbeats are: a streaming QRS detector in whole numbers, fixed memory, sample by sample, the same bits everywhere.
 *
 * After J. Pan, W. J. Tompkins, "A real-time QRS detection algorithm", IEEE Trans. Biomed. Eng. 32(3), 230-236 (1985), and P. S. Hamilton,
 * W. J. Tompkins, "Quantitative investigation of QRS detection rules using the MIT/BIH arrhythmia database", IEEE Trans. Biomed. Eng.
 * 33(12), 1157-1165 (1986): band-pass, slope, moving sum, a threshold between the usual peak of a beat and of what is none, and a look
 * back when a beat is overdue. Both leads are added, each measured by its own usual size; filters are our own, at 120 steps per second.
 *
 *     bds_ecg_detect_begin(&d);
 *     for each sample: bds_ecg_detect_sample(&d, lead0, lead1);
 *         while (bds_ecg_detect_next(&d, &at)) ...          in order; at most BDS_ECG_LATEST samples after it
 *     bds_ecg_detect_finish(&d);  while (bds_ecg_detect_next(&d, &at)) ...
 *
 * Takes 360 samples per second and lead in units of 5 microvolts, as ecg.h; a lead that is not there: the same value each time.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_DETECT_H
#define BEDSIDE_ECG_DETECT_H

#include "ecg.h"

#define BDS_ECG_LOW 4u       /* steps of the low-pass sums */
#define BDS_ECG_HIGH 19u     /* of the mean that is taken off */
#define BDS_ECG_SLOPE 4u     /* of the slope */
#define BDS_ECG_INTEGRAL 12u /* of the moving sum of slopes: 100 ms */
#define BDS_ECG_FIRST 6u     /* candidates remembered while the first level is learned */
#define BDS_ECG_FOUND 8u     /* beats that wait to be taken */
#define BDS_ECG_RECENT 8u    /* intervals and levels remembered */

/* A peak of the moving sum that may be a beat. */
typedef struct bds_ecg_peak {
    uint32_t at;    /* sample where the slopes are steepest */
    int32_t height; /* of the moving sum */
    int32_t slope;  /* the steepest */
} bds_ecg_peak;

/* Filters of one lead, in steps of three samples. */
typedef struct bds_ecg_band {
    int32_t sum3;
    int32_t raw[BDS_ECG_LOW], low1[BDS_ECG_LOW], low2[BDS_ECG_HIGH], band[BDS_ECG_SLOPE];
    int32_t sum1, sum2, mean;
} bds_ecg_band;

typedef struct bds_ecg_detector {
    bds_ecg_band lead[BDS_ECG_LEADS];
    uint32_t count, steps; /* samples, and threes of them, so far */
    uint32_t slot[5];      /* places in the rings: raw and low1, low2, band, integral, short */
    int32_t slope[BDS_ECG_INTEGRAL], integral, brief[5], short_sum;
    int started, finished;
    bds_ecg_peak rising, waiting,
        best; /* the peak at hand; one that a greater may replace; the best since the last beat that was none */
    bds_ecg_peak first[BDS_ECG_FIRST];
    uint32_t first_count;
    int has_waiting, has_beat;
    uint32_t waited; /* steps since the waiting peak */
    int32_t beat_level[BDS_ECG_RECENT], noise_level[BDS_ECG_RECENT], level, noise;
    uint32_t interval[BDS_ECG_RECENT], intervals, beats, noises;
    bds_ecg_peak last; /* the last beat */
    uint32_t found[BDS_ECG_FOUND], found_count, last_found;
} bds_ecg_detector;

void bds_ecg_detect_begin(bds_ecg_detector *d);
/* Values are clamped to +-35 mV. */
void bds_ecg_detect_sample(bds_ecg_detector *d, int32_t lead0, int32_t lead1);
/* 1 and the next beat's sample, or 0. Beats that are not taken are forgotten when more than BDS_ECG_FOUND wait. */
int bds_ecg_detect_next(bds_ecg_detector *d, uint32_t *at);
void bds_ecg_detect_finish(bds_ecg_detector *d); /* no sample follows: what waits is decided */

#endif
