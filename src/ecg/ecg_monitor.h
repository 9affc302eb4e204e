/* The whole way in one piece: samples of one or two leads at any rate go in; beats come out, each with what a network wants to see, the
 * heart's rate and how far the signal can be trusted. Whole numbers, sizeof(bds_ecg_monitor) bytes and no others, the same bits everywhere.
 *
 *     bds_ecg_monitor_begin(&m, &setup);
 *     for each sample: bds_ecg_monitor_sample(&m, lead0, lead1);     BDS_ECG_NO_SAMPLE: none was received
 *         while ((got = bds_ecg_monitor_next(&m, &told)) != BDS_ECG_NONE)
 *             got == BDS_ECG_READY:    told.beat may be judged by a network
 *             got == BDS_ECG_WITHHELD: there was something like a beat, but told.quality says why nothing may be said of it
 *     bds_ecg_monitor_finish(&m);  and once more
 *     at any time: bds_ecg_monitor_quality(&m), bds_ecg_monitor_rate(&m)
 *
 * While any bit of BDS_ECG_DISTURBED is set there is no normal rhythm, whatever a network says: a beat is READY only if none was set from
 * its own samples until it is told, and a bit stays for BDS_ECG_HOLD samples after what it was for. A withheld beat's window and
 * numbers are all zero, so that they cannot be judged by mistake.
 *
 * Research and demonstration; not a medical device, and no alarm for anyone.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_MONITOR_H
#define BEDSIDE_ECG_MONITOR_H

#include "ecg.h"
#include "ecg_detect.h"
#include "ecg_quality.h"
#include "ecg_resample.h"

/* A beat is told when the one after it has been looked at, some 0.9 s after that; a lone one after this many samples (4.5 s) at most. */
#define BDS_ECG_TOLD_WITHIN (3u * BDS_ECG_RATE + BDS_ECG_LATEST + 1u)

typedef struct bds_ecg_setup {
    uint32_t rate;  /* samples per second and lead, BDS_ECG_RATE_LEAST to _MOST */
    uint32_t leads; /* 1 or 2 */
    uint32_t
        lead_ii; /* 1: lead 0 is lead II, or worn so; only then its polarity can be judged from the first beat on */
    int32_t low, high; /* the converter's rails in units of 5 microvolts; both 0: not known, plateaus are looked for */
} bds_ecg_setup;

/* What is said of a beat. */
typedef struct bds_ecg_told {
    bds_ecg_beat beat; /* beat.at counts 360 samples per second */
    uint32_t at;       /* its sample in the input's own counting, from 0 */
    uint32_t quality;  /* bits of bds_ecg_quality_bit: what was wrong, or only remarked, from the beat until now */
    uint32_t rate;     /* beats per minute, median of the last eight intervals; 0: not known, or disturbed */
} bds_ecg_told;

typedef struct bds_ecg_monitor {
    bds_ecg chain;
    bds_ecg_detector detector;
    bds_ecg_quality quality;
    bds_ecg_resampler lead[BDS_ECG_LEADS];
    bds_ecg_setup setup;
    int32_t held[BDS_ECG_LEADS]; /* the last sample that was received */
} bds_ecg_monitor;

/* BDS_ECG_NONE, or BDS_ECG_E_SETUP: a rate, a number of leads or rails that cannot be; then samples are not listened to, and no beat
 * comes. */
bds_ecg_status bds_ecg_monitor_begin(bds_ecg_monitor *m, const bds_ecg_setup *setup);
/* Units of 5 microvolts, clamped to +-35 mV; BDS_ECG_NO_SAMPLE where none was received. lead1 is not looked at if there is one lead. */
void bds_ecg_monitor_sample(bds_ecg_monitor *m, int32_t lead0, int32_t lead1);
/* As many samples of all leads were lost: time goes on. Costs as much as samples do; after hours rather begin anew. */
void bds_ecg_monitor_gap(bds_ecg_monitor *m, uint32_t samples);
void bds_ecg_monitor_finish(bds_ecg_monitor *m); /* no sample follows */
/* BDS_ECG_READY, BDS_ECG_WITHHELD or BDS_ECG_NONE. Take all after each sample: at most one beat comes for each. */
bds_ecg_status bds_ecg_monitor_next(bds_ecg_monitor *m, bds_ecg_told *told);
/* Bits of bds_ecg_quality_bit that hold at the newest sample. */
uint32_t bds_ecg_monitor_quality(const bds_ecg_monitor *m);
/* Beats per minute, median of the last eight intervals; 0: not known, or disturbed. */
uint32_t bds_ecg_monitor_rate(const bds_ecg_monitor *m);
/* Samples (360 per second) since the newest beat that was found, told or not yet; before the first one since the beginning. */
uint32_t bds_ecg_monitor_silence(const bds_ecg_monitor *m);

#endif
