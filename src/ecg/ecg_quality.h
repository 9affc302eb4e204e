/* Can a rhythm be read from this signal at all? Whole numbers, streaming, fixed memory.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_QUALITY_H
#define BEDSIDE_ECG_QUALITY_H

#include <stdint.h>

#include "ecg.h"

#define BDS_ECG_HOLD 1080u /* samples (3 s) by which a bit outlasts what it was set for */

typedef enum bds_ecg_quality_bit {
    BDS_ECG_FLAT = 1u << 0,     /* a lead does not move for two seconds: off, or its cable is */
    BDS_ECG_RAIL = 1u << 1,     /* a lead is saturated: at the converter's rails, or on a plateau far from zero */
    BDS_ECG_MISSING = 1u << 2,  /* samples were not received */
    BDS_ECG_NOISE = 1u << 3,    /* as much between the beats as in them: no rhythm can be read */
    BDS_ECG_REVERSED = 1u << 4, /* a lead is upside down against its past; or lead II, against what hearts do */
    BDS_ECG_FEW = 1u << 5,      /* no beat for three seconds */
    BDS_ECG_MANY =
        1u << 6, /* more than 240 beats per minute: noise, or a rhythm that a network of beats does not know */
    BDS_ECG_LEARNING = 1u << 7,  /* the first beats after the begin: what is usual is not known yet */
    BDS_ECG_DISTURBED = 0xffu,   /* any of the above: nothing may be called normal */
    BDS_ECG_ONE_LEAD = 1u << 8,  /* a remark: only one lead is there; a network trained on two has seen it twice */
    BDS_ECG_IN_LEAD0 = 1u << 16, /* remarks: where it is */
    BDS_ECG_IN_LEAD1 = 1u << 17,
} bds_ecg_quality_bit;

/* What is known of one lead. */
typedef struct bds_ecg_lead_quality {
    int32_t last, least, most; /* the last value; extremes of the half second at hand */
    int32_t low[4], high[4];   /* of the four before */
    uint32_t still, against;   /* samples without change; beats in a row that go against the past */
    int32_t usual;             /* polarity: mean of signed QRS, Q8; sign says which way is up */
    uint32_t learned;          /* beats in it */
} bds_ecg_lead_quality;

typedef struct bds_ecg_quality {
    bds_ecg_lead_quality lead[BDS_ECG_LEADS];
    uint32_t count;          /* samples so far */
    uint32_t leads, lead_ii; /* of the setup */
    int32_t low, high;
    uint32_t set, until[8]; /* bits that are set, and the sample until which each stays */
    uint32_t where[8];      /* BDS_ECG_IN_LEAD bits of each */
    uint32_t last_beat, beats, interval[8];
    int64_t inside, between; /* energy in and between beats, fading */
    int32_t spare[16];
} bds_ecg_quality;

/* leads: 1 or 2; lead_ii, low, high: see bds_ecg_setup. */
void bds_ecg_quality_begin(bds_ecg_quality *q, uint32_t leads, uint32_t lead_ii, int32_t low, int32_t high);
/* One sample of each lead, BDS_ECG_NO_SAMPLE where none was received. */
void bds_ecg_quality_sample(bds_ecg_quality *q, int32_t lead0, int32_t lead1);
/* A beat was found at a sample. */
void bds_ecg_quality_beat(bds_ecg_quality *q, uint32_t at);
/* Bits that hold now; since: also all that were set at or after that sample (held ones included). */
uint32_t bds_ecg_quality_now(const bds_ecg_quality *q);
uint32_t bds_ecg_quality_since(const bds_ecg_quality *q, uint32_t since);
/* Beats per minute; 0: not known. */
uint32_t bds_ecg_quality_rate(const bds_ecg_quality *q);

#endif
