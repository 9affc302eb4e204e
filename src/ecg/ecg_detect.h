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

#define BDS_ECG_LOW 3u       /* steps of 1/120 s: of the two low-pass sums */
#define BDS_ECG_HIGH 15u     /* of the mean that is taken off: 125 ms */
#define BDS_ECG_SLOPE 4u     /* over which the slope is taken: 33 ms */
#define BDS_ECG_INTEGRAL 12u /* of the moving sum of slopes: 100 ms */
#define BDS_ECG_BRIEF 9u     /* of the short one that says where a beat is: 75 ms */
#define BDS_ECG_FIRST 6u     /* peaks remembered while the first level is learned */
#define BDS_ECG_FOUND 8u     /* beats that wait to be taken */
#define BDS_ECG_RECENT 8u    /* intervals and shares remembered */
#define BDS_ECG_HEIGHTS 12u  /* peaks whose heights are remembered */

/* A peak of the moving sum that may be a beat. */
typedef struct bds_ecg_peak {
    uint32_t at;    /* its sample, where the slopes of 75 ms are greatest */
    int32_t height; /* of the moving sum; 0: there is no peak */
    int32_t slope;  /* the greatest of the short sum */
} bds_ecg_peak;

/* Filters of one lead. */
typedef struct bds_ecg_band {
    int32_t sum3; /* of the step's three samples */
    int32_t raw[BDS_ECG_LOW], low1[BDS_ECG_LOW], low2[BDS_ECG_HIGH], band[BDS_ECG_SLOPE];
    int32_t sum1, sum2, mean;
    int32_t median, peak; /* of the slope's size: Q4, and fading */
    /* for the signal's quality */
    int32_t crest,
        crests[BDS_ECG_RECENT]; /* greatest peak beside the median since the last beat; of the last beats; Q8 */
} bds_ecg_band;

typedef struct bds_ecg_detector {
    /* filters */
    bds_ecg_band lead[BDS_ECG_LEADS];
    uint32_t samples, third; /* so far; of the step at hand */
    uint32_t slot[5];        /* places in the rings: raw and low1, low2, band, slope, short */
    int32_t slope[BDS_ECG_INTEGRAL], integral, brief[BDS_ECG_BRIEF], brief_sum;
    int started, finished;
    /* peaks */
    bds_ecg_peak rising, waiting;    /* the one at hand; one that a greater may still replace */
    uint32_t falling, waited, steps; /* steps since its top; since the waiting one; until the first level is known */
    uint32_t alone;                  /* steps since the last beat */
    bds_ecg_peak first[BDS_ECG_FIRST];
    uint32_t first_count;
    /* beats */
    int32_t beat_height[BDS_ECG_HEIGHTS], other_height[BDS_ECG_HEIGHTS], beat_slope[BDS_ECG_HEIGHTS];
    int32_t level, other; /* medians of these */
    uint32_t interval[BDS_ECG_RECENT], beats, others;
    bds_ecg_peak last, best; /* the last beat; the greatest peak since then that was none */
    uint32_t found[BDS_ECG_FOUND], found_count;
    /* for the signal's quality */
    int32_t quiet,
        quiet_share[BDS_ECG_RECENT]; /* least moving sum since the last beat; beside the beats' heights, Q8 */
} bds_ecg_detector;

void bds_ecg_detect_begin(bds_ecg_detector *d);
/* Values are clamped to +-35 mV. */
void bds_ecg_detect_sample(bds_ecg_detector *d, int32_t lead0, int32_t lead1);
/* 1 and the next beat's sample, or 0. Of more than BDS_ECG_FOUND that wait the oldest are forgotten. */
int bds_ecg_detect_next(bds_ecg_detector *d, uint32_t *at);
void bds_ecg_detect_finish(bds_ecg_detector *d); /* no sample follows: what waits is decided */

#endif
