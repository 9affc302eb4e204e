/* Can a rhythm be read from this signal at all? Whole numbers, streaming, fixed memory. Part of ecg_monitor.h.
 *
 * What each bit can and cannot say:
 * - FLAT: a lead that moves 15 microvolts or less in each of four half seconds. Or one that in 0.2 s about a beat of the other lead moves
 *   less than 30 microvolts, or less than a third of what it did at each of the last eight and only as noise does (eight such beats in a
 *   row are forgiven: then they are its usual ones). Or one that has the very same value for 0.4 s, unless the converter is so coarse that
 *   it has the same for 0.1 s at every beat. A lead that is off for less than that between two beats is not seen.
 * - RAIL: a value at a given rail or beyond 35 mV. Or, rails given or not, a value that the signal does not pass and stops at, 0.3 mV or more
 *   from its mean and with a corner: for 25 ms, or for 11 ms three times in a row. What is cut more shortly is not seen; at 100 samples per
 *   second that may be the tips of narrow beats.
 * - NOISE: between the beats it is hardly quieter than in them (median of the last eight beats: 27 %). Or a lead knows nothing of the beats
 *   (ecg_noise.c): it is steady hum; or nothing stands out in it, or the other lead's beats are alike, and its own are like neither the
 *   usual one nor the one before. Takes some six beats; spikes and bursts that are larger than the beats may pass for beats.
 *   Ventricular tachycardia of 160 per minute and more, flutter and fibrillation can look the same, and are no normal rhythm either.
 * - REVERSED: a lead whose beats are the mirror image, P to T, of what was usual before; it stays until they are no more. If lead 0 is
 *   lead II also one whose usual beat has a negative QRS complex with negative P or T waves, as hearts have it rarely (the electrical axis
 *   can point away from lead II: then begin with lead_ii = 0). A lead reversed from the first sample on is not always seen: not if P or
 *   T wave are inverted by a disease, and never in a lead that is not II; nor are leads in each other's place.
 * - FEW, MANY: no beat for 4 s; more than 240 per minute.
 * - LEARNING: until eight beats were found; of a lead with small beats until it has told eight, and 3 s.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_QUALITY_H
#define BEDSIDE_ECG_QUALITY_H

#include <stdint.h>

#include "ecg.h"
#include "ecg_detect.h"

#define BDS_ECG_HOLD 1080u /* samples (3 s) by which a bit outlasts what it was set for */
#define BDS_ECG_BLOCKS 4u  /* half seconds remembered */

typedef enum bds_ecg_quality_bit {
    BDS_ECG_FLAT = 1u << 0,      /* a lead does not move: it is off */
    BDS_ECG_RAIL = 1u << 1,      /* a lead is saturated */
    BDS_ECG_MISSING = 1u << 2,   /* samples were not received */
    BDS_ECG_NOISE = 1u << 3,     /* no rhythm can be read */
    BDS_ECG_REVERSED = 1u << 4,  /* a lead is upside down */
    BDS_ECG_FEW = 1u << 5,       /* no beat for long */
    BDS_ECG_MANY = 1u << 6,      /* more beats than a heart makes */
    BDS_ECG_LEARNING = 1u << 7,  /* what is usual is not known yet */
    BDS_ECG_DISTURBED = 0xffu,   /* any of the above: nothing may be called normal */
    BDS_ECG_ONE_LEAD = 1u << 8,  /* a remark: only one lead is there; a network trained on two sees it twice */
    BDS_ECG_IN_LEAD0 = 1u << 16, /* remarks: where it is */
    BDS_ECG_IN_LEAD1 = 1u << 17,
} bds_ecg_quality_bit;

/* What is known of one lead's samples as they come (ecg_line.c). Values in units of 5 microvolts. */
typedef struct bds_ecg_line {
    uint32_t begun;            /* a sample was received */
    int32_t last, least, most; /* the last value; extremes of the half second at hand */
    int32_t low[BDS_ECG_BLOCKS], high[BDS_ECG_BLOCKS];
    int32_t mean;         /* of some 1.4 s, times 2^mean_shift */
    uint32_t still, hits; /* samples with the same value; plateaus at that one */
    int32_t prior;        /* the value before the last one that was another */
    int32_t entry,
        step; /* the change to that value within two; the least that there was, the converter's step: 0: not known */
    int32_t plateau; /* the value it stopped at last */
    uint32_t widest; /* of the hits in a row, in samples */
    uint32_t stills; /* times of late that it had the same value for 0.1 s */
} bds_ecg_line;

/* What its beats say. */
typedef struct bds_ecg_lead_quality {
    int8_t usual[BDS_ECG_WINDOW],
        before[BDS_ECG_WINDOW]; /* slope of the usual beat and of the last one, as in a beat's window */
    uint32_t learned, upside,
        back; /* usual is known; it is upside down; beats in a row against the past or with it again */
    int32_t moved[BDS_ECG_RECENT]; /* how far it moved in the last beats that it showed */
    uint32_t moves, off;           /* those; beats since then that it did not */
    int32_t crest,
        alike
            [BDS_ECG_RECENT]; /* how far its beats stand out, Q8; how alike the last told ones are to the usual one, Q10 */
    uint32_t looked;          /* told ones */
} bds_ecg_lead_quality;

typedef struct bds_ecg_quality {
    bds_ecg_line line[BDS_ECG_LEADS];
    bds_ecg_lead_quality lead[BDS_ECG_LEADS];
    uint32_t leads, lead_ii;                                /* of the setup */
    int32_t low, high;                                      /* rails; both 0: not known */
    uint32_t half, mean_shift, top, plateau, still, frozen; /* ecg_line.c's limits, in samples of the input */
    uint32_t in_block, blocks;      /* of the input: samples of the half second at hand; half seconds */
    uint32_t count;                 /* samples, 360 per second */
    uint32_t set, recent, until[8]; /* bits that hold; that did in the last 20 s; the sample until which each holds */
    uint32_t where[8];              /* BDS_ECG_IN_LEAD bits of each */
    uint32_t doubt, doubted;        /* of lead II's polarity, from its usual beat */
    uint32_t beats, last_beat, interval[BDS_ECG_RECENT];
} bds_ecg_quality;

/* rate: samples per second of the input; leads: 1 or 2; lead_ii, low, high: see bds_ecg_setup. */
void bds_ecg_quality_begin(bds_ecg_quality *q, uint32_t rate, uint32_t leads, uint32_t lead_ii, int32_t low,
                           int32_t high);
/* One sample of each lead as it came in, BDS_ECG_NO_SAMPLE where none was received. */
void bds_ecg_quality_input(bds_ecg_quality *q, int32_t lead0, int32_t lead1);
/* One of 360 samples per second went by. */
void bds_ecg_quality_sample(bds_ecg_quality *q);
/* The detector found a beat at a sample; e has the samples about it. */
void bds_ecg_quality_beat(bds_ecg_quality *q, uint32_t at, const bds_ecg *e, const bds_ecg_detector *d);
/* A beat with its window is about to be told: is it upside down? */
void bds_ecg_quality_look(bds_ecg_quality *q, const bds_ecg_beat *beat);
/* Bits that hold now; those that held at some time from a sample of the last 20 s until now. */
uint32_t bds_ecg_quality_now(const bds_ecg_quality *q);
uint32_t bds_ecg_quality_since(const bds_ecg_quality *q, uint32_t since);
/* Beats per minute, the median of the last eight intervals; 0: not known. */
uint32_t bds_ecg_quality_rate(const bds_ecg_quality *q);

#endif
