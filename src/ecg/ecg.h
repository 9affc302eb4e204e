/* Heartbeats of an electrocardiogram as a network wants to see them: integers only, fixed memory, sample by sample, the same bits in a
 * browser, on a server and on a microcontroller.
 *
 * Samples of two leads go in, and where the beats are (from a detector or from annotations); windows and numbers come out, one beat
 * late: what is said of a beat knows the beat that follows it, if that comes within three seconds, and nothing later.
 *
 *     bds_ecg_begin(&e);
 *     for each sample: bds_ecg_sample(&e, lead0, lead1);
 *         a beat was found:  bds_ecg_note(&e, its sample's index);   in order, at most BDS_ECG_LATEST samples after it
 *         while (bds_ecg_next(&e, &beat) > 0) ...
 *     bds_ecg_finish(&e);  while (bds_ecg_next(&e, &beat) > 0) ...
 *
 * Nothing in here knows classes: what is usual is learned from the signal itself, beat by beat.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_H
#define BEDSIDE_ECG_H

#include <stdint.h>

#define BDS_ECG_RATE 360u  /* samples per second and lead, each in units of 5 microvolts */
#define BDS_ECG_LEADS 2u   /* lead 0 is the one where the P wave shows best, as a rule II */
#define BDS_ECG_BEFORE 40  /* the window, in steps of 1/120 s: -0.333 s ... */
#define BDS_ECG_AFTER 48   /* ... +0.392 s about the middle of the QRS complex */
#define BDS_ECG_WINDOW 88  /* BEFORE + AFTER */
#define BDS_ECG_CHANNELS 4 /* slope of lead 0 and 1; of the usual beat in lead 0 and 1 */
#define BDS_ECG_SCALARS 56
#define BDS_ECG_LATEST 540u

#define BDS_ECG_MARGIN 3    /* steps by which a beat is moved to fit a template */
#define BDS_ECG_LONG 94     /* WINDOW + 2 * MARGIN */
#define BDS_ECG_TEMPLATES 5 /* kinds of beats remembered */
#define BDS_ECG_HISTORY 32  /* intervals remembered */
#define BDS_ECG_PEAKS 15    /* beats whose steepness is remembered */
#define BDS_ECG_RING 1024u  /* filtered samples remembered: 2.8 s */
#define BDS_ECG_QUEUE 16u   /* beats that wait for their samples */

/* One beat, for the network. Everything is int8 and stands for a 32nd of it. */
typedef struct bds_ecg_beat {
    uint32_t index, at; /* which one, counted from 0; its sample, as noted */
    int8_t window[BDS_ECG_WINDOW][BDS_ECG_CHANNELS];
    int8_t scalar[BDS_ECG_SCALARS];
} bds_ecg_beat;

typedef enum bds_ecg_status {
    BDS_ECG_NONE = 0,       /* no beat is ready */
    BDS_ECG_READY = 1,      /* one was given */
    BDS_ECG_WITHHELD = 2,   /* one that may not be judged (ecg_monitor.h) */
    BDS_ECG_E_ORDER = -1,   /* a beat before the last one, or after the newest sample */
    BDS_ECG_E_LATE = -2,    /* noted more than BDS_ECG_LATEST samples after it */
    BDS_ECG_E_CROWDED = -3, /* more than BDS_ECG_QUEUE beats wait: nothing that a heart does */
    BDS_ECG_E_SETUP = -4,   /* a rate or a number of leads that cannot be (ecg_monitor.h) */
} bds_ecg_status;

/* A kind of beat: a running mean of normalised slopes, and what goes with it. */
typedef struct bds_ecg_template {
    int16_t slope[BDS_ECG_LEADS][BDS_ECG_WINDOW];
    uint32_t beats;       /* that it has met, up to a limit */
    uint32_t born;        /* the beat that began it: tells it from a successor in its place */
    int32_t share;        /* of recent beats, Q16 */
    int32_t early, after; /* mean of log2(interval / usual) before and after, Q8 */
    int32_t width;        /* mean QRS width, Q4 steps */
    int32_t p_energy;     /* mean energy before the QRS, of single beats */
    uint32_t timed;       /* beats in early and after */
} bds_ecg_template;

/* What a beat's own samples say; kept until the beat after it is known. */
typedef struct bds_ecg_shape {
    uint32_t at, middle;
    int8_t window[BDS_ECG_WINDOW][BDS_ECG_CHANNELS];
    int32_t match, match_lead[BDS_ECG_LEADS]; /* with the usual beat, Q10 */
    int32_t best, best_share, usual_share;
    int32_t best_early, best_after, usual_early, usual_after;
    uint32_t kind, kind_born;
    int32_t p_match[BDS_ECG_LEADS], p_moved, p_level[BDS_ECG_LEADS], p_usual, p_steady;
    int32_t steep[BDS_ECG_LEADS]; /* log2(steepness / usual), Q8 */
    int32_t width, width_more, odd;
    int32_t previous_match, t_level, t_match;
} bds_ecg_shape;

typedef struct bds_ecg {
    /* filter */
    int32_t input[BDS_ECG_LEADS][8]; /* the last samples */
    int32_t sum6[BDS_ECG_LEADS], last6[BDS_ECG_LEADS][4];
    int16_t ring[BDS_ECG_LEADS][BDS_ECG_RING];
    uint32_t count;        /* samples so far; wraps after 138 days, and nothing minds */
    uint32_t filled, turn; /* of the ring; place among the last six inputs */
    int finished;
    /* beats that wait */
    uint32_t queue[BDS_ECG_QUEUE], queued, noted, last_note;
    /* shape */
    int32_t peak[BDS_ECG_LEADS][BDS_ECG_PEAKS];
    uint32_t shaped;
    bds_ecg_template kinds[BDS_ECG_TEMPLATES];
    int32_t odd; /* share of recent beats unlike the usual one, Q16 */
    int32_t last_match;
    bds_ecg_shape waiting; /* the beat before the newest */
    int has_waiting;
    /* rhythm */
    int32_t interval[BDS_ECG_HISTORY]; /* log2, Q8; the newest last */
    uint32_t intervals, given;
    int32_t long_mean; /* of some 256 intervals, log2, Q16 */
    uint32_t long_count;
} bds_ecg;

void bds_ecg_begin(bds_ecg *e);
void bds_ecg_sample(bds_ecg *e, int32_t lead0, int32_t lead1);
bds_ecg_status bds_ecg_note(bds_ecg *e, uint32_t at);
void bds_ecg_finish(bds_ecg *e); /* no sample and no beat follows */
bds_ecg_status bds_ecg_next(bds_ecg *e, bds_ecg_beat *beat);

#endif
