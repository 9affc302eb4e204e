/* The beats of WFDB records, as the network wants them, with the AAMI's classes from the annotations.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_BEATS_H
#define BEDSIDE_CLI_BEATS_H

#include "ecg/ecg.h"
#include "wfdb.h"

/* AAMI EC57: normal, supraventricular, ventricular, fusion, and what cannot be told (paced beats, too). */
enum { BEAT_N, BEAT_S, BEAT_V, BEAT_F, BEAT_Q, BEAT_CLASSES };
#define BEAT_NONE BEAT_CLASSES /* found, but not annotated */

typedef struct beats {
    uint32_t count;
    bds_ecg_beat *beat;
    char *symbol;
    uint8_t *aami;
} beats;

/* The class of WFDB's letter. */
uint8_t beats_aami(char symbol);
/* The lead for P waves first: II as a rule, modified or not; else the leads as they come, one lead twice. */
void beats_choose_leads(const wfdb_record *r, uint32_t lead[BDS_ECG_LEADS]);
/* Runs the chain over a whole record, with the annotated beats. */
int beats_of(beats *b, const wfdb_record *r);
/* The same with the detector's beats; symbol (0: none) and class (or BEAT_NONE) are of the annotated beat within 150 ms, one to one. */
int beats_found(beats *b, const wfdb_record *r);
void beats_free(beats *b);

#endif
