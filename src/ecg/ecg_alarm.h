/* When to call somebody: limits of the heart's rate, pauses, runs of ventricular beats and a signal that is lost, with hysteresis, so that
 * nothing flickers. Whole numbers, fixed memory. (The page in demo/ has alarms of its own, with limits that can be set there.)
 *
 *     bds_ecg_alarm_begin(&a, NULL);
 *     after each sample: bds_ecg_alarm_sample(&a, quality, silence);     bds_ecg_monitor_quality, bds_ecg_monitor_silence
 *     for each beat that may be judged: bds_ecg_alarm_beat(&a, rate, ventricular)
 *     at any time: bds_ecg_alarms(&a)
 *
 * A rate alarm is raised by `confirm` beats in a row beyond the limit and cleared by `release` beats in a row that are back within it by
 * `margin`. While the signal is disturbed nothing is counted and nothing is cleared: silence of the signal is no all-clear.
 *
 * Research and demonstration; not a medical device, and no alarm that anyone may rely on.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_ALARM_H
#define BEDSIDE_ECG_ALARM_H

#include <stdint.h>

#include "ecg.h"

typedef enum bds_ecg_alarm_bit {
    BDS_ECG_ALARM_LOW = 1u << 0,    /* the rate is low */
    BDS_ECG_ALARM_HIGH = 1u << 1,   /* the rate is high */
    BDS_ECG_ALARM_PAUSE = 1u << 2,  /* no beat for so long */
    BDS_ECG_ALARM_RUN = 1u << 3,    /* ventricular beats in a row */
    BDS_ECG_ALARM_SIGNAL = 1u << 4, /* the signal has been disturbed for so long */
} bds_ecg_alarm_bit;

typedef struct bds_ecg_alarm_limits {
    uint32_t low, high, margin; /* beats per minute; low + margin < high - margin */
    uint32_t confirm, release;  /* beats in a row, at least 1 */
    uint32_t pause, signal;     /* samples, 360 per second */
    uint32_t run;               /* beats in a row, at least 2 */
} bds_ecg_alarm_limits;

/* 40 to 130 beats per minute, 5 of margin; 3 beats raise, 5 clear; 3 s of pause, 5 s of disturbance; runs of 3. */
extern const bds_ecg_alarm_limits bds_ecg_alarm_usual;

typedef struct bds_ecg_alarm {
    bds_ecg_alarm_limits limits;
    uint32_t on;                           /* bits */
    uint32_t low, high, not_low, not_high; /* beats in a row beyond a limit, or back within it */
    uint32_t ventricular, others, beats;   /* beats in a row: of a kind; without a pause */
    uint32_t lost, clear;                  /* samples in a row: unreadable or not */
} bds_ecg_alarm;

/* limits: null for the usual ones. BDS_ECG_NONE, or BDS_ECG_E_SETUP: limits that contradict each other. */
bds_ecg_status bds_ecg_alarm_begin(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits);
/* One sample went by. quality: bits of bds_ecg_quality_bit; silence: samples since the newest beat was found, which is known long before
 * that beat is told. */
void bds_ecg_alarm_sample(bds_ecg_alarm *a, uint32_t quality, uint32_t silence);
/* A beat that may be judged; rate in beats per minute, 0: not known; ventricular: 1 if it was called so. Withheld beats are not for
 * here. */
void bds_ecg_alarm_beat(bds_ecg_alarm *a, uint32_t rate, int ventricular);
/* The alarms that are on: bits of bds_ecg_alarm_bit. */
uint32_t bds_ecg_alarms(const bds_ecg_alarm *a);

#endif
