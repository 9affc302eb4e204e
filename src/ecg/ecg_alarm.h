/* When to call somebody: limits of the heart's rate, pauses, runs of ventricular beats and a signal that is lost, with hysteresis, so that
 * nothing flickers and one odd beat does nothing. Whole numbers, fixed memory, the same in firmware and in a page.
 *
 * Of an electrocardiogram:                                     Of a belt that tells rates and intervals:
 *     bds_ecg_monitor_begin(&m, &setup);
 *     bds_ecg_alarm_begin(&a, NULL);                               bds_ecg_alarm_begin(&a, NULL);
 *     bds_ecg_alarm_listen(&a, &m);
 *     after each sample: bds_ecg_alarm_listen(&a, &m);             for each message: bds_ecg_alarm_rate(&a, rate);
 *     for each beat told: bds_ecg_alarm_beat(&a, kind, rate);      for each interval: bds_ecg_alarm_interval(&a, samples);
 *     at any time: bds_ecg_alarms(&a)                              at any time: bds_ecg_alarms(&a)
 *
 * A rate is too high or too low after `confirm` beats in a row beyond the limit, and no longer after `release` in a row that are within it
 * by `margin`; more than a heart makes (BDS_ECG_MANY) is too high at once, as that is a median already. A run is `run` ventricular beats in
 * a row, one of them at least surely so. A pause is `pause` samples without a beat, and half a second in which one may yet come to light,
 * in a signal that hides none (no BDS_ECG_RAIL, _MISSING or _NOISE). Silence in a flat line is a pause or an electrode that is off: rather
 * one alarm too many, so if all leads are off there is that of a pause and that of the signal. Runs and pauses end after `release` beats
 * without. The signal is lost after `signal` samples in a row that are disturbed, or if for as long beats were found and withheld,
 * BDS_ECG_ALARM_WITHHELD or more than the judged ones make up for, at three each (before any was judged BDS_ECG_ALARM_UNJUDGED: a monitor
 * learns first); it is back when it has been undisturbed for `signal` samples and the judged beats have made up for the others.
 *
 * What is not known neither raises nor ends anything else: unknown beats break no run and withheld ones end no alarm, silence of the
 * signal is no all-clear, and what ends an alarm must be known without a break.
 *
 * Research and demonstration; not a medical device, and no alarm that anyone may rely on.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_ALARM_H
#define BEDSIDE_ECG_ALARM_H

#include <stdint.h>

#include "ecg.h"
#include "ecg_monitor.h"

typedef enum bds_ecg_alarm_bit {
    BDS_ECG_ALARM_LOW = 1u << 0,    /* the rate is low */
    BDS_ECG_ALARM_HIGH = 1u << 1,   /* the rate is high */
    BDS_ECG_ALARM_PAUSE = 1u << 2,  /* no beat for so long */
    BDS_ECG_ALARM_RUN = 1u << 3,    /* ventricular beats in a row */
    BDS_ECG_ALARM_SIGNAL = 1u << 4, /* for so long the signal has been disturbed, or no beat could be judged */
} bds_ecg_alarm_bit;

/* What a beat was called. */
typedef enum bds_ecg_beat_kind {
    BDS_ECG_BEAT_OTHER = 0,       /* surely not ventricular */
    BDS_ECG_BEAT_VENTRICULAR = 1, /* surely */
    BDS_ECG_BEAT_MAYBE = 2,       /* that rather than anything else, but not surely */
    BDS_ECG_BEAT_UNKNOWN = 3,     /* not surely anything, and rather something else */
    BDS_ECG_BEAT_WITHHELD = 4,    /* not judged: the signal was disturbed (BDS_ECG_WITHHELD) */
} bds_ecg_beat_kind;

#define BDS_ECG_ALARM_MOST 240u   /* beats per minute that a limit can be: above that there is BDS_ECG_MANY */
#define BDS_ECG_ALARM_WITHHELD 8u /* beats */
#define BDS_ECG_ALARM_UNJUDGED 30u

typedef struct bds_ecg_alarm_limits {
    uint32_t low, high, margin; /* beats per minute; low + 2 * margin < high <= BDS_ECG_ALARM_MOST */
    uint32_t confirm, release;  /* beats in a row, at least 1 */
    uint32_t pause, signal;     /* samples, 360 per second, at least 1 */
    uint32_t run;               /* beats in a row, at least 2 */
} bds_ecg_alarm_limits;

/* 45 to 120 beats per minute, 5 of margin; 3 beats raise, 5 clear; 3 s of pause, 5 s of disturbance; runs of 3. */
extern const bds_ecg_alarm_limits bds_ecg_alarm_usual;

typedef struct bds_ecg_alarm {
    bds_ecg_alarm_limits limits;
    uint32_t on;                           /* bits */
    uint32_t low, high, not_low, not_high; /* rates in a row beyond a limit, or back within it */
    uint32_t row, sure, others; /* beats in a row: ventricular; those of them that surely are; of another kind */
    uint32_t beats, steady;     /* beats in a row: without a pause; not withheld */
    uint32_t judged, withheld;  /* was a beat ever judged; withheld ones that no judged one has made up for */
    uint32_t withheld_for;      /* samples since the first of these was told */
    uint32_t lost, clear, open; /* samples in a row: disturbed; not; such that no beat can hide in them */
    uint32_t listens, heard;    /* to a monitor; its samples so far */
} bds_ecg_alarm;

/* Nothing is on. limits: null for the usual ones. BDS_ECG_NONE, or BDS_ECG_E_SETUP: limits that cannot be; then the usual ones hold. */
bds_ecg_status bds_ecg_alarm_begin(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits);
/* Other limits from now on; what is on stays on until it ends by these. BDS_ECG_NONE, or BDS_ECG_E_SETUP: the old ones stay. */
bds_ecg_status bds_ecg_alarm_limit(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits);

/* Once when the alarm has begun, and after each sample that the monitor was given from then on: what went by before the first call is not
 * counted. If the monitor begins anew, time goes on, and it may learn anew. */
void bds_ecg_alarm_listen(bds_ecg_alarm *a, const bds_ecg_monitor *m);
/* The same from numbers. samples: that went by, 360 per second; quality: bits of bds_ecg_quality_bit; silence: samples since the newest
 * beat was found, which is known long before that beat is told. */
void bds_ecg_alarm_samples(bds_ecg_alarm *a, uint32_t samples, uint32_t quality, uint32_t silence);
/* A beat was told. kind: a bds_ecg_beat_kind, any other number is an unknown one; rate in beats per minute, 0: not known. */
void bds_ecg_alarm_beat(bds_ecg_alarm *a, uint32_t kind, uint32_t rate);

/* A rate that was told without a beat; 0: not known. */
void bds_ecg_alarm_rate(bds_ecg_alarm *a, uint32_t rate);
/* An interval between two beats that was told without them, in samples, 360 per second. */
void bds_ecg_alarm_interval(bds_ecg_alarm *a, uint32_t samples);

/* The alarms that are on: bits of bds_ecg_alarm_bit. */
uint32_t bds_ecg_alarms(const bds_ecg_alarm *a);

#endif
